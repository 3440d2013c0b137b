"""The money of a whole connection: what the ERP's rows are worth, and where each amount is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import and_, bindparam, select

from glue.ledger.database import Database
from glue.ledger.schema import contributions, deliveries, source_rows
from glue.ledger.sources import BATCH
from glue.ledger.values import Disposition
from kit.protocol.outcomes import OutcomeKind

PENDING: Final = "pending"
UNNAMED: Final = "catalog_rule"

_DELIVERED: Final = frozenset(str(kind) for kind in OutcomeKind if kind.is_delivered)


@dataclass(slots=True)
class Totals:
    """Amounts by currency.

    Args:
        erp: Of all source rows that are worth something.
        delivered: Acknowledged orders.
        apart: By kind and reason, what is not delivered.
    """

    erp: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    delivered: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    apart: dict[str, dict[tuple[str, str], Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Decimal))
    )


def totals(database: Database, connection: str) -> Totals:
    """Add up a connection's money.

    What is delivered is summed from what the destination acknowledged, not from the source rows:
    the two sides of the equation come from different places.
    """
    result = Totals()
    for row in _money_rows(database, connection):
        amount, currency = Decimal(row.money_amount), row.money_currency
        result.erp[currency] += amount
        if row.last_kind in _DELIVERED:
            continue
        result.apart[currency][_place(row)] += amount
    for amount, currency in _acknowledged(database, connection):
        result.delivered[currency] += amount
    return result


def _place(row: Any) -> tuple[str, str]:  # noqa: ANN401 - a row of the query below
    """Say where an amount is that is not delivered: its kind and reason."""
    if row.object_key is None:
        parked = row.disposition == str(Disposition.PARKED)
        return ("parked" if parked else "skipped", row.reason or UNNAMED)
    if row.last_kind is None:
        return (PENDING, PENDING)
    return (row.last_kind, row.last_reason or UNNAMED)


def _money_rows(database: Database, connection: str) -> Iterator[Any]:
    carrying = and_(
        contributions.c.connection == source_rows.c.connection,
        contributions.c.stream == source_rows.c.stream,
        contributions.c.source_key == source_rows.c.key,
        contributions.c.carries_money,
    )
    delivery = and_(
        deliveries.c.connection == contributions.c.connection,
        deliveries.c.object == contributions.c.object,
        deliveries.c.key == contributions.c.object_key,
    )
    statement = (
        select(
            source_rows.c.stream,
            source_rows.c.key,
            source_rows.c.money_amount,
            source_rows.c.money_currency,
            source_rows.c.disposition,
            source_rows.c.reason,
            contributions.c.object_key,
            deliveries.c.last_kind,
            deliveries.c.last_reason,
        )
        .select_from(source_rows.outerjoin(contributions, carrying).outerjoin(deliveries, delivery))
        .where(
            source_rows.c.connection == connection,
            source_rows.c.money_amount.is_not(None),
            source_rows.c.stream >= bindparam("stream"),
            (source_rows.c.stream > bindparam("stream")) | (source_rows.c.key > bindparam("after")),
        )
        .order_by(source_rows.c.stream, source_rows.c.key)
        .limit(BATCH)
    )
    place = {"stream": "", "after": ""}
    while True:
        with database.read() as sql:
            batch = sql.execute(statement, place).all()
        if not batch:
            return
        yield from batch
        place = {"stream": batch[-1].stream, "after": batch[-1].key}


def _acknowledged(database: Database, connection: str) -> Iterator[tuple[Decimal, str]]:
    statement = (
        select(
            deliveries.c.object,
            deliveries.c.key,
            deliveries.c.acked_amount,
            deliveries.c.acked_currency,
        )
        .where(
            deliveries.c.connection == connection,
            deliveries.c.acked_amount.is_not(None),
            deliveries.c.wanted.is_not(None),
            deliveries.c.last_kind.in_(_DELIVERED),
            deliveries.c.object >= bindparam("object"),
            (deliveries.c.object > bindparam("object")) | (deliveries.c.key > bindparam("after")),
        )
        .order_by(deliveries.c.object, deliveries.c.key)
        .limit(BATCH)
    )
    place = {"object": "", "after": ""}
    while True:
        with database.read() as sql:
            batch = sql.execute(statement, place).all()
        if not batch:
            return
        for row in batch:
            yield Decimal(row.acked_amount), row.acked_currency or ""
        place = {"object": batch[-1].object, "after": batch[-1].key}
