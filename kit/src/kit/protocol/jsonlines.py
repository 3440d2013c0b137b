"""JSON as it goes through the pipes: one message a line, money exact, keys in a fixed order.

A JSON number with up to 15 significant digits survives the way through a binary float and back
by `repr` unchanged, so `Decimal` is written as a number and read with `exact`. A longer one
cannot be trusted, and is refused where it is met.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import orjson

EXACT_DIGITS: Final = 15
"""Significant decimal digits that an IEEE 754 double carries exactly."""


class InexactNumberError(ValueError):
    """A number has more digits than a JSON number can carry exactly."""


def significant_digits(number: Decimal) -> int:
    """Count the significant digits of a number; trailing zeros do not count."""
    return len(number.normalize().as_tuple().digits)


def exact(value: float | Decimal | str) -> Decimal:
    """Return the decimal number that a JSON number stood for.

    Args:
        value: An int, float or Decimal from parsed JSON, or digits as text.

    Raises:
        InexactNumberError: It is not finite, or has more than 15 significant digits.
        ValueError: The text is no number.
    """
    try:
        number = (
            value
            if isinstance(value, Decimal)
            else Decimal(repr(value) if isinstance(value, float) else value)
        )
    except ArithmeticError:
        raise ValueError(f"{value!r} is not a number") from None
    if not number.is_finite() or significant_digits(number) > EXACT_DIGITS:
        raise InexactNumberError(f"{value} has more than {EXACT_DIGITS} significant digits")
    return number


def _default(value: object) -> object:
    if isinstance(value, Decimal):
        number = exact(value)
        return int(number) if number == number.to_integral_value() else float(number)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(value: object) -> bytes:
    """Serialise one message, without the newline; `Decimal` becomes a JSON number."""
    return orjson.dumps(value, default=_default)


def canonical(value: object) -> bytes:
    """Serialise with sorted keys: equal values give equal bytes."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_SORT_KEYS)


def content_hash(value: object) -> str:
    """Return the SHA-256 of the canonical form, 64 hexadecimal digits."""
    return sha256(canonical(value)).hexdigest()


def loads(line: bytes | str) -> Any:  # noqa: ANN401 - any JSON
    """Parse one line.

    Raises:
        ValueError: It is no JSON.
    """
    return orjson.loads(line)
