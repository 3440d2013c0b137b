"""From a parsed `$filter` to a condition on records, with the real system's type checks."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from simulators.acumatica.contract.catalog import CustomKinds
from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.tables import MODIFIED, Entity, Kind, View
from simulators.acumatica.queries.custom_fields import custom_kind, custom_reader
from simulators.acumatica.queries.errors import UnknownFieldError
from simulators.acumatica.queries.filters import Compare, Expression, Logic, Match
from simulators.acumatica.queries.literals import (
    EDM,
    IncompatibleTypesError,
    check_types,
    is_time,
    moment,
    normal,
)
from simulators.acumatica.queries.tokens import Constant, CustomPath, Operand, Path
from simulators.acumatica.records.columns import column_reader
from simulators.acumatica.records.conditions import Condition
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import to_micros

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
_CUSTOM_KINDS: Final[Mapping[str, Kind]] = {kind.label: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A filter ready to run.

    Attributes:
        condition: for the store.
        paths: every field it names.
        customs: every field it names by data view, such as `DefContact.LastModifiedDateTime`.
        two_views: whether an `and` joins conditions on different data views.
    """

    condition: Condition
    paths: tuple[str, ...]
    customs: tuple[str, ...]
    two_views: bool


@dataclass(frozen=True, slots=True)
class _Column:
    kind: Kind
    view: str
    system: str | None
    read: Callable[[Row], Iterator[Any]]


def compile_filter(
    contract: Contract,
    entity: Entity,
    expression: Expression,
    zone: tzinfo,
    kinds: CustomKinds = (),
) -> Compiled:
    """Check a filter against an entity and make it runnable.

    Args:
        contract: the endpoint's version, which decides the fields.
        entity: what is filtered.
        expression: the parsed filter.
        zone: where a `datetimeoffset` literal without an offset is read.
        kinds: the fields that the form has beside the contract.

    Raises:
        UnknownFieldError: it names a field that the entity lacks.
        IncompatibleTypesError: a literal has the wrong type.
    """
    return _Compiler(contract, entity, zone, kinds).compile(expression)


class _Compiler:
    def __init__(
        self, contract: Contract, entity: Entity, zone: tzinfo, kinds: CustomKinds
    ) -> None:
        self._contract = contract
        self._entity = entity
        self._zone = zone
        self._kinds = kinds
        self._paths: list[str] = []
        self._customs: list[str] = []
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
        contract = f"{self._contract.endpoint}/{self._contract.version}/{self._entity.name}"
        key = f"{contract}:{self._zone}:{expression!r}"
        condition = Condition(key, since, before, _all_of(tests) if tests else None)
        return Compiled(condition, tuple(self._paths), tuple(self._customs), self._two_views)

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
        found = self._contract.resolve(self._entity.name, operand.text)
        if found is None or found.kind is None:
            raise UnknownFieldError(operand.text)
        view = self._entity.views.get(operand.text, View("", ""))
        system = self._entity.systems.get(operand.text)
        return _Column(found.kind, view.name, system, _reader(self._entity, operand.text))

    def _custom(self, operand: CustomPath) -> _Column:
        kind = _CUSTOM_KINDS.get(operand.kind)
        wanted = View(operand.view, operand.dac_field)
        if kind is None or custom_kind(self._entity, wanted, self._kinds) is not kind:
            raise UnknownFieldError(f"cf.{operand.kind}")
        self._customs.append(wanted.text)
        system = MODIFIED if self._is_own_stamp(wanted) else None
        read = custom_reader(self._entity, wanted)
        return _Column(kind, operand.view, system, lambda row: iter((read(row),)))

    def _is_own_stamp(self, wanted: View) -> bool:
        systems = self._entity.systems.items()
        return any(
            column == MODIFIED and self._entity.views[path].key == wanted.key
            for path, column in systems
        )

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


def _reader(entity: Entity, path: str) -> Callable[[Row], Iterator[Any]]:
    first, _, rest = path.partition("/")
    if first in entity.details:
        return lambda row: iter([line.get(rest) for line in row.details.get(first, ())])
    read = column_reader(entity, path)
    return lambda row: iter((read(row),))


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
