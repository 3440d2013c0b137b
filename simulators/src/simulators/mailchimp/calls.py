"""One call of the API and its answer, free of HTTP: batches make calls too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote

import orjson

from simulators.mailchimp.account import Account
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.problems import Problem, method_not_allowed, not_found
from simulators.mailchimp.projection import project

PREFIX = "/3.0"


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        method: Upper case.
        path: The decoded segments after `/3.0`; a `%2F` stays inside its segment.
        query: The decoded query; of a repeated name the last.
        raw_body: The body, unparsed.
        caller: The client's IP address.
    """

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    raw_body: bytes = b""
    caller: str = ""

    def body(self) -> object:
        """Return the body parsed; none is an empty object.

        Raises:
            Problem: It is no JSON.
        """
        if not self.raw_body.strip():
            return {}
        try:
            return orjson.loads(self.raw_body)
        except orjson.JSONDecodeError:
            raise Problem(
                400,
                "JSON Parse Error",
                "We encountered an unspecified JSON parsing error.",
            ) from None

    def flag(self, name: str) -> bool:
        """Return whether a boolean query parameter is true."""
        return self.query.get(name, "").lower() in {"true", "1"}


def call_of(method: str, target: str, raw_body: bytes = b"", caller: str = "") -> Call:
    """Return the call that a method and a percent-encoded target make.

    Args:
        method: In any case.
        target: Path after `/3.0`, with the query if there is one.
        raw_body: The body.
        caller: The client's IP address.
    """
    path, _, query = target.partition("?")
    segments = tuple(unquote(each) for each in path.strip("/").split("/") if each)
    parameters = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    return Call(method.upper(), segments, parameters, raw_body, caller)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a call.

    Attributes:
        status: HTTP status.
        document: What the body says; None = no body.
        headers: Further headers.
        projected: Whether `fields` and `exclude_fields` have been applied already.
    """

    status: int = 200
    document: Document | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    projected: bool = False


NO_CONTENT = Reply(204)
Handler: TypeAlias = Callable[..., Reply]


class Router:
    """Finds the handler of a path; `*` in a pattern stands for any one segment."""

    def __init__(self) -> None:
        self._patterns: dict[tuple[str, ...], dict[str, Handler]] = {}
        self._by_length: dict[int, list[tuple[tuple[str, ...], dict[str, Handler]]]] = {}

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        """Register a handler, called with the account, the call and the `*` segments."""
        segments = tuple(each for each in pattern.split("/") if each)
        methods = self._patterns.get(segments)
        if methods is None:
            methods = self._patterns[segments] = {}
            self._by_length.setdefault(len(segments), []).append((segments, methods))
        methods[method] = handler

    def patterns(self) -> list[tuple[str, str]]:
        """Return every method and pattern."""
        return [
            (method, "/" + "/".join(segments))
            for segments, methods in self._patterns.items()
            for method in methods
        ]

    def reply(self, account: Account, call: Call) -> Reply:
        """Answer a call.

        Raises:
            Problem: The API refuses it.
        """
        for segments, methods in self._by_length.get(len(call.path), ()):
            if all(a in ("*", b) for a, b in zip(segments, call.path, strict=True)):
                return _answer(account, call, segments, methods)
        raise not_found()


def _answer(
    account: Account, call: Call, segments: tuple[str, ...], methods: Mapping[str, Handler]
) -> Reply:
    handler = methods.get("GET" if call.method == "HEAD" else call.method)
    if handler is None:
        raise method_not_allowed(", ".join(methods))
    ids = [part for pattern, part in zip(segments, call.path, strict=True) if pattern == "*"]
    reply = handler(account, call, *ids)
    if call.method != "GET" or reply.projected or reply.document is None:
        return reply
    return Reply(reply.status, project(reply.document, call.query), reply.headers)
