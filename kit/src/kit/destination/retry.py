"""What to do after an answer, how long to wait, and when to give up. Pure but for the breaker."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus

from kit.protocol.errors import FatalError


class Verdict(Enum):
    """What one attempt means for the call."""

    DONE = auto()
    """Answered; the answer may still be a refusal of this request."""
    THROTTLED = auto()
    """Refused before it was looked at: always safe to repeat."""
    UNREACHABLE = auto()
    """Never arrived: always safe to repeat."""
    UNKNOWN = auto()
    """May or may not have been applied: safe to repeat only where repeating changes nothing."""


def judge(status: int, *, has_body: bool) -> Verdict:
    """Judge an answer by its HTTP status.

    Args:
        status: HTTP status.
        has_body: Whether a JSON body came with it; a bare 403 is a throttle, one with a problem
            document is about the credential.
    """
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.THROTTLED
    if status == HTTPStatus.FORBIDDEN and not has_body:
        return Verdict.THROTTLED
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.UNKNOWN
    return Verdict.DONE


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential waits with full jitter.

    Args:
        attempts: Attempts in all, the first one included.
        base: Seconds that the first wait is at most.
        cap: Seconds that any wait is at most.
        draw: Returns a number in [0, 1).
    """

    attempts: int = 8
    base: float = 0.5
    cap: float = 60.0
    draw: Callable[[], float] = random.random

    def wait(self, attempt: int, asked: float | None = None) -> float:
        """Return the seconds to wait after an attempt, counted from 0.

        Args:
            attempt: The attempt that failed.
            asked: Seconds that the other side asked for, which are a lower bound.
        """
        jittered = self.draw() * min(self.cap, self.base * float(2**attempt))
        return max(jittered, asked or 0.0)


class Breaker:
    """Stops everything after too many failures in a row, over all threads.

    Args:
        failures: How many failures without a success between them are too many.
    """

    def __init__(self, failures: int) -> None:
        self._most = failures
        self._in_a_row = 0
        self._lock = threading.Lock()

    def succeeded(self) -> None:
        """Note a success."""
        self._in_a_row = 0

    def failed(self, what: str) -> None:
        """Note a failure.

        Args:
            what: What went wrong, for the message.

        Raises:
            FatalError: It was one too many.
        """
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row < self._most:
                return
        raise FatalError(
            f"{self._most} calls in a row failed, the last one with {what}. The run stops here; "
            "what was acknowledged stays, and the next run goes on from there."
        )
