"""One call of the API, from the wire or from inside a batch, and its reply."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote

from simulators.business_central.odata.entities import ROUTES

MAX_PAGE: Final = 20_000
_SEGMENT: Final = re.compile(r"^(?P<name>[\w$.]+)(?:\((?P<key>.*)\))?$")
_PAGE_SIZE: Final = re.compile(r"(?:odata\.)?maxpagesize\s*=\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a path: `customers` or `customers(id)`; the key is without its quotes."""

    name: str
    key: str | None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A request, without what HTTP adds.

    Attributes:
        route: a key of `ROUTES`.
        segments: the path behind the route.
        parameters: the decoded pairs of the query.
        headers: names in lower case.
        base: the address up to and with the route.
        url: the whole address without its query.
    """

    method: str
    route: str
    segments: tuple[Segment, ...]
    parameters: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    base: str
    url: str

    def parameter(self, name: str) -> str | None:
        """The first value of one query parameter."""
        return next((value for key, value in self.parameters if key == name), None)

    @property
    def page_size(self) -> int | None:
        """The `odata.maxpagesize` that the client prefers."""
        match = _PAGE_SIZE.search(self.headers.get("prefer", ""))
        return int(match[1]) if match else None

    @property
    def intent(self) -> str:
        """`readonly`, `readwrite` or empty."""
        return self.headers.get("data-access-intent", "").strip().lower()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, before HTTP."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def read_segments(path: str) -> tuple[Segment, ...]:
    """The segments of a path that is still percent-encoded."""
    return tuple(_segment(unquote(part)) for part in path.strip("/").split("/") if part)


def _segment(text: str) -> Segment:
    match = _SEGMENT.match(text)
    if match is None:
        return Segment(text, None)
    key = match["key"]
    if key is not None and len(key) > 1 and key[0] == key[-1] == "'":
        return Segment(match["name"], key[1:-1].replace("''", "'"), quoted=True)
    return Segment(match["name"], key)


def split_route(segments: tuple[Segment, ...]) -> tuple[str, tuple[Segment, ...], int] | None:
    """The route's key, what follows it, and how many segments it took; None = no such route."""
    for name, path in ROUTES.items():
        parts = tuple(path.split("/"))
        if tuple(segment.name for segment in segments[: len(parts)]) == parts:
            return name, segments[len(parts) :], len(parts)
    return None


def read_parameters(query: str) -> tuple[tuple[str, str], ...]:
    """The decoded pairs of a query string."""
    return tuple(parse_qsl(query, keep_blank_values=True))
