"""From a parsed `$filter` to a test on rows, with the type checks and limits of the service."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Final

from simulators.business_central.odata.entities import Entity, Kind, Property
from simulators.business_central.odata.filters import (
    OPERATORS,
    Among,
    Compare,
    Expression,
    Field,
    Ignored,
    Logic,
    Match,
    Negation,
)
from simulators.business_central.odata.literals import Constant, Literal
from simulators.business_central.odata.problems import (
    ServiceError,
    bad_request,
    incompatible,
    not_implemented,
    unknown_property,
)
from simulators.business_central.odata.values import enum_text, guid_order, to_ticks
from simulators.business_central.store.rows import MODIFIED, Row

Test = Callable[[Row], bool]
"""Whether a row meets a condition."""

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_MATCH: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, wanted: wanted in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_CASES: Final = frozenset({"tolower", "toupper"})
_TEXTS: Final = frozenset({Kind.TEXT, Kind.CODE})
_NUMBERS: Final = frozenset({Kind.DECIMAL, Kind.INTEGER, Kind.LONG})
_LITERALS: Final[Mapping[Kind, frozenset[Literal]]] = {
    Kind.GUID: frozenset({Literal.GUID}),
    Kind.TEXT: frozenset({Literal.STRING}),
    Kind.CODE: frozenset({Literal.STRING}),
    Kind.ENUM: frozenset({Literal.STRING}),
    Kind.DECIMAL: frozenset({Literal.DECIMAL, Literal.INTEGER}),
    Kind.INTEGER: frozenset({Literal.DECIMAL, Literal.INTEGER}),
    Kind.LONG: frozenset({Literal.DECIMAL, Literal.INTEGER}),
    Kind.BOOLEAN: frozenset({Literal.BOOLEAN}),
    Kind.DATE: frozenset({Literal.DATE}),
    Kind.DATETIME: frozenset({Literal.DATETIME, Literal.DATE}),
}
_TICK: Final = 100_000
"""A stamp's tick is 100,000 / 3 units of 100 ns."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter ready to run.

    Attributes:
        test: None = every row.
        since: only stamps from here on, in ticks; None = no limit.
        before: only stamps below, in ticks; None = no limit.
    """

    test: Test | None = None
    since: int | None = None
    before: int | None = None

    def holds(self, row: Row) -> bool:
        """Whether a row meets all of it."""
        if self.since is not None and row.modified < self.since:
            return False
        if self.before is not None and row.modified >= self.before:
            return False
        return self.test is None or self.test(row)


def compile_filter(entity: Entity, expression: Expression) -> Condition:
    """Check a filter against an entity and make it runnable.

    Raises:
        ServiceError: it names an unknown property, compares what cannot be compared, or asks for
            what the service does not do.
    """
    parts: tuple[Expression, ...] = (expression,)
    if isinstance(expression, Logic) and expression.operator == "and":
        parts = expression.parts
    since: int | None = None
    before: int | None = None
    tests: list[Test] = []
    for part in parts:
        test = _test(entity, part)
        low, high = _bounds(part)
        if low is not None:
            since = low if since is None else max(since, low)
        if high is not None:
            before = high if before is None else min(before, high)
        if low is None and high is None:
            tests.append(test)
    return Condition(_all_of(tests) if tests else None, since, before)


def fields_of(expression: Expression) -> Iterator[str]:
    """The names of all properties in a filter, repeated as often as they occur."""
    if isinstance(expression, Logic):
        for part in expression.parts:
            yield from fields_of(part)
    elif isinstance(expression, Negation):
        yield from fields_of(expression.part)
    elif not isinstance(expression, Ignored):
        yield expression.field.name


def equalities(expression: Expression) -> Iterator[tuple[str, object]]:
    """Every property that must equal a constant for the whole filter to hold."""
    if isinstance(expression, Logic) and expression.operator == "and":
        for part in expression.parts:
            yield from equalities(part)
    elif isinstance(expression, Compare) and expression.operator == "eq":
        yield expression.field.name, expression.constant.value


def _bounds(part: Expression) -> tuple[int | None, int | None]:
    """A limit on the stamp, which the table's index can take: from, and below."""
    if not isinstance(part, Compare) or part.field != Field(MODIFIED):
        return None, None
    wanted = _hundreds(part.constant) * 3
    ceiling, floor = -(-wanted // _TICK), wanted // _TICK
    return {
        "ge": (ceiling, None),
        "gt": (floor + 1, None),
        "le": (None, floor + 1),
        "lt": (None, ceiling),
        "eq": (ceiling, floor + 1),
    }.get(part.operator, (None, None))


def _test(entity: Entity, expression: Expression) -> Test:
    if isinstance(expression, Logic):
        return _logic(entity, expression)
    if isinstance(expression, Negation):
        part = _test(entity, expression.part)
        return lambda row: not part(row)
    if isinstance(expression, Ignored):
        return lambda _row: True
    if isinstance(expression, Among):
        parts = [Compare(expression.field, "eq", constant) for constant in expression.constants]
        return _any_of([_test(entity, part) for part in parts])
    if isinstance(expression, Match):
        return _match(entity, expression)
    return _comparison(entity, expression)


def _logic(entity: Entity, expression: Logic) -> Test:
    tests = [_test(entity, part) for part in expression.parts]
    if expression.operator == "and":
        return _all_of(tests)
    if len({name for part in expression.parts for name in fields_of(part)}) > 1:
        raise not_implemented(
            "The 'OR' operator is not supported on distinct fields on an OData filter."
        )
    return _any_of(tests)


def _match(entity: Entity, match: Match) -> Test:
    of = _property(entity, match.field)
    if of.kind not in _TEXTS:
        raise bad_request(
            f"No function signature for the function with name '{match.function}' matches the "
            f"specified arguments: '{of.kind.edm}, Edm.String'."
        )
    folded = match.field.function in _CASES
    read, wanted = _reader(of, match.field), match.text.casefold() if folded else match.text
    holds = _MATCH[match.function]
    return lambda row: holds(read(row), wanted)


def _comparison(entity: Entity, compare: Compare) -> Test:
    of = _property(entity, compare.field)
    constant, holds = compare.constant, _COMPARE[compare.operator]
    if constant.type is Literal.NULL:
        return lambda _row: compare.operator == "ne"
    if constant.type not in _LITERALS[of.kind]:
        name = of.kind.edm if of.kind is not Kind.ENUM else f"NAV.{of.enum}"
        raise incompatible(name, str(constant.type), OPERATORS[compare.operator])
    read = _reader(of, compare.field)
    wanted = _wanted(of, compare.field, constant)
    if "wildcard" in of.flags and compare.operator == "eq":
        return lambda row: fnmatchcase(read(row), wanted)
    return lambda row: holds(read(row), wanted)


def _wanted(of: Property, field: Field, constant: Constant) -> Any:  # noqa: ANN401 - comparable
    if of.kind is Kind.DATETIME:
        return _hundreds(constant) * 3
    if of.kind is Kind.GUID:
        return guid_order(str(constant.value))
    if of.kind in _NUMBERS:
        return Decimal(str(constant.value))
    if of.kind is Kind.ENUM:
        return _member(of, str(constant.value))
    if field.function in _CASES:
        return str(constant.value).casefold()
    return constant.value


def _member(of: Property, text: str) -> str:
    for member in of.members:
        if text in {member, enum_text(member)}:
            return member
    raise bad_request(
        f"'{text}' is not an option. The existing options are: {','.join(of.members)}"
    )


def _reader(of: Property, field: Field) -> Callable[[Row], Any]:
    name = field.name
    if name == MODIFIED:
        return lambda row: row.modified * _TICK
    if of.kind is Kind.DATETIME:
        return lambda row: to_ticks(_as_moment(row.values[name])) * _TICK
    if of.kind is Kind.GUID:
        return lambda row: guid_order(str(row.values[name]))
    if of.kind in _NUMBERS:
        return lambda row: Decimal(str(row.values[name]))
    if of.kind in _TEXTS and field.function:
        return lambda row: _cased(field, str(row.values[name]))
    return lambda row: row.values[name]


def _cased(field: Field, text: str) -> str:
    """A text as the filter's function sees it: `tolower` and `toupper` switch case off."""
    if field.function in _CASES:
        return text.casefold()
    return text[field.start :] if field.function == "substring" else text


def _property(entity: Entity, field: Field) -> Property:
    of = entity.properties.get(field.name)
    if of is None:
        raise unknown_property(field.name, entity.type_name)
    if "nofilter" in of.flags or of.kind is Kind.STREAM:
        raise _not_filterable(field.name)
    if field.function and of.kind not in _TEXTS:
        raise bad_request(
            f"No function signature for the function with name '{field.function}' matches the "
            f"specified arguments: '{of.kind.edm}'."
        )
    return of


def _not_filterable(name: str) -> ServiceError:
    return bad_request(f"The property '{name}' cannot be used in the $filter query option.")


def _hundreds(constant: Constant) -> int:
    """The moment of a literal in units of 100 ns since 1970."""
    if constant.type is Literal.DATETIME and isinstance(constant.value, int):
        return constant.value
    if constant.type is Literal.DATE:
        start = datetime.fromisoformat(f"{constant.value}T00:00:00+00:00")
        return int((start - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
    raise incompatible("Edm.DateTimeOffset", str(constant.type), "Equal")


def _as_moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no moment.")
    return value


def _all_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def _any_of(tests: list[Test]) -> Test:
    return lambda row: any(test(row) for test in tests)
