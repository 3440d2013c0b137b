"""One entity set of one company: the primary, a replica that lags behind, and late commits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeAlias

from simulators.business_central.odata.entities import Entity
from simulators.business_central.odata.predicates import Condition
from simulators.business_central.store.rows import Row

_RESULTS: Final = 6

Commit: TypeAlias = tuple[datetime, str, Row | None]
"""When, which id, and the row; None = it was deleted."""


class RowSource(Protocol):
    """Where rows come from at the start; may make them on demand."""

    def __len__(self) -> int:
        """How many."""
        ...

    def row(self, index: int) -> Row:
        """The row at a position, the same every time."""
        ...

    def modified(self, index: int) -> int:
        """Its stamp, without making the row."""
        ...


@dataclass(frozen=True, slots=True)
class RowList:
    """Rows that are there already."""

    rows: Sequence[Row]

    def __len__(self) -> int:
        """How many."""
        return len(self.rows)

    def row(self, index: int) -> Row:
        """The row at a position."""
        return self.rows[index]

    def modified(self, index: int) -> int:
        """Its stamp."""
        return self.rows[index].modified


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows that meet a filter, in order.

    Attributes:
        keys: what each sorts by, ascending.
        rows: their positions.
    """

    keys: Sequence[Any]
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class ViewState:
    """A view's changes since its source."""

    changed: Mapping[int, Row | None]
    size: int


@dataclass(frozen=True, slots=True)
class TableState:
    """A table at one moment."""

    primary: ViewState
    replica: ViewState
    on_the_way: Sequence[Commit]
    late: Sequence[tuple[datetime, Row]]


class View:
    """What one reader sees: a source, and the changes since. Not thread-safe."""

    def __init__(self, source: RowSource) -> None:
        self._source = source
        self._changed: dict[int, Row | None] = {}
        self._size = len(source)
        self._deleted = 0
        self._ids: dict[str, int] | None = None
        self._results: OrderedDict[str, tuple[int, Selection]] = OrderedDict()
        self.revision = 0

    def __len__(self) -> int:
        """How many rows there are."""
        return self._size - self._deleted

    def row(self, position: int) -> Row:
        """The row at a position that `select` gave."""
        row = self._changed.get(position)
        return row if row is not None else self._source.row(position)

    def rows(self) -> Iterator[Row]:
        """Every row."""
        return (self.row(position) for position in self._positions())

    def find(self, row_id: str) -> Row | None:
        """The row with this id."""
        position = self._by_id().get(row_id.lower())
        return None if position is None else self.row(position)

    def set(self, row_id: str, row: Row | None) -> None:
        """Put a row in the place of the one with this id, or at the end; None deletes."""
        ids = self._by_id()
        position = ids.get(row_id)
        if position is None:
            if row is None:
                return
            position = self._size
            self._size += 1
        self._changed[position] = row
        if row is None:
            del ids[row_id]
            self._deleted += 1
        else:
            ids[row_id] = position
        self.revision += 1

    def state(self) -> ViewState:
        """What it holds now."""
        return ViewState(dict(self._changed), self._size)

    def restore(self, state: ViewState) -> None:
        """Hold what it held then."""
        self._changed, self._size = dict(state.changed), state.size
        self._deleted = sum(1 for row in self._changed.values() if row is None)
        self._ids = None
        self.revision += 1

    def select(
        self, name: str, condition: Condition, sort: Callable[[Row], Any] | None
    ) -> Selection:
        """The rows that meet a condition, in order.

        Args:
            name: names condition and order: the same name, the same answer.
            condition: the filter.
            sort: what a row sorts by; None = by id.
        """
        kept = self._results.get(name)
        if kept is not None and kept[0] == self.revision:
            return kept[1]
        key = sort or (lambda row: row.order)
        pairs = sorted(
            ((key(row), position) for position, row in self._matching(condition)),
            key=lambda pair: pair[0],
        )
        selection = Selection([pair[0] for pair in pairs], [pair[1] for pair in pairs])
        self._results[name] = (self.revision, selection)
        while len(self._results) > _RESULTS:
            self._results.popitem(last=False)
        return selection

    def _matching(self, condition: Condition) -> Iterator[tuple[int, Row]]:
        since, before, test = condition.since, condition.before, condition.test
        for position in self._positions():
            changed = self._changed.get(position)
            stamp = changed.modified if changed is not None else self._source.modified(position)
            if (since is not None and stamp < since) or (before is not None and stamp >= before):
                continue
            row = self.row(position)
            if test is None or test(row):
                yield position, row

    def _positions(self) -> Iterator[int]:
        changed = self._changed
        return (p for p in range(self._size) if p not in changed or changed[p] is not None)

    def _by_id(self) -> dict[str, int]:
        if self._ids is None:
            self._ids = {self.row(p).id: p for p in self._positions()}
        return self._ids


class Table:
    """The rows of one entity set in one company.

    Attributes:
        primary: what writers see, and readers with the intent to write.
    """

    def __init__(self, entity: Entity, source: RowSource) -> None:
        self.entity = entity
        self.primary = View(source)
        self._replica = View(source)
        self._on_the_way: list[Commit] = []
        self._late: list[tuple[datetime, Row]] = []

    def __len__(self) -> int:
        """How many rows the primary has; late ones do not count yet."""
        return len(self.primary)

    def replica(self, now: datetime, lag: timedelta) -> View:
        """What readers see who did not ask for the primary."""
        waiting = []
        for commit in self._on_the_way:
            # A commit of the future: the clock was put back since.
            if not now - lag < commit[0] <= now or not lag:
                self._replica.set(commit[1], commit[2])
            else:
                waiting.append(commit)
        self._on_the_way = waiting
        return self._replica

    def owns(self, view: View) -> bool:
        """Whether a view is the primary or the replica."""
        return view is self.primary or view is self._replica

    def put(self, row: Row, now: datetime, *, visible_at: datetime | None = None) -> None:
        """Commit a row now, or later with the stamp that it has."""
        if visible_at is not None and visible_at > now:
            self._late.append((visible_at, row))
            return
        self._commit(now, row.id, row)

    def delete(self, row_id: str, now: datetime) -> None:
        """Delete a row for good; does nothing if there is none."""
        if self.primary.find(row_id) is not None:
            self._commit(now, row_id, None)

    def settle(self, now: datetime) -> list[Row]:
        """Commit the late rows whose time has come; returns them."""
        due = [(at, row) for at, row in self._late if at <= now]
        if due:
            self._late = [(at, row) for at, row in self._late if at > now]
            for at, row in sorted(due, key=lambda pair: pair[0]):
                self._commit(at, row.id, row)
        return [row for _, row in due]

    def state(self) -> TableState:
        """What it holds now."""
        return TableState(
            self.primary.state(),
            self._replica.state(),
            tuple(self._on_the_way),
            tuple(self._late),
        )

    def restore(self, state: TableState) -> None:
        """Hold what it held then."""
        self.primary.restore(state.primary)
        self._replica.restore(state.replica)
        self._on_the_way, self._late = list(state.on_the_way), list(state.late)

    def _commit(self, at: datetime, row_id: str, row: Row | None) -> None:
        self.primary.set(row_id, row)
        self._on_the_way.append((at, row_id, row))
