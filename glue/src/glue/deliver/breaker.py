"""Notices that something systematic is wrong, before thousands of records are refused for it."""

from __future__ import annotations

from collections import Counter
from typing import Final

from kit.protocol.outcomes import Outcome, OutcomeKind
from kit.protocol.reasons import Reason

IN_A_ROW: Final = 50
FIRST: Final = 200
SHARE: Final = 0.2


class Breaker:
    """Watches rejections: one reason 50 times in a row, or for over a fifth of the first 200."""

    def __init__(self) -> None:
        self._seen = 0
        self._row: tuple[Reason | None, int] = (None, 0)
        self._first: Counter[Reason] = Counter()

    def observe(self, outcome: Outcome) -> Reason | None:
        """Take an outcome; return the reason for which to stop, if there is one."""
        self._seen += 1
        reason = outcome.reason if outcome.kind is OutcomeKind.REJECTED else None
        last, length = self._row
        self._row = (reason, length + 1 if reason == last else 1)
        if reason is None:
            return None
        if self._row[1] >= IN_A_ROW:
            return reason
        if self._seen <= FIRST:
            self._first[reason] += 1
            if self._first[reason] > FIRST * SHARE:
                return reason
        return None
