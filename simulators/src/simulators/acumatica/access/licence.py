"""The license limits: the server delays requests instead of refusing them."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Final, Self

MINUTE: Final = 60.0
MAX_WAITING: Final = 20
MAX_WAIT_SECONDS: Final = 600.0


class RefusedByLicenceError(Exception):
    """More than 20 requests wait, or one waited over ten minutes: 429."""


class Licence:
    """Concurrent requests and requests per minute; None = unlimited, as on a trial.

    Attributes:
        concurrent: requests handled at the same time; more wait in a queue.
        per_minute: from half of it on, each request is delayed by
            (rest of the minute since its first request) / (requests left).
        speed: how much faster than real time waiting passes, for tests.
    """

    def __init__(self) -> None:
        self.concurrent: int | None = None
        self.per_minute: int | None = None
        self.speed = 1.0
        self._running = 0
        self._waiting = 0
        self._minute_began = 0.0
        self._in_minute = 0

    async def __aenter__(self) -> Self:
        """Wait for a turn.

        Raises:
            RefusedByLicenceError: the queue is full, or the wait too long.
        """
        if self.per_minute is not None:
            await self._sleep(self._delay(self.per_minute))
        if self.concurrent is not None:
            await self._queue(self.concurrent)
        self._running += 1
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the next one in."""
        self._running -= 1

    def _delay(self, per_minute: int) -> float:
        now = time.monotonic() * self.speed
        if now - self._minute_began >= MINUTE:
            self._minute_began, self._in_minute = now, 0
        self._in_minute += 1
        if self._in_minute <= per_minute / 2:
            return 0.0
        rest = MINUTE - (now - self._minute_began)
        return rest / max(1, per_minute - self._in_minute + 1)

    async def _queue(self, concurrent: int) -> None:
        if self._running < concurrent:
            return
        if self._waiting >= MAX_WAITING:
            raise RefusedByLicenceError
        self._waiting += 1
        began = time.monotonic()
        try:
            while self._running >= concurrent:
                if (time.monotonic() - began) * self.speed > MAX_WAIT_SECONDS:
                    raise RefusedByLicenceError
                await asyncio.sleep(0.005)
        finally:
            self._waiting -= 1

    async def _sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        if self._waiting >= MAX_WAITING:
            raise RefusedByLicenceError
        self._waiting += 1
        try:
            await asyncio.sleep(seconds / self.speed)
        finally:
            self._waiting -= 1
