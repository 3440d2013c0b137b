"""The fields of every entity served, per endpoint version, and the data view behind each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Final

ENDPOINT: Final = "Default"
VERSIONS: Final = ("20.200.001", "22.200.001", "23.200.001", "24.200.001", "25.200.001")
_YEARS: Final = ("20", "22", "23", "24")


class Kind(StrEnum):
    """The wrapper types of the contract, by the letter used in `tables.txt`."""

    STRING = "S"
    DECIMAL = "D"
    BOOLEAN = "B"
    DATETIME = "T"
    INTEGER = "I"
    SHORT = "H"
    GUID = "G"

    @property
    def wrapper(self) -> str:
        """The name of the wrapper type, such as `StringValue`."""
        return _WRAPPERS[self]


_WRAPPERS: Final[Mapping[Kind, str]] = {
    Kind.STRING: "StringValue",
    Kind.DECIMAL: "DecimalValue",
    Kind.BOOLEAN: "BooleanValue",
    Kind.DATETIME: "DateTimeValue",
    Kind.INTEGER: "IntValue",
    Kind.SHORT: "ShortValue",
    Kind.GUID: "GuidValue",
}
_LETTERS: Final = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity: a value (`kind`) or a linked or detail entity (`type_name`)."""

    name: str
    kind: Kind | None
    type_name: str | None
    many: bool
    years: frozenset[str]


@dataclass(frozen=True, slots=True)
class View:
    """Where a field's value comes from: a data view of the screen and a field in it."""

    name: str
    dac_field: str

    @property
    def key(self) -> tuple[str, str]:
        """For comparing: the real system writes `Email` here and `EMail` there."""
        return self.name, self.dac_field.lower()


@dataclass(frozen=True, slots=True)
class Entity:
    """A top-level entity. `views` has one entry per mapped path, such as `MainContact/Email`."""

    name: str
    screen: str
    keys: tuple[str, ...]
    views: Mapping[str, View]


@dataclass(slots=True)
class _Block:
    """What is read between two `entity` or `type` lines."""

    name: str
    screen: str
    keys: tuple[str, ...]
    fields: dict[str, Field] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)


class Tables:
    """All of `tables.txt`."""

    def __init__(self, text: str) -> None:
        blocks = list(_blocks(text))
        self._fields = {block.name: block.fields for block in blocks}
        self.entities: Mapping[str, Entity] = {
            block.name: Entity(block.name, block.screen, block.keys, block.views)
            for block in blocks
            if block.screen
        }

    def fields(self, type_name: str, version: str) -> Mapping[str, Field]:
        """The fields that a type has in an endpoint version, in the order of the answers."""
        return _in_version(self, type_name, _year(version))

    def all_fields(self, type_name: str) -> Mapping[str, Field]:
        """The fields that a type has in any version."""
        return self._fields[type_name]

    def type_names(self) -> tuple[str, ...]:
        """Every type, top-level entities first in the order of the file."""
        return tuple(self._fields)

    def resolve(self, type_name: str, version: str, path: str) -> Field | None:
        """The field at a path like `MainContact/Address/City`, or None."""
        found: Field | None = None
        current: str | None = type_name
        for name in path.split("/"):
            found = self.fields(current, version).get(name) if current is not None else None
            if found is None:
                return None
            current = found.type_name
        return found


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables, read once."""
    text = (
        resources.files("simulators.acumatica.contract").joinpath("tables.txt").read_text("utf-8")
    )
    return Tables(text)


@lru_cache(maxsize=1024)
def _in_version(of: Tables, type_name: str, year: str) -> Mapping[str, Field]:
    return {name: found for name, found in of.all_fields(type_name).items() if year in found.years}


def _year(version: str) -> str:
    year = version[:2]
    return year if year in _YEARS else _YEARS[-1]


def _blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    view: tuple[str, str] | None = None
    for line in text.splitlines():
        tokens = line.partition("#")[0].split()
        if not tokens:
            continue
        if tokens[0] in {"entity", "type"}:
            if block is not None:
                yield block
            screen = tokens[2] if tokens[0] == "entity" else ""
            block, view = _Block(tokens[1], screen, tuple(tokens[3:])), None
            continue
        if block is None:
            raise ValueError("tables.txt: a field before the first entity.")
        if tokens[0] == "view":
            view, tokens = (tokens[1], tokens[2]), tokens[3:]
        _read_tokens(block, view, tokens)
    if block is not None:
        yield block


def _read_tokens(block: _Block, view: tuple[str, str] | None, tokens: list[str]) -> None:
    if view is None:
        block.fields.update((found.name, found) for found in map(_field, tokens))
        return
    view_name, prefix = view
    for token in tokens:
        name, _, dac_field = token.partition("=")
        path = name if prefix == "." else f"{prefix}/{name}"
        block.views[path] = View(view_name, dac_field or name)


def _field(token: str) -> Field:
    name, _, rest = token.partition(":")
    kind, _, versions = rest.partition("@")
    many = kind.endswith("[]")
    kind = kind.removesuffix("[]")
    years = frozenset(_years(versions))
    if kind in _LETTERS:
        return Field(name, Kind(kind), None, many, years)
    return Field(name, None, kind, many, years)


def _years(versions: str) -> Iterator[str]:
    first, dash, last = versions.partition("-")
    for year in _YEARS:
        if "," in versions:
            if year in versions.split(","):
                yield year
        elif first <= year and (not dash or year <= last):
            yield year
