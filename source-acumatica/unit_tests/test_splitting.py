"""Windows are read whole, with few requests, part by part, whatever happens meanwhile."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_acumatica.reading.parts import MILLISECOND, Part
from source_acumatica.reading.records import to_utc
from source_acumatica.reading.splitting import Read, WindowReader

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS_90 = 90 * 86_400_000
WINDOW = Part(START, START + timedelta(days=90))

Row = dict[str, Any]
Order = Callable[[list[Row]], list[Row]]


def at(milliseconds: int) -> datetime:
    return START + timedelta(milliseconds=milliseconds)


def row_of(number: int, milliseconds: int) -> Row:
    return {
        "id": str(number),
        "moment": milliseconds,
        "stamp": to_utc(at(milliseconds).isoformat()),
    }


def by_key(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: int(row["id"]) * 2_654_435_761 % 2**32)


def by_time(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["moment"], row["id"]))


def by_time_newest_first(rows: list[Row]) -> list[Row]:
    return by_time(rows)[::-1]


def nearly_by_time(rows: list[Row]) -> list[Row]:
    """As numbered documents are: most were last changed when they were made, some much later."""
    return sorted(
        rows,
        key=lambda row: (
            row["moment"] if int(row["id"]) % 5 else int(row["id"]) * 7_919_333 % DAYS_90
        ),
    )


ORDERS = (by_key, by_time, by_time_newest_first, nearly_by_time)

SPREADS: dict[str, Callable[[random.Random], int]] = {
    "even": lambda chance: chance.randrange(DAYS_90),
    "a burst": lambda chance: chance.randrange(
        DAYS_90 // 100 if chance.random() < 0.9 else DAYS_90
    ),
    "a few moments": lambda chance: chance.choice((5, 1000, DAYS_90 // 2, DAYS_90 - 5)),
    "one moment": lambda _: DAYS_90 // 3,
    "the first moment": lambda _: 0,
    "the last moment": lambda _: DAYS_90 - 1,
    "ever more": lambda chance: int(DAYS_90 * chance.random() ** 0.1),
}


class KilledError(Exception):
    """The process died."""


@dataclass
class Instance:
    """Lists rows in one order; something may happen after each answer."""

    rows: dict[str, Row]
    order: Order = by_key
    after: Callable[["Instance"], None] | None = None
    pages: int = 0
    peeks: int = 0
    deepest: int = 0
    asked: list[Part] = field(default_factory=list)
    _ordered: list[tuple[datetime, Row]] | None = None

    @classmethod
    def holding(cls, moments: Sequence[int], **other: Any) -> "Instance":
        return cls({str(n): row_of(n, moment) for n, moment in enumerate(moments)}, **other)

    def page(self, part: Part, skip: int, size: int) -> list[Row]:
        self.pages += 1
        self.deepest = max(self.deepest, skip)
        self.asked.append(part)
        return self._answer(part, skip, size)

    def peek(self, part: Part, skip: int) -> Row | None:
        self.peeks += 1
        return next(iter(self._answer(part, skip, 1)), None)

    @property
    def requests(self) -> int:
        return self.pages + self.peeks

    def change(self, number: str, milliseconds: int) -> None:
        self.rows[number] = row_of(int(number), milliseconds)
        self._ordered = None

    def _answer(self, part: Part, skip: int, size: int) -> list[Row]:
        if self._ordered is None:
            self._ordered = [(at(row["moment"]), row) for row in self.order([*self.rows.values()])]
        first, last = part.start, part.before or datetime.max.replace(tzinfo=UTC)
        found = [row for moment, row in self._ordered if first <= moment < last]
        answer = found[skip : skip + size]
        if self.after is not None:
            self.after(self)
        return answer


def reader(instance: Instance, size: int, most_pages: int) -> WindowReader:
    return WindowReader(
        lister=instance,
        mark=lambda row: (row["id"], row["stamp"]),
        entity="Customer",
        page_size=size,
        most_pages=most_pages,
    )


def rows_of(steps: Iterator[Read]) -> list[Any]:
    return [row for step in steps for row in step.rows]


def fewest_pages(count: int, size: int) -> int:
    """What a walk costs whose pages overlap by one row, the last of them being short."""
    return len(range(0, max(1, count), size - 1))


@given(
    st.integers(min_value=0, max_value=120),
    st.integers(min_value=2, max_value=6),
    st.integers(min_value=1, max_value=60),
    st.sampled_from(ORDERS),
    st.sampled_from(sorted(SPREADS)),
    st.integers(min_value=0, max_value=10**6),
)
def test_every_row_is_read_once_and_every_moment_closed_once(
    count: int, size: int, most_pages: int, order: Order, spread: str, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    instance = Instance.holding([SPREADS[spread](chance) for _ in range(count)], order=order)
    steps = list(reader(instance, size, most_pages).read([WINDOW]))
    assert sorted(row["id"] for row in rows_of(iter(steps))) == sorted(instance.rows)
    closed = [step.closed for step in steps if step.closed is not None]
    assert closed[0].start == WINDOW.start
    assert closed[-1].before == WINDOW.before
    assert all(older.before == newer.start for older, newer in pairwise(closed))


@given(
    st.integers(min_value=0, max_value=200),
    st.integers(min_value=2, max_value=10),
    st.integers(min_value=1, max_value=25),
)
def test_a_window_below_the_limit_costs_what_its_pages_cost(
    count: int, size: int, most_pages: int
) -> None:
    instance = Instance.holding([n * 1000 for n in range(count)])
    needed = fewest_pages(count, size)
    if needed <= most_pages:
        list(reader(instance, size, most_pages).read([WINDOW]))
        assert instance.requests == needed


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("spread", sorted(SPREADS))
@pytest.mark.parametrize("pages", [25, 50, 200])
def test_a_large_window_costs_a_quarter_more_than_the_fewest_requests(
    order: Order, spread: str, pages: int
) -> None:
    chance = random.Random(pages)  # noqa: S311 - no secret
    size, most_pages = 10, 20
    instance = Instance.holding([SPREADS[spread](chance) for _ in range(pages * size)], order=order)
    list(reader(instance, size, most_pages).read([WINDOW]))
    first_pages_again_and_looks_around = 2 * most_pages + 10
    fewest = fewest_pages(len(instance.rows), size)
    assert instance.requests <= 1.25 * fewest + first_pages_again_and_looks_around


@pytest.mark.parametrize("order", ORDERS)
def test_a_large_window_is_closed_part_by_part(order: Order) -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    size, most_pages = 10, 4
    instance = Instance.holding([chance.randrange(DAYS_90) for _ in range(1000)], order=order)
    steps = list(reader(instance, size, most_pages).read([WINDOW]))
    rows_before_a_state, since = [], 0
    for step in steps:
        since += len(step.rows)
        if step.closed is not None:
            rows_before_a_state.append(since)
            since = 0
    assert since == 0
    assert len(rows_before_a_state) >= 1000 // (most_pages * size)
    assert max(rows_before_a_state) <= 3 * most_pages * size  # the first one has the first pages
    assert instance.deepest <= most_pages * size


def test_one_moment_is_read_to_its_end_however_much_it_holds() -> None:
    instance = Instance.holding([500, *[1000] * 3000, 1500])
    steps = list(reader(instance, 10, 2).read([WINDOW]))
    assert len(rows_of(iter(steps))) == 3002
    closed = [step.closed for step in steps if step.closed is not None]
    assert Part(at(1000), at(1000) + MILLISECOND) in closed


def test_a_window_little_above_the_limit_is_not_cut() -> None:
    instance = Instance.holding([n * 1000 for n in range(300)])
    steps = list(reader(instance, 10, 20).read([WINDOW]))
    assert instance.requests == fewest_pages(300, 10) + 1
    assert [step.closed for step in steps if step.closed is not None] == [WINDOW]


def test_years_of_silence_cost_one_request() -> None:
    years = [Part(at(n * DAYS_90), at((n + 1) * DAYS_90)) for n in range(8)]
    instance = Instance.holding([5, 3 * DAYS_90, 7 * DAYS_90 + 9])
    steps = list(reader(instance, 10, 20).read(years))
    assert instance.asked == [Part(years[0].start, years[-1].before)]
    assert [step.closed for step in steps] == instance.asked
    assert len(rows_of(iter(steps))) == 3


def test_windows_that_do_not_fit_on_a_page_are_read_one_by_one_and_no_row_twice() -> None:
    windows = [Part(at(n * DAYS_90), at((n + 1) * DAYS_90)) for n in range(3)]
    instance = Instance.holding([n * DAYS_90 // 10 for n in range(30)])
    steps = list(reader(instance, 8, 20).read(windows))
    assert sorted(row["id"] for row in rows_of(iter(steps))) == sorted(instance.rows)
    assert [step.closed for step in steps if step.closed is not None] == windows
    assert instance.requests == 1 + 3 * fewest_pages(10, 8)


def test_stamps_from_the_future_do_not_cut_for_ever() -> None:
    """A stamp far ahead is cut to now, so it says nothing about where its row is."""
    instance = Instance.holding([10 * DAYS_90] * 300)
    for row in instance.rows.values():
        row["stamp"] = to_utc(at(DAYS_90).isoformat())
    steps = list(reader(instance, 10, 2).read([Part(START, None)]))
    assert len(rows_of(iter(steps))) == 300
    assert steps[-1].closed is not None
    assert steps[-1].closed.before is None


@dataclass
class World:
    """An instance where people work, and a connector that is killed and started again.

    What the connector brought counts only up to its last state, as on a platform.
    """

    instance: Instance
    chance: random.Random
    size: int
    most_pages: int
    now: int
    reached: int = 0
    delivered: set[tuple[str, str]] = field(default_factory=set)

    def run(self, requests: int | None, changes: int) -> None:
        """Read to the end, or until killed after so many requests."""
        end, made, left = self.now, self.instance.requests, [changes]

        def people_work(instance: Instance) -> None:
            if requests is not None and instance.requests - made >= requests:
                raise KilledError
            for _ in range(self.chance.randrange(3)):
                if left[0] > 0 and instance.rows:
                    left[0] -= 1
                    self.now += 1
                    instance.change(self.chance.choice(sorted(instance.rows)), self.now)

        self.instance.after = people_work
        unconfirmed: set[tuple[str, str]] = set()
        try:
            for step in reader(self.instance, self.size, self.most_pages).read(self._windows(end)):
                unconfirmed |= {(row["id"], row["stamp"]) for row in step.rows}
                if step.closed is not None:
                    self.delivered |= unconfirmed
                    self.reached = min(end, self._milliseconds(step.closed.before, end))
        except KilledError:
            pass
        self.now += 1

    def _windows(self, end: int) -> list[Part]:
        bounds = [*range(self.reached, end, max(1, (end - self.reached) // 3 + 1)), end]
        closed = [Part(at(a), at(b)) for a, b in pairwise(bounds)]
        return [*closed[:-1], Part(closed[-1].start if closed else at(end), None)]

    @staticmethod
    def _milliseconds(moment: datetime | None, end: int) -> int:
        return end if moment is None else (moment - START) // MILLISECOND


@given(
    moments=st.lists(st.integers(min_value=0, max_value=400), max_size=120),
    order=st.sampled_from(ORDERS),
    size=st.integers(min_value=2, max_value=8),
    most_pages=st.integers(min_value=1, max_value=4),
    kills=st.lists(st.integers(min_value=1, max_value=25), max_size=5),
    changes=st.integers(min_value=0, max_value=40),
    seed=st.integers(min_value=0, max_value=10**6),
)
def test_nothing_is_lost_while_people_work_and_the_connector_is_killed(
    moments: list[int],
    order: Order,
    size: int,
    most_pages: int,
    kills: list[int],
    changes: int,
    seed: int,
) -> None:
    instance = Instance.holding(moments, order=order)
    chance = random.Random(seed)  # noqa: S311 - no secret
    world = World(instance, chance, size, most_pages, now=500)
    for requests in kills:
        world.run(requests, changes)
    world.run(None, changes)  # this one is not killed, but people work
    world.run(None, 0)
    wanted = {(row["id"], row["stamp"]) for row in instance.rows.values()}
    assert wanted <= world.delivered
