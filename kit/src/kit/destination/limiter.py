"""How many calls may be under way at once: one limiter per credential, for the whole process.

It halves on a throttle and remembers where that happened. Below that mark it recovers with every
success; the mark itself is tried again only after a quiet time, so that a limit which another
program has taken for itself costs a throttle now and then instead of all the time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from weakref import WeakValueDictionary

QUIET_SECONDS: Final = 60.0


class Limiter:
    """An adaptive semaphore.

    Args:
        most: The highest number of calls at once.
        quiet: Seconds without a throttle before one more than the mark is tried.
        clock: A monotonic clock, in seconds.
    """

    def __init__(
        self,
        most: int,
        *,
        quiet: float = QUIET_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._quiet = quiet
        self._clock = clock
        self._free = threading.Condition()
        self._limit = most
        self._ceiling = most
        self._under_way = 0
        self._successes = 0
        self._round = 0
        self._throttled_at = float("-inf")

    @property
    def limit(self) -> int:
        """How many calls may be under way now."""
        return self._limit

    @contextmanager
    def slot(self) -> Iterator[int]:
        """Hold a slot for one call; yields the round that `throttled` wants back."""
        with self._free:
            while self._under_way >= self._limit:
                self._free.wait()
            self._under_way += 1
            started_in = self._round
        try:
            yield started_in
        finally:
            with self._free:
                self._under_way -= 1
                self._free.notify()

    def throttled(self, started_in: int) -> None:
        """Halve, unless this call had started before the last halving."""
        with self._free:
            self._throttled_at = self._clock()
            if started_in != self._round:
                return
            self._round += 1
            self._ceiling = max(1, self._limit - 1)
            self._limit = max(1, self._limit // 2)
            self._successes = 0

    def succeeded(self) -> None:
        """Recover by one after as many successes as there are slots."""
        if self._limit == self._most:
            return
        with self._free:
            self._successes += 1
            if self._successes < self._limit:
                return
            self._successes = 0
            if self._limit < self._ceiling:
                self._limit += 1
                self._free.notify()
            elif self._clock() - self._throttled_at >= self._quiet:
                self._ceiling = min(self._most, self._ceiling + 1)
                self._throttled_at = self._clock()


_limiters: WeakValueDictionary[str, Limiter] = WeakValueDictionary()
_limiters_lock = threading.Lock()


def limiter_for(credential: str, most: int) -> Limiter:
    """Return the process's one limiter for a credential.

    Args:
        credential: A digest that names the credential; never the secret itself.
        most: The highest number of calls at once, if the limiter is new.
    """
    with _limiters_lock:
        limiter = _limiters.get(credential)
        if limiter is None or limiter._most != most:  # noqa: SLF001 - same module
            limiter = _limiters[credential] = Limiter(most)
        return limiter
