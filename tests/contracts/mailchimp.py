"""Holds the Mailchimp simulator's exchanges against the published description (3.0.85).

Every request that reaches the simulator is checked, query and body, and every answer it gives. A
batch's operations are checked as the requests that they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from simulators.common import Exchange
from tests.contracts.mailchimp_schemas import (
    BULK_ROW_EXTRAS,
    PROBLEM_EXTRAS,
    UNTYPED_PROBLEMS,
    WEBHOOK_EVENT_EXTRAS,
    Schema,
    Schemas,
    Validator,
)

DESCRIPTION = Path("mailchimp", "marketing-3.0.85.openapi.json")
_PREFIX = "/3.0"
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_MEMBER = "/lists/{listId}/members/{subscriberHash}"
_BULK = "/lists/{listId}"
_WEBHOOKS = "/lists/{listId}/webhooks"
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
# A throttle answers a bare 403 or 429 (section 3.3).
_BARE = frozenset({403, 429})


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the description, its validators compiled."""

    name: str
    query: Mapping[str, Schema]
    body: Validator | None
    answers: Mapping[int, Validator | None]
    partial_answers: Mapping[int, Validator | None]


class MailchimpContract:
    """The published description of the Marketing API.

    Args:
        contracts_dir: The folder of published descriptions.
    """

    def __init__(self, contracts_dir: Path) -> None:
        self._document: dict[str, Any] = orjson.loads((contracts_dir / DESCRIPTION).read_bytes())
        self._schemas = Schemas(self._document)
        self._templates = [
            (tuple(path.strip("/").split("/")) if path != "/" else (), path)
            for path in self._document["paths"]
        ]
        self._operations: dict[tuple[str, str], Operation | None] = {}
        problem = self._schemas.answer(
            {"$ref": "#/components/schemas/ProblemDetailDocument"}, complete=True
        )
        problem["properties"] |= PROBLEM_EXTRAS
        untyped = {**problem, "required": [x for x in problem["required"] if x != "type"]}
        self._problem, self._untyped_problem = Validator(problem), Validator(untyped)

    def violations(self, exchange: Exchange) -> list[str]:
        """Return what in this exchange the description does not allow, one sentence each."""
        if exchange.path != _PREFIX and not exchange.path.startswith(f"{_PREFIX}/"):
            return []
        method = "get" if exchange.method == "HEAD" else exchange.method.lower()
        path = exchange.path.removeprefix(_PREFIX)
        operation = self.operation(method, path)
        if operation is None:
            return [f"{exchange.method} {path}: no such operation in the description"]
        found = self._request(operation, exchange.query, exchange.request_body)
        found += [f"{operation.name}: answer: {each}" for each in self._answer(operation, exchange)]
        return found

    def operation(self, method: str, path: str) -> Operation | None:
        """Return the operation that serves a percent-encoded path, or None."""
        template = self._template(tuple(unquote(p) for p in path.strip("/").split("/") if p))
        if template is None:
            return None
        key = (method, template)
        if key not in self._operations:
            self._operations[key] = self._compiled(method, template)
        return self._operations[key]

    def _template(self, segments: tuple[str, ...]) -> str | None:
        found = [
            (sum(part.startswith("{") for part in parts), path)
            for parts, path in self._templates
            if len(parts) == len(segments)
            and all(p.startswith("{") or p == s for p, s in zip(parts, segments, strict=True))
        ]
        return min(found)[1] if found else None

    def _compiled(self, method: str, template: str) -> Operation | None:
        described = self._document["paths"][template].get(method)
        if described is None or method not in _METHODS:
            return None
        parameters = map(self._schemas.resolved, described.get("parameters", ()))
        query = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
        answers = {
            int(status): self._schemas.resolved(answer)
            for status, answer in described["responses"].items()
            if status.isdigit()
        }
        return Operation(
            f"{method.upper()} {template}",
            query,
            self._body_validator(method, template, described),
            {
                status: self._answer_validator(each, complete=True)
                for status, each in answers.items()
            },
            {
                status: self._answer_validator(each, complete=False)
                for status, each in answers.items()
            },
        )

    def _body_validator(self, method: str, template: str, described: Schema) -> Validator | None:
        content = self._schemas.resolved(described.get("requestBody", {})).get("content", {})
        if "application/json" not in content:
            return None
        schema = self._schemas.request(content["application/json"]["schema"])
        if (method, template) == ("put", _MEMBER):
            # Recorded: PUT without `status_if_new`, and with nothing but a status (2.1, 11).
            schema.pop("required", None)
        if (method, template) == ("post", _BULK):
            schema["properties"]["members"]["items"]["properties"] |= BULK_ROW_EXTRAS
        if template.startswith(_WEBHOOKS):
            schema["properties"]["events"]["properties"] |= WEBHOOK_EVENT_EXTRAS
        return Validator(schema)

    def _answer_validator(self, answer: Schema, *, complete: bool) -> Validator | None:
        content = answer.get("content", {}).get("application/json")
        if content is None:
            return None
        return Validator(self._schemas.answer(content["schema"], complete=complete))

    # Requests.

    def _request(self, operation: Operation, query: str, body: bytes) -> list[str]:
        problems = [*self._query(operation, query), *self._body(operation, body)]
        return [f"{operation.name}: request: {each}" for each in problems]

    def _query(self, operation: Operation, query: str) -> Iterator[str]:
        for name, value in parse_qsl(query, keep_blank_values=True):
            schema = operation.query.get(name)
            if schema is None:
                yield f"query parameter {name!r} is not described"
            elif not _fits(schema, value):
                yield f"query parameter {name!r} has a value that is not described: {value[:80]!r}"

    def _body(self, operation: Operation, body: bytes) -> Iterator[str]:
        # Reads and deletions come with `{}` at times (section 11); the official client sends
        # `null` where it has no body.
        if operation.body is None:
            if body.strip() not in {b"", b"{}", b"null"}:
                yield "a body where none is described"
            return
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            yield "the body is no JSON"
            return
        yield from operation.body.errors(document)
        if operation.name == "POST /batches" and isinstance(document, dict):
            yield from self._batch(document)

    def _batch(self, document: Mapping[str, Any]) -> Iterator[str]:
        for number, each in enumerate(document.get("operations", ())):
            path, _, query = str(each.get("path", "")).partition("?")
            operation = self.operation(str(each.get("method", "")).lower(), path)
            if operation is None:
                yield f"operation {number}: no such operation: {each.get('method')} {path}"
                continue
            for problem in self._request(operation, query, str(each.get("body", "")).encode()):
                yield f"operation {number}: {problem}"

    # Answers.

    def _answer(self, operation: Operation, exchange: Exchange) -> Iterator[str]:
        if exchange.status == 0 or _is_cut(exchange):
            return
        if exchange.status >= _CLIENT_ERROR:
            yield from self._refusal(exchange)
            return
        if exchange.status not in operation.answers:
            yield f"status {exchange.status} is not described"
            return
        cut = any(name in {"fields", "exclude_fields"} for name, _ in exchange.parameters)
        answers = operation.partial_answers if cut else operation.answers
        validator = answers[exchange.status]
        if exchange.method == "HEAD" or exchange.status == 204:
            validator = None
        if validator is None:
            if exchange.response_body:
                yield "a body where none is described"
            return
        if not _type(exchange).startswith("application/json"):
            yield f"content type {_type(exchange)!r}"
            return
        yield from validator.errors(exchange.response_json())

    def _refusal(self, exchange: Exchange) -> Iterator[str]:
        kind = _type(exchange)
        if kind.startswith("application/problem+json"):
            if exchange.method != "HEAD":
                document = exchange.response_json()
                untyped = document.get("title") in UNTYPED_PROBLEMS
                yield from (self._untyped_problem if untyped else self._problem).errors(document)
        elif exchange.status < _SERVER_ERROR and (
            exchange.response_body or exchange.status not in _BARE
        ):
            yield f"status {exchange.status} without a problem document"


def _fits(schema: Schema, value: str) -> bool:
    """Tell whether a query value is one that its schema describes."""
    if value == "":
        return True
    if schema.get("type") == "integer":
        return value.isdigit() and int(value) <= schema.get("maximum", int(value))
    if schema.get("type") == "boolean":
        return value.lower() in {"true", "false", "0", "1"}
    allowed = schema.get("enum") or schema.get("items", {}).get("enum")
    return allowed is None or all(part in allowed for part in value.split(","))


def _type(exchange: Exchange) -> str:
    return exchange.response_headers.get("content-type", "")


def _is_cut(exchange: Exchange) -> bool:
    """Tell whether a fault cut the answer short."""
    length = exchange.response_headers.get("content-length", "")
    return length.isdigit() and len(exchange.response_body) < int(length)
