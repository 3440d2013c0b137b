"""What the core tells whoever watches: a terminal, or nobody. The core itself prints nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """The stages of a run, in order."""

    READ = "read"
    MAP = "map"
    MERGE = "merge"
    DELIVER = "deliver"


class Observer(Protocol):
    """Somebody who watches a run."""

    def stage_began(self, stage: Stage, total: int | None) -> None:
        """A stage began.

        Args:
            stage: Which.
            total: How many records it will deal with, if that is known.
        """

    def advanced(self, stage: Stage, label: str, count: int) -> None:
        """A stage went on.

        Args:
            stage: Which.
            label: The stream or object.
            count: How many more of its records are done.
        """

    def stage_ended(self, stage: Stage) -> None:
        """A stage ended."""

    def noticed(self, text: str) -> None:
        """Something happened that a person should know; one sentence."""


class Silent:
    """Watches nothing."""

    def stage_began(self, stage: Stage, total: int | None) -> None:
        """Pass over it."""

    def advanced(self, stage: Stage, label: str, count: int) -> None:
        """Pass over it."""

    def stage_ended(self, stage: Stage) -> None:
        """Pass over it."""

    def noticed(self, text: str) -> None:
        """Pass over it."""
