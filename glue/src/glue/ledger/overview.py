"""How a connection stands, over its whole ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from glue.ledger.ledger import Ledger
from glue.ledger.schema import deliveries, source_rows
from glue.ledger.values import Disposition, Plan
from kit.protocol.outcomes import OutcomeKind


@dataclass(frozen=True, slots=True)
class Overview:
    """How a connection stands.

    Args:
        connection: Its name.
        runs: The last runs, newest first.
        plan: The plan that was approved last.
        waiting_plan: The latest plan, where none was approved yet.
        states: By stream, how far all is terminal, and since when.
        objects: By object and outcome kind, how many.
        refused: By object, kind and reason: dead letters, and what the destination skipped or
            parked.
        left_out: By stream, disposition and reason: what the mapping left out.
        due: By object, what is still to be sent.
        left_behind: By object, what no source row makes any more.
    """

    connection: str
    runs: tuple[Mapping[str, Any], ...]
    plan: Plan | None
    waiting_plan: Plan | None
    states: Mapping[str, tuple[Mapping[str, Any], datetime]]
    objects: Mapping[tuple[str, str], int]
    refused: tuple[tuple[str, str, str, int], ...]
    left_out: tuple[tuple[str, str, str, int], ...]
    due: Mapping[str, int]
    left_behind: Mapping[str, int]


def overview(ledger: Ledger, *, runs: int = 5) -> Overview:
    """Read how a connection stands."""
    approved = ledger.runs.approved_plan()
    return Overview(
        connection=ledger.connection,
        runs=tuple(ledger.runs.last(runs)),
        plan=approved,
        waiting_plan=None if approved else ledger.runs.plan(),
        states=ledger.runs.acknowledged_states(),
        objects=_objects(ledger),
        refused=_refused(ledger),
        left_out=_left_out(ledger),
        due=ledger.deliveries.count_due(),
        left_behind=ledger.deliveries.left_behind(),
    )


def _objects(ledger: Ledger) -> dict[tuple[str, str], int]:
    with ledger.database.read() as sql:
        found = sql.execute(
            select(deliveries.c.object, deliveries.c.last_kind, func.count())
            .where(
                deliveries.c.connection == ledger.connection, deliveries.c.last_kind.is_not(None)
            )
            .group_by(deliveries.c.object, deliveries.c.last_kind)
        )
        return {(name, kind): count for name, kind, count in found}


def _refused(ledger: Ledger) -> tuple[tuple[str, str, str, int], ...]:
    kinds = [str(kind) for kind in OutcomeKind if kind.needs_reason]
    columns = (deliveries.c.object, deliveries.c.last_kind, deliveries.c.last_reason)
    with ledger.database.read() as sql:
        found = sql.execute(
            select(*columns, func.count())
            .where(deliveries.c.connection == ledger.connection, deliveries.c.last_kind.in_(kinds))
            .group_by(*columns)
            .order_by(*columns)
        )
        return tuple((name, kind, reason or "", count) for name, kind, reason, count in found)


def _left_out(ledger: Ledger) -> tuple[tuple[str, str, str, int], ...]:
    kinds = [str(Disposition.SKIPPED), str(Disposition.PARKED)]
    columns = (source_rows.c.stream, source_rows.c.disposition, source_rows.c.reason)
    with ledger.database.read() as sql:
        found = sql.execute(
            select(*columns, func.count())
            .where(
                source_rows.c.connection == ledger.connection, source_rows.c.disposition.in_(kinds)
            )
            .group_by(*columns)
            .order_by(*columns)
        )
        return tuple((stream, kind, reason or "", count) for stream, kind, reason, count in found)
