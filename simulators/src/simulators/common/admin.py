"""The routes below `/_simulator`: look at a running simulator and change it over HTTP."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.common.exchange import Exchange

if TYPE_CHECKING:
    from simulators.common.simulator import Simulator

_LAST = 100


def json_response(content: object, status: int = 200) -> Response:
    """An `application/json` answer; the fast way for any handler of a simulator."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def admin_routes(simulator: Simulator) -> list[Route]:
    """The routes that every simulator has.

    | route | methods | body |
    |---|---|---|
    | `/` | GET | name, url, counts, clock, latency, faults |
    | `/requests` | GET, DELETE | `?last=100&path=regex&method=GET`, bodies as text |
    | `/faults` | GET, PUT, DELETE | PUT `{"name", "count"?, "skip"?, "probability"?, "method"?, "path"?, ...options}` |
    | `/latency` | GET, PUT | `{"seconds": 0.05}` |
    | `/clock` | GET, PUT | `{"now": ISO}` or `{"advance_seconds": 60}` or `{"frozen": true}` |
    """  # noqa: E501 - a table row is one line
    admin = _Admin(simulator)
    return [
        Route("/", admin.state),
        Route("/requests", admin.requests, methods=["GET", "DELETE"]),
        Route("/faults", admin.faults, methods=["GET", "PUT", "DELETE"]),
        Route("/latency", admin.latency, methods=["GET", "PUT"]),
        Route("/clock", admin.clock, methods=["GET", "PUT"]),
    ]


class _Admin:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def state(self, _request: Request) -> Response:
        simulator = self._simulator
        return json_response(
            {
                "name": simulator.NAME,
                "url": simulator.url,
                "counts": dict(simulator.counts()),
                "requests": len(simulator.requests),
                "latency": simulator.latency,
                **self._clock_state(),
                **self._fault_state(),
            }
        )

    async def requests(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._simulator.clear_requests()
            return Response(status_code=204)
        try:
            last = int(request.query_params.get("last", _LAST))
            path = re.compile(request.query_params.get("path", ""))
        except (ValueError, re.error) as error:
            return _refused(error)
        method = request.query_params.get("method")
        found = [
            exchange
            for exchange in self._simulator.requests
            if path.search(exchange.path) and method in {None, exchange.method}
        ]
        return json_response([_shown(exchange) for exchange in found[-last:]])

    async def faults(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                body = await _body(request)
                self._simulator.faults.on(str(body.pop("name", "")), **body)
            except (ValueError, TypeError, re.error) as error:
                return _refused(error)
        elif request.method == "DELETE":
            self._simulator.faults.off(request.query_params.get("name"))
        return json_response(self._fault_state())

    async def latency(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                self._simulator.latency = max(0.0, float((await _body(request))["seconds"]))
            except (ValueError, TypeError, KeyError) as error:
                return _refused(error)
        return json_response({"seconds": self._simulator.latency})

    async def clock(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                self._move_clock(await _body(request))
            except (ValueError, TypeError) as error:
                return _refused(error)
        return json_response(self._clock_state())

    def _move_clock(self, body: dict[str, Any]) -> None:
        clock = self._simulator.clock
        if "frozen" in body:
            (clock.freeze if body["frozen"] else clock.resume)()
        if "now" in body:
            clock.set(datetime.fromisoformat(str(body["now"])))
        if "advance_seconds" in body:
            clock.advance(timedelta(seconds=float(body["advance_seconds"])))

    def _clock_state(self) -> dict[str, object]:
        clock = self._simulator.clock
        return {"now": clock.now().isoformat(), "frozen": clock.frozen}

    def _fault_state(self) -> dict[str, object]:
        faults = self._simulator.faults
        return {
            "faults": [asdict(fault) for fault in faults.active().values()],
            "known_faults": dict(faults.known),
        }


async def _body(request: Request) -> dict[str, Any]:
    body = orjson.loads(await request.body())
    if not isinstance(body, dict):
        raise TypeError("The body must be a JSON object.")
    return body


def _refused(error: Exception) -> Response:
    return json_response({"error": f"{type(error).__name__}: {error}"}, 400)


def _shown(exchange: Exchange) -> dict[str, object]:
    headers = dict(exchange.request_headers)
    if "authorization" in headers:
        headers["authorization"] = headers["authorization"].split(" ")[0] + " ***"
    return {
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.query,
        "request_headers": headers,
        "request_body": exchange.request_body.decode("utf-8", "replace"),
        "status": exchange.status,
        "response_headers": exchange.response_headers,
        "response_body": exchange.response_body.decode("utf-8", "replace"),
        "at": exchange.at.isoformat(),
        "seconds": round(exchange.seconds, 6),
    }
