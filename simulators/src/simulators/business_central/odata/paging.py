"""Server-driven paging: the token that says behind which row the next page begins."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from simulators.business_central.odata.entities import Entity, Kind, Property
from simulators.business_central.odata.filters import Compare, parse_filter
from simulators.business_central.odata.literals import Constant, Literal
from simulators.business_central.odata.options import Order, Query, Reversed, split_list
from simulators.business_central.odata.problems import ServiceError, bad_request
from simulators.business_central.odata.values import (
    enum_text,
    guid_order,
    order_key,
    stamp_text,
)
from simulators.business_central.store.rows import MODIFIED, Row


def token_of(row: Row, query: Query) -> str:
    """The values that the last row of a page sorts by, and its id."""
    terms = [_term(query.shape.entity.properties[order.name], row) for order in query.order]
    return ",".join([*terms, row.id])


def _term(of: Property, row: Row) -> str:
    if of.name == MODIFIED:
        # Seven digits: the token must not lose what three digits do not show.
        return stamp_text(row.modified, 7)
    value = row.values[of.name]
    if of.kind in {Kind.TEXT, Kind.CODE}:
        return "'" + str(value).replace("'", "''") + "'"
    if of.kind is Kind.ENUM:
        return f"'{enum_text(str(value))}'"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def after(token: str, query: Query, keys: Sequence[Any]) -> int:
    """The index of the first row behind the one that a token names.

    Raises:
        ServiceError: the token does not fit the query.
    """
    parts = split_list(token)
    if len(parts) != len(query.order) + 1:
        raise _bad_token()
    entity = query.shape.entity
    try:
        last = guid_order(parts[-1])
        terms = [
            _key(entity, order, part) for order, part in zip(query.order, parts[:-1], strict=True)
        ]
    except ValueError as error:
        raise _bad_token() from error
    return bisect.bisect_right(keys, (*terms, last) if terms else last)


def _key(entity: Entity, order: Order, part: str) -> Any:  # noqa: ANN401 - whatever sorts
    of = entity.properties[order.name]
    expression = parse_filter(f"{order.name} eq {part}")
    if not isinstance(expression, Compare):
        raise _bad_token()
    key = _sortable(of, expression.constant)
    return Reversed(key) if order.descending else key


def _sortable(of: Property, constant: Constant) -> Any:  # noqa: ANN401 - whatever sorts
    value = constant.value
    if constant.type is Literal.DATETIME and isinstance(value, int):
        return (value * 3 + 50_000) // 100_000
    if of.kind is Kind.DATETIME or value is None:
        raise _bad_token()
    if of.kind is Kind.ENUM:
        members = {enum_text(member): member for member in of.members}
        return order_key(members.get(str(value), str(value)))
    if of.kind is Kind.DECIMAL:
        return Decimal(str(value))
    return order_key(value)


def _bad_token() -> ServiceError:
    return bad_request("The skip token is not valid for this request.")
