"""Reading a set: filter, order, page, columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from simulators.acumatica.contract.tables import Entity
from simulators.acumatica.odata.answers import plain
from simulators.acumatica.odata.sets import DacSet, as_contract
from simulators.acumatica.queries.errors import UnknownFieldError
from simulators.acumatica.queries.filters import Compare, Expression, Logic, parse_filter
from simulators.acumatica.queries.literals import normal
from simulators.acumatica.queries.predicates import compile_filter
from simulators.acumatica.queries.tokens import Constant, Dialect, FilterError, Path
from simulators.acumatica.records.book import Book
from simulators.acumatica.records.columns import column_reader
from simulators.acumatica.records.conditions import Condition, Visibility
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import Value

SUPPORTED = frozenset({"$filter", "$select", "$orderby", "$top", "$skip", "locale"})


@dataclass(frozen=True, slots=True)
class Page:
    """What a request asks of a set.

    Attributes:
        filter: the text of `$filter`; empty = everything.
        select: the columns; empty = all.
        order: pairs of a column and whether it goes down; empty = by key.
        top: at most so many; None = all.
        skip: after so many.
    """

    filter: str
    select: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]
    top: int | None
    skip: int


def read_page(parameters: Mapping[str, str]) -> Page:
    """Read the parameters of a request.

    Raises:
        FilterError: a parameter is not supported, or cannot be read.
    """
    for name in parameters:
        if name.startswith("$") and name not in SUPPORTED:
            raise FilterError(f"The query parameter '{name}' is not supported.")
    return Page(
        parameters.get("$filter", "").strip(),
        tuple(_listed(parameters.get("$select", ""))),
        tuple(_direction(of) for of in _listed(parameters.get("$orderby", ""))),
        _number(parameters, "$top"),
        _number(parameters, "$skip") or 0,
    )


def read_set(
    book: Book, of: DacSet, page: Page, visible: Callable[[Entity], Visibility]
) -> list[dict[str, Any]]:
    """All rows of a set that a request asks for, ordered, before `$skip` and `$top`.

    Raises:
        UnknownFieldError: a column that the set lacks.
        FilterError: a filter that cannot be read.
        IncompatibleTypesError: a filter that compares a column with a value of another type.
    """
    contract = as_contract(of)
    found: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
    for entity in (contract.entities[name] for name in of.entities):
        order = page.order or tuple((key, False) for key in of.keys)
        sorter = _sorter(entity, order)
        show = _shower(entity, of, page.select)
        store = book.store(entity.source)
        condition = _condition(of, entity, page.filter)
        for position in store.select(condition, book.now(), visible(entity)):
            row = store.row(position)
            found.setdefault(row.id, (sorter(row), show(row)))
    return [row for _, row in sorted(found.values(), key=lambda pair: pair[0])]


def _condition(of: DacSet, entity: Entity, text: str) -> Condition:
    if not text:
        return Condition(f"{of.name}/{entity.name}")
    expression = _captions(of, parse_filter(text, Dialect.ODATA4))
    compiled = compile_filter(as_contract(of), entity, expression, UTC).condition
    return replace(compiled, key=f"{of.name}/{compiled.key}")


def _captions(of: DacSet, expression: Expression) -> Expression:
    """The same filter with captions, which our records hold, in place of codes."""
    if isinstance(expression, Logic):
        return replace(expression, parts=tuple(_captions(of, part) for part in expression.parts))
    if not isinstance(expression, Compare):
        return expression
    left, right = expression.left, expression.right
    if not isinstance(left, Path) or not isinstance(right, Constant) or left.text not in of.codes:
        return expression
    captions = {code: caption for caption, code in of.codes[left.text].items()}
    # A caption is no stored value: it matches nothing.
    caption = captions.get(str(right.value), f"no code: {right.value}")
    return replace(expression, right=replace(right, value=caption))


def _sorter(
    entity: Entity, order: tuple[tuple[str, bool], ...]
) -> Callable[[Row], tuple[Any, ...]]:
    readers = [(_reader(entity, column), down) for column, down in order]

    def sort_key(row: Row) -> tuple[Any, ...]:
        return (*(_Ordered(normal(read(row)), down=down) for read, down in readers), row.id)

    return sort_key


@dataclass(frozen=True, slots=True)
class _Ordered:
    """A value that sorts up or down, an empty one first."""

    value: Any
    down: bool

    def __lt__(self, other: _Ordered) -> bool:
        low, high = (other, self) if self.down else (self, other)
        if low.value is None or high.value is None:
            return low.value is None and high.value is not None
        return bool(low.value < high.value)


def _shower(entity: Entity, of: DacSet, select: tuple[str, ...]) -> Callable[[Row], dict[str, Any]]:
    columns = select or tuple(dict.fromkeys(("NoteID", *entity.views)))
    readers = [(column, _reader(entity, column), of.codes.get(column)) for column in columns]
    return lambda row: {column: plain(read(row), codes) for column, read, codes in readers}


def _reader(entity: Entity, column: str) -> Callable[[Row], Value]:
    if column == "NoteID":
        return lambda row: row.id
    if column not in entity.views:
        raise UnknownFieldError(column)
    return column_reader(entity, column)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _direction(text: str) -> tuple[str, bool]:
    column, _, direction = text.partition(" ")
    if direction.strip() not in {"", "asc", "desc"}:
        raise FilterError(f"Syntax error in '{text}'.")
    return column, direction.strip() == "desc"


def _number(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise FilterError(f"Invalid value '{text}' for the query parameter '{name}'.")
    return int(text)
