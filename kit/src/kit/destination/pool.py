"""Worker threads with one job in flight per key.

A job names the keys that it touches. It runs as soon as no earlier job holds any of them, so that
two versions of one record are written in the order in which they came, and never at once. What
waits is bounded: `submit` blocks while too many records are in hand.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

_TICK: Final = 0.1
"""Seconds after which a blocked caller looks whether it should stop."""


@dataclass(slots=True, eq=False)
class _Job:
    keys: Sequence[str]
    run: Callable[[], object]
    weight: int
    blocked_by: int = 0


class KeyedPool:
    """Runs jobs in threads, one at a time per key.

    Args:
        workers: Number of threads.
        backlog: How many records may be in hand before `submit` blocks.
        stopping: Asked by a blocked `submit` now and then; True drops the job.
    """

    def __init__(
        self, workers: int, *, backlog: int, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self._backlog = backlog
        self._stopping = stopping
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._space = threading.Condition(self._lock)
        self._ready: deque[_Job] = deque()
        self._held: dict[str, deque[_Job] | None] = {}
        self._in_hand = 0
        self._running = 0
        self._closed = False
        self._failure: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._main, name=f"writer-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(
        self,
        keys: Sequence[str],
        run: Callable[[], object],
        *,
        weight: int = 1,
        urgent: bool = False,
    ) -> None:
        """Queue a job.

        Args:
            keys: The keys that it touches, each once.
            run: The job; what it raises stops the pool.
            weight: How many records it carries.
            urgent: Do not wait for space: for a job that a job submits.

        Raises:
            BaseException: What an earlier job raised.
        """
        with self._lock:
            while not urgent and self._in_hand >= self._backlog:
                if self._failure is not None or self._closed or self._stopping():
                    break
                self._space.wait(_TICK)
            self._raise_failure()
            if self._closed or self._stopping():
                return
            self._enqueue(_Job(keys, run, weight))

    def _enqueue(self, job: _Job) -> None:
        self._in_hand += job.weight
        for key in job.keys:
            if key not in self._held:
                self._held[key] = None
                continue
            waiting = self._held[key]
            if waiting is None:
                waiting = self._held[key] = deque()
            waiting.append(job)
            job.blocked_by += 1
        if not job.blocked_by:
            self._ready.append(job)
            self._work.notify()

    def drain(self) -> None:
        """Wait until every job has ended.

        Raises:
            BaseException: What a job raised.
        """
        with self._lock:
            while self._in_hand and self._failure is None and not self._stopping():
                self._space.wait(_TICK)
            self._raise_failure()

    def raise_failure(self) -> None:
        """Raise what a job raised, if one did."""
        with self._lock:
            self._raise_failure()

    def stop(self) -> None:
        """Drop the jobs that wait, and wait for those that run."""
        with self._lock:
            self._drop_waiting()
            while self._running:
                self._space.wait(_TICK)

    @property
    def in_hand(self) -> int:
        """How many records wait or run."""
        with self._lock:
            return self._in_hand

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _drop_waiting(self) -> None:
        self._closed = True
        self._ready.clear()
        self._work.notify_all()

    def _main(self) -> None:
        while (job := self._next()) is not None:
            try:
                job.run()
            except BaseException as error:  # noqa: BLE001 - handed to the loop's thread, which raises it
                self._fail(error)
            finally:
                self._end(job)

    def _next(self) -> _Job | None:
        with self._lock:
            while not self._ready and not self._closed:
                self._work.wait()
            if not self._ready:
                return None
            self._running += 1
            return self._ready.popleft()

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self._failure = self._failure or error
            self._drop_waiting()

    def _end(self, job: _Job) -> None:
        with self._lock:
            self._running -= 1
            self._in_hand -= job.weight
            for key in job.keys:
                self._release(key)
            self._space.notify_all()

    def _release(self, key: str) -> None:
        waiting = self._held[key]
        if not waiting:
            del self._held[key]
            return
        following = waiting.popleft()
        following.blocked_by -= 1
        if not following.blocked_by and not self._closed:
            self._ready.append(following)
            self._work.notify()
