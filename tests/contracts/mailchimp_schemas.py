"""The schemas of Mailchimp's published description as validators, with named relaxations.

Each relaxation is a place where recorded traffic or the official text differs from the
description. The section numbers are those of the fact sheet `mailchimp.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import ValidationError

Schema: TypeAlias = dict[str, Any]
Test: TypeAlias = Callable[[Any], bool]

# The description types each value of a member's `merge_fields` as an object; recorded values are
# strings, numbers and addresses (sections 2.1 and 11). Null and booleans are refused (8, no. 12).
MERGE_VALUE: Schema = {"type": ["string", "number", "object"]}

# `POST /lists/{id}` takes `tags` since 2022, though the schema of a row lacks them (2.5).
BULK_ROW_EXTRAS: Schema = {"tags": {"type": "array", "items": {"type": "string"}}}

# The newer description has signing and two more events of webhooks (0 no. 1, 6.1).
WEBHOOK_EVENT_EXTRAS: Schema = {
    "sms_subscribe": {"type": "boolean"},
    "sms_unsubscribe": {"type": "boolean"},
}

# A problem document has `errors` (3.1), and three kinds of refusal lack `type` (3.1).
PROBLEM_EXTRAS: Schema = {
    "errors": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["field", "message"],
            "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
        },
    }
}
UNTYPED_PROBLEMS = frozenset(
    {"Member Exists", "Member In Compliance State", "Forgotten Email Not Subscribed"}
)

_CHECKER = FormatChecker(formats=())


@_CHECKER.checks("date-time")
def is_date_time(value: object) -> bool:
    """Tell whether a string is a point in time with a zone."""
    if not isinstance(value, str):
        return True
    try:
        return "T" in value and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


@_CHECKER.checks("date-time-or-empty")
def is_date_time_or_empty(value: object) -> bool:
    """Tell the same of an answer, where a missing date is `""` (2.1, 11)."""
    return value == "" or is_date_time(value)


class Schemas:
    """Turns schemas of the description into plain JSON Schemas.

    Args:
        document: The whole description, for its references.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def request(self, schema: Schema) -> Schema:
        """Return the schema of a request body: it may have no property that is not described."""
        return self._plain(schema, closed=True, required=True)

    def answer(self, schema: Schema, *, complete: bool) -> Schema:
        """Return the schema of an answer; one cut by `fields` need not be complete."""
        return self._plain(schema, closed=False, required=complete)

    def resolved(self, schema: Schema) -> Schema:
        """Follow a reference."""
        while "$ref" in schema:
            found: Any = self._document
            for part in schema["$ref"].split("/")[1:]:
                found = found[part]
            schema = found
        return schema

    def _plain(self, schema: Schema, *, closed: bool, required: bool) -> Schema:
        schema = self.resolved(schema)
        plain: Schema = {
            name: schema[name]
            for name in ("type", "enum", "maximum", "minimum", "maxLength")
            if name in schema
        }
        if schema.get("nullable") and "type" in plain:
            plain["type"] = [plain["type"], "null"]
        if schema.get("format") == "date-time":
            plain["format"] = "date-time" if closed else "date-time-or-empty"
        if "allOf" in schema:
            parts = [
                self._plain(part, closed=closed, required=required) for part in schema["allOf"]
            ]
            plain["allOf"] = parts
        if "items" in schema:
            plain["items"] = self._plain(schema["items"], closed=closed, required=required)
        if required and schema.get("required"):
            plain["required"] = schema["required"]
        self._add_properties(plain, schema, closed=closed, required=required)
        return plain

    def _add_properties(
        self, plain: Schema, schema: Schema, *, closed: bool, required: bool
    ) -> None:
        if "properties" in schema:
            plain["properties"] = {
                name: {"type": "object", "additionalProperties": MERGE_VALUE}
                if name == "merge_fields" and "additionalProperties" in self.resolved(each)
                else self._plain(each, closed=closed, required=required)
                for name, each in schema["properties"].items()
            }
            if closed and schema["properties"] and "additionalProperties" not in schema:
                plain["additionalProperties"] = False
        if isinstance(schema.get("additionalProperties"), dict):
            plain["additionalProperties"] = self._plain(
                schema["additionalProperties"], closed=closed, required=required
            )


