"""The words of the `$filter` language: tokens, and literals with their types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from simulators.business_central.odata.problems import bad_syntax


class Literal(StrEnum):
    """The OData type of a literal."""

    STRING = "Edm.String"
    BOOLEAN = "Edm.Boolean"
    INTEGER = "Edm.Int32"
    DECIMAL = "Edm.Decimal"
    DATETIME = "Edm.DateTimeOffset"
    DATE = "Edm.Date"
    GUID = "Edm.Guid"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal. A date-time is in units of 100 ns since 1970, which keeps seven digits exact."""

    type: Literal
    value: str | bool | int | Decimal | date | None


_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<guid>[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d:\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)(?![\dT])
    | (?P<number>-?\d+(?:\.\d+)?)(?![\w.-])
    | (?P<string>'(?:[^']|'')*')
    | (?P<lambda>\w+(?:/\w+)*/(?:any|all)\()
    | (?P<name>[A-Za-z_]\w*(?:/\w+)*)
    | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
_UNIT: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a filter: its kind is a group of the pattern, `at` where it stands."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a filter.

    Raises:
        ServiceError: something in it is none.
    """
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise bad_syntax(f"Syntax error at position {position} in '{text}'.")
        yield Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
        position = match.end()
        if match.lastgroup == "lambda":
            position = _end_of_lambda(text, position)


def _end_of_lambda(text: str, position: int) -> int:
    """The position behind the parenthesis that closes the one before `position`."""
    depth, quoted = 1, False
    for at in range(position, len(text)):
        if text[at] == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    raise bad_syntax(f"Syntax error at position {position} in '{text}'.")


def constant_of(token: Token) -> Constant:
    """The literal that a token is.

    Raises:
        ServiceError: it cannot be read.
    """
    try:
        return _CONSTANTS[token.kind](token.text)
    except (ValueError, OverflowError) as error:
        raise bad_syntax(f"Unrecognized literal '{token.text}'.") from error


def _number(text: str) -> Constant:
    if "." in text:
        return Constant(Literal.DECIMAL, Decimal(text))
    return Constant(Literal.INTEGER, int(text))


def _hundred_nanoseconds(text: str) -> int:
    whole, dot, rest = text.partition(".")
    digits = re.match(r"\d*", rest)
    fraction = digits[0] if digits else ""
    zone = rest[len(fraction) :] if dot else ""
    moment = datetime.fromisoformat(whole + zone)
    span = moment - datetime.fromisoformat("1970-01-01T00:00:00Z")
    return (span.days * 86_400 + span.seconds) * _UNIT + int(f"{fraction[:7]:0<7}")


_WORDS: Final = {
    "true": Constant(Literal.BOOLEAN, True),  # noqa: FBT003 - the value of the literal
    "false": Constant(Literal.BOOLEAN, False),  # noqa: FBT003 - the value of the literal
    "null": Constant(Literal.NULL, None),
}
_CONSTANTS: Final[Mapping[str, Callable[[str], Constant]]] = {
    "string": lambda text: Constant(Literal.STRING, text[1:-1].replace("''", "'")),
    "guid": lambda text: Constant(Literal.GUID, text.lower()),
    "number": _number,
    "name": lambda text: _WORDS[text],
    "date": lambda text: Constant(Literal.DATE, date.fromisoformat(text)),
    "datetime": lambda text: Constant(Literal.DATETIME, _hundred_nanoseconds(text)),
}
