"""Plain values and how they look on the wire; stamps at 1/300 s; enum names; GUID order."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final, TypeAlias

from simulators.business_central.odata.entities import Kind, Property

Value: TypeAlias = str | int | bool | Decimal | date | datetime
"""Text, number, truth, `date`, or an aware `datetime`. GUIDs and enum members are text."""

NO_ID: Final = "00000000-0000-0000-0000-000000000000"
NO_DATE: Final = date(1, 1, 1)
NO_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)
TICKS: Final = 300
"""Stamps are whole numbers of 1/300 s since 1970."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MILLION: Final = 1_000_000
_ESCAPED: Final = re.compile(r"[^A-Za-z0-9_]")
_DAY: Final = 86_400


def to_ticks(moment: datetime) -> int:
    """A moment as a stamp, rounded to the nearest 1/300 s."""
    micros = (moment - _EPOCH) // _MICROSECOND
    return (micros * TICKS * 2 + _MILLION) // (2 * _MILLION)


def from_ticks(ticks: int) -> datetime:
    """A stamp as a moment, to the microsecond below."""
    return _EPOCH + timedelta(microseconds=ticks * _MILLION // TICKS)


UNSTAMPED: Final = to_ticks(NO_TIME)
"""The stamp of rows that are older than the field."""


def stamp_text(ticks: int, digits: int = 3) -> str:
    """A stamp on the wire.

    Args:
        ticks: the stamp.
        digits: 3 = milliseconds with the trailing zeros cut; more = so many, all of them shown.
    """
    seconds, rest = divmod(ticks, TICKS)
    unit = 10**digits
    fraction = (rest * unit * 2 + TICKS) // (2 * TICKS)
    days, second = divmod(seconds, _DAY)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    shown = f".{fraction:0{digits}d}" if fraction or digits > 3 else ""  # noqa: PLR2004 - as above
    if digits == 3:  # noqa: PLR2004 - as above
        shown = shown.rstrip("0")
    return f"{_day(days)}T{clock}{shown}Z"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).date().isoformat()


def moment_text(moment: datetime) -> str:
    """A date-time that is no stamp."""
    return stamp_text(to_ticks(moment))


@lru_cache(maxsize=256)
def enum_text(member: str) -> str:
    """An enum's member with what is no letter, digit or underscore escaped: `In_x0020_Review`."""
    return _ESCAPED.sub(lambda match: f"_x{ord(match[0]):04X}_", member)


def guid_order(text: str) -> bytes:
    """What SQL Server sorts a GUID by: its last group first."""
    raw = uuid.UUID(text).bytes_le
    return raw[10:] + raw[8:10] + raw[6:8] + raw[4:6] + raw[:4]


def order_key(value: Value) -> Any:  # noqa: ANN401 - whatever sorts
    """What a value sorts by: texts without case."""
    return value.casefold() if isinstance(value, str) else value


def decimal_text(value: Decimal) -> str:
    """A number on the wire: no padding zeros, no exponent."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def writer_of(of: Property) -> Callable[[Value], str]:
    """What makes the JSON text of a property's values."""
    return _WRITERS[of.kind]


def json_text(of: Property, value: Value) -> str:
    """The JSON text of a property's value."""
    return _WRITERS[of.kind](value)


def _date_text(value: Value) -> str:
    return f'"{value.isoformat() if isinstance(value, date) else value}"'


def _moment(value: Value) -> str:
    return f'"{moment_text(value) if isinstance(value, datetime) else value}"'


def _number(value: Value) -> str:
    return decimal_text(value) if isinstance(value, Decimal) else str(value)


_WRITERS: Final[Mapping[Kind, Callable[[Value], str]]] = {
    Kind.GUID: lambda value: f'"{value}"',
    Kind.TEXT: lambda value: encode_basestring(str(value)),
    Kind.CODE: lambda value: encode_basestring(str(value)),
    Kind.ENUM: lambda value: f'"{enum_text(str(value))}"',
    Kind.DECIMAL: _number,
    Kind.INTEGER: _number,
    Kind.LONG: _number,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.DATE: _date_text,
    Kind.DATETIME: _moment,
}
_DEFAULTS: Final[Mapping[Kind, Value]] = {
    Kind.GUID: NO_ID,
    Kind.TEXT: "",
    Kind.CODE: "",
    Kind.DECIMAL: Decimal(0),
    Kind.INTEGER: 0,
    Kind.LONG: 0,
    Kind.BOOLEAN: False,
    Kind.DATE: NO_DATE,
    Kind.DATETIME: NO_TIME,
    Kind.STREAM: "",
}


def default(of: Property) -> Value:
    """What a property that nobody filled holds."""
    return of.members[0] if of.kind is Kind.ENUM else _DEFAULTS[of.kind]
