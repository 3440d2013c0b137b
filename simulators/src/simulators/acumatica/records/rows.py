"""Records as they are stored: flat values by path, stamps, and what no contract field shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias, cast

from simulators.acumatica.contract.tables import Entity, Field, Kind, tables
from simulators.acumatica.records.values import Value, sql_micros

Values: TypeAlias = dict[str, Value]
"""Values by path, such as `{"CustomerID": "C1", "MainContact/Email": "a@b.c"}`."""

MODIFIED: Final = "lastmodifieddatetime"
CREATED: Final = "createddatetime"
NOTE_ID: Final = "noteid"


@dataclass(slots=True)
class Row:
    """One record of an entity.

    Attributes:
        id: the NoteID, a GUID in lower case.
        values: by canonical path (see `canonical`), of the entity and its linked entities.
        modified: the database's LastModifiedDateTime, microseconds since 1970.
        created: the same for CreatedDateTime.
        details: the lines of each detail entity, by its path, each line flat like `values`.
        extras: fields of data views that the contract lacks, by `View.Field`.
        archived: hidden unless the request asks for archived documents.
        note: the text of the note; None = `null` on the wire.
    """

    id: str
    values: Values
    modified: int
    created: int
    details: dict[str, list[Values]] = field(default_factory=dict)
    extras: Values = field(default_factory=dict)
    archived: bool = False
    note: str | None = ""

    def __post_init__(self) -> None:
        """Round the stamps like the database does."""
        self.modified = sql_micros(self.modified)
        self.created = sql_micros(self.created)

    def value(self, entity: Entity, path: str) -> Value:
        """The plain value at a path, through its canonical one."""
        return self.values.get(canonical(entity.name, path))

    def key(self, entity: Entity) -> tuple[str, ...]:
        """The values of the key fields, as text."""
        return tuple(str(self.values.get(name, "")) for name in entity.keys)


@lru_cache(maxsize=8192)
def canonical(entity_name: str, path: str) -> str:
    """The path under which a value is stored: fields of one database column share one.

    `Customer.Email` and `MainContact/Email` are the same column, so are a company's
    `MainContact/DisplayName` and `MainContact/CompanyName`.
    """
    views = tables().entities[entity_name].views
    view = views.get(path)
    if view is None:
        return path
    same = [other for other, of in views.items() if of.key == view.key]
    return max(same, key=lambda other: (other.count("/"), other))


@lru_cache(maxsize=8192)
def system_column(entity_name: str, path: str) -> str | None:
    """`MODIFIED`, `CREATED` or `NOTE_ID` if the path shows that column of the record itself."""
    entity = tables().entities[entity_name]
    view = entity.views.get(path)
    if view is None or "/" in path:
        return None
    column = view.dac_field.lower()
    return column if column in {MODIFIED, CREATED, NOTE_ID} else None


def split_values(
    entity: Entity, record: Mapping[str, object], version: str
) -> tuple[Values, dict[str, list[Values]]]:
    """Turn a nested record of plain values into flat values and detail lines.

    Args:
        entity: the record's entity.
        record: such as `{"CustomerID": "C1", "MainContact": {"Email": "a@b.c"}}`; details are
            lists of objects.
        version: the endpoint version whose fields count.

    Raises:
        KeyError: a field that the entity does not have.
    """
    values: Values = {}
    details: dict[str, list[Values]] = {}
    for path, found, value in _leaves(entity.name, record, version, ""):
        if found.many:
            lines = cast("list[Mapping[str, object]]", value)
            details[path] = [_flat_line(found, line, version) for line in lines]
        else:
            values[canonical(entity.name, path)] = cast("Value", value)
    return values, details


def _flat_line(of: Field, line: Mapping[str, object], version: str) -> Values:
    return {
        path: cast("Value", value)
        for path, found, value in _leaves(of.type_name or "", line, version, "")
        if not found.many
    }


def _leaves(
    type_name: str, record: Mapping[str, object], version: str, prefix: str
) -> Iterator[tuple[str, Field, object]]:
    fields = tables().fields(type_name, version)
    for name, value in record.items():
        if name not in fields:
            raise KeyError(f"{type_name} has no field {name} in {version}.")
        found = fields[name]
        if found.type_name is not None and not found.many and isinstance(value, Mapping):
            yield from _leaves(found.type_name, value, version, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", found, value


def kind_at(entity: Entity, path: str, version: str) -> Kind | None:
    """The kind of the value at a path, None if there is no such value."""
    found = tables().resolve(entity.name, version, path)
    return found.kind if found is not None else None
