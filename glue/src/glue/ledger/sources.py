"""Source rows: the last version of each row that was read, skipped ones too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from glue.ledger.database import Database
from glue.ledger.schema import row_keys, source_rows
from glue.ledger.values import IncomingRow, SourceRow
from kit.mapping.indexes import indexed_value
from kit.protocol.jsonlines import canonical, loads

BATCH: Final = 500
"""Rows of one step through the ledger: memory stays flat however many there are."""


@dataclass(frozen=True, slots=True)
class Stored:
    """How many of the rows were new, changed, or as they were before."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(
            self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged
        )

    @property
    def total(self) -> int:
        """All of them."""
        return self.new + self.changed + self.unchanged


def indexed_values(data: Mapping[str, Any], fields: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the lookup values of a row: index and text, for the indexes that it has."""
    return tuple(
        (field, lookup_text(value))
        for field in fields
        if (value := indexed_value(data, field)) is not None
    )


def lookup_text(value: object) -> str:
    """Return the text by which a value is looked up; a text is itself."""
    return value if isinstance(value, str) else canonical(value).decode()


class SourceRows:
    """The source rows of one connection."""

    def __init__(self, database: Database, connection: str) -> None:
        self._database = database
        self._name = connection
        self._of = source_rows.c.connection == connection
        self._find = self._lookup_statement()

    def store(
        self, stream: str, rows: Sequence[IncomingRow], *, run_id: int, now: datetime
    ) -> Stored:
        """Store one batch of a stream; new and changed rows become due for mapping."""
        latest = {row.key: row for row in rows}
        of_stream = (self._of, source_rows.c.stream == stream)
        with self._database.write() as sql:
            known = self._hashes(sql, stream, list(latest))
            fresh = [row for row in latest.values() if known.get(row.key) != row.row_hash]
            if fresh:
                self._write(sql, stream, fresh, run_id, now)
            seen = [key for key, row in latest.items() if known.get(key) == row.row_hash]
            if seen:
                sql.execute(
                    update(source_rows)
                    .where(*of_stream, source_rows.c.key.in_(seen))
                    .values(last_run=run_id)
                )
        new = sum(1 for row in fresh if row.key not in known)
        return Stored(new, len(fresh) - new, len(rows) - len(fresh))

    def _hashes(self, sql: Connection, stream: str, keys: Sequence[str]) -> dict[str, str]:
        found = sql.execute(
            select(source_rows.c.key, source_rows.c.row_hash).where(
                self._of, source_rows.c.stream == stream, source_rows.c.key.in_(keys)
            )
        )
        return dict(found.all())

    def _write(
        self, sql: Connection, stream: str, rows: Sequence[IncomingRow], run_id: int, now: datetime
    ) -> None:
        place = {"connection": self._name, "stream": stream}
        statement = upsert(source_rows)
        sql.execute(
            statement.on_conflict_do_update(
                index_elements=["connection", "stream", "key"],
                set_={
                    name: statement.excluded[name]
                    for name in ("data", "row_hash", "due", "changed_at", "last_run")
                },
            ),
            [
                place
                | {
                    "key": row.key,
                    "data": row.data,
                    "row_hash": row.row_hash,
                    "due": True,
                    "first_seen": now,
                    "changed_at": now,
                    "last_run": run_id,
                }
                for row in rows
            ],
        )
        self._write_keys(sql, place, rows)

    @staticmethod
    def _write_keys(sql: Connection, place: dict[str, str], rows: Sequence[IncomingRow]) -> None:
        sql.execute(
            delete(row_keys).where(
                row_keys.c.connection == place["connection"],
                row_keys.c.stream == place["stream"],
                row_keys.c.key.in_([row.key for row in rows]),
            )
        )
        entries = [
            place | {"key": row.key, "field": field, "value": value}
            for row in rows
            for field, value in row.indexed
        ]
        if entries:
            sql.execute(insert(row_keys).prefix_with("OR IGNORE"), entries)

    def make_due(self, catalog_hash: str) -> None:
        """Make every row due that was mapped with another catalog."""
        with self._database.write() as sql:
            sql.execute(
                update(source_rows)
                .where(
                    self._of,
                    or_(
                        source_rows.c.catalog_hash.is_(None),
                        source_rows.c.catalog_hash != catalog_hash,
                    ),
                )
                .values(due=True)
            )

    def reindex(self, fields: Mapping[str, Sequence[str]], catalog_hash: str) -> None:
        """Write the lookup values again where rows were mapped with another catalog.

        Args:
            fields: By stream, the fields that the catalog looks up.
            catalog_hash: The catalog's hash.
        """
        if not self._has_other_catalog(catalog_hash):
            return
        for stream, names in fields.items():
            for batch in self._batches(stream, source_rows.c.data.is_not(None)):
                rows = [
                    IncomingRow(row.key, row.data, "", indexed_values(loads(row.data), names))
                    for row in batch
                ]
                with self._database.write() as sql:
                    self._write_keys(sql, {"connection": self._name, "stream": stream}, rows)

    def _has_other_catalog(self, catalog_hash: str) -> bool:
        with self._database.read() as sql:
            return (
                sql.execute(
                    select(source_rows.c.key)
                    .where(self._of, source_rows.c.catalog_hash != catalog_hash)
                    .limit(1)
                ).first()
                is not None
            )

    def due(self, stream: str) -> Iterator[list[SourceRow]]:
        """Yield the rows that are due for mapping, in batches, by key."""
        return self._batches(stream, source_rows.c.due.is_(True))

    def _batches(self, stream: str, condition: ColumnElement[bool]) -> Iterator[list[SourceRow]]:
        statement = (
            select(source_rows.c.stream, source_rows.c.key, source_rows.c.data)
            .where(
                self._of,
                source_rows.c.stream == stream,
                condition,
                source_rows.c.key > bindparam("after"),
            )
            .order_by(source_rows.c.key)
            .limit(BATCH)
        )
        after = ""
        while True:
            with self._database.read() as sql:
                batch = [SourceRow(*row) for row in sql.execute(statement, {"after": after})]
            if not batch:
                return
            yield batch
            after = batch[-1].key

    def count_due(self) -> int:
        """Count the rows of all streams that are due for mapping."""
        with self._database.read() as sql:
            return sql.execute(
                select(func.count()).select_from(source_rows).where(self._of, source_rows.c.due)
            ).scalar_one()

    def _lookup_statement(self) -> Any:  # noqa: ANN401 - a compiled select has no useful type
        joined = source_rows.join(
            row_keys,
            (row_keys.c.connection == source_rows.c.connection)
            & (row_keys.c.stream == source_rows.c.stream)
            & (row_keys.c.key == source_rows.c.key),
        )
        return (
            select(source_rows.c.data)
            .select_from(joined)
            .where(
                row_keys.c.connection == self._name,
                row_keys.c.stream == bindparam("stream"),
                row_keys.c.field == bindparam("field"),
                row_keys.c.value == bindparam("value"),
            )
            .order_by(row_keys.c.key)
            .limit(1)
        )

    def find(self, stream: str, field: str, value: str) -> str | None:
        """Return the row whose indexed field has the value; None if there is none."""
        parameters: Mapping[str, str] = {"stream": stream, "field": field, "value": value}
        with self._database.read() as sql:
            found = sql.execute(self._find, parameters).scalar()
        return None if found is None else str(found)
