"""One request with its answer, and the bounded log of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import orjson

MAX_EXCHANGES: Final = 20_000
MAX_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came in and what went out, byte for byte.

    Attributes:
        method: upper case.
        path: as it was sent, percent-encoded, without the query.
        query: as it was sent, percent-encoded, without the question mark.
        request_headers: names in lower case; a repeated header is joined by a comma.
        request_body: empty if there was none.
        status: 0 if the connection was closed without an answer (faults `drop_*`).
        response_headers: like `request_headers`.
        response_body: what the client received, cut short by the fault `truncate_answer`.
        at: when the answer was ready, by the simulator's clock, UTC.
        seconds: how long the answer took, real seconds, latency included.
    """

    method: str
    path: str
    query: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes
    at: datetime
    seconds: float

    @property
    def segments(self) -> tuple[str, ...]:
        """The path's segments, each decoded: `%2F` inside a segment stays inside it."""
        return tuple(unquote(segment) for segment in self.path.strip("/").split("/"))

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The query's pairs, decoded, in order, empty values kept."""
        return tuple(parse_qsl(self.query, keep_blank_values=True))

    def parameter(self, name: str) -> str | None:
        """The first value of one query parameter, or None."""
        return next((value for key, value in self.parameters if key == name), None)

    def request_json(self) -> Any:  # noqa: ANN401 - any JSON
        """The request body parsed; raises `orjson.JSONDecodeError` if it is no JSON."""
        return orjson.loads(self.request_body)

    def response_json(self) -> Any:  # noqa: ANN401 - any JSON
        """The answer's body parsed; raises `orjson.JSONDecodeError` if it is no JSON."""
        return orjson.loads(self.response_body)


class ExchangeLog:
    """The last exchanges: at most `max_exchanges`, at most `max_bytes` of bodies."""

    def __init__(self, max_exchanges: int = MAX_EXCHANGES, max_bytes: int = MAX_BYTES) -> None:
        self._kept: deque[Exchange] = deque()
        self._bytes = 0
        self._max_exchanges = max_exchanges
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def append(self, exchange: Exchange) -> None:
        """Keep one more and let the oldest go if there is no room."""
        with self._lock:
            self._kept.append(exchange)
            self._bytes += _size(exchange)
            while len(self._kept) > 1 and (
                len(self._kept) > self._max_exchanges or self._bytes > self._max_bytes
            ):
                self._bytes -= _size(self._kept.popleft())

    def snapshot(self) -> list[Exchange]:
        """A copy, oldest first."""
        with self._lock:
            return list(self._kept)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


def _size(exchange: Exchange) -> int:
    return len(exchange.request_body) + len(exchange.response_body)
