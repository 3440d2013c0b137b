"""Windows are closed and joined, the last one is open, and the state is a window's end."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import freezegun
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_acumatica.endpoint.manifest import specification
from source_acumatica.endpoint.plan import plan_of
from source_acumatica.errors import ConfigError
from source_acumatica.reading.parts import Part
from source_acumatica.reading.windows import (
    WindowCursor,
    WindowFactory,
    slice_of,
    windows_of,
)
from source_acumatica.settings import with_defaults

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
CONFIG = {
    "instance_url": "http://erp.test",
    "credentials": {},
    "start_date": "2026-01-01T00:00:00Z",
    "email_changes": "off",
}
DECADE = {"start_date": "2016-11-20T00:00:00Z"}

Bounds = list[tuple[str, str | None]]


def cursor(
    state: Mapping[str, Any] | None = None, stream: str = "customers", **settings: Any
) -> WindowCursor:
    config = with_defaults({**CONFIG, **settings}, specification()["connection_specification"])
    definition = {"cursor_field": plan_of(stream, config).cursor_field}
    with freezegun.freeze_time(NOW):
        made = WindowFactory().create_concurrent_cursor_from_datetime_based_cursor(
            None, definition, stream, None, dict(state or {}), config
        )
    assert isinstance(made, WindowCursor)
    return made


def slices(made: WindowCursor) -> list[Bounds]:
    """The windows of each slice, as `$filter` writes their bounds."""
    return [
        [
            (bounds["start_time"], bounds.get("end_time"))
            for bounds in map(slice_of, windows_of(one))
        ]
        for one in made.stream_slices()
    ]


def windows(made: WindowCursor) -> Bounds:
    return [window for one in slices(made) for window in one]


class Partition:
    """A partition as the cursor sees one."""

    def __init__(self, part: Any) -> None:
        self._part = part

    def to_slice(self) -> Any:
        return self._part


def test_a_first_run_is_cut_into_windows_and_the_last_one_is_open() -> None:
    assert windows(cursor()) == [
        ("2026-01-01T00:00:00.000Z", "2026-04-01T00:00:00.000Z"),
        ("2026-04-01T00:00:00.000Z", "2026-06-30T00:00:00.000Z"),
        ("2026-06-30T00:00:00.000Z", "2026-09-28T00:00:00.000Z"),
        ("2026-09-28T00:00:00.000Z", None),
    ]


def test_a_later_run_reaches_back_over_the_state() -> None:
    state = {"LastModifiedDateTime": "2026-11-22T11:00:00.000Z"}
    assert windows(cursor(state)) == [("2026-11-22T10:50:00.000Z", None)]


def test_the_state_stays_a_lag_behind_the_clock() -> None:
    ends = [one["end_time"] for one in cursor().stream_slices()]
    assert ends[-1] == "2026-11-22T11:58:00.000Z"


def test_overlap_and_lag_can_be_none() -> None:
    state = {"LastModifiedDateTime": "2026-11-22T11:00:00.000Z"}
    made = cursor(state, overlap_minutes=0, lag_seconds=0)
    assert [(one["start_time"], one["end_time"]) for one in made.stream_slices()] == [
        ("2026-11-22T11:00:00.000Z", "2026-11-22T12:00:00.000Z")
    ]


def test_the_overlap_stops_at_the_start_date() -> None:
    state = {"LastModifiedDateTime": "2026-01-01T00:02:00.000Z"}
    assert windows(cursor(state, window_days=3650))[0][0] == "2026-01-01T00:00:00.000Z"


def test_a_state_ahead_of_the_clock_is_kept() -> None:
    state = {"LastModifiedDateTime": "2027-01-01T00:00:00.000Z"}
    made = cursor(state)
    assert windows(made) == []
    assert made.state == state


@pytest.mark.parametrize(("workers", "most"), [(1, 6), (2, 6), (5, 6), (8, 9)])
def test_the_windows_of_a_decade_travel_together(workers: int, most: int) -> None:
    made = slices(cursor(num_workers=workers, **DECADE))
    assert sum(len(one) for one in made) == 41
    assert workers <= len(made) <= most
    assert [window for one in made for window in one] == windows(cursor(**DECADE))


def test_each_worker_gets_a_slice_of_a_first_run() -> None:
    assert [len(one) for one in slices(cursor(num_workers=1))] == [4]
    assert [len(one) for one in slices(cursor(num_workers=4))] == [1, 1, 1, 1]
    assert [len(one) for one in slices(cursor(num_workers=8))] == [1, 1, 1, 1]


def test_a_stream_without_a_cursor_is_one_window() -> None:
    (window,) = windows_of(None)
    assert window.before is None
    assert window.start < datetime(1900, 1, 1, tzinfo=UTC)


def test_the_state_is_the_end_of_a_window_whatever_was_in_it() -> None:
    made = cursor(num_workers=4)
    states = []
    for part in list(made.stream_slices()):
        made.close_partition(Partition(part))  # type: ignore[arg-type]  # as much of one as is asked for
        states.append(made.state["LastModifiedDateTime"])
    assert states == [one["end_time"] for one in cursor(num_workers=4).stream_slices()]


def test_a_part_moves_the_state_when_it_is_read() -> None:
    made = cursor()
    (whole,) = made.stream_slices()
    first, *_, last = windows_of(whole)
    made.close_part(first, whole)
    assert made.state == {"LastModifiedDateTime": "2026-04-01T00:00:00.000Z"}
    made.close_part(last, whole)  # `close_partition` will
    assert made.state == {"LastModifiedDateTime": "2026-04-01T00:00:00.000Z"}


def test_a_part_that_ends_within_the_lag_does_not_move_the_state() -> None:
    made = cursor()
    (whole,) = made.stream_slices()
    made.close_part(Part(windows_of(whole)[0].start, NOW - timedelta(minutes=1)), whole)
    assert made.state == {"LastModifiedDateTime": "2026-01-01T00:00:00.000Z"}


def test_a_record_from_the_future_does_not_move_the_state() -> None:
    made = cursor(num_workers=4)
    made.observe({"LastModifiedDateTime": "2099-01-01T00:00:00.000000Z"})  # type: ignore[arg-type]  # any
    made.close_partition(Partition(next(iter(made.stream_slices()))))  # type: ignore[arg-type]  # as above
    assert made.state == {"LastModifiedDateTime": "2026-04-01T00:00:00.000Z"}


@given(st.permutations(range(4)))
def test_windows_that_end_out_of_order_move_the_state_only_when_joined(order: list[int]) -> None:
    made = cursor(num_workers=4)
    parts = list(made.stream_slices())
    ends = [part["end_time"] for part in parts]
    done: set[int] = set()
    for number in order:
        made.close_partition(Partition(parts[number]))  # type: ignore[arg-type]  # as above
        done.add(number)
        joined = next((n for n in range(4) if n not in done), 4)
        expected = ends[joined - 1] if joined else "2026-01-01T00:00:00.000Z"
        assert made.state == {"LastModifiedDateTime": expected}


@given(
    st.datetimes(min_value=datetime(2026, 1, 2), max_value=datetime(2026, 11, 22)),  # noqa: DTZ001 - UTC below
    st.integers(min_value=0, max_value=10_000),
    st.integers(min_value=1, max_value=400),
)
def test_windows_join_from_before_the_state_to_the_end(
    state: datetime, overlap: int, window: int
) -> None:
    moment = state.replace(tzinfo=UTC)
    known = {"LastModifiedDateTime": moment.isoformat()}
    made = cursor(known, overlap_minutes=overlap, window_days=window, lag_seconds=0)
    found = windows(made)
    start = datetime.fromisoformat(found[0][0])
    assert start <= max(moment - timedelta(minutes=overlap), datetime(2026, 1, 1, tzinfo=UTC))
    assert found[-1][1] is None
    for (_, end), (following, _) in pairwise(found):
        assert end == following


@pytest.mark.parametrize(
    ("state", "stream", "version", "expected"),
    [
        ("LastModified", "stock_items", "24.200.001", "LastModifiedDateTime"),
        ("LastModifiedDateTime", "stock_items", "22.200.001", "LastModified"),
    ],
)
def test_a_state_survives_another_endpoint_version(
    state: str, stream: str, version: str, expected: str
) -> None:
    stamp = "2026-11-01T00:00:00.000Z"
    made = cursor({state: stamp}, stream, endpoint_version=version)
    assert made.state == {expected: stamp}


@pytest.mark.parametrize("stamp", ["yesterday", 7])
def test_a_foreign_state_is_told(stamp: object) -> None:
    with pytest.raises(ConfigError, match="Reset the stream's state"):
        cursor({"LastModifiedDateTime": stamp})


def test_the_second_stream_of_customers_keeps_a_cursor_of_its_own() -> None:
    stamp = "2026-11-01T00:00:00.000Z"
    made = cursor({"ContactLastModifiedDateTime": stamp}, "customers_by_contact")
    assert made.state == {"ContactLastModifiedDateTime": stamp}
