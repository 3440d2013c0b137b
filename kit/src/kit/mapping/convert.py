"""Pure conversions of one value: to text, numbers, dates. Wrong input raises BadValueError."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from kit.mapping.errors import BadValueError
from kit.protocol.jsonlines import EXACT_DIGITS, InexactNumberError, exact

_DIGITS: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_PLAIN: Final = 1e15
_DATE_LENGTH: Final = len("2020-02-05")


def kind_of(value: object) -> str:
    """Name a value's type for people."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float | Decimal):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list | tuple) else "a group of fields"


def is_empty(value: object) -> bool:
    """Tell whether a value says nothing: null, blank text, an empty list or group."""
    if type(value) is str:
        return not value or value.isspace()
    return value is None or (not value and isinstance(value, list | dict))


def to_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Write a single value as text; 10.0 becomes `10`, true becomes `true`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return format(to_number(value).normalize(), "f")
    raise BadValueError(f"expected text, got {kind_of(value)}")


def to_number(value: Any) -> Decimal:  # noqa: ANN401 - any JSON value
    """Return the exact decimal number; text must be plain digits such as `-12.50`."""
    if type(value) is float and -_PLAIN < value < _PLAIN:
        text = repr(value)
        if len(text) <= EXACT_DIGITS:  # the point and the sign count too: it is short enough
            return Decimal(text)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise BadValueError(f"expected a number, got {kind_of(value)}")
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise BadValueError("expected a number, got text")
    try:
        return exact(value)
    except InexactNumberError:
        message = f"the number has more than {EXACT_DIGITS} digits and cannot be sent exactly"
        raise BadValueError(message) from None


def to_integer(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """Return a whole number; 3.0 is one, 3.5 is not."""
    number = to_number(value)
    if number != number.to_integral_value():
        raise BadValueError("expected a whole number, got a fraction")
    return int(number)


def to_boolean(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return true or false, also of the texts `true` and `false` in any case."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise BadValueError(f"expected true or false, got {kind_of(value)}")


def to_date(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return `2020-02-05` of an ISO date or date-time; the day is cut off, never shifted."""
    text = _some_text(value)[:_DATE_LENGTH]
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadValueError("expected a date such as 2020-02-05") from None


def to_datetime(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return `2020-02-05T00:00:00+00:00`: UTC, whole seconds; without a zone it is UTC already."""
    return _moment(value).isoformat(timespec="seconds")


def to_instant(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the time in UTC with microseconds, in a form that sorts as text."""
    return _moment(value).isoformat(timespec="microseconds")


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(_some_text(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadValueError("expected a time such as 2020-02-05T10:30:00Z") from None


def _some_text(value: object) -> str:
    if not isinstance(value, str):
        raise BadValueError(f"expected text, got {kind_of(value)}")
    return value
