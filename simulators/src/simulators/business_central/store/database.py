"""All companies of an environment: every write goes through here, stamps and announces itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from simulators.business_central.odata.entities import entities
from simulators.business_central.odata.values import NO_ID, Value, to_ticks
from simulators.business_central.store.company import Company, CompanyData
from simulators.business_central.store.rows import MODIFIED, Row, full_values
from simulators.business_central.store.table import Table, TableState, View
from simulators.common import VirtualClock

Listener = Callable[[Company, str, str, Row], None]
"""Gets company, entity set, `created`, `updated` or `deleted`, and the row."""

Snapshot = Mapping[tuple[str, str], TableState]
"""The state of every table, by company and entity set."""

_UNSTAMPED_FIELDS: Final = frozenset({"balanceDue", "remainingAmount", "inventory", "netChange"})
"""Flow fields: sums over other tables, which no write of the row moves."""


class Database:
    """The companies of one environment.

    Attributes:
        companies: by id, in the order of the list.
        replica_lag: how long a write takes to the replica.
        sandbox: no replica: every read sees the primary.
        commit_lag: how long after its stamp a row written by `put` becomes visible.
        listeners: told of each write.
    """

    def __init__(self, companies: Iterable[CompanyData], clock: VirtualClock) -> None:
        self.companies = {data.id: Company(data) for data in companies}
        self.clock = clock
        self.replica_lag = timedelta()
        self.sandbox = False
        self.commit_lag = timedelta()
        self.listeners: list[Listener] = []
        self._version = 1000
        self._held: list[tuple[Company, str, str, Row]] | None = None

    def company(self, name: str) -> Company:
        """A company by id or technical name.

        Raises:
            KeyError: there is none.
        """
        found = self.companies.get(name.lower())
        if found is None:
            found = next((of for of in self.companies.values() if of.name == name), None)
        if found is None:
            raise KeyError(f"There is no company {name}.")
        return found

    def view(self, company: Company, entity_set: str, intent: str) -> View:
        """What a reader with this intent sees of a table."""
        now, table = self.clock.now(), company.tables[entity_set]
        for row in table.settle(now):
            self._announce(company, entity_set, "updated", row)
        if intent == "readwrite" or self.sandbox:
            return table.primary
        return table.replica(now, self.replica_lag)

    def stamp(self) -> int:
        """The stamp of now."""
        return to_ticks(self.clock.now())

    def version(self) -> int:
        """The next row version."""
        self._version += 1
        return self._version

    def put(
        self,
        company: Company,
        entity_set: str,
        values: Mapping[str, Value],
        *,
        modified: datetime | None = None,
        visible_after: timedelta | None = None,
        lines: Iterable[Row] | None = None,
        inner: Mapping[str, Any] | None = None,
    ) -> Row:
        """Insert a row, or update the one with the same `id`; returns it.

        Only a change of a field of the table's own moves the stamp and the ETag.

        Raises:
            KeyError: no such entity set or property.
        """
        table = company.tables[entity_set]
        row_id = str(values.get("id", NO_ID)).lower()
        old = table.primary.find(row_id)
        row = self._merged(table, row_id, old, values)
        if inner is not None:
            row = replace(row, inner={**row.inner, **inner})
        if lines is not None:
            row = replace(row, lines=tuple(lines), modified=self.stamp(), version=self.version())
        if modified is not None:
            row = replace(row, modified=to_ticks(modified))
        late = self.commit_lag if visible_after is None else visible_after
        self.save(company, entity_set, row, late=late)
        return row

    def save(
        self, company: Company, entity_set: str, row: Row, *, late: timedelta | None = None
    ) -> None:
        """Commit a row as it is, now or `late`."""
        table, now = company.tables[entity_set], self.clock.now()
        kind = "created" if table.primary.find(row.id) is None else "updated"
        table.put(row, now, visible_at=now + late if late else None)
        if not late:
            self._announce(company, entity_set, kind, row)

    def change(self, company: Company, entity_set: str, row: Row, **values: Value) -> Row:
        """Write some fields of a row; returns the new one."""
        return self.put(company, entity_set, {"id": row.id, **values})

    def delete(self, company: Company, entity_set: str, row_id: str) -> None:
        """Delete a row for good; does nothing if there is none."""
        table = company.tables[entity_set]
        row = table.primary.find(row_id)
        if row is None:
            return
        table.delete(row.id, self.clock.now())
        self._announce(company, entity_set, "deleted", row)

    def snapshot(self) -> Snapshot:
        """Keep the state of now; nothing is announced until `restore` or `release`."""
        self._held = []
        return {
            (company.id, name): table.state()
            for company in self.companies.values()
            for name, table in company.tables.items()
        }

    def restore(self, snapshot: Snapshot) -> None:
        """Take everything back that was written since."""
        for (company_id, name), state in snapshot.items():
            self.companies[company_id].tables[name].restore(state)
        self._held = None

    def release(self) -> None:
        """Announce what was written since `snapshot`."""
        held, self._held = self._held or [], None
        for announcement in held:
            self._announce(*announcement)

    def _merged(
        self, table: Table, row_id: str, old: Row | None, values: Mapping[str, Value]
    ) -> Row:
        given = {name: value for name, value in values.items() if name != MODIFIED}
        if old is None:
            row_values = full_values(entities()[table.entity.set], {**given, "id": row_id})
            return Row(row_id, row_values, self.stamp(), self.version())
        unknown = set(given) - set(table.entity.properties)
        if unknown:
            raise KeyError(f"{table.entity.set} has no property {', '.join(sorted(unknown))}.")
        given["id"] = old.id
        changed = {name for name, value in given.items() if old.values[name] != value}
        row = replace(old, values={**old.values, **given})
        if changed - _UNSTAMPED_FIELDS:
            row = replace(row, modified=self.stamp(), version=self.version())
        return row

    def _announce(self, company: Company, entity_set: str, kind: str, row: Row) -> None:
        if self._held is not None:
            self._held.append((company, entity_set, kind, row))
            return
        for listener in self.listeners:
            listener(company, entity_set, kind, row)
