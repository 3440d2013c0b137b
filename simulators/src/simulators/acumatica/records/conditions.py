"""What a list read asks of the records."""

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
