"""One entity's records: stable disorder, a sorted index on the last change, late commits."""

from __future__ import annotations

import bisect
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from simulators.acumatica.contract.tables import Entity
from simulators.acumatica.records.conditions import Condition, Visibility
from simulators.acumatica.records.pages import PageWriter
from simulators.acumatica.records.rows import Row

_RESULTS: Final = 8
_MIX: Final = 2_654_435_761
_MASK: Final = 0xFFFFFFFF


class RowSource(Protocol):
    """Where records come from at the start; may make them on demand."""

    def __len__(self) -> int:
        """How many."""
        ...

    def row(self, index: int) -> Row:
        """The record at a position, the same every time."""
        ...

    def modified(self, index: int) -> int:
        """Its last change, microseconds since 1970, without making the record."""
        ...


@dataclass(frozen=True, slots=True)
class RowList:
    """Records that are there already."""

    rows: Sequence[Row]

    def __len__(self) -> int:
        """How many."""
        return len(self.rows)

    def row(self, index: int) -> Row:
        """The record at a position."""
        return self.rows[index]

    def modified(self, index: int) -> int:
        """Its last change."""
        return self.rows[index].modified


class Store:
    """The records of one entity. Not thread-safe: the simulator's lock guards it."""

    def __init__(self, entity: Entity, source: RowSource, seed: int) -> None:
        self.entity = entity
        self._source = source
        self._salt = (seed * 40_503 + 17) & _MASK
        self._changed: dict[int, Row | None] = {}
        self._late: list[tuple[int, Row]] = []
        self._size = len(source)
        self._revision = 0
        self._index: tuple[int, array[int], array[int]] | None = None
        self._by_key: dict[tuple[str, ...], int] | None = None
        self._by_id: dict[str, int] | None = None
        self.writer = PageWriter()
        self._results: OrderedDict[tuple[str, str], tuple[int, array[int]]] = OrderedDict()
        self._archived: tuple[int, bool] | None = None

    def __len__(self) -> int:
        """How many records there are; late ones do not count yet."""
        return self._size - sum(1 for row in self._changed.values() if row is None)

    def row(self, position: int) -> Row:
        """The record at a position that `select` or `find` gave."""
        row = self._changed.get(position)
        return row if row is not None else self._source.row(position)

    def rows(self) -> Iterator[Row]:
        """Every record that is not deleted."""
        return (self.row(position) for position in self._positions())

    def select(self, condition: Condition, now: int, visibility: Visibility) -> Sequence[int]:
        """Positions of the visible records that meet a condition, in the store's own order."""
        self._settle(now)
        key = (condition.key, visibility.key)
        cached = self._results.get(key)
        if cached is not None and cached[0] == self._revision:
            return cached[1]
        found = self._narrow(condition.since, condition.before)
        found = self._filter(found, condition.test, visibility)
        result = array("q", sorted(found, key=self._rank))
        self._results[key] = (self._revision, result)
        while len(self._results) > _RESULTS:
            self._results.popitem(last=False)
        return result

    def find(self, key: tuple[str, ...], now: int) -> Row | None:
        """The visible record with this key, compared without case like the database does."""
        self._settle(now)
        position = self._keys().get(_fold(key))
        return None if position is None else self.row(position)

    def find_id(self, record_id: str, now: int) -> Row | None:
        """The visible record with this GUID."""
        self._settle(now)
        position = self._ids().get(record_id.lower())
        return None if position is None else self.row(position)

    def put(self, row: Row, *, visible_at: int | None = None) -> None:
        """Add a record, or replace the one with the same key.

        With `visible_at` (microseconds) the change is committed at that time, with the older
        stamp that it has: until then readers see what was there before.
        """
        if visible_at is not None:
            self._late.append((visible_at, row))
            return
        position = self._position_of(row)
        if position is None:
            position = self._size
            self._size += 1
        self._changed[position] = row
        self._remember(row, position)
        self._touch()

    def delete(self, row: Row) -> None:
        """Remove a record for good."""
        position = self._position_of(row)
        if position is None:
            return
        self._changed[position] = None
        if self._by_key is not None:
            self._by_key.pop(_fold(row.key(self.entity)), None)
        if self._by_id is not None:
            self._by_id.pop(row.id, None)
        self._touch()

    def _touch(self) -> None:
        self._revision += 1
        self.writer.forget()

    def _position_of(self, row: Row) -> int | None:
        return self._keys().get(_fold(row.key(self.entity)))

    def _keys(self) -> dict[tuple[str, ...], int]:
        if self._by_key is None:
            self._by_key = {_fold(self.row(p).key(self.entity)): p for p in self._positions()}
        return self._by_key

    def _ids(self) -> dict[str, int]:
        if self._by_id is None:
            self._by_id = {self.row(p).id: p for p in self._positions()}
        return self._by_id

    def _remember(self, row: Row, position: int) -> None:
        if self._by_key is not None:
            self._by_key[_fold(row.key(self.entity))] = position
        if self._by_id is not None:
            self._by_id[row.id] = position

    def _settle(self, now: int) -> None:
        if not self._late:
            return
        due = [row for at, row in self._late if at <= now]
        self._late = [(at, row) for at, row in self._late if at > now]
        for row in due:
            self.put(row)

    def _positions(self) -> Iterator[int]:
        changed = self._changed
        return (p for p in range(self._size) if p not in changed or changed[p] is not None)

    def _narrow(self, since: int | None, before: int | None) -> Sequence[int]:
        stamps, positions = self._sorted()
        low = 0 if since is None else bisect.bisect_left(stamps, since)
        high = len(stamps) if before is None else bisect.bisect_left(stamps, before)
        return positions[low:high]

    def _filter(
        self, found: Sequence[int], test: Callable[[Row], bool] | None, visibility: Visibility
    ) -> Sequence[int]:
        hides = visibility.test is not None or (not visibility.archived and self._has_archived())
        if test is None and not hides:
            return found
        rows = ((position, self.row(position)) for position in found)
        return [
            position
            for position, row in rows
            if (not hides or visibility.shows(row)) and (test is None or test(row))
        ]

    def _has_archived(self) -> bool:
        if self._archived is None or self._archived[0] != self._revision:
            rows = getattr(self._source, "rows", ())
            changed = (row for row in self._changed.values() if row is not None)
            archived = any(row.archived for row in (*rows, *changed))
            self._archived = (self._revision, archived)
        return self._archived[1]

    def _sorted(self) -> tuple[array[int], array[int]]:
        if self._index is None or self._index[0] != self._revision:
            changed, source = self._changed, self._source
            pairs = sorted(
                (row.modified if (row := changed.get(p)) else source.modified(p), p)
                for p in self._positions()
            )
            stamps, positions = array("q"), array("q")
            for stamp, position in pairs:
                stamps.append(stamp)
                positions.append(position)
            self._index = (self._revision, stamps, positions)
        return self._index[1], self._index[2]

    def _rank(self, position: int) -> int:
        return ((position + self._salt) * _MIX) & _MASK


def _fold(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.casefold() for part in key)
