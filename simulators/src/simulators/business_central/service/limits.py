"""The published limits of one user: requests in five minutes, parallel requests, the queue."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from types import TracebackType
from typing import Final, Self

from simulators.business_central.odata.problems import ServiceError
from simulators.common import VirtualClock

WINDOW_SECONDS: Final = 300.0


class Limits:
    """What one user may ask for; used as a context around each request.

    Attributes:
        requests: in a sliding window of five minutes, by the simulator's clock.
        parallel: handled at the same time; more wait in a queue.
        waiting: places in the queue.
        queue_seconds: the longest wait there, real seconds.
        service_seconds: real seconds that a request occupies its place before it is handled.
        batch_operations: in one `$batch`.
        subscriptions: in the environment.
        most_parallel: how many were handled at the same time so far.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.requests = 6000
        self.parallel = 5
        self.waiting = 95
        self.queue_seconds = 480.0
        self.service_seconds = 0.0
        self.batch_operations = 100
        self.subscriptions = 200
        self.most_parallel = 0
        self._clock = clock
        self._recent: deque[float] = deque()
        self._running = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> Self:
        """Wait for a place.

        Raises:
            ServiceError: 429 (too many requests, or no place in the queue) or 503 (too long a
                wait).
        """
        self._count()
        if self._running >= self.parallel:
            await self._wait()
        self._running += 1
        self.most_parallel = max(self.most_parallel, self._running)
        if self.service_seconds:
            await asyncio.sleep(self.service_seconds)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the next one in."""
        self._running -= 1
        while self._queue and self._running < self.parallel:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                break

    def _count(self) -> None:
        now = self._clock.now().timestamp()
        while self._recent and self._recent[0] <= now - WINDOW_SECONDS:
            self._recent.popleft()
        if len(self._recent) >= self.requests:
            raise too_many_requests()
        self._recent.append(now)

    async def _wait(self) -> None:
        if len(self._queue) >= self.waiting:
            raise too_many_requests()
        began = time.monotonic()
        while self._running >= self.parallel:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queue.append(turn)
            left = self.queue_seconds - (time.monotonic() - began)
            try:
                await asyncio.wait_for(turn, max(0.0, left))
            except TimeoutError as error:
                if turn not in self._queue:
                    continue  # its turn came at the very last moment
                self._queue.remove(turn)
                raise unavailable("The request waited too long in the queue.") from error


def too_many_requests() -> ServiceError:
    """429; no `Retry-After` is documented for it."""
    return ServiceError(
        429, "Application_TooManyRequests", "Too many requests. Please try again later."
    )


def unavailable(text: str, retry_after: int | None = None) -> ServiceError:
    """503, with `Retry-After` where it is known."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return ServiceError(503, "Internal_ServerUnavailable", text, headers)
