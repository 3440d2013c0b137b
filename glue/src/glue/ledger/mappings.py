"""What the mapping made of source rows: their disposition, and what they contribute to.

One transaction a batch replaces the contributions, makes the touched objects due, and wakes the
rows that waited for these: killed in between, a row is simply still due.

A contribution that says what it said before stays as it was, with its age: a row that changed in a
field that nobody maps must not become the newest of those that share an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from glue.ledger.database import Database
from glue.ledger.schema import contributions, deliveries, source_rows
from glue.ledger.values import Due, RowMapping
from kit.mapping.merging import says_the_same
from kit.protocol.jsonlines import loads

Place = tuple[str, str]
"""Object and key."""


@dataclass(frozen=True, slots=True)
class _Old:
    source_key: str
    rule: str
    place: Place
    position: int
    fragment: str


def _moves(mappings: Sequence[RowMapping], old: Iterable[_Old]) -> dict[Place, str]:
    """Say which objects took the place of which key: a person whose key changed.

    Where a person has several addresses now, the first one takes the old one's place, and none
    does while the old one is still among them.
    """
    before: dict[tuple[str, str, str], list[str]] = {}
    for each in old:
        before.setdefault((each.source_key, each.rule, each.place[0]), []).append(each.place[1])
    moved = {}
    for mapping in mappings:
        now: dict[tuple[str, str, str], list[str]] = {}
        for fragment in mapping.fragments:
            if fragment.person:
                place = (mapping.key, fragment.rule, fragment.object)
                now.setdefault(place, []).append(fragment.key)
        for place, keys in now.items():
            gone = before.get(place, [])
            if len(gone) == 1 and gone[0] not in keys:
                moved[place[2], keys[0]] = gone[0]
    return moved


def _aged(fragment: str, old: _Old | None) -> str:
    """Return the old fragment where the new one says the same, else the new one."""
    if old is None or not says_the_same(loads(old.fragment), loads(fragment)):
        return fragment
    return old.fragment


class Mappings:
    """The mapping results of one connection."""

    def __init__(self, database: Database, connection: str) -> None:
        self._database = database
        self._name = connection

    def save(
        self,
        stream: str,
        mappings: Sequence[RowMapping],
        *,
        catalog_hash: str,
        run_id: int,
        now: datetime,
    ) -> None:
        """Store what one batch of a stream was mapped to."""
        with self._database.write() as sql:
            old = self._old(sql, stream, [mapping.key for mapping in mappings])
            self._replace(sql, mappings, old, run_id, now)
            touched = {each.place for each in old}
            touched |= {(part.object, part.key) for row in mappings for part in row.fragments}
            self._make_due(sql, touched, _moves(mappings, old))
            self._update_rows(sql, mappings, catalog_hash)
            self._wake(sql, [answer for row in mappings for answer in row.answers_to])

    def _old(self, sql: Connection, stream: str, keys: Sequence[str]) -> list[_Old]:
        found = sql.execute(
            select(
                contributions.c.source_key,
                contributions.c.rule,
                contributions.c.object,
                contributions.c.object_key,
                contributions.c.position,
                contributions.c.fragment,
            ).where(
                contributions.c.connection == self._name,
                contributions.c.stream == stream,
                contributions.c.source_key.in_(keys),
            )
        )
        return [
            _Old(row.source_key, row.rule, (row.object, row.object_key), row.position, row.fragment)
            for row in found
        ]

    def _replace(
        self,
        sql: Connection,
        mappings: Sequence[RowMapping],
        old: Iterable[_Old],
        run_id: int,
        now: datetime,
    ) -> None:
        before = {(each.source_key, each.rule, each.place, each.position): each for each in old}
        sql.execute(
            delete(contributions).where(
                contributions.c.connection == self._name,
                contributions.c.stream == mappings[0].stream,
                contributions.c.source_key.in_([mapping.key for mapping in mappings]),
            )
        )
        entries = [
            {
                "connection": self._name,
                "stream": mapping.stream,
                "source_key": mapping.key,
                "rule": part.rule,
                "position": position,
                "object": part.object,
                "object_key": part.key,
                "person": part.person,
                "carries_money": part.carries_money,
                "fragment": _aged(
                    part.data,
                    before.get((mapping.key, part.rule, (part.object, part.key), position)),
                ),
                "run_id": run_id,
                "changed_at": now,
            }
            for mapping in mappings
            for position, part in enumerate(mapping.fragments)
        ]
        if entries:
            sql.execute(insert(contributions), entries)

    def _make_due(self, sql: Connection, places: set[Place], moved: dict[Place, str]) -> None:
        if not places:
            return
        statement = upsert(deliveries)
        sql.execute(
            statement.on_conflict_do_update(
                index_elements=["connection", "object", "key"],
                set_={
                    "due": func.max(deliveries.c.due, statement.excluded.due),
                    "moved_from": func.coalesce(
                        statement.excluded.moved_from, deliveries.c.moved_from
                    ),
                },
            ),
            [
                {
                    "connection": self._name,
                    "object": place[0],
                    "key": place[1],
                    "due": int(Due.CHECK),
                    "moved_from": moved.get(place),
                }
                for place in places
            ],
        )

    def _update_rows(
        self, sql: Connection, mappings: Sequence[RowMapping], catalog_hash: str
    ) -> None:
        columns = ("disposition", "reason", "detail", "waits_for", "money_amount", "money_currency")
        sql.execute(
            update(source_rows)
            .where(
                source_rows.c.connection == self._name,
                source_rows.c.stream == bindparam("of_stream"),
                source_rows.c.key == bindparam("of_key"),
            )
            .values(
                due=False,
                catalog_hash=catalog_hash,
                **{name: bindparam(f"new_{name}") for name in columns},
            ),
            [
                {
                    "of_stream": row.stream,
                    "of_key": row.key,
                    "new_disposition": str(row.disposition),
                    "new_reason": str(row.reason) if row.reason else None,
                    "new_detail": row.detail,
                    "new_waits_for": row.waits_for,
                    "new_money_amount": str(row.money.amount) if row.money else None,
                    "new_money_currency": row.money.currency if row.money else None,
                }
                for row in mappings
            ],
        )

    def _wake(self, sql: Connection, answers: Sequence[str]) -> None:
        if answers:
            sql.execute(
                update(source_rows)
                .where(source_rows.c.connection == self._name, source_rows.c.waits_for.in_(answers))
                .values(due=True, waits_for=None)
            )
