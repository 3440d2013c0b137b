"""The ASGI application: HTTP around the API, and the limit of simultaneous connections.

It reads `raw_path`, so that an encoded slash or hash in an id stays part of the id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from simulators.common.middleware import ADMIN_PREFIX, SimulatorMiddleware
from simulators.mailchimp import faults
from simulators.mailchimp.api import JSON, Answer
from simulators.mailchimp.batches import RESULTS_PATH, result_of
from simulators.mailchimp.calls import PREFIX, call_of
from simulators.mailchimp.credentials import authorise, exchanged, metadata
from simulators.mailchimp.problems import (
    TRIGGERED,
    Problem,
    not_found,
    too_many_connections,
)

if TYPE_CHECKING:
    from simulators.mailchimp.simulator import MailchimpSimulator

_THROTTLED = "simulators.mailchimp.throttled"
_READS = frozenset({"GET", "HEAD"})
_OVERRIDABLE = frozenset({"GET", "PUT", "PATCH", "DELETE"})


class ConnectionLimit(SimulatorMiddleware):
    """Counts the requests in hand; one more than the limit is marked for a 429.

    A request holds its slot until it is answered, also when its client has gone away.
    """

    def __init__(self, app: ASGIApp, simulator: MailchimpSimulator) -> None:
        super().__init__(app, simulator)
        self._rules = simulator.rules
        self._in_hand = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await super().__call__(scope, receive, send)
            return
        limit = self._rules.connection_limit
        if limit is not None and self._in_hand >= limit:
            await super().__call__({**scope, _THROTTLED: limit}, receive, send)
            return
        self._in_hand += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._in_hand -= 1


class Application:
    """Serves the API, the OAuth endpoints, batch results, and hands the rest on."""

    def __init__(self, simulator: MailchimpSimulator, admin: ASGIApp) -> None:
        self._simulator = simulator
        self._admin = admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith(ADMIN_PREFIX):
            await self._admin(scope, receive, send)
            return
        message = await receive()
        answer = self._answer(scope, message.get("body", b""))
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        headers.append((b"Content-Length", str(len(answer.body)).encode()))
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: Scope, body: bytes) -> Answer:
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        target = scope.get("raw_path", b"").decode("latin-1") or scope["path"]
        query = scope["query_string"].decode("latin-1")
        with self._simulator.lock:
            if target == PREFIX or target.startswith(f"{PREFIX}/"):
                rest = target.removeprefix(PREFIX)
                return self._api(scope, headers, f"{rest}?{query}" if query else rest, body)
            return self._aside(target, headers, query, body)

    def _api(self, scope: Scope, headers: Mapping[str, str], target: str, body: bytes) -> Answer:
        simulator, method = self._simulator, scope["method"]
        api = simulator.api
        try:
            if _THROTTLED in scope:
                if simulator.rules.bare_throttle:
                    return faults.BARE_THROTTLE
                raise too_many_connections(scope[_THROTTLED])
            trigger = TRIGGERED.get(headers.get("x-trigger-error", ""))
            if trigger is not None:
                raise trigger
            authorise(simulator.rules, headers.get("authorization", ""), method)
            method = _overridden(method, headers)
        except Problem as problem:
            return api.refuse(problem)
        before = self._fault_before(method, target)
        if before is not None:
            return before
        client = scope.get("client") or ("", 0)
        answer = api.answer(call_of(method, target, body, client[0]))
        if method not in _READS and answer.status < 400:  # noqa: PLR2004 - where errors begin
            simulator.writes += 1
        after = simulator.faults.fire("bad_gateway_after", method, target)
        return faults.BAD_GATEWAY if after else answer

    def _fault_before(self, method: str, target: str) -> Answer | None:
        fire = self._simulator.faults.fire
        if fire("bad_gateway_before", method, target):
            return faults.BAD_GATEWAY
        if fire("internal_error", method, target):
            return self._simulator.api.refuse(TRIGGERED["InternalServerError"])
        if fire("bare_forbidden", method, target):
            return faults.BARE_FORBIDDEN
        if fire("bare_throttle", method, target):
            return faults.BARE_THROTTLE
        return None

    def _aside(self, target: str, headers: Mapping[str, str], query: str, body: bytes) -> Answer:
        """Answer what is no API call: batch results and OAuth."""
        simulator = self._simulator
        if target.startswith(f"{RESULTS_PATH}/"):
            packed = result_of(simulator.account, dict(parse_qsl(query)).get("token", ""))
            if packed is None:
                return Answer(403, {"Content-Type": "application/xml"}, b"<Error>Expired</Error>")
            return Answer(200, {"Content-Type": "application/gzip"}, packed)
        if target == "/oauth2/metadata":
            shown = metadata(simulator.rules, headers.get("authorization", ""), simulator.base_url)
            return Answer(200, {"Content-Type": JSON}, orjson.dumps(shown))
        if target == "/oauth2/token":
            made = exchanged(dict(parse_qsl(body.decode())), simulator.account.new_id(32))
            if isinstance(made, Problem):
                return Answer(400, {"Content-Type": JSON}, orjson.dumps({"error": made.title}))
            return Answer(200, {"Content-Type": JSON}, orjson.dumps(made))
        return simulator.api.refuse(not_found())


def _overridden(method: str, headers: Mapping[str, str]) -> str:
    override = headers.get("x-http-method-override", "").upper()
    if not override:
        return method
    if method != "POST" or override not in _OVERRIDABLE:
        raise TRIGGERED["InvalidMethodOverride"]
    return override
