"""The ASGI layer between the server and a simulator: log, callbacks, latency, transport faults."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.common.exchange import Exchange
from simulators.common.faults import Fault
from simulators.common.server import TRANSPORT

if TYPE_CHECKING:
    from simulators.common.simulator import Simulator

ADMIN_PREFIX: Final = "/_simulator"
_BEFORE: Final = ("drop_request", "slow", "answer")
_AFTER: Final = ("drop_answer", "truncate_answer", "answer_after")


class SimulatorMiddleware:
    """Wraps a simulator's application. Requests below `/_simulator` pass untouched."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"].startswith(ADMIN_PREFIX):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        body = await _read_body(scope, receive)
        if body is None:
            return
        answer = await self._answer(scope, body)
        self._simulator.record(self._exchange(scope, body, answer, started))
        await answer.send(scope, send)

    async def _answer(self, scope: Scope, body: bytes) -> _Answer:
        faults = self._fire(scope, _BEFORE)
        delay = self._simulator.latency
        if "slow" in faults:
            delay += float(faults["slow"].options.get("seconds", 5.0))
        if delay > 0:
            await asyncio.sleep(delay)
        if "drop_request" in faults:
            return _Answer(dropped=True)
        if "answer" in faults:
            return _canned(faults["answer"])
        answer = _Answer()
        await self._app(scope, _replay(body), answer.collect)
        return _spoil(answer, self._fire(scope, _AFTER))

    def _fire(self, scope: Scope, names: Iterable[str]) -> dict[str, Fault]:
        fire = self._simulator.faults.fire
        hits = ((name, fire(name, scope["method"], scope["path"])) for name in names)
        return {name: hit for name, hit in hits if hit is not None}

    def _exchange(self, scope: Scope, body: bytes, answer: _Answer, started: float) -> Exchange:
        return Exchange(
            method=scope["method"],
            path=scope.get("raw_path", b"").decode("latin-1") or scope["path"],
            query=scope["query_string"].decode("latin-1"),
            request_headers=_headers(scope["headers"]),
            request_body=body,
            status=0 if answer.dropped else answer.status,
            response_headers={} if answer.dropped else _headers(answer.headers),
            response_body=b"" if answer.dropped else answer.sent_body,
            at=self._simulator.clock.now(),
            seconds=time.perf_counter() - started,
        )


class _Answer:
    """An answer held back until it is in the log: a client never sees one that is not."""

    def __init__(self, *, dropped: bool = False) -> None:
        self.dropped = dropped
        self.truncated = False
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def collect(self, message: Message) -> None:
        """Take one ASGI message of the application."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            chunk = message.get("body", b"")
            self.body = self.body + chunk if self.body else chunk

    @property
    def sent_body(self) -> bytes:
        """What goes over the wire."""
        return self.body[: len(self.body) // 2] if self.truncated else self.body

    async def send(self, scope: Scope, send: Send) -> None:
        """Put it on the wire, or close the connection."""
        if self.dropped:
            _transport(scope).abort()
            return
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send(
            {"type": "http.response.body", "body": self.sent_body, "more_body": self.truncated}
        )
        if self.truncated:
            _transport(scope).close()


def _spoil(answer: _Answer, faults: dict[str, Fault]) -> _Answer:
    if "answer_after" in faults:
        return _canned(faults["answer_after"])
    answer.dropped = "drop_answer" in faults
    answer.truncated = "truncate_answer" in faults
    return answer


def _canned(fault: Fault) -> _Answer:
    answer = _Answer()
    answer.status = int(fault.options.get("status", 503))
    answer.body = str(fault.options.get("body", "")).encode()
    content_type = str(fault.options.get("content_type", "text/html; charset=utf-8"))
    answer.headers = [
        (b"content-type", content_type.encode("latin-1")),
        (b"content-length", str(len(answer.body)).encode("ascii")),
    ]
    extra = fault.options.get("headers", {})
    answer.headers += [(str(k).lower().encode(), str(v).encode()) for k, v in extra.items()]
    return answer


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the request's body; None if the client went away before it had sent all of it."""
    if scope["method"] == "GET":
        return b""
    chunks = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(chunks)


def _replay(body: bytes) -> Receive:
    pending = [cast("Message", {"type": "http.request", "body": body, "more_body": False})]

    async def receive() -> Message:
        return pending.pop() if pending else {"type": "http.disconnect"}

    return receive


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _transport(scope: Scope) -> asyncio.Transport:
    extension: dict[str, Any] = scope["extensions"][TRANSPORT]
    return cast("asyncio.Transport", extension["transport"])
