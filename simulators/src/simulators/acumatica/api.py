"""The routes below `/entity`: endpoints, lists, single records, writes, schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.acumatica import answers
from simulators.acumatica.access.guard import Guard
from simulators.acumatica.contract.openapi import ad_hoc_schema, openapi
from simulators.acumatica.contract.tables import ENDPOINT, Entity, View, tables
from simulators.acumatica.queries.filters import FilterError
from simulators.acumatica.queries.literals import IncompatibleTypesError
from simulators.acumatica.queries.predicates import UnknownFieldError
from simulators.acumatica.queries.queries import Query, ReadSettings, read_query
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import to_micros
from simulators.acumatica.records.writes import WriteRefusedError, apply_put

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator

_GUID_LENGTH: Final = 36
_BUILD: Final = "25.093.0036"


def entity_routes(erp: AcumaticaSimulator, site: str) -> list[Route]:
    """The contract-based routes of an instance below `site`."""
    api, guard = _Api(erp), Guard(erp)
    version = f"{site}/entity/{{endpoint}}/{{version}}"
    return [
        Route(f"{site}/entity", api.endpoints),
        Route(f"{version}/swagger.json", api.swagger),
        Route(f"{version}/{{entity}}", guard(api.collection), methods=["GET", "PUT"]),
        Route(f"{version}/{{entity}}/$adHocSchema", guard(api.ad_hoc)),
        Route(f"{version}/{{entity}}/{{keys:path}}", guard(api.record), methods=["GET", "DELETE"]),
    ]


class _Api:
    def __init__(self, erp: AcumaticaSimulator) -> None:
        self._erp = erp

    async def endpoints(self, request: Request) -> Response:
        """`GET /entity`, open to everybody."""
        rows = [
            {
                "name": ENDPOINT,
                "version": version,
                "href": f"{request.url.path.rstrip('/')}/{ENDPOINT}/{version}/",
            }
            for version in self._erp.versions
        ]
        if self._erp.faults.fire("endpoint_list_array", "GET", request.url.path):
            return answers.json_answer(rows)
        version = {"acumaticaBuildVersion": _BUILD, "databaseVersion": _BUILD}
        return answers.json_answer({"version": version, "endpoints": rows})

    async def swagger(self, request: Request) -> Response:
        """The OpenAPI document, open to everybody."""
        version = request.path_params["version"]
        if not self._serves(request):
            return self._not_found(request)
        server = f"{self._erp.url}/entity/{ENDPOINT}/{version}"
        return answers.json_answer(openapi(version, server))

    async def ad_hoc(self, request: Request) -> Response:
        entity = self._entity(request)
        if entity is None:
            return self._not_found(request)
        with self._erp.lock:
            rows = self._erp.store(entity.name).rows()
            extras = {name: value for row in rows for name, value in row.extras.items()}
        return answers.json_answer(ad_hoc_schema(entity, request.path_params["version"], extras))

    async def collection(self, request: Request) -> Response:
        """A list read (GET) or an insert or update (PUT)."""
        entity = self._entity(request)
        if entity is None:
            return self._not_found(request)
        body = await request.body() if request.method == "PUT" else b""
        handle = self._put if request.method == "PUT" else self._list
        return self._answer(request, entity, lambda query: handle(request, entity, query, body))

    async def record(self, request: Request) -> Response:
        """One record by key or id (GET), or its deletion (DELETE)."""
        entity = self._entity(request)
        if entity is None:
            return self._not_found(request)
        return self._answer(request, entity, lambda query: self._one(request, entity, query))

    def _answer(
        self, request: Request, entity: Entity, handle: Callable[[Query], Response]
    ) -> Response:
        erp = self._erp
        try:
            settings = ReadSettings(erp.session_zone, erp.hidden(entity.name))
            version = request.path_params["version"]
            query = read_query(entity, version, request.query_params, settings)
            with erp.lock:
                return handle(query)
        except UnknownFieldError:
            return answers.unknown_field()
        except (FilterError, IncompatibleTypesError) as error:
            return answers.bad_filter(str(error))

    def _list(self, request: Request, entity: Entity, query: Query, _body: bytes) -> Response:
        refusal = self._cannot_optimize(request, entity, query)
        if refusal is not None:
            return refusal
        fire, path = self._erp.faults.fire, request.url.path
        if fire("empty_list", "GET", path):
            return answers.json_answer([])
        if query.two_views and fire("two_views_empty", "GET", path):
            return answers.json_answer([])
        store, now = self._erp.store(entity.name), to_micros(self._erp.clock.now())
        archived = request.headers.get("px-apiarchive", "").upper() == "SHOW"
        positions = store.select(query.condition, now, archived=archived)
        if not ((query.top is not None or query.skip) and fire("top_ignored", "GET", path)):
            end = None if query.top is None else query.skip + query.top
            positions = positions[query.skip : end]
        return answers.json_text_answer(store.writer.page(positions, store.row, query.shape))

    def _cannot_optimize(self, request: Request, entity: Entity, query: Query) -> Response | None:
        fault = self._erp.faults.active().get("cannot_optimize")
        if fault is None:
            return None
        named = fault.options.get("fields") or list(query.paths[:1])
        touched = [
            (name, entity.views.get(path, View("Document", "")).name)
            for name in named
            for path in query.paths
            if path == name or path.startswith(f"{name}/")
        ]
        if not touched or not self._erp.faults.fire("cannot_optimize", "GET", request.url.path):
            return None
        return answers.cannot_optimize(list(dict(touched).items()))

    def _one(self, request: Request, entity: Entity, query: Query) -> Response:
        row = self._find(entity, request.path_params["keys"])
        if row is None:
            return answers.no_such_record()
        if request.method == "DELETE":
            self._erp.store(entity.name).delete(row)
            return Response(status_code=204)
        return answers.json_text_answer(query.shape.write(row))

    def _put(self, request: Request, entity: Entity, query: Query, body: bytes) -> Response:
        if not body.strip():
            return answers.empty_body()
        try:
            record = orjson.loads(body)
        except orjson.JSONDecodeError:
            record = None
        if not isinstance(record, dict):
            return answers.empty_body()
        version = request.path_params["version"]
        try:
            row = apply_put(self._erp, entity, version, record, request.headers)
        except WriteRefusedError as error:
            return answers.json_answer(error.body, error.status)
        return answers.json_text_answer(query.shape.write(row))

    def _find(self, entity: Entity, keys: str) -> Row | None:
        store, now = self._erp.store(entity.name), to_micros(self._erp.clock.now())
        if len(keys) == _GUID_LENGTH and keys.count("-") == 4:  # noqa: PLR2004 - a GUID's dashes
            found = store.find_id(keys, now)
            if found is not None:
                return found
        return store.find(tuple(keys.split("|" if "|" in keys else "/")), now)

    def _entity(self, request: Request) -> Entity | None:
        if not self._serves(request):
            return None
        return tables().entities.get(request.path_params["entity"])

    def _serves(self, request: Request) -> bool:
        parameters = request.path_params
        return parameters["endpoint"] == ENDPOINT and parameters["version"] in self._erp.versions

    def _not_found(self, request: Request) -> Response:
        html = self._erp.faults.fire("html_404", request.method, request.url.path) is not None
        return answers.not_found(str(request.path_params.get("entity", "")), html=html)
