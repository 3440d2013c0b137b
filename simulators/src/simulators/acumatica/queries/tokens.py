"""The words of the `$filter` language: fields, values and marks, in two dialects."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias


class FilterError(ValueError):
    """The filter cannot be read; the message is what the real system says, more or less."""


class Dialect(StrEnum):
    """How values are written."""

    ODATA3 = "contract version 4"
    ODATA4 = "contract version 5 and the OData service"


class Literal(StrEnum):
    """The OData type of a literal."""

    STRING = "Edm.String"
    BOOLEAN = "Edm.Boolean"
    INTEGER = "Edm.Int32"
    DECIMAL = "Edm.Decimal"
    DOUBLE = "Edm.Double"
    DATETIME_OFFSET = "Edm.DateTimeOffset"
    DATETIME = "Edm.DateTime"
    DATE = "Edm.Date"
    GUID = "Edm.Guid"
    NULL = "Null"


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; `value` of a DATETIME_OFFSET has no zone if the text had none."""

    type: Literal
    value: str | bool | int | Decimal | datetime | date | None


@dataclass(frozen=True, slots=True)
class Path:
    """A contract field, such as `MainContact/Email`."""

    text: str


@dataclass(frozen=True, slots=True)
class CustomPath:
    """A field by data view, such as `cf.DateTime(f='Document.LastModifiedDateTime')`."""

    kind: str
    view: str
    dac_field: str


Operand: TypeAlias = Path | CustomPath | Constant

_COMMON: Final = r"""
    | (?P<string>'(?:[^']|'')*')
    | (?P<number>-?\d+(?:\.\d+)?(?P<suffix>[mMdDfFlL])?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<mark>[(),])
    )"""
_TOKEN: Final[Mapping[Dialect, re.Pattern[str]]] = {
    Dialect.ODATA3: re.compile(
        r"""\s*(?:
      (?P<custom>cf\.(?P<ckind>[A-Za-z]+)\(\s*f\s*=\s*'(?P<cfield>[^']*)'\s*\))
    | (?P<prefixed>(?P<prefix>datetimeoffset|datetime|date|guid)'(?P<inner>[^']*)')"""
        + _COMMON,
        re.VERBOSE,
    ),
    Dialect.ODATA4: re.compile(
        r"""\s*(?:
      (?P<guid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})
    | (?P<moment>\d{4}-\d\d-\d\d(?P<time>T[\d:.]+(?P<offset>Z|[+-]\d\d:\d\d)?)?)"""
        + _COMMON,
        re.VERBOSE,
    ),
}


@dataclass(frozen=True, slots=True)
class Token:
    """One word; `value` if it is a value or a field by data view."""

    kind: str
    text: str
    value: Constant | CustomPath | None = None


def tokens_of(text: str, dialect: Dialect) -> Iterator[Token]:
    """Cut a decoded `$filter` into its words.

    Raises:
        FilterError: what is no word of this dialect.
    """
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN[dialect].match(text, position)
        if match is None:
            raise FilterError(f"Syntax error at position {position} in '{text}'.")
        position = match.end()
        yield _token(match.groupdict())


def _token(found: Mapping[str, str | None]) -> Token:
    if name := found.get("name"):
        return _word(name)
    if (text := found.get("mark")) is not None:
        return Token("mark", text)
    return _value(found)


def _word(name: str) -> Token:
    if name in {"true", "false"}:
        return Token("operand", name, Constant(Literal.BOOLEAN, name == "true"))
    if name == "null":
        return Token("operand", name, Constant(Literal.NULL, None))
    return Token("name", name)


def _value(found: Mapping[str, str | None]) -> Token:
    if text := found.get("custom"):
        view, _, dac_field = (found["cfield"] or "").rpartition(".")
        return Token("operand", text, CustomPath(found["ckind"] or "", view, dac_field))
    if text := found.get("prefixed"):
        return Token("operand", text, _prefixed(found["prefix"] or "", found["inner"] or ""))
    if text := found.get("guid"):
        return Token("operand", text, Constant(Literal.GUID, str(uuid.UUID(text))))
    if text := found.get("moment"):
        return Token("operand", text, _bare_time(text, found["time"], found["offset"]))
    if text := found.get("string"):
        return Token("operand", text, Constant(Literal.STRING, text[1:-1].replace("''", "'")))
    text = found["number"] or ""
    return Token("operand", text, _number(text, found["suffix"]))


def _prefixed(prefix: str, inner: str) -> Constant:
    try:
        if prefix == "guid":
            return Constant(Literal.GUID, str(uuid.UUID(inner)))
        if prefix == "date":
            return Constant(Literal.DATE, date.fromisoformat(inner))
        moment = datetime.fromisoformat(inner)
    except ValueError as error:
        raise FilterError(f"Unrecognized '{prefix}' literal '{prefix}'{inner}''.") from error
    return Constant(Literal.DATETIME if prefix == "datetime" else Literal.DATETIME_OFFSET, moment)


def _bare_time(text: str, time: str | None, offset: str | None) -> Constant:
    try:
        if time is None:
            return Constant(Literal.DATE, date.fromisoformat(text))
        if offset is not None:
            return Constant(Literal.DATETIME_OFFSET, datetime.fromisoformat(text))
    except ValueError as error:
        raise FilterError(f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.") from error
    raise FilterError(f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.")


def _number(text: str, suffix: str | None) -> Constant:
    digits = text[:-1] if suffix else text
    if suffix is not None and suffix in "mM":
        return Constant(Literal.DECIMAL, Decimal(digits))
    if (suffix is None or suffix in "lL") and "." not in digits:
        return Constant(Literal.INTEGER, int(digits))
    return Constant(Literal.DOUBLE, Decimal(digits))
