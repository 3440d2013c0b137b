"""Request bodies: shapes, checked with the messages of the API's schema stage.

A shape names the fields that the API reads; others are ignored, as the API ignores them. The
messages use the type names of the language that the API is written in: `NULL`, `double`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, TypeAlias

from simulators.mailchimp.problems import FieldError, invalid

Document: TypeAlias = dict[str, Any]

NO_MATCH = "Data did not match any of the schemas described in anyOf."
STAMP_FORMAT = "%Y-%m-%dT%H:%M:%S+00:00"


@dataclass(frozen=True, slots=True)
class Text:
    """A string; `choices` limits it, `longest` is its length in characters."""

    choices: tuple[str, ...] = ()
    longest: int = 0
    filled: bool = False

    def errors(self, path: str, value: object) -> list[FieldError]:
        """Return what is wrong with the value, if anything."""
        if not isinstance(value, str):
            return [wrong_type(path, "string", value)]
        if self.filled and not value:
            return [FieldError(path, "This value should not be blank.")]
        if self.choices and value not in self.choices:
            return [FieldError(path, f"Value must be one of: {', '.join(self.choices)}.")]
        if self.longest and len(value) > self.longest:
            return [FieldError(path, f"This value should have {self.longest} characters or less.")]
        return []


@dataclass(frozen=True, slots=True)
class Stamp:
    """A point in time as text; `""` clears it."""

    def errors(self, path: str, value: object) -> list[FieldError]:
        """Return what is wrong with the value, if anything."""
        if not isinstance(value, str):
            return [wrong_type(path, "string", value)]
        if value and parse_stamp(value) is None:
            return [FieldError(path, "This value is not a valid datetime.")]
        return []


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address as text; `""` clears it."""

    def errors(self, path: str, value: object) -> list[FieldError]:
        """Return what is wrong with the value, if anything."""
        if not isinstance(value, str):
            return [wrong_type(path, "string", value)]
        try:
            ip_address(value or "0.0.0.0")  # noqa: S104 - nothing is bound to it
        except ValueError:
            return [FieldError(path, "This is not a valid IP address.")]
        return []


@dataclass(frozen=True, slots=True)
class Number:
    """A number; text that reads as a number passes too, as in the newer description."""

    def errors(self, path: str, value: object) -> list[FieldError]:
        """Return what is wrong with the value, if anything."""
        if isinstance(value, str):
            try:
                float(value)
            except ValueError:
                return [wrong_type(path, "number", value)]
            return []
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return [wrong_type(path, "number", value)]
        return []


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number; 2.0 is none."""

    def errors(self, path: str, value: object) -> list[FieldError]:
        """Return what is wrong with the value, if anything."""
        if isinstance(value, bool) or not isinstance(value, int):
            return [wrong_type(path, "integer", value)]
        return []


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""

    def errors(self, path: str, value: object) -> list[FieldError]:
        """Return what is wrong with the value, if anything."""
        return [] if isinstance(value, bool) else [wrong_type(path, "boolean", value)]


@dataclass(frozen=True, slots=True)
class Anything:
    """A value that another stage checks."""

    def errors(self, path: str, value: object) -> list[FieldError]:  # noqa: ARG002 - as its siblings
        """Return nothing: whatever comes passes."""
        return []


@dataclass(frozen=True, slots=True)
class Map:
    """An object with free keys; each value must be one of the plain `kinds`."""

    kinds: tuple[type, ...]

    def errors(self, path: str, value: object) -> list[FieldError]:
        """Return what is wrong with the value, if anything."""
        if value == []:  # an empty map of the API's language arrives as an empty list
            return []
        if not isinstance(value, dict):
            return [wrong_type(path, "object", value)]
        return [
            FieldError(f"{path}.{name}", NO_MATCH)
            for name, each in value.items()
            if not isinstance(each, self.kinds)
            or (isinstance(each, bool) and bool not in self.kinds)
        ]


@dataclass(frozen=True, slots=True)
class Rows:
    """A list whose entries have one shape."""

    of: Kind
    fewest: int = 0

    def errors(self, path: str, value: object) -> list[FieldError]:
        """Return what is wrong with the value, if anything."""
        if not isinstance(value, list):
            return [wrong_type(path, "array", value)]
        if len(value) < self.fewest:
            return [FieldError(path, f"There must be a minimum of {self.fewest} in the array")]
        found: list[FieldError] = []
        for index, each in enumerate(value):
            found += self.of.errors(f"{path}.item:{index}", each)
        return found


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with known fields."""

    fields: Mapping[str, Kind] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    def errors(self, path: str, value: object) -> list[FieldError]:
        """Return what is wrong with the value, if anything."""
        if not isinstance(value, dict):
            return [wrong_type(path, "object", value)]
        found: list[FieldError] = []
        missing = [name for name in self.required if name not in value]
        if missing:
            message = f"Required fields were not provided: {', '.join(missing)}"
            found.append(FieldError(path, message))
        prefix = f"{path}." if path else ""
        for name, each in value.items():
            kind = self.fields.get(name)
            if kind is not None:
                found += kind.errors(prefix + name, each)
        return found

    def check(self, body: object) -> Document:
        """Return the body as a document.

        Raises:
            Problem: The body does not have this shape (400 Invalid Resource).
        """
        errors = self.errors("", body)
        if errors:
            raise invalid(*errors)
        return body if isinstance(body, dict) else {}

    def requiring(self, *names: str) -> Shape:
        """Return the same shape with other required fields."""
        return Shape(self.fields, names)


Kind: TypeAlias = Text | Stamp | Address | Number | Integer | Flag | Anything | Map | Rows | Shape


def wrong_type(path: str, expected: str, value: object) -> FieldError:
    """Return the message about a value of another type."""
    found = native_type(value)
    return FieldError(path, f"Schema describes {expected}, {found} found instead")


def native_type(value: object) -> str:
    """Return the type's name as the API's messages print it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((int, "integer"), (float, "double"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object"


def parse_stamp(text: str) -> datetime | None:
    """Return the point in time that a text names, or None; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text.strip().replace(" ", "T", 1))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """Return the API's form of a point in time: whole seconds, `+00:00`."""
    return moment.astimezone(UTC).strftime(STAMP_FORMAT)


def restamp(text: str) -> str:
    """Return a client's point in time in the API's form; text that is none stays."""
    moment = parse_stamp(text) if text else None
    return stamp(moment) if moment else text


def texts(*names: str) -> dict[str, Kind]:
    """Return a plain text field for each name."""
    return {name: Text() for name in names}


def taken(body: Mapping[str, Any], names: Sequence[str]) -> Document:
    """Return the part of a body that has the given names."""
    return {name: body[name] for name in names if name in body}
