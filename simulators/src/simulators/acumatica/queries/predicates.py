"""From a parsed `$filter` to a condition on records, with the real system's type checks."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from simulators.acumatica.contract.tables import Entity, Kind, View, tables
from simulators.acumatica.queries.filters import (
    Compare,
    Constant,
    CustomPath,
    Expression,
    Logic,
    Match,
    Operand,
    Path,
)
from simulators.acumatica.queries.literals import (
    EDM,
    IncompatibleTypesError,
    check_types,
    is_time,
    moment,
    normal,
)
from simulators.acumatica.records.conditions import Condition
from simulators.acumatica.records.rows import (
    CREATED,
    MODIFIED,
    NOTE_ID,
    Row,
    canonical,
    system_column,
)
from simulators.acumatica.records.values import from_micros, to_micros


class UnknownFieldError(KeyError):
    """The filter names a field that the entity does not have in this version."""


_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_MATCH: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "substringof": lambda text, wanted: wanted in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_MIRRORED: Final[Mapping[str, str]] = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_CUSTOM_KINDS: Final[Mapping[str, Kind]] = {
    "String": Kind.STRING,
    "Decimal": Kind.DECIMAL,
    "Boolean": Kind.BOOLEAN,
    "DateTime": Kind.DATETIME,
    "Int": Kind.INTEGER,
    "Guid": Kind.GUID,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A filter ready to run.

    Attributes:
        condition: for the store.
        paths: every field it names.
        two_views: whether an `and` joins conditions on different data views.
    """

    condition: Condition
    paths: tuple[str, ...]
    two_views: bool


@dataclass(frozen=True, slots=True)
class _Column:
    kind: Kind
    view: str
    system: str | None
    read: Callable[[Row], Iterator[Any]]


def compile_filter(entity: Entity, version: str, expression: Expression, zone: tzinfo) -> Compiled:
    """Check a filter against an entity and make it runnable.

    Args:
        entity: what is filtered.
        version: the endpoint version, which decides the fields.
        expression: the parsed filter.
        zone: where a `datetimeoffset` literal without an offset is read.

    Raises:
        UnknownFieldError: it names a field that the entity lacks.
        IncompatibleTypesError: a literal has the wrong type.
    """
    return _Compiler(entity, version, zone).compile(expression)