class Validator:
    """Tells what in a document a plain schema does not allow.

    `jsonschema` speaks the verdict; a compiled test in front of it lets a sound document pass
    at once, since a suite sees pages of a thousand members.
    """

    def __init__(self, schema: Schema) -> None:
        self._sound = compiled(schema)
        self._validator = Draft4Validator(schema, format_checker=_CHECKER)

    def sound(self, document: object) -> bool:
        """Tell whether the compiled test lets the document pass."""
        return self._sound(document)

    def errors(self, document: object) -> Iterator[str]:
        """Return one sentence for each error: where, and what."""
        if self._sound(document):
            return
        error: ValidationError
        for error in self._validator.iter_errors(document):
            where = ".".join(str(part) for part in error.absolute_path) or "the document"
            yield f"{where}: {error.message[:200]}"


_TYPES: Mapping[str, Test] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}
_FORMATS: Mapping[str, Test] = {
    "date-time": is_date_time,
    "date-time-or-empty": is_date_time_or_empty,
}


def compiled(schema: Schema) -> Test:
    """Return a function that tells whether a document fits a plain schema."""
    tests: list[Test] = []
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds:
        tests.append(_any_of([_TYPES[kind] for kind in kinds]))
    if "enum" in schema:
        tests.append(frozenset(schema["enum"]).__contains__ if _hashable(schema) else _never)
    if "format" in schema:
        tests.append(_FORMATS[schema["format"]])
    tests += _limits(schema)
    tests += [compiled(part) for part in schema.get("allOf", [])]
    if "items" in schema:
        tests.append(_each(compiled(schema["items"])))
    if schema.keys() & {"properties", "required", "additionalProperties"}:
        tests.append(_object_test(schema))
    return tests[0] if len(tests) == 1 else _all_of(tests)


def _hashable(schema: Schema) -> bool:
    """Tell whether the type test keeps lists and objects away from the enumeration."""
    return schema.get("type") in {"string", "integer", "number", "boolean"}


def _never(_value: object) -> bool:
    """Leave the verdict to `jsonschema`."""
    return False


def _all_of(tests: list[Test]) -> Test:
    def fits(value: object) -> bool:
        return all(test(value) for test in tests)

    return fits


def _any_of(tests: list[Test]) -> Test:
    def fits(value: object) -> bool:
        return any(test(value) for test in tests)

    return tests[0] if len(tests) == 1 else fits


def _each(test: Test) -> Test:
    def fits(value: object) -> bool:
        return not isinstance(value, list) or all(map(test, value))

    return fits


def _limits(schema: Schema) -> Iterator[Test]:
    is_number = _TYPES["number"]
    if "maximum" in schema:
        yield _bounded(is_number, lambda value: value <= schema["maximum"])
    if "minimum" in schema:
        yield _bounded(is_number, lambda value: value >= schema["minimum"])
    if "maxLength" in schema:
        yield _bounded(_TYPES["string"], lambda value: len(value) <= schema["maxLength"])


def _bounded(applies: Test, test: Test) -> Test:
    def fits(value: object) -> bool:
        return not applies(value) or test(value)

    return fits


def _object_test(schema: Schema) -> Test:
    known = {name: compiled(each) for name, each in schema.get("properties", {}).items()}
    required = tuple(schema.get("required", ()))
    more = schema.get("additionalProperties", True)
    other = compiled(more) if isinstance(more, dict) else _any_of([lambda _: bool(more)])

    def fits(value: object) -> bool:
        if not isinstance(value, dict):
            return True
        if any(name not in value for name in required):
            return False
        return all(known.get(name, other)(each) for name, each in value.items())

    return fits
