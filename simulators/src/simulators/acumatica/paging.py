"""What happens around the pages of a list: the price of a deep skip, changes between pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Change:
    entity: str
    pages_left: int
    run: Callable[[], object]


class Paging:
    """Counts the pages that are read.

    Attributes:
        skip_seconds: seconds added to a list read for each row that it skips: every page repeats
            the query, and the database walks over what it leaves out.
    """

    def __init__(self) -> None:
        self.skip_seconds = 0.0
        self._changes: list[_Change] = []

    def after(self, entity: str, number: int, change: Callable[[], object]) -> None:
        """Run `change` once, after so many more pages of an entity.

        Raises:
            ValueError: `number` is below 1.
        """
        if number < 1:
            raise ValueError("The first page has the number 1.")
        self._changes.append(_Change(entity, number, change))

    def page_read(self, entity: str) -> None:
        """A page of an entity was made."""
        for change in self._changes:
            if change.entity == entity:
                change.pages_left -= 1
        due = [change for change in self._changes if change.pages_left == 0]
        self._changes = [change for change in self._changes if change.pages_left > 0]
        for change in due:
            change.run()
