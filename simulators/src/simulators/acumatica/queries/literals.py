"""OData types: which literal goes with which field, and how both are compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any, Final

from simulators.acumatica.contract.tables import Kind
from simulators.acumatica.queries.tokens import Constant, Literal


class IncompatibleTypesError(ValueError):
    """A field is compared with a literal of another type."""


EDM: Final[Mapping[Kind, Literal]] = {
    Kind.STRING: Literal.STRING,
    Kind.DECIMAL: Literal.DECIMAL,
    Kind.BOOLEAN: Literal.BOOLEAN,
    Kind.DATETIME: Literal.DATETIME_OFFSET,
    Kind.INTEGER: Literal.INTEGER,
    Kind.SHORT: Literal.INTEGER,
    Kind.GUID: Literal.GUID,
}
_PROMOTED: Final = frozenset(
    {
        (Literal.DECIMAL, Literal.INTEGER),
        (Literal.INTEGER, Literal.DECIMAL),
        (Literal.DATETIME_OFFSET, Literal.DATE),
    }
)
_OPERATOR_NAMES: Final[Mapping[str, str]] = {
    "eq": "Equal",
    "ne": "NotEqual",
    "gt": "GreaterThan",
    "ge": "GreaterThanOrEqual",
    "lt": "LessThan",
    "le": "LessThanOrEqual",
}


def check_types(kind: Kind, constant: Constant, name: str) -> None:
    """Refuse a comparison of a field with a literal of another type.

    Raises:
        IncompatibleTypesError: with the real system's wording.
    """
    expected = EDM[kind]
    if constant.type in {expected, Literal.NULL} or (expected, constant.type) in _PROMOTED:
        return
    raise IncompatibleTypesError(
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{expected}' and '{constant.type}' for operator kind '{_OPERATOR_NAMES[name]}'."
    )


def is_time(constant: Constant) -> bool:
    """Whether a literal can be compared with a date-time field."""
    return constant.type in {Literal.DATETIME_OFFSET, Literal.DATE}


def moment(constant: Constant, zone: tzinfo) -> datetime:
    """The moment of a literal, UTC; one without an offset is read in `zone`.

    Raises:
        IncompatibleTypesError: it is no time.
    """
    value = constant.value
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise IncompatibleTypesError(f"'{value}' is no time.")


def normal(value: object) -> Any:  # noqa: ANN401 - str, int, bool, Decimal, datetime or None
    """A value as it is compared: strings without case, dates as midnight, numbers as decimals."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value
