"""Plain values from JSON, for rows that are put by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from simulators.business_central.odata.entities import Entity, Kind, Property
from simulators.business_central.odata.values import Value


def plain_values(entity: Entity, record: Mapping[str, Any]) -> dict[str, Value]:
    """The values of a JSON record.

    Raises:
        KeyError: the entity has no such property.
        ValueError: a value does not fit.
    """
    return {name: _plain(entity.properties[name], value) for name, value in record.items()}


def _plain(of: Property, value: Any) -> Value:  # noqa: ANN401 - any JSON
    if of.kind is Kind.DECIMAL:
        return Decimal(str(value))
    if of.kind is Kind.DATE:
        return date.fromisoformat(str(value))
    if of.kind is Kind.DATETIME:
        return datetime.fromisoformat(str(value))
    if of.kind is Kind.BOOLEAN and not isinstance(value, bool):
        raise ValueError(f"{of.name} is true or false.")
    if of.kind is Kind.ENUM and value not in of.members:
        raise ValueError(f"{of.name} is one of {', '.join(of.members)}.")
    found: Value = value
    return found
