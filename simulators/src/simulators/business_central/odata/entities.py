"""The entity sets that are served: their properties, navigations and permissions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

ROUTES: Final[Mapping[str, str]] = {
    "v2.0": "v2.0",
    "automate": "microsoft/automate/v1.0",
    "runtime": "microsoft/runtime/beta",
}
_TYPE: Final = re.compile(r"^(?P<kind>[a-z]+)(?P<length>\d+)?(?::(?P<enum>\w+))?$")


class Kind(StrEnum):
    """The type of a property; its value is the OData type, but for `CODE`, `ENUM` and `STREAM`."""

    GUID = "Edm.Guid"
    TEXT = "Edm.String"
    CODE = "code"
    ENUM = "enum"
    DECIMAL = "Edm.Decimal"
    INTEGER = "Edm.Int32"
    LONG = "Edm.Int64"
    BOOLEAN = "Edm.Boolean"
    DATE = "Edm.Date"
    DATETIME = "Edm.DateTimeOffset"
    STREAM = "Edm.Stream"

    @property
    def edm(self) -> str:
        """The OData type."""
        return "Edm.String" if self is Kind.CODE else str(self)


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an entity.

    Attributes:
        length: the most characters of a text; 0 = no limit.
        enum: the name of its enum, or empty.
        members: the members of its enum, a blank one as one blank.
        flags: `w` (writable), `nofilter`, `key`, `required`, `phone`.
    """

    name: str
    kind: Kind
    length: int = 0
    enum: str = ""
    members: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Navigation:
    """From one entity to others: rows of `target` whose `theirs` equals this row's `ours`."""

    name: str
    target: str
    many: bool
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity set.

    Attributes:
        set: the name in URLs.
        name: the name of its type, as in `Microsoft.NAV.customer`.
        table: number and name of the table behind it.
        route: a key of `ROUTES`.
        flags: `webhook`, `patch`, `noetag`, `parent`, `system`.
    """

    set: str
    name: str
    table: str
    route: str
    flags: frozenset[str]
    properties: Mapping[str, Property] = field(default_factory=dict)
    navigations: Mapping[str, Navigation] = field(default_factory=dict)

    @property
    def type_name(self) -> str:
        """The qualified name of its type."""
        return f"Microsoft.NAV.{self.name}"

    @property
    def key(self) -> str:
        """The key property."""
        return next(name for name, of in self.properties.items() if "key" in of.flags)


@cache
def entities() -> Mapping[str, Entity]:
    """All entity sets, by name."""
    text = files("simulators.business_central.odata").joinpath("entities.txt").read_text("utf-8")
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    enums = dict(_enum(line) for line in lines if line.startswith("="))
    sections: list[list[str]] = []
    for line in lines:
        if line.startswith("["):
            sections.append([line])
        elif sections:
            sections[-1].append(line)
    read = [_entity(section, enums) for section in sections]
    return {entity.set: entity for entity in read}


def _enum(line: str) -> tuple[str, tuple[str, ...]]:
    name, _, members = line[1:].partition(":")
    return name.strip(), tuple(
        " " if member == "~" else member for member in members.strip().split(",")
    )


def _entity(section: list[str], enums: Mapping[str, tuple[str, ...]]) -> Entity:
    head, _, rest = section[0].partition("]")
    set_name, name = head[1:].split()
    table, route, flags = (part.strip() for part in rest.split("|"))
    properties = {found.name: found for found in _properties(section[1:], enums)}
    navigations = {found.name: found for found in _navigations(section[1:])}
    return Entity(set_name, name, table, route, frozenset(flags.split()), properties, navigations)


def _properties(lines: list[str], enums: Mapping[str, tuple[str, ...]]) -> Iterator[Property]:
    for line in lines:
        if line.startswith(">"):
            continue
        name, type_text, *flags = line.split()
        match = _TYPE.match(type_text)
        if match is None:
            raise ValueError(f"entities.txt: `{line}` has no readable type.")
        yield Property(
            name,
            Kind[match["kind"].upper()],
            int(match["length"] or 0),
            match["enum"] or "",
            enums[match["enum"]] if match["enum"] else (),
            frozenset(flags),
        )


def _navigations(lines: list[str]) -> Iterator[Navigation]:
    for line in lines:
        if line.startswith(">"):
            name, target, number, ours, theirs = line[1:].split()
            yield Navigation(name, target, number == "many", ours, theirs)
