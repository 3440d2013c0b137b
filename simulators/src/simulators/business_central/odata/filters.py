"""The `$filter` language, parsed to a tree: the part of OData v4 that Business Central takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from simulators.business_central.odata.literals import (
    Constant,
    Literal,
    Token,
    constant_of,
    tokens,
)
from simulators.business_central.odata.problems import ServiceError, bad_syntax


@dataclass(frozen=True, slots=True)
class Field:
    """A property, inside `function` (`tolower`, `toupper`) or `substring` from `start`."""

    name: str
    function: str = ""
    start: int = 0


@dataclass(frozen=True, slots=True)
class Compare:
    """`field operator constant`; the operator is eq, ne, gt, ge, lt or le."""

    field: Field
    operator: str
    constant: Constant


@dataclass(frozen=True, slots=True)
class Match:
    """`startswith`, `endswith` or `contains` of a field and a text."""

    function: str
    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class Among:
    """`field in (constants)`, which schema version 2.1 has."""

    field: Field
    constants: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` of two or more."""

    operator: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """`not (...)`."""

    part: Expression


@dataclass(frozen=True, slots=True)
class Ignored:
    """A lambda: parsed over, and without effect."""


Expression: TypeAlias = Compare | Match | Among | Logic | Negation | Ignored

OPERATORS: Final = {
    "eq": "Equal",
    "ne": "NotEqual",
    "gt": "GreaterThan",
    "ge": "GreaterThanOrEqual",
    "lt": "LessThan",
    "le": "LessThanOrEqual",
}
_MIRRORED: Final = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_MATCHES: Final = frozenset({"startswith", "endswith", "contains"})
_CASES: Final = frozenset({"tolower", "toupper"})


def parse_filter(text: str, *, nested: bool = False) -> Expression:
    """Parse a decoded `$filter`.

    Args:
        text: what follows `$filter=`.
        nested: schema version 2.1: `in` and functions inside functions are taken.

    Raises:
        ServiceError: it is not in the language, or a literal cannot be read.
    """
    return _Parser(text, list(tokens(text)), nested=nested).parse()


class _Parser:
    def __init__(self, text: str, tokens: list[Token], *, nested: bool) -> None:
        self._text = text
        self._tokens = tokens
        self._next = 0
        self._nested = nested

    def parse(self) -> Expression:
        expression = self._disjunction()
        if self._next < len(self._tokens):
            raise self._error()
        return expression

    def _disjunction(self) -> Expression:
        parts = [self._conjunction()]
        while self._take("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Logic("or", tuple(parts))

    def _conjunction(self) -> Expression:
        parts = [self._term()]
        while self._take("and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Logic("and", tuple(parts))

    def _term(self) -> Expression:
        if self._take("not"):
            return Negation(self._term())
        if self._take("("):
            expression = self._disjunction()
            self._expect(")")
            return expression
        token = self._peek()
        if token.kind == "lambda":
            self._next += 1
            return Ignored()
        if token.text in _MATCHES:
            return self._match()
        return self._compare()

    def _match(self) -> Expression:
        function = self._name()
        self._expect("(")
        field = self._field(inside=True)
        self._expect(",")
        constant = self._constant()
        self._expect(")")
        if constant.type is not Literal.STRING:
            raise bad_syntax(
                f"No function signature for the function with name '{function}' matches the "
                f"specified arguments. The function signatures considered are: "
                f"{function}(Edm.String, Edm.String)."
            )
        if self._take("eq") and not self._take("true"):
            raise self._error()
        return Match(function, field, str(constant.value))

    def _compare(self) -> Expression:
        if self._is_constant():
            constant, operator = self._constant(), self._name()
            self._known(operator)
            return Compare(self._field(), _MIRRORED.get(operator, operator), constant)
        field, operator = self._field(), self._name()
        if operator == "in" and self._nested:
            return Among(field, self._list())
        self._known(operator)
        return Compare(field, operator, self._constant())

    def _list(self) -> tuple[Constant, ...]:
        self._expect("(")
        constants = [self._constant()]
        while self._take(","):
            constants.append(self._constant())
        self._expect(")")
        return tuple(constants)

    def _known(self, operator: str) -> None:
        if operator not in OPERATORS:
            raise bad_syntax(
                f"Syntax error: operator '{operator}' is not supported in '{self._text}'."
            )

    def _field(self, *, inside: bool = False) -> Field:
        name = self._name()
        if name in _CASES and self._take("("):
            if inside and not self._nested:
                raise bad_syntax(
                    "Nested function calls are not supported in this schema version: "
                    f"'{self._text}'."
                )
            field = Field(self._name(), name)
            self._expect(")")
            return field
        if name == "substring" and self._take("("):
            inner = self._name()
            self._expect(",")
            start = self._constant()
            self._expect(")")
            if start.type is not Literal.INTEGER or not isinstance(start.value, int):
                raise self._error()
            return Field(inner, "substring", start.value)
        return Field(name)

    def _is_constant(self) -> bool:
        token = self._peek()
        return token.kind not in {"name", "mark"} or token.text in {"true", "false", "null"}

    def _constant(self) -> Constant:
        token = self._peek()
        if not self._is_constant():
            raise self._error()
        self._next += 1
        return constant_of(token)

    def _name(self) -> str:
        token = self._peek()
        if token.kind != "name":
            raise self._error()
        self._next += 1
        return token.text

    def _peek(self) -> Token:
        if self._next >= len(self._tokens):
            raise bad_syntax(f"Expression expected at position {len(self._text)} in '{self._text}'")
        return self._tokens[self._next]

    def _take(self, text: str) -> bool:
        found = self._next < len(self._tokens) and self._tokens[self._next]
        if not found or found.kind not in {"name", "mark"} or found.text != text:
            return False
        self._next += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error()

    def _error(self) -> ServiceError:
        at = self._tokens[self._next].at if self._next < len(self._tokens) else len(self._text)
        return bad_syntax(f"Syntax error at position {at} in '{self._text}'.")
