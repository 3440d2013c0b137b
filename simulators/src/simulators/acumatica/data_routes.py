"""`/_simulator/data`: look at records and change them over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.acumatica.records.values import WrongTypeError, wire
from simulators.common import json_response

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator


def data_routes(erp: AcumaticaSimulator) -> list[Route]:
    """The routes.

    | route | methods | what |
    |---|---|---|
    | `/data` | GET | records per entity |
    | `/data/{entity}` | PUT | insert or update: plain values, nested, as in `put` |
    | `/data/{entity}/{key}[/{key}]` | GET, DELETE | one record's values by path |
    """
    data = _Data(erp)
    return [
        Route("/data", data.counts),
        Route("/data/{entity}", data.put, methods=["PUT"]),
        Route("/data/{entity}/{keys:path}", data.record, methods=["GET", "DELETE"]),
    ]


class _Data:
    def __init__(self, erp: AcumaticaSimulator) -> None:
        self._erp = erp

    async def counts(self, _request: Request) -> Response:
        return json_response(dict(self._erp.counts()))

    async def put(self, request: Request) -> Response:
        try:
            record = orjson.loads(await request.body())
            record_id = self._erp.put_json(request.path_params["entity"], record)
        except (KeyError, WrongTypeError, orjson.JSONDecodeError) as error:
            return json_response({"error": str(error)}, 400)
        return json_response({"id": record_id})

    async def record(self, request: Request) -> Response:
        entity, key = request.path_params["entity"], request.path_params["keys"].split("/")
        try:
            values = self._erp.get(entity, *key)
        except KeyError as error:
            return json_response({"error": str(error)}, 404)
        if request.method == "DELETE":
            self._erp.delete(entity, *key)
            return Response(status_code=204)
        return json_response({path: wire(value) for path, value in values.items()})
