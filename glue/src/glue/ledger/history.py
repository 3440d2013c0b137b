"""Finds source rows and destination objects for `explain`, by address, key or id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select, tuple_

from glue.ledger.ledger import Ledger
from glue.ledger.schema import attempts, contributions, deliveries, row_keys, source_rows
from glue.ledger.values import Attempt, reason_of
from kit.protocol.jsonlines import dumps
from kit.protocol.keys import member_key, normalise_email

Place = tuple[str, str]
"""Stream and key, or object and key."""

LIMIT: Final = 200
"""Places at most that one search looks at."""
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A source row with its dates."""

    stream: str
    key: str
    data: str
    first_seen: datetime
    changed_at: datetime
    due: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A source row that a destination object is made of."""

    row: Place
    object: Place
    rule: str


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


class History:
    """Looks things up in one connection's ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._database = ledger.database
        self._name = ledger.connection

    def rows_of(self, who: str) -> list[Place]:
        """Return the source rows that somebody may mean.

        By key or by an indexed value; else by any value that is just this text; an address also
        where it is a part of a value.
        """
        exact = self._places(source_rows, source_rows.c.key == who)
        exact += self._places(row_keys, row_keys.c.value == who)
        if "@" in who:
            text = dumps(normalise_email(who)).decode().strip('"')
        elif exact:
            return list(dict.fromkeys(exact))
        else:
            text = dumps(who).decode()
        mentions = source_rows.c.data.ilike(_like(text), escape="\\")
        return list(dict.fromkeys(exact + self._places(source_rows, mentions)))

    def _places(self, table: Any, condition: ColumnElement[bool]) -> list[Place]:  # noqa: ANN401 - a table with a stream and a key
        with self._database.read() as sql:
            found = sql.execute(
                select(table.c.stream, table.c.key)
                .where(table.c.connection == self._name, condition)
                .order_by(table.c.stream, table.c.key)
                .limit(LIMIT)
            )
            return [(stream, key) for stream, key in found]

    def objects_of(self, who: str) -> list[Place]:
        """Return the destination objects that somebody may mean: by key, id, or address."""
        keys = {who} | ({member_key(who)} if "@" in who else set())
        conditions = [
            deliveries.c.key.in_(keys),
            deliveries.c.destination_id.in_(keys),
            *(deliveries.c.key.like(_like("/" + key)[:-1], escape="\\") for key in keys),
        ]
        with self._database.read() as sql:
            found = sql.execute(
                select(deliveries.c.object, deliveries.c.key)
                .where(deliveries.c.connection == self._name, or_(*conditions))
                .order_by(deliveries.c.object, deliveries.c.key)
                .limit(LIMIT)
            )
            return [(name, key) for name, key in found]

    def links(self, *, rows: Iterable[Place] = (), objects: Iterable[Place] = ()) -> list[Link]:
        """Return what some rows contribute to, and what some objects are made of."""
        of_row = tuple_(contributions.c.stream, contributions.c.source_key)
        of_object = tuple_(contributions.c.object, contributions.c.object_key)
        with self._database.read() as sql:
            found = sql.execute(
                select(
                    contributions.c.stream,
                    contributions.c.source_key,
                    contributions.c.object,
                    contributions.c.object_key,
                    contributions.c.rule,
                )
                .where(
                    contributions.c.connection == self._name,
                    or_(of_row.in_(list(rows)), of_object.in_(list(objects))),
                )
                .distinct()
                .limit(LIMIT)
            )
            return [Link((a, b), (c, d), rule) for a, b, c, d, rule in found]

    def row(self, place: Place) -> KnownRow | None:
        """Return a source row; None if it is not there."""
        with self._database.read() as sql:
            found = sql.execute(
                select(
                    source_rows.c.stream,
                    source_rows.c.key,
                    source_rows.c.data,
                    source_rows.c.first_seen,
                    source_rows.c.changed_at,
                    source_rows.c.due,
                ).where(
                    source_rows.c.connection == self._name,
                    source_rows.c.stream == place[0],
                    source_rows.c.key == place[1],
                )
            ).first()
        return KnownRow(*found) if found else None

    def delivery(self, place: Place) -> Mapping[str, Any] | None:
        """Return a row of `deliveries`; None if it is not there."""
        with self._database.read() as sql:
            found = sql.execute(
                select(deliveries).where(
                    deliveries.c.connection == self._name,
                    deliveries.c.object == place[0],
                    deliveries.c.key == place[1],
                )
            )
            row = found.mappings().first()
        return dict(row) if row else None

    def attempts(self, place: Place) -> list[Attempt]:
        """Return the last attempts to deliver an object, newest first."""
        with self._database.read() as sql:
            found = sql.execute(
                select(attempts)
                .where(
                    attempts.c.connection == self._name,
                    attempts.c.object == place[0],
                    attempts.c.key == place[1],
                )
                .order_by(attempts.c.id.desc())
                .limit(_ATTEMPTS)
            ).mappings()
            return [
                Attempt(
                    id=row["id"],
                    run_id=row["run_id"],
                    object=row["object"],
                    key=row["key"],
                    payload=row["payload"],
                    intent_at=row["intent_at"],
                    outcome_at=row["outcome_at"],
                    kind=row["kind"],
                    reason=reason_of(row["reason"]),
                    message=row["message"] or "",
                )
                for row in found
            ]
