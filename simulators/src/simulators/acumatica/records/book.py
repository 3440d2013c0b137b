"""Everything that the instance holds, and how it is changed: by a PUT, by a test, by deletion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from simulators.acumatica.contract.endpoints import VERSIONS, system_contract
from simulators.acumatica.contract.tables import tables
from simulators.acumatica.records.receivables import receivable
from simulators.acumatica.records.rows import Row, split_values
from simulators.acumatica.records.store import RowList, RowSource, Store
from simulators.acumatica.records.values import Value, from_micros, to_micros
from simulators.acumatica.records.writes import merged
from simulators.common import VirtualClock

_MIRRORS: Final[Mapping[str, str]] = {"SalesInvoice": "Invoice"}
"""A document that a second form shows as well."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A deleted record.

    Attributes:
        entity: whose record it was.
        id: its NoteID.
        deleted: when, microseconds since 1970.
    """

    entity: str
    id: str
    deleted: int


class Book:
    """The records of all entities. Not thread-safe: the simulator's lock guards it."""

    def __init__(self, sources: Mapping[str, RowSource], clock: VirtualClock, seed: int) -> None:
        self.tombstones: list[Tombstone] = []
        self._clock = clock
        self._stores = {
            name: Store(entity, sources.get(name, RowList(())), seed)
            for name, entity in tables().entities.items()
        }

    def store(self, entity: str) -> Store:
        """The records of an entity.

        Raises:
            KeyError: there is no such entity.
        """
        return self._stores[entity]

    def counts(self) -> dict[str, int]:
        """Records per entity, of those that have any."""
        return {name: len(store) for name, store in self._stores.items() if len(store)}

    def put(
        self,
        entity: str,
        record: Mapping[str, object],
        *,
        modified: datetime | None,
        archived: bool | None,
        visible_after: timedelta,
    ) -> Row:
        """Insert or update a record; see `AcumaticaSimulator.put`."""
        store = self._stores[entity]
        values, details = split_values(system_contract(VERSIONS[-1]), store.entity, record)
        key = tuple(str(values.get(name, "")) for name in store.entity.keys)
        existing = store.find(key, self.now())
        moment = self.now() if modified is None else to_micros(modified)
        row = merged(store, existing, values, details, moment)
        if modified is not None:
            row = replace(row, modified=moment)
        if archived is not None:
            row.archived = archived
        late = visible_after // timedelta(microseconds=1)
        self.keep(entity, row, visible_at=row.modified + late if late else None)
        return row

    def keep(self, entity: str, row: Row, *, visible_at: int | None = None) -> None:
        """Store a record, and the document that another form shows of it."""
        self._stores[entity].put(row, visible_at=visible_at)
        mirror = receivable(row) if entity in _MIRRORS else None
        if mirror is not None:
            self._stores[_MIRRORS[entity]].put(mirror, visible_at=visible_at)

    def find(self, entity: str, *key: str) -> Row | None:
        """The record with this key, as a reader would find it."""
        return self._stores[entity].find(key, self.now())

    def delete(self, entity: str, row: Row) -> None:
        """Delete a record for good."""
        self._stores[entity].delete(row)
        self.tombstones.append(Tombstone(entity, row.id, self.now()))
        if entity in _MIRRORS:
            self._stores[_MIRRORS[entity]].delete(row)

    def touch(self, entity: str, moment: datetime) -> int:
        """Give all records of an entity one stamp, as a mass update does; returns how many."""
        rows = list(self._stores[entity].rows())
        for row in rows:
            self.keep(entity, replace(row, modified=to_micros(moment)))
        return len(rows)

    def shown(self, row: Row) -> dict[str, Value]:
        """A record's plain values by path, its id and stamp, and the counts of its lines."""
        counts: dict[str, Value] = {name: len(lines) for name, lines in row.details.items()}
        stamps: dict[str, Value] = {
            "id": row.id,
            "LastModifiedDateTime": from_micros(row.modified),
        }
        return {**row.values, **counts, **stamps}

    def deleted_since(self, entities: frozenset[str], since: int) -> Iterator[Tombstone]:
        """The deletions of some entities at or after a moment (microseconds)."""
        return (of for of in self.tombstones if of.entity in entities and of.deleted >= since)

    def now(self) -> int:
        """The clock, microseconds since 1970."""
        return to_micros(self._clock.now())
