"""The fields of every entity served, per year of release, and the data view behind each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Final

YEARS: Final = ("20", "22", "23", "24")
MODIFIED: Final = "lastmodifieddatetime"
CREATED: Final = "createddatetime"
NOTE_ID: Final = "noteid"


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
    def label(self) -> str:
        """As in `cf.DateTime`, `CustomDateTimeField` and `DateTimeValue`."""
        return _LABELS[self]

    @property
    def wrapper(self) -> str:
        """The name of the wrapper type, such as `StringValue`."""
        return f"{self.label}Value"

    @property
    def custom(self) -> str:
        """The name of the type as a custom field, such as `CustomStringField`."""
        return f"Custom{self.label}Field"


_LABELS: Final[Mapping[str, str]] = {
    "S": "String",
    "D": "Decimal",
    "B": "Boolean",
    "T": "DateTime",
    "I": "Int",
    "H": "Short",
    "G": "Guid",
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

    @property
    def text(self) -> str:
        """`View.Field`, as `$custom` writes it."""
        return f"{self.name}.{self.dac_field}"


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """A top-level entity.

    Attributes:
        name: such as `Customer`.
        screen: the form behind it, such as `AR303000`.
        keys: the key fields, in the screen's order.
        views: the data view behind each mapped path, such as `MainContact/Email`.
        kinds: the kind of each mapped path.
        source: the entity whose records these are: itself, except on an endpoint of the tenant's.
        stored: where the value of a path is kept, if not under the path itself: fields of one
            database column share one place.
        systems: the paths that show `MODIFIED`, `CREATED` or `NOTE_ID` of the record itself.
        details: the fields that hold lists of lines.
    """

    name: str
    screen: str
    keys: tuple[str, ...]
    views: Mapping[str, View]
    kinds: Mapping[str, Kind]
    source: str
    stored: Mapping[str, str]
    systems: Mapping[str, str]
    details: frozenset[str]

    def canonical(self, path: str) -> str:
        """Where the value of a path is kept.

        `Customer.Email` and `MainContact/Email` are the same column, so are a company's
        `MainContact/DisplayName` and `MainContact/CompanyName`.
        """
        return self.stored.get(path, path)


@dataclass(slots=True)
class _Block:
    """What is read between two `entity` or `type` lines."""

    name: str
    screen: str
    keys: tuple[str, ...]
    fields: dict[str, Field] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)


class Tables:
    """All of `tables.txt`.

    Attributes:
        types: the fields of each type, of any version, in the order of the answers.
        entities: the top-level entities, with the data views of all versions.
    """

    def __init__(self, text: str) -> None:
        blocks = list(_blocks(text))
        self.types: Mapping[str, Mapping[str, Field]] = {of.name: of.fields for of in blocks}
        self.entities: Mapping[str, Entity] = {
            of.name: self._entity(of) for of in blocks if of.screen
        }

    def _entity(self, of: _Block) -> Entity:
        kinds = {path: self._kind(of.name, path) for path in of.views}
        return Entity(
            of.name,
            of.screen,
            of.keys,
            of.views,
            {path: kind for path, kind in kinds.items() if kind is not None},
            of.name,
            dict(_shared(of.views)),
            dict(system_paths(of.views)),
            frozenset(name for name, found in of.fields.items() if found.many),
        )

    def _kind(self, type_name: str, path: str) -> Kind | None:
        *parents, last = path.split("/")
        for name in parents:
            type_name = self.types[type_name][name].type_name or ""
        found = self.types[type_name].get(last)
        return None if found is None else found.kind


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables, read once."""
    file = resources.files("simulators.acumatica.contract").joinpath("tables.txt")
    return Tables(file.read_text("utf-8"))


def system_paths(views: Mapping[str, View]) -> Iterator[tuple[str, str]]:
    """The paths that show a system column of the record itself, with that column."""
    for path, view in views.items():
        column = view.dac_field.lower()
        if "/" not in path and column in {MODIFIED, CREATED, NOTE_ID}:
            yield path, column


def _shared(views: Mapping[str, View]) -> Iterator[tuple[str, str]]:
    by_column: dict[tuple[str, str], list[str]] = {}
    for path, view in views.items():
        by_column.setdefault(view.key, []).append(path)
    for paths in by_column.values():
        chosen = max(paths, key=lambda path: (path.count("/"), path))
        yield from ((path, chosen) for path in paths if path != chosen)


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
    for year in YEARS:
        if "," in versions:
            if year in versions.split(","):
                yield year
        elif first <= year and (not dash or year <= last):
            yield year
