"""What a read asks of the records, and which of them its user sees at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulators.acumatica.records.rows import Row


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled filter.

    Attributes:
        key: equal for equal conditions.
        since: lowest last change, microseconds, included; None = any.
        before: highest last change, microseconds, not included; None = any.
        test: what else must hold; None = nothing.
    """

    key: str
    since: int | None = None
    before: int | None = None
    test: Callable[[Row], bool] | None = None


@dataclass(frozen=True, slots=True)
class Visibility:
    """The records that a user sees.

    Attributes:
        key: equal for equal visibilities.
        archived: whether archived documents are among them.
        test: what else must hold; None = nothing.
    """

    key: str = ""
    archived: bool = False
    test: Callable[[Row], bool] | None = None

    def shows(self, row: Row) -> bool:
        """Whether a record is among them."""
        return (self.archived or not row.archived) and (self.test is None or self.test(row))


EVERYTHING = Visibility("everything", archived=True)
