"""The `$filter` language (OData 3, the part that contract version 4 takes), parsed to a tree."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias


class FilterError(ValueError):
    """The filter cannot be read; the message is what the real system says, more or less."""


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


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`; the operator is eq, ne, gt, ge, lt or le."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Match:
    """`substringof('x', Field)`, `startswith(Field, 'x')` or `endswith(Field, 'x')`."""

    function: str
    path: Path | CustomPath
    text: str


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` of two or more."""

    operator: str
    parts: tuple[Expression, ...]


Expression: TypeAlias = Compare | Match | Logic

_OPERATORS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_FUNCTIONS: Final = frozenset({"substringof", "startswith", "endswith"})
_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<custom>cf\.(?P<ckind>[A-Za-z]+)\(\s*f\s*=\s*'(?P<cfield>[^']*)'\s*\))
    | (?P<prefixed>(?P<prefix>datetimeoffset|datetime|date|guid)'(?P<inner>[^']*)')
    | (?P<string>'(?:[^']|'')*')
    | (?P<number>-?\d+(?:\.\d+)?(?P<suffix>[mMdDfFlL])?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    constant: Constant | CustomPath | None = None


def parse_filter(text: str) -> Expression:
    """Parse a decoded `$filter`.

    Raises:
        FilterError: it is not in the language, or a literal cannot be read.
    """
    return _Parser(list(_tokens(text)), text).parse()


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise FilterError(f"Syntax error at position {position} in '{text}'.")
        position = match.end()
        yield _token(match)


def _token(match: re.Match[str]) -> _Token:
    if match["custom"] is not None:
        view, _, dac_field = match["cfield"].rpartition(".")
        return _Token("operand", match["custom"], CustomPath(match["ckind"], view, dac_field))
    if match["prefixed"] is not None:
        return _Token("operand", match["prefixed"], _prefixed(match["prefix"], match["inner"]))
    if match["string"] is not None:
        text = match["string"][1:-1].replace("''", "'")
        return _Token("operand", match["string"], Constant(Literal.STRING, text))
    if match["number"] is not None:
        return _Token("operand", match["number"], _number(match["number"], match["suffix"]))
    if match["mark"] is not None:
        return _Token("mark", match["mark"])
    return _word(match["name"])


def _word(name: str) -> _Token:
    if name in {"true", "false"}:
        return _Token("operand", name, Constant(Literal.BOOLEAN, name == "true"))
    if name == "null":
        return _Token("operand", name, Constant(Literal.NULL, None))
    return _Token("name", name)


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


def _number(text: str, suffix: str | None) -> Constant:
    digits = text[:-1] if suffix else text
    if suffix is not None and suffix in "mM":
        return Constant(Literal.DECIMAL, Decimal(digits))
    if (suffix is None or suffix in "lL") and "." not in digits:
        return Constant(Literal.INTEGER, int(digits))
    return Constant(Literal.DOUBLE, Decimal(digits))


class _Parser:
    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._next = 0

    def parse(self) -> Expression:
        expression = self._disjunction()
        if self._next < len(self._tokens):
            raise self._error(f"unexpected '{self._tokens[self._next].text}'")
        return expression

    def _disjunction(self) -> Expression:
        parts = [self._conjunction()]
        while self._take("name", "or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Logic("or", tuple(parts))

    def _conjunction(self) -> Expression:
        parts = [self._term()]
        while self._take("name", "and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Logic("and", tuple(parts))

    def _term(self) -> Expression:
        if self._take("mark", "("):
            expression = self._disjunction()
            self._expect("mark", ")")
            return expression
        token = self._peek()
        if token is not None and token.text in _FUNCTIONS:
            return self._function()
        left = self._operand()
        operator = self._expect("name", None)
        if operator not in _OPERATORS:
            raise self._error(f"'{operator}' is not supported")
        return Compare(operator, left, self._operand())

    def _function(self) -> Expression:
        function = self._expect("name", None)
        self._expect("mark", "(")
        first = self._operand()
        self._expect("mark", ",")
        second = self._operand()
        self._expect("mark", ")")
        text, path = (first, second) if function == "substringof" else (second, first)
        if not isinstance(text, Constant) or isinstance(path, Constant):
            raise self._error(f"wrong arguments of {function}")
        if text.type is not Literal.STRING:
            raise self._error(f"{function} needs a string")
        match = Match(function, path, str(text.value))
        if self._take("name", "eq"):
            self._expect("operand", "true")
        return match

    def _operand(self) -> Operand:
        token = self._peek()
        if token is None or token.kind == "mark":
            raise self._error("a field or a value is missing")
        self._next += 1
        return token.constant if token.constant is not None else Path(token.text)

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, kind: str, text: str) -> bool:
        token = self._peek()
        if token is None or (token.kind, token.text) != (kind, text):
            return False
        self._next += 1
        return True

    def _expect(self, kind: str, text: str | None) -> str:
        token = self._peek()
        if token is None or token.kind != kind or text not in {None, token.text}:
            raise self._error(f"'{text or 'an operator'}' is missing")
        self._next += 1
        return token.text

    def _error(self, problem: str) -> FilterError:
        return FilterError(f"Syntax error in '{self._text}': {problem}.")
