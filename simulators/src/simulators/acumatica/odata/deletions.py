"""`px.GetDeletedRecords()`: what was deleted of a DAC since its tracking began."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from simulators.acumatica.odata.answers import plain
from simulators.acumatica.odata.reading import Page
from simulators.acumatica.odata.sets import DacSet
from simulators.acumatica.queries.errors import UnknownFieldError
from simulators.acumatica.queries.filters import Compare, Expression, Logic, parse_filter
from simulators.acumatica.queries.tokens import Constant, Dialect, FilterError, Path
from simulators.acumatica.records.book import Book, Tombstone
from simulators.acumatica.records.values import from_micros

_COLUMNS: Final = ("RefNoteID", "DeleteDate")
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def deleted_records(book: Book, of: DacSet, since: int, page: Page) -> list[dict[str, Any]]:
    """The deletions that a request asks for, before `$skip` and `$top`; oldest first.

    Raises:
        FilterError: a filter that cannot be read, or is about another column.
        UnknownFieldError: a column that is not there.
    """
    for column in (*page.select, *(name for name, _ in page.order)):
        if column not in _COLUMNS:
            raise UnknownFieldError(column)
    holds = _test(parse_filter(page.filter, Dialect.ODATA4)) if page.filter else None
    kept = (stone for stone in _of(book, of, since) if holds is None or holds(stone))
    down = any(down for name, down in page.order if name == "DeleteDate")
    ordered = sorted(kept, key=lambda stone: stone.deleted, reverse=down)
    return [_shown(stone, page.select or _COLUMNS) for stone in ordered]


def _of(book: Book, of: DacSet, since: int) -> Iterator[Tombstone]:
    return book.deleted_since(frozenset(of.entities), since)


def _shown(stone: Tombstone, columns: tuple[str, ...]) -> dict[str, Any]:
    values = {"RefNoteID": stone.id, "DeleteDate": plain(from_micros(stone.deleted))}
    return {column: values[column] for column in columns}


def _test(expression: Expression) -> Callable[[Tombstone], bool]:
    if isinstance(expression, Logic):
        tests = [_test(part) for part in expression.parts]
        combine = all if expression.operator == "and" else any
        return lambda stone: combine(test(stone) for test in tests)
    if not isinstance(expression, Compare) or expression.left != Path("DeleteDate"):
        raise FilterError("Only DeleteDate can be compared.")
    if not isinstance(expression.right, Constant) or not hasattr(expression.right.value, "tzinfo"):
        raise FilterError("DeleteDate must be compared with a date and time.")
    compare, wanted = _COMPARE[expression.operator], expression.right.value
    return lambda stone: compare(from_micros(stone.deleted), wanted)
