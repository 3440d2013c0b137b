"""Pages join without a gap, also while rows leave the list that is read."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_acumatica.errors import ConfigError, PassingError
from source_acumatica.reading.paging import MOST_STEPS_BACK, Walk

Rows = list[dict[str, Any]]


def rows_named(*names: object) -> Rows:
    return [{"id": str(name), "stamp": "1"} for name in names]


class Listing:
    """A list that may change between its pages; counts what it was asked."""

    def __init__(self, rows: Rows, size: int, change: Callable[[Rows], None] | None = None) -> None:
        self.rows = rows
        self.size = size
        self.skips: list[int] = []
        self._change = change

    def page(self, skip: int) -> Rows:
        self.skips.append(skip)
        found = self.rows[skip : skip + self.size]
        if self._change is not None:
            self._change(self.rows)
        return found

    def walk(self, known: frozenset[tuple[str, str]] = frozenset()) -> Walk:
        return Walk(self.page, size=self.size, mark=mark, entity="Customer", known=known)


def mark(row: Any) -> tuple[str, str]:
    return row["id"], row["stamp"]


def ids(walk: Walk) -> list[str]:
    return [row["id"] for page in walk for row in page]


@given(st.integers(min_value=0, max_value=60), st.integers(min_value=2, max_value=9))
def test_every_row_is_read_once_with_the_fewest_pages(count: int, size: int) -> None:
    listing = Listing(rows_named(*range(count)), size)
    walk = listing.walk()
    assert ids(walk) == [row["id"] for row in listing.rows]
    assert walk.at_end
    assert listing.skips == list(range(0, max(1, count), size - 1))


@given(
    st.integers(min_value=0, max_value=80),
    st.integers(min_value=2, max_value=9),
    st.integers(min_value=0, max_value=30),
    st.integers(),
)
def test_no_row_is_missed_however_many_leave(count: int, size: int, most: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    gone: set[str] = set()
    quiet_after = 25  # a list that never rests is another test

    def some_leave(rows: Rows) -> None:
        if len(listing.skips) < quiet_after:
            for _ in range(min(len(rows), chance.randrange(most + 1))):
                gone.add(rows.pop(chance.randrange(len(rows)))["id"])

    listing = Listing(rows_named(*range(count)), size, some_leave)
    read = ids(listing.walk())
    assert set(read) >= {str(number) for number in range(count)} - gone
    assert len(read) == len(set(read))


@given(st.integers(min_value=4, max_value=60), st.integers(min_value=2, max_value=6), st.integers())
def test_rows_that_change_move_in_a_list_by_time_and_hide_no_others(
    count: int, size: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    changes = iter(range(2, 40))

    def one_moves_to_the_end(rows: Rows) -> None:
        number = next(changes, None)
        if number is not None:
            row = rows.pop(chance.randrange(len(rows)))
            rows.append({"id": row["id"], "stamp": str(number)})

    listing = Listing(rows_named(*range(count)), size, one_moves_to_the_end)
    assert set(ids(listing.walk())) == {str(number) for number in range(count)}


def test_plain_skipping_would_miss_a_row() -> None:
    rows, read = ["a", "b", "c", "d", "e"], []
    for skip in (0, 2, 4):
        read += rows[skip : skip + 2]
        rows = [row for row in rows if row != "a"]
    assert "c" not in read


def test_a_walk_goes_back_until_it_stands_on_a_row_it_knows() -> None:
    def most_leave_once(rows: Rows) -> None:
        if len(listing.skips) == 4:
            del rows[1:9]

    listing = Listing(rows_named(*range(20)), 4, most_leave_once)
    assert set(ids(listing.walk())) >= {"0", *map(str, range(9, 20))}
    assert listing.skips[:8] == [0, 3, 6, 9, 12, 9, 3, 6]


def test_a_row_that_changed_and_moved_does_not_pass_for_one_that_was_read() -> None:
    def two_leave_and_one_moves_to_the_end(rows: Rows) -> None:
        if len(listing.skips) == 1:
            rows[:] = [*rows_named("d", "e"), {"id": "b", "stamp": "2"}]

    listing = Listing(rows_named(*"abcde"), 3, two_leave_and_one_moves_to_the_end)
    assert ids(listing.walk()) == ["a", "b", "c", "d", "e", "b"]


def test_rows_that_other_walks_read_are_left_out() -> None:
    walk = Listing(rows_named(*"abcdef"), 3).walk(frozenset({("b", "1"), ("e", "0")}))
    assert ids(walk) == ["a", "c", "d", "e", "f"]
    assert ("b", "1") in walk.marks


def test_rows_that_never_stand_still_end_the_walk() -> None:
    skips = []

    def page(skip: int) -> Rows:
        skips.append(skip)
        return (
            rows_named(*"abcd")
            if skip == 0
            else rows_named(*(f"{n} of {len(skips)}" for n in range(4)))
        )

    walk = Walk(page, size=4, mark=mark, entity="Customer")
    with pytest.raises(PassingError, match="changed so often"):
        ids(walk)
    assert len(skips) < 3 * MOST_STEPS_BACK


def test_more_rows_than_asked_for_stop_the_read() -> None:
    listing = Listing(rows_named(*range(6)), 6)
    walk = Walk(listing.page, size=5, mark=mark, entity="Customer")
    with pytest.raises(ConfigError, match=r"6 rows of Customer where 5"):
        ids(walk)