class _Compiler:
    def __init__(self, entity: Entity, version: str, zone: tzinfo) -> None:
        self._entity = entity
        self._version = version
        self._zone = zone
        self._paths: list[str] = []
        self._two_views = False

    def compile(self, expression: Expression) -> Compiled:
        parts: tuple[Expression, ...] = (expression,)
        if isinstance(expression, Logic) and expression.operator == "and":
            parts = expression.parts
        since: int | None = None
        before: int | None = None
        tests = []
        for part in parts:
            test = self._test(part)
            bound = self._bound(part)
            if bound is None:
                tests.append(test)
            elif bound[0] == "since":
                since = bound[1] if since is None else max(since, bound[1])
            else:
                before = bound[1] if before is None else min(before, bound[1])
        self._note_views(expression)
        key = f"{self._entity.name}:{self._version}:{self._zone}:{expression!r}"
        condition = Condition(key, since, before, _all_of(tests) if tests else None)
        return Compiled(condition, tuple(self._paths), self._two_views)

    def _bound(self, part: Expression) -> tuple[str, int] | None:
        """A limit on the record's own last change, which the store's index can take."""
        if not isinstance(part, Compare) or not isinstance(part.right, Constant):
            return None
        if isinstance(part.left, Constant) or part.operator not in _COMPARE:
            return None
        if self._column(part.left).system != MODIFIED:
            return None
        micros = to_micros(moment(part.right, self._zone))
        name = "since" if part.operator in {"ge", "gt"} else "before"
        return name, micros + 1 if part.operator in {"gt", "le"} else micros

    def _test(self, expression: Expression) -> Callable[[Row], bool]:
        if isinstance(expression, Logic):
            tests = [self._test(part) for part in expression.parts]
            return _all_of(tests) if expression.operator == "and" else _any_of(tests)
        if isinstance(expression, Match):
            return self._match(expression)
        return self._compare(expression)

    def _match(self, match: Match) -> Callable[[Row], bool]:
        column = self._column(match.path)
        if column.kind is not Kind.STRING:
            raise IncompatibleTypesError(
                f"No function signature for the function with name '{match.function}' matches "
                f"the specified arguments '{EDM[column.kind]}, Edm.String'."
            )
        wanted = match.text.casefold()
        holds = _MATCH[match.function]
        read = column.read
        return lambda row: any(holds(str(v).casefold(), wanted) for v in read(row) if v is not None)

    def _compare(self, compare: Compare) -> Callable[[Row], bool]:
        left, right, name = compare.left, compare.right, compare.operator
        if isinstance(left, Constant):
            left, right, name = right, left, _MIRRORED.get(name, name)
        if isinstance(left, Constant) or not isinstance(right, Constant):
            raise IncompatibleTypesError("A condition needs one field and one value.")
        column = self._column(left)
        check_types(column.kind, right, name)
        wanted = normal(moment(right, self._zone) if is_time(right) else right.value)
        holds = _holds(name, wanted)
        read = column.read
        return lambda row: any(holds(normal(value)) for value in read(row))

    def _column(self, operand: Operand) -> _Column:
        if isinstance(operand, CustomPath):
            return self._custom(operand)
        if not isinstance(operand, Path):
            raise IncompatibleTypesError("A condition needs one field and one value.")
        self._paths.append(operand.text)
        found = tables().resolve(self._entity.name, self._version, operand.text)
        if found is None or found.kind is None:
            raise UnknownFieldError(operand.text)
        view = self._entity.views.get(operand.text, View("", ""))
        system = system_column(self._entity.name, operand.text)
        return _Column(found.kind, view.name, system, _reader(self._entity, operand.text, system))

    def _custom(self, operand: CustomPath) -> _Column:
        kind = _CUSTOM_KINDS.get(operand.kind)
        if kind is None or not operand.view:
            raise UnknownFieldError(f"cf.{operand.kind}")
        wanted = View(operand.view, operand.dac_field).key
        for path, view in self._entity.views.items():
            if view.key == wanted:
                system = system_column(self._entity.name, path)
                return _Column(kind, view.name, system, _reader(self._entity, path, system))
        name = f"{operand.view}.{operand.dac_field}"
        return _Column(kind, operand.view, None, lambda row: iter((row.extras.get(name),)))

    def _note_views(self, expression: Expression) -> None:
        if not isinstance(expression, Logic):
            return
        for part in expression.parts:
            self._note_views(part)
        if expression.operator == "and" and len(set(self._views(expression))) > 1:
            self._two_views = True

    def _views(self, expression: Expression) -> Iterator[str]:
        if isinstance(expression, Logic):
            for part in expression.parts:
                yield from self._views(part)
        elif isinstance(expression, Match):
            yield self._column(expression.path).view
        else:
            sides = (expression.left, expression.right)
            yield from (self._column(s).view for s in sides if not isinstance(s, Constant))


def _reader(entity: Entity, path: str, system: str | None) -> Callable[[Row], Iterator[Any]]:
    if system == MODIFIED:
        return lambda row: iter((from_micros(row.modified),))
    if system == CREATED:
        return lambda row: iter((from_micros(row.created),))
    if system == NOTE_ID:
        return lambda row: iter((row.id,))
    first, _, rest = path.partition("/")
    if tables().all_fields(entity.name)[first].many:
        return lambda row: iter([line.get(rest) for line in row.details.get(first, ())])
    stored = canonical(entity.name, path)
    return lambda row: iter((row.values.get(stored),))


def _holds(name: str, wanted: Any) -> Callable[[Any], bool]:  # noqa: ANN401 - see normal
    if name == "eq":
        return lambda value: bool(value == wanted)
    if name == "ne":
        return lambda value: bool(value != wanted)
    compare = _COMPARE[name]
    if wanted is None:
        return lambda _value: False
    return lambda value: value is not None and compare(value, wanted)


def _all_of(tests: list[Callable[[Row], bool]]) -> Callable[[Row], bool]:
    return lambda row: all(test(row) for test in tests)


def _any_of(tests: list[Callable[[Row], bool]]) -> Callable[[Row], bool]:
    return lambda row: any(test(row) for test in tests)
