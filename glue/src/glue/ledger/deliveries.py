"""Destination objects: what each should be, and what was last acknowledged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, bindparam, func, select, update

from glue.ledger.database import Database
from glue.ledger.schema import contributions, deliveries
from glue.ledger.sources import BATCH
from glue.ledger.values import Delivery, Due, reason_of
from kit.protocol.outcomes import OutcomeKind
from kit.protocol.reasons import Reason


@dataclass(frozen=True, slots=True)
class Parts:
    """What an object is made of.

    Args:
        fragments: Canonical JSON of each part, in a fixed order.
        fresh: How many of them were made in this run.
    """

    fragments: tuple[str, ...] = ()
    fresh: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What one look at a delivery changes in its row; see `glue.deliver.decide`.

    Args:
        key: Whose row.
        due: What is left to do.
        wanted: The merged payload; None if nothing contributes any more.
        wanted_hash: Its hash.
        last_kind: How it stands now.
        last_reason: Why, where it is not delivered.
        consent: The ERP's consent value, where the payload has one.
        consent_changed_at: When it was seen to change.
        left_run: The run in which the last contribution went away.
    """

    key: str
    due: Due
    wanted: str | None
    wanted_hash: str | None
    last_kind: OutcomeKind | None
    last_reason: Reason | None
    consent: str | None
    consent_changed_at: datetime | None
    left_run: int | None


_COLUMNS: Final = (
    deliveries.c.object,
    deliveries.c.key,
    deliveries.c.due,
    deliveries.c.wanted,
    deliveries.c.wanted_hash,
    deliveries.c.acked_hash,
    deliveries.c.attempted_hash,
    deliveries.c.settings_hash,
    deliveries.c.last_kind,
    deliveries.c.last_reason,
    deliveries.c.drifted,
    deliveries.c.moved_from,
    deliveries.c.consent,
    deliveries.c.consent_changed_at,
)


def _delivery(values: RowMapping) -> Delivery:
    kind = values["last_kind"]
    return Delivery(
        **{
            **values,
            "due": Due(values["due"]),
            "last_kind": OutcomeKind(kind) if kind else None,
            "last_reason": reason_of(values["last_reason"]),
        }
    )


_DECIDED: Final = (
    "due",
    "wanted",
    "wanted_hash",
    "last_kind",
    "last_reason",
    "consent",
    "consent_changed_at",
    "left_run",
)


def _decision_row(each: Decision) -> dict[str, Any]:
    return {
        "of_key": each.key,
        "new_due": int(each.due),
        "new_wanted": each.wanted,
        "new_wanted_hash": each.wanted_hash,
        "new_last_kind": str(each.last_kind) if each.last_kind else None,
        "new_last_reason": str(each.last_reason) if each.last_reason else None,
        "new_consent": each.consent,
        "new_consent_changed_at": each.consent_changed_at,
        "new_left_run": each.left_run,
    }


class Deliveries:
    """The deliveries of one connection."""

    def __init__(self, database: Database, connection: str) -> None:
        self._database = database
        self._name = connection
        self._of = deliveries.c.connection == connection

    def reopen(self, settings_hash: str) -> None:
        """Make due again what is unknown, and what was sent with other destination settings."""
        with self._database.write() as sql:
            sql.execute(
                update(deliveries)
                .where(self._of, deliveries.c.open_attempt.is_not(None))
                .values(due=int(Due.FORCE))
            )
            sql.execute(
                update(deliveries)
                .where(self._of, deliveries.c.settings_hash != settings_hash)
                .where(deliveries.c.due == int(Due.NONE), deliveries.c.wanted.is_not(None))
                .values(due=int(Due.CHECK))
            )

    def due(self, name: str, *, at_least: Due = Due.CHECK) -> Iterator[list[Delivery]]:
        """Yield the due deliveries of an object, in batches, by key."""
        statement = (
            select(*_COLUMNS)
            .where(
                self._of,
                deliveries.c.object == name,
                deliveries.c.due > 0,
                deliveries.c.due >= int(at_least),
                deliveries.c.key > bindparam("after"),
            )
            .order_by(deliveries.c.key)
            .limit(BATCH)
        )
        after = ""
        while True:
            with self._database.read() as sql:
                batch = [
                    _delivery(row) for row in sql.execute(statement, {"after": after}).mappings()
                ]
            if not batch:
                return
            yield batch
            after = batch[-1].key

    def count_due(self) -> dict[str, int]:
        """Count the due deliveries of each object."""
        with self._database.read() as sql:
            found = sql.execute(
                select(deliveries.c.object, func.count())
                .where(self._of, deliveries.c.due > 0)
                .group_by(deliveries.c.object)
            )
            return dict(found.all())

    def parts(self, name: str, keys: Sequence[str], run_id: int) -> Mapping[str, Parts]:
        """Return what each of the objects is made of; objects made of nothing are left out."""
        with self._database.read() as sql:
            found = sql.execute(
                select(contributions.c.object_key, contributions.c.fragment, contributions.c.run_id)
                .where(
                    contributions.c.connection == self._name,
                    contributions.c.object == name,
                    contributions.c.object_key.in_(keys),
                )
                .order_by(
                    contributions.c.stream,
                    contributions.c.source_key,
                    contributions.c.rule,
                    contributions.c.position,
                )
            ).all()
        parts: dict[str, tuple[list[str], int]] = {}
        for key, fragment, of_run in found:
            fragments, fresh = parts.get(key, ([], 0))
            fragments.append(fragment)
            parts[key] = (fragments, fresh + (of_run == run_id))
        return {key: Parts(tuple(fragments), fresh) for key, (fragments, fresh) in parts.items()}

    def decide(self, name: str, decisions: Iterable[Decision]) -> None:
        """Store what a look at some deliveries changed."""
        settled: list[dict[str, Any]] = []
        refused: list[dict[str, Any]] = []
        for each in decisions:
            is_refused = each.last_kind is not None and not each.last_kind.is_delivered
            (refused if is_refused else settled).append(_decision_row(each))
        statement = (
            update(deliveries)
            .where(self._of, deliveries.c.object == name, deliveries.c.key == bindparam("of_key"))
            .values(**{column: bindparam(f"new_{column}") for column in _DECIDED})
        )
        with self._database.write() as sql:
            if refused:
                sql.execute(statement, refused)
            if settled:
                sql.execute(statement.values(last_message=None), settled)

    def sources_gone(self, name: str, key: str) -> bool:
        """Whether an acknowledged delivery has no contribution any more."""
        with self._database.read() as sql:
            acked = sql.execute(
                select(deliveries.c.acked_hash).where(
                    self._of, deliveries.c.object == name, deliveries.c.key == key
                )
            ).scalar()
            feeds = sql.execute(
                select(func.count())
                .select_from(contributions)
                .where(
                    contributions.c.connection == self._name,
                    contributions.c.object == name,
                    contributions.c.object_key == key,
                )
            ).scalar_one()
        return acked is not None and feeds == 0

    def left_behind(self, run_id: int | None = None) -> dict[str, int]:
        """Count, per object, what the destination holds and no source row makes any more."""
        condition = (
            deliveries.c.left_run.is_not(None)
            if run_id is None
            else deliveries.c.left_run == run_id
        )
        with self._database.read() as sql:
            found = sql.execute(
                select(deliveries.c.object, func.count())
                .where(self._of, condition, deliveries.c.acked_hash.is_not(None))
                .group_by(deliveries.c.object)
            )
            return dict(found.all())
