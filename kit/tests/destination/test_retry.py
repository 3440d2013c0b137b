from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.destination.retry import Backoff, Breaker, Verdict, judge
from kit.protocol.errors import FatalError


@pytest.mark.parametrize(
    ("status", "has_body", "verdict"),
    [
        (200, True, Verdict.DONE),
        (204, False, Verdict.DONE),
        (400, True, Verdict.DONE),
        (401, True, Verdict.DONE),
        (403, True, Verdict.DONE),
        (403, False, Verdict.THROTTLED),
        (404, True, Verdict.DONE),
        (405, True, Verdict.DONE),
        (408, False, Verdict.UNKNOWN),
        (422, True, Verdict.DONE),
        (429, True, Verdict.THROTTLED),
        (429, False, Verdict.THROTTLED),
        (500, True, Verdict.UNKNOWN),
        (502, False, Verdict.UNKNOWN),
        (504, False, Verdict.UNKNOWN),
    ],
)
def test_what_an_answer_means(status: int, has_body: bool, verdict: Verdict) -> None:  # noqa: FBT001 - a parameter
    assert judge(status, has_body=has_body) is verdict


@given(st.integers(0, 40), st.floats(0, 0.999))
def test_a_wait_never_exceeds_the_cap(attempt: int, drawn: float) -> None:
    assert 0 <= Backoff(draw=lambda: drawn).wait(attempt) <= 60


def test_waits_grow_with_full_jitter() -> None:
    longest = Backoff(base=1, cap=100, draw=lambda: 1.0)
    assert [longest.wait(attempt) for attempt in range(4)] == [1, 2, 4, 8]
    assert Backoff(draw=lambda: 0.0).wait(5) == 0


def test_what_the_other_side_asks_for_is_a_lower_bound() -> None:
    assert Backoff(draw=lambda: 0.0).wait(0, asked=17) == 17


def test_the_breaker_opens_only_after_failures_in_a_row() -> None:
    breaker = Breaker(3)
    breaker.failed("HTTP 500")
    breaker.failed("HTTP 500")
    breaker.succeeded()
    breaker.failed("HTTP 500")
    breaker.failed("HTTP 500")
    with pytest.raises(FatalError, match=r"3 calls in a row.*next run"):
        breaker.failed("HTTP 502")
