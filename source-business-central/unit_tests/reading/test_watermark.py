"""How far the state may move, while a company is read and at its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_business_central.reading.watermark import Watermark, watermark

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
LAG = timedelta(minutes=2)
OVERLAP = timedelta(minutes=10)
FLOOR = "1753-01-01T00:00:00.000000Z"
CAP = "2026-11-24T11:58:00.000000Z"


def by_stamp(known: str | None = None, start: datetime | None = None) -> Watermark:
    return watermark("lastModifiedDateTime", known, NOW, start=start, lag=LAG, overlap=OVERLAP)


def by_number(known: int | None = None) -> Watermark:
    return watermark("entryNumber", known, NOW, start=None, lag=LAG, overlap=OVERLAP)


def stamp(minutes_ago: float) -> str:
    moment = (NOW - timedelta(minutes=minutes_ago)).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds") + "Z"


def see(mark: Watermark, *stamps: str | None) -> Watermark:
    for text in stamps:
        mark.observe({"lastModifiedDateTime": text})
    return mark


def number(mark: Watermark, *rows: tuple[int, str | None]) -> Watermark:
    for value, text in rows:
        mark.observe({"entryNumber": value, "lastModifiedDateTime": text})
    return mark


def test_it_follows_the_rows() -> None:
    assert see(by_stamp(), stamp(60), stamp(30)).reached() == stamp(30)


def test_it_stays_a_lag_before_the_start_of_the_read() -> None:
    mark = see(by_stamp(), stamp(60), stamp(1), stamp(-3))
    assert mark.reached() == CAP
    assert mark.at_end() == CAP


def test_it_never_goes_back() -> None:
    mark = see(by_stamp(stamp(20)), stamp(30))
    assert mark.reached() == stamp(20)
    assert mark.at_end() == stamp(20)


def test_an_empty_read_stays_where_it_was() -> None:
    assert by_stamp(stamp(20)).at_end() == stamp(20)


def test_rows_without_a_stamp_move_nothing_before_the_end() -> None:
    mark = see(by_stamp(), None, None)
    assert mark.reached() is None
    assert mark.at_end() == FLOOR


def test_after_a_first_read_with_a_start_nothing_older_is_missed() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    assert by_stamp(start=start).at_end() == "2020-01-01T00:00:00.000000Z"


def test_rows_out_of_order_hold_it_until_the_end() -> None:
    mark = see(by_stamp(stamp(99)), stamp(60), stamp(70), stamp(50))
    assert mark.reached() == stamp(99)
    assert mark.at_end() == stamp(50)


def test_a_row_without_a_stamp_behind_others_is_out_of_order() -> None:
    assert see(by_stamp(), stamp(60), None).reached() is None


def test_ties_are_in_order() -> None:
    assert see(by_stamp(), stamp(60), stamp(60)).reached() == stamp(60)


@given(st.lists(st.floats(0, 10_000), min_size=1), st.integers(0, 50))
def test_no_row_that_is_still_to_come_is_older_than_the_state(ages: list[float], cut: int) -> None:
    stamps = sorted(stamp(age) for age in ages)
    mark = see(by_stamp(), *stamps[:cut])
    reached = mark.reached()
    assert reached is None or all(later >= reached for later in stamps[cut:])


def test_numbers_follow_the_rows() -> None:
    mark = number(by_number(), (1, None), (2, stamp(60)), (3, stamp(13)))
    assert mark.reached() == 3
    assert mark.at_end() == 3


def test_numbers_wait_for_the_longest_transaction() -> None:
    mark = number(by_number(), (1, stamp(60)), (2, stamp(11)), (3, stamp(60)))
    assert mark.at_end() == 1


@pytest.mark.parametrize("rows", [[(5, None), (4, None)], [(5, None), ("x", None)]])
def test_numbers_out_of_order_hold_it(rows: list[tuple[Any, None]]) -> None:
    assert number(by_number(3), *rows, (9, None)).at_end() == 5


def test_numbers_never_go_back() -> None:
    assert by_number(7).at_end() == 7
    assert number(by_number(7), (7, None)).at_end() == 7
    assert by_number().at_end() is None
