"""The `$filter` language, the part that the real system takes, parsed to a tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from simulators.acumatica.queries.tokens import (
    Constant,
    CustomPath,
    Dialect,
    FilterError,
    Literal,
    Operand,
    Path,
    Token,
    tokens_of,
)


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`; the operator is eq, ne, gt, ge, lt or le."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Match:
    """`substringof('x', Field)`, `startswith(Field, 'x')` or `endswith(Field, 'x')`.

    `contains(Field, 'x')` is `substringof('x', Field)`.
    """

    function: str
    path: Path | CustomPath
    text: str


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` of two or more."""

    operator: str
    parts: tuple[Expression, ...]


Expression: TypeAlias = Compare | Match | Logic

_SAME: Final[Mapping[str, str]] = {"contains": "substringof"}
_OPERATORS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_FUNCTIONS: Final[Mapping[Dialect, frozenset[str]]] = {
    Dialect.ODATA3: frozenset({"substringof", "startswith", "endswith"}),
    Dialect.ODATA4: frozenset({"contains", "startswith", "endswith"}),
}


def parse_filter(text: str, dialect: Dialect = Dialect.ODATA3) -> Expression:
    """Parse a decoded `$filter`.

    Raises:
        FilterError: it is not in the language, or a value cannot be read.
    """
    return _Parser(list(tokens_of(text, dialect)), text, dialect).parse()


class _Parser:
    def __init__(self, tokens: list[Token], text: str, dialect: Dialect) -> None:
        self._tokens = tokens
        self._text = text
        self._functions = _FUNCTIONS[dialect]
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
        if token is not None and token.text in self._functions:
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
        match = Match(_SAME.get(function, function), path, str(text.value))
        if self._take("name", "eq"):
            self._expect("operand", "true")
        return match

    def _operand(self) -> Operand:
        token = self._peek()
        if token is None or token.kind == "mark":
            raise self._error("a field or a value is missing")
        self._next += 1
        return token.value if token.value is not None else Path(token.text)

    def _peek(self) -> Token | None:
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
