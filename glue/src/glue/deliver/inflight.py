"""Records that were sent and not answered yet, and answers that are not stored yet."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from glue.ledger.attempts import Attempts
from glue.ledger.sources import BATCH
from glue.ledger.values import Intent, Settled
from kit.protocol.outcomes import Outcome

_GROUP_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Sent:
    """A record that is under way.

    Args:
        intent: As it was committed.
        closes: Key of the delivery that its acknowledgement closes, after a rename.
    """

    intent: Intent
    closes: str | None = None


class InFlight:
    """Keeps the two apart, and stores answers in groups.

    Args:
        attempts: Where answers are stored.
        settings_hash: Of the destination's settings.
    """

    def __init__(self, attempts: Attempts, settings_hash: str) -> None:
        self._attempts = attempts
        self._settings_hash = settings_hash
        self._sent: dict[int, Sent] = {}
        self._answers: list[Settled] = []
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._sent)

    def add(self, sent: Sent) -> None:
        """Note a record that is about to be sent."""
        self._sent[sent.intent.id] = sent

    def answer(self, outcome: Outcome) -> bool:
        """Take an outcome; False if nothing of that id is under way."""
        sent = self._sent.pop(outcome.glue_id, None)
        if sent is None:
            return False
        if not self._answers:
            self._since = time.monotonic()
        self._answers.append(Settled(sent.intent, outcome, sent.closes))
        if len(self._answers) >= BATCH:
            self.store()
        return True

    def store_if_old(self) -> None:
        """Store the answers that have waited long enough."""
        if self._answers and time.monotonic() - self._since >= _GROUP_SECONDS:
            self.store()

    def store(self) -> None:
        """Store the answers that are there."""
        if self._answers:
            answers, self._answers = self._answers, []
            self._attempts.settle(answers, settings_hash=self._settings_hash, now=datetime.now(UTC))
