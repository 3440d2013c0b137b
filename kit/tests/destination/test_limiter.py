from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from kit.destination.limiter import Limiter, limiter_for


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_never_more_calls_at_once_than_the_limit() -> None:
    limiter = Limiter(3)
    lock = threading.Lock()
    most = under_way = 0

    def call() -> None:
        nonlocal most, under_way
        for _ in range(50):
            with limiter.slot():
                with lock:
                    under_way += 1
                    most = max(most, under_way)
                with lock:
                    under_way -= 1

    threads = [threading.Thread(target=call) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 3


def test_a_volley_of_throttles_halves_once() -> None:
    limiter = Limiter(8)
    with limiter.slot() as first, limiter.slot() as second:
        limiter.throttled(first)
        limiter.throttled(second)
    assert limiter.limit == 4
    with limiter.slot() as third:
        limiter.throttled(third)
    assert limiter.limit == 2


def test_it_recovers_up_to_one_below_where_it_was_throttled_and_further_after_a_quiet_time() -> (
    None
):
    clock = _Clock()
    limiter = Limiter(8, quiet=60, clock=clock)
    with limiter.slot() as started:
        limiter.throttled(started)
    for _ in range(200):
        limiter.succeeded()
    assert limiter.limit == 7
    clock.now = 61
    for _ in range(200):
        limiter.succeeded()
    assert limiter.limit == 8


@given(st.lists(st.booleans(), max_size=300), st.integers(1, 10))
def test_the_limit_stays_between_one_and_the_most(events: list[bool], most: int) -> None:
    limiter = Limiter(most)
    for throttled in events:
        with limiter.slot() as started:
            if throttled:
                limiter.throttled(started)
            else:
                limiter.succeeded()
        assert 1 <= limiter.limit <= most


def test_a_credential_has_one_limiter() -> None:
    first = limiter_for("digest-a", 8)
    assert limiter_for("digest-a", 8) is first
    assert limiter_for("digest-b", 8) is not first
