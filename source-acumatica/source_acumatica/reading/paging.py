"""Pages by `$skip` that notice when rows shift.

The API has no order, no count and no link to the next page. A row that leaves a list while it is
read (because somebody changes it) moves all later rows up by one, and a plain `$skip` would miss
one of them for ever. So each page begins with the last row of the page before it. Where a row
stands there that was not read yet, rows before it may have been missed, and the walk goes back
until it stands on a row that it knows.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from source_acumatica.errors import ConfigError, PassingError

MOST_STEPS_BACK: Final = 20
"""Steps back without a new row in between, after which the walk is given up."""

Row = Mapping[str, Any]
Mark = tuple[str, str | None]
"""Id and stamp: a row that changed is another one, since it may stand elsewhere in the list."""


class Walk:
    """Goes through one list to its end, page by page.

    Args:
        page: Asks for the page at a `$skip`.
        size: Rows of a full page, 2 or more.
        mark: Tells rows apart.
        entity: The entity, for messages.
        known: Marks of rows that were read by other walks; they are left out.

    Attributes:
        marks: Marks of the rows that this walk has met.
        at_end: Whether the last page was read.
    """

    def __init__(
        self,
        page: Callable[[int], Sequence[Row]],
        *,
        size: int,
        mark: Callable[[Row], Mark],
        entity: str,
        known: Collection[Mark] = frozenset(),
    ) -> None:
        self._page = page
        self._size = size
        self._mark = mark
        self._entity = entity
        self._known = known
        self.marks: set[Mark] = set()
        self.at_end = False

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of each page that were not read before.

        Raises:
            ConfigError: A page is longer than was asked for.
            PassingError: Rows shift faster than they can be read.
        """
        skip, stride, steps_back = 0, self._size - 1, 0
        while not self.at_end:
            rows = self._page(skip)
            marks = [self._mark(row) for row in rows]
            refuse_too_many(len(rows), self._size, self._entity)
            if skip and (not rows or marks[0] not in self.marks):
                steps_back += 1
                self._refuse_restlessness(steps_back)
                skip, stride = max(0, skip - stride), 2 * stride
                continue
            fresh = self._fresh(rows, marks)
            steps_back = 0 if fresh else steps_back
            self.at_end = len(rows) < self._size
            stride = self._size - 1
            skip += stride
            yield fresh

    def _fresh(self, rows: Sequence[Row], marks: Sequence[Mark]) -> list[Row]:
        fresh = []
        for row, mark in zip(rows, marks, strict=True):
            if mark not in self.marks:
                self.marks.add(mark)
                if mark not in self._known:
                    fresh.append(row)
        return fresh

    def _refuse_restlessness(self, steps_back: int) -> None:
        if steps_back > MOST_STEPS_BACK:
            raise PassingError(
                f"Rows of {self._entity} were changed so often while they were read that pages "
                "could not be joined. What was read so far is kept; run again when the instance "
                "is quieter, or set `window_days` lower."
            )


def refuse_too_many(count: int, asked: int, entity: str) -> None:
    """Stop where paging is not heeded: reading on would read everything, again and again.

    Args:
        count: Number of rows that came.
        asked: Number of rows that were asked for.
        entity: The entity, for messages.

    Raises:
        ConfigError: More rows came than were asked for.
    """
    if count > asked:
        raise ConfigError(
            f"Acumatica answered {count} rows of {entity} where {asked} were asked for: "
            "something on the way drops $top and $skip from the address. Have the proxy in front "
            "of the instance pass them on."
        )
