from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from kit.destination.pool import KeyedPool


def test_jobs_of_one_key_run_in_order_and_never_at_once() -> None:
    pool = KeyedPool(8, backlog=1000)
    seen: list[int] = []
    running: set[str] = set()
    clashes: list[str] = []

    def job(number: int) -> None:
        if running:
            clashes.append("two at once")
        running.add("key")
        time.sleep(0.0002)
        seen.append(number)
        running.discard("key")

    for number in range(100):
        pool.submit(("key",), partial(job, number))
    pool.drain()
    assert seen == list(range(100))
    assert clashes == []


def test_other_keys_run_at_the_same_time() -> None:
    pool = KeyedPool(2, backlog=10)
    both = threading.Barrier(2, timeout=5)
    for key in ("a", "b"):
        pool.submit((key,), both.wait)
    pool.drain()
    assert not both.broken


def test_a_job_waits_for_all_of_its_keys() -> None:
    pool = KeyedPool(4, backlog=10)
    go = {key: threading.Event() for key in "ab"}
    seen: list[str] = []

    def wait_and_note(key: str) -> None:
        go[key].wait(5)
        seen.append(key)

    for key in "ab":
        pool.submit((key,), partial(wait_and_note, key))
    pool.submit(("a", "b"), lambda: seen.append("both"))
    pool.submit(("b",), lambda: seen.append("last"))
    go["b"].set()
    time.sleep(0.05)
    assert seen == ["b"]
    go["a"].set()
    pool.drain()
    assert seen == ["b", "a", "both", "last"]


def test_submit_blocks_at_the_backlog_but_not_for_a_job_of_a_job() -> None:
    pool = KeyedPool(1, backlog=2)
    go = threading.Event()
    seen: list[str] = []

    def parent() -> None:
        go.wait(5)
        pool.submit(("child",), lambda: seen.append("child"), urgent=True)

    pool.submit(("a",), parent)
    pool.submit(("b",), lambda: seen.append("b"))
    blocked = threading.Thread(target=lambda: pool.submit(("c",), lambda: seen.append("c")))
    blocked.start()
    blocked.join(0.1)
    assert blocked.is_alive()
    go.set()
    blocked.join(5)
    pool.drain()
    assert sorted(seen) == ["b", "c", "child"]


def test_a_failure_reaches_the_caller_and_drops_what_waits() -> None:
    pool = KeyedPool(1, backlog=100)
    seen: list[int] = []

    def fail() -> None:
        raise LookupError("no")

    pool.submit(("a",), fail)
    with pytest.raises(LookupError):
        pool.drain()
    with pytest.raises(LookupError):
        pool.submit(("b",), lambda: seen.append(1))
    assert seen == []


def test_stop_finishes_the_calls_in_hand_and_starts_no_other(
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    pool = KeyedPool(1, backlog=100)
    go, started = threading.Event(), threading.Event()
    seen: list[str] = []

    def slow() -> None:
        started.set()
        go.wait(5)
        seen.append("slow")

    pool.submit(("a",), slow)
    pool.submit(("b",), lambda: seen.append("never"))
    assert started.wait(5)
    stopper = threading.Thread(target=pool.stop)
    stopper.start()
    stopper.join(0.05)
    assert stopper.is_alive()
    go.set()
    wait_until(lambda: not stopper.is_alive())
    assert seen == ["slow"]


def test_a_blocked_submit_gives_up_when_the_run_stops() -> None:
    stop = threading.Event()
    pool = KeyedPool(1, backlog=1, stopping=stop.is_set)
    go = threading.Event()
    pool.submit(("a",), lambda: go.wait(5))
    seen: list[str] = []
    blocked = threading.Thread(target=lambda: pool.submit(("b",), lambda: seen.append("b")))
    blocked.start()
    stop.set()
    blocked.join(5)
    assert not blocked.is_alive()
    go.set()
    pool.stop()
    assert seen == []
