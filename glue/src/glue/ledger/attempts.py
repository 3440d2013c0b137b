"""Attempts: what was sent, and what became of it.

An intent is committed before its record is sent. An intent without an outcome means *unknown*: it
is never taken for delivered nor for failed, and its object is sent again at the next run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from glue.ledger.database import Database
from glue.ledger.schema import attempts, deliveries
from glue.ledger.sources import BATCH
from glue.ledger.values import Due, Intent, Settled
from kit.protocol.jsonlines import dumps, exact, loads
from kit.protocol.outcomes import Outcome, OutcomeKind
from kit.protocol.reasons import Reason

PASSING: Final = frozenset({Reason.TOO_MANY_SIGNUPS, Reason.LIMIT_REACHED})
"""Reasons that pass by themselves: such a record is sent again at the next run."""

TOTAL_FIELD: Final = "order_total"
CURRENCY_FIELD: Final = "currency_code"
CONSENT_FIELD: Final = "consent"


def _amount(payload: str) -> tuple[str | None, str | None]:
    if TOTAL_FIELD not in payload:
        return None, None
    data = loads(payload)
    total = data.get(TOTAL_FIELD)
    return (None, None) if total is None else (str(exact(total)), data.get(CURRENCY_FIELD))


class Attempts:
    """The attempts of one connection."""

    def __init__(self, database: Database, connection: str) -> None:
        self._database = database
        self._name = connection

    def intend(
        self,
        name: str,
        payloads: Sequence[tuple[str, str, str]],
        *,
        run_id: int,
        catalog_hash: str,
        now: datetime,
    ) -> list[Intent]:
        """Commit the intent to send some objects.

        Args:
            name: The object.
            payloads: Key, payload and payload hash of each.
            run_id: The run.
            catalog_hash: The catalog that made them.
            now: The time.
        """
        with self._database.write() as sql:
            first = (sql.execute(select(func.max(attempts.c.id))).scalar() or 0) + 1
            intents = [
                Intent(first + i, name, key, payload, payload_hash)
                for i, (key, payload, payload_hash) in enumerate(payloads)
            ]
            shared = {
                "run_id": run_id,
                "connection": self._name,
                "object": name,
                "catalog_hash": catalog_hash,
                "intent_at": now,
            }
            sql.execute(
                insert(attempts),
                [
                    shared
                    | {
                        "id": each.id,
                        "key": each.key,
                        "payload": each.payload,
                        "payload_hash": each.payload_hash,
                    }
                    for each in intents
                ],
            )
            sql.execute(
                self._update_delivery("open_attempt"),
                [
                    {"of_object": name, "of_key": each.key, "new_open_attempt": each.id}
                    for each in intents
                ],
            )
        return intents

    def _update_delivery(self, *columns: str) -> Any:  # noqa: ANN401 - an update has no useful type
        return (
            update(deliveries)
            .where(
                deliveries.c.connection == self._name,
                deliveries.c.object == bindparam("of_object"),
                deliveries.c.key == bindparam("of_key"),
            )
            .values(**{column: bindparam(f"new_{column}") for column in columns})
        )

    def settle(self, settled: Sequence[Settled], *, settings_hash: str, now: datetime) -> None:
        """Store outcomes; what waited for a delivered object becomes due with them."""
        with self._database.write() as sql:
            self._close_attempts(sql, settled, now)
            self._acknowledge(
                sql,
                [each for each in settled if each.outcome.kind.is_delivered],
                settings_hash,
                now,
            )
            self._refuse(
                sql,
                [each for each in settled if not each.outcome.kind.is_delivered],
                settings_hash,
                now,
            )
            self._close_renamed(sql, settled, now)
            self._wake(sql, settled)

    def _close_attempts(self, sql: Connection, settled: Sequence[Settled], now: datetime) -> None:
        columns = ("outcome_at", "kind", "reason", "message", "differences")
        sql.execute(
            update(attempts)
            .where(attempts.c.id == bindparam("of_id"))
            .values(**{column: bindparam(f"new_{column}") for column in columns}),
            [
                {
                    "of_id": each.intent.id,
                    "new_outcome_at": now,
                    "new_kind": str(each.outcome.kind),
                    "new_reason": str(each.outcome.reason) if each.outcome.reason else None,
                    "new_message": each.outcome.message or None,
                    "new_differences": dumps(
                        [difference.to_json() for difference in each.outcome.differences]
                    ).decode()
                    if each.outcome.differences
                    else None,
                }
                for each in settled
            ],
        )

    @staticmethod
    def _common(each: Settled, settings_hash: str, now: datetime) -> dict[str, Any]:
        return {
            "of_object": each.intent.object,
            "of_key": each.intent.key,
            "new_open_attempt": None,
            "new_attempted_hash": each.intent.payload_hash,
            "new_settings_hash": settings_hash,
            "new_last_kind": str(each.outcome.kind),
            "new_last_reason": str(each.outcome.reason) if each.outcome.reason else None,
            "new_last_message": each.outcome.message or None,
            "new_waits_for": each.outcome.waits_for,
            "new_updated_at": now,
        }

    def _acknowledge(
        self, sql: Connection, settled: Sequence[Settled], settings_hash: str, now: datetime
    ) -> None:
        rows = []
        for each in settled:
            amount, currency = _amount(each.intent.payload)
            rows.append(
                self._common(each, settings_hash, now)
                | {
                    "new_due": int(Due.NONE),
                    "new_acked": each.intent.payload,
                    "new_acked_hash": each.intent.payload_hash,
                    "new_drifted": False,
                    "new_moved_from": None,
                    "new_destination_id": each.outcome.destination_id,
                    "new_status": each.outcome.status,
                    "new_acked_amount": amount,
                    "new_acked_currency": currency,
                }
            )
        self._execute(sql, rows)

    def _refuse(
        self, sql: Connection, settled: Sequence[Settled], settings_hash: str, now: datetime
    ) -> None:
        self._execute(
            sql,
            [
                self._common(each, settings_hash, now)
                | {"new_due": int(Due.FORCE if each.outcome.reason in PASSING else Due.NONE)}
                for each in settled
            ],
        )

    def _execute(self, sql: Connection, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            columns = [name.removeprefix("new_") for name in rows[0] if name.startswith("new_")]
            sql.execute(self._update_delivery(*columns), rows)

    def _close_renamed(self, sql: Connection, settled: Sequence[Settled], now: datetime) -> None:
        closed = [
            {"of_object": each.intent.object, "of_key": each.closes}
            for each in settled
            if each.closes and each.outcome.kind.is_delivered
        ]
        if closed:
            sql.execute(
                self._update_delivery().values(
                    acked=None,
                    acked_hash=None,
                    acked_amount=None,
                    wanted=None,
                    wanted_hash=None,
                    due=int(Due.NONE),
                    left_run=None,
                    status="renamed",
                    updated_at=now,
                ),
                closed,
            )

    def _wake(self, sql: Connection, settled: Sequence[Settled]) -> None:
        arrived = [
            f"{each.intent.object}:{each.intent.key}"
            for each in settled
            if each.outcome.kind.is_delivered
        ]
        if arrived:
            sql.execute(
                update(deliveries)
                .where(
                    deliveries.c.connection == self._name,
                    deliveries.c.waits_for.in_(arrived),
                    deliveries.c.last_kind == str(OutcomeKind.PARKED),
                )
                .values(due=int(Due.FORCE))
            )

    def open(self, name: str, run_id: int) -> Iterator[list[Intent]]:
        """Yield the open intents of an object and run, in batches, by id."""
        statement = (
            select(
                attempts.c.id,
                attempts.c.object,
                attempts.c.key,
                attempts.c.payload,
                attempts.c.payload_hash,
            )
            .where(
                attempts.c.connection == self._name,
                attempts.c.object == name,
                attempts.c.run_id == run_id,
                attempts.c.outcome_at.is_(None),
                attempts.c.id > bindparam("after"),
            )
            .order_by(attempts.c.id)
            .limit(BATCH)
        )
        after = 0
        while True:
            with self._database.read() as sql:
                batch = [Intent(*row) for row in sql.execute(statement, {"after": after})]
            if not batch:
                return
            yield batch
            after = batch[-1].id


def unreported(intent: Intent) -> Outcome:
    """Return the outcome of a record whose destination reports none: its state was echoed."""
    return Outcome(
        glue_id=intent.id,
        object=intent.object,
        key=intent.key,
        kind=OutcomeKind.UPDATED,
        message="acknowledged; this destination reports no outcomes",
    )
