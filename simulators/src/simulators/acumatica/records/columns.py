"""Reading one value of a record."""

from __future__ import annotations

from collections.abc import Callable

from simulators.acumatica.contract.tables import CREATED, MODIFIED, NOTE_ID, Entity
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import Value, from_micros


def column_reader(entity: Entity, path: str) -> Callable[[Row], Value]:
    """How to read the one value at a path that is no line of a detail."""
    system = entity.systems.get(path)
    if system == MODIFIED:
        return lambda row: from_micros(row.modified)
    if system == CREATED:
        return lambda row: from_micros(row.created)
    if system == NOTE_ID:
        return lambda row: row.id
    stored = entity.canonical(path)
    return lambda row: row.values.get(stored)
