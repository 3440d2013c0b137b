"""Plain Python values and how they look on the wire.

A record's values are `str`, `int`, `bool`, `Decimal`, `date`, `datetime` (aware) or None.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final, TypeAlias

import orjson

from simulators.acumatica.contract.tables import Kind

Value: TypeAlias = str | int | bool | Decimal | date | datetime | None

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment, UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def sql_micros(micros: int) -> int:
    """Round to 1/300 s like the database column type `datetime`.

    The stored value is exact (3333 and 6666 microseconds), the one on the wire is not (003, 007):
    a comparison with an echoed stamp may miss its own row.
    """
    ticks = (micros * 3 + 5_000) // 10_000
    return ticks * 10_000 // 3


def stamp_text(micros: int) -> str:
    """A stamp that went through `sql_micros`, on the wire: milliseconds, trailing zeros cut."""
    seconds, rest = divmod(micros, 1_000_000)
    days, second = divmod(seconds, 86_400)
    millis = (rest + 500) // 1_000
    fraction = f".{millis:03d}".rstrip("0") if millis else ""
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"{_day(days)}T{clock}{fraction}+00:00"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).date().isoformat()


def day_text(day: date) -> str:
    """A date-only field on the wire: midnight."""
    return f"{day.isoformat()}T00:00:00+00:00"


def wire(value: Value) -> Any:  # noqa: ANN401 - whatever orjson takes
    """What goes behind `"value":`; a decimal keeps its padded zeros."""
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}".encode())
    if isinstance(value, datetime):
        return stamp_text(to_micros(value))
    if isinstance(value, date):
        return day_text(value)
    return value


def json_text(value: Value) -> str:
    """The JSON text of a plain value that is not None."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f'"{wire(value)}"'


class WrongTypeError(ValueError):
    """A value of a write request does not fit its field."""


def read_plain(kind: Kind, value: object) -> Value:
    """Turn a JSON value of a write request into a plain value.

    Raises:
        WrongTypeError: it does not fit the field's type.
    """
    if value is None:
        return None
    try:
        return _READERS[kind](value)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise WrongTypeError(f"{value!r} is no {kind.wrapper}.") from error


def _read_string(value: object) -> str:
    if isinstance(value, bool | dict | list):
        raise TypeError
    return str(value)


def _read_integer(value: object) -> int:
    if isinstance(value, bool | float):
        raise TypeError
    return int(str(value))


def _read_decimal(value: object) -> Decimal:
    if isinstance(value, bool):
        raise TypeError
    number = Decimal(str(value))
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise TypeError
    return number.quantize(Decimal("0.0001")) if exponent > -4 else number  # noqa: PLR2004


def _read_boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[str(value).lower()]


def _read_datetime(value: object) -> date | datetime:
    if isinstance(value, date):
        return value
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_READERS: Final[Mapping[Kind, Callable[[object], Value]]] = {
    Kind.STRING: _read_string,
    Kind.DECIMAL: _read_decimal,
    Kind.BOOLEAN: _read_boolean,
    Kind.DATETIME: _read_datetime,
    Kind.INTEGER: _read_integer,
    Kind.SHORT: _read_integer,
    Kind.GUID: lambda value: str(uuid.UUID(str(value))),
}
