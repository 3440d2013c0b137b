"""Records as they are stored: flat values by path, stamps, and what no contract field shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.tables import Entity, Field
from simulators.acumatica.records.values import Value, sql_micros

Values: TypeAlias = dict[str, Value]
"""Values by path, such as `{"CustomerID": "C1", "MainContact/Email": "a@b.c"}`."""


@dataclass(slots=True)
class Row:
    """One record of an entity.

    Attributes:
        id: the NoteID, a GUID in lower case.
        values: by canonical path (see `Entity.canonical`), of the entity and its linked entities;
            what no contract field shows, by `View.Field`.
        modified: the database's LastModifiedDateTime, microseconds since 1970.
        created: the same for CreatedDateTime.
        details: the lines of each detail entity, by its path, each line flat like `values`.
        archived: hidden unless the request asks for archived documents.
        note: the text of the note; None = `null` on the wire.
    """

    id: str
    values: Values
    modified: int
    created: int
    details: dict[str, list[Values]] = field(default_factory=dict)
    archived: bool = False
    note: str | None = ""

    def __post_init__(self) -> None:
        """Round the stamps like the database does."""
        self.modified = sql_micros(self.modified)
        self.created = sql_micros(self.created)

    def value(self, entity: Entity, path: str) -> Value:
        """The plain value at a path, through its canonical one."""
        return self.values.get(entity.canonical(path))

    def key(self, entity: Entity) -> tuple[str, ...]:
        """The values of the key fields, as text."""
        return tuple(str(self.values.get(name, "")) for name in entity.keys)


def split_values(
    contract: Contract, entity: Entity, record: Mapping[str, object]
) -> tuple[Values, dict[str, list[Values]]]:
    """Turn a nested record of plain values into flat values and detail lines.

    Args:
        contract: the endpoint whose fields count.
        entity: the record's entity.
        record: such as `{"CustomerID": "C1", "MainContact": {"Email": "a@b.c"}}`; details are
            lists of objects; a name with a dot (`CurrentCustomer.UsrRoute`) is a field by data
            view, which the contract lacks.

    Raises:
        KeyError: a field that the entity does not have.
    """
    values: Values = {}
    details: dict[str, list[Values]] = {}
    for path, found, value in _leaves(contract, entity.name, record, ""):
        if found is not None and found.many:
            lines = cast("list[Mapping[str, object]]", value)
            details[path] = [_flat_line(contract, found, line) for line in lines]
        else:
            values[entity.canonical(path)] = cast("Value", value)
    return values, details


def _flat_line(contract: Contract, of: Field, line: Mapping[str, object]) -> Values:
    return {
        path: cast("Value", value)
        for path, found, value in _leaves(contract, of.type_name or "", line, "")
        if found is None or not found.many
    }


def _leaves(
    contract: Contract, type_name: str, record: Mapping[str, object], prefix: str
) -> Iterator[tuple[str, Field | None, object]]:
    fields = contract.types[type_name]
    for name, value in record.items():
        if "." in name:
            yield name, None, value
            continue
        if name not in fields:
            raise KeyError(f"{type_name} has no field {name} in {contract.version}.")
        found = fields[name]
        if found.type_name is not None and not found.many and isinstance(value, Mapping):
            yield from _leaves(contract, found.type_name, value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", found, value
