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
from source_acumatica.errors import ConfigError
from source_acumatica.reading.windows import OPEN, WindowCursor, WindowFactory
from source_acumatica.settings import with_defaults

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
CONFIG = {
    "instance_url": "http://erp.test",
    "credentials": {},
    "start_date": "2026-01-01T00:00:00Z",
}


def cursor(
    state: Mapping[str, Any] | None = None, stream: str = "customers", **settings: Any
) -> WindowCursor:
    config = with_defaults({**CONFIG, **settings}, specification()["connection_specification"])
    with freezegun.freeze_time(NOW):
        made = WindowFactory().create_concurrent_cursor_from_datetime_based_cursor(
            None, None, stream, None, dict(state or {}), config
        )
    assert isinstance(made, WindowCursor)
    return made


def bounds(made: WindowCursor) -> list[tuple[str, str, bool]]:
    return [
        (part["start_time"], part["end_time"], bool(part.extra_fields.get(OPEN)))
        for part in made.stream_slices()
    ]


class Part:
    """A partition as the cursor sees one."""

    def __init__(self, part: Any) -> None:
        self._part = part

    def to_slice(self) -> Any:
        return self._part


def test_a_first_run_is_cut_into_windows_and_the_last_one_is_open() -> None:
    assert bounds(cursor()) == [
        ("2026-01-01T00:00:00.000Z", "2026-04-01T00:00:00.000Z", False),
        ("2026-04-01T00:00:00.000Z", "2026-06-30T00:00:00.000Z", False),
        ("2026-06-30T00:00:00.000Z", "2026-09-28T00:00:00.000Z", False),
        ("2026-09-28T00:00:00.000Z", "2026-11-22T11:58:00.000Z", True),
    ]


def test_a_later_run_reaches_back_over_the_state() -> None:
    state = {"LastModifiedDateTime": "2026-11-22T11:00:00.000Z"}
    assert bounds(cursor(state)) == [("2026-11-22T10:50:00.000Z", "2026-11-22T11:58:00.000Z", True)]


def test_overlap_and_lag_can_be_none() -> None:
    state = {"LastModifiedDateTime": "2026-11-22T11:00:00.000Z"}
    made = cursor(state, overlap_minutes=0, lag_seconds=0)
    assert bounds(made) == [("2026-11-22T11:00:00.000Z", "2026-11-22T12:00:00.000Z", True)]


def test_the_overlap_stops_at_the_start_date() -> None:
    state = {"LastModifiedDateTime": "2026-01-01T00:02:00.000Z"}
    assert bounds(cursor(state, window_days=3650))[0][0] == "2026-01-01T00:00:00.000Z"


def test_a_state_ahead_of_the_clock_is_kept() -> None:
    state = {"LastModifiedDateTime": "2027-01-01T00:00:00.000Z"}
    made = cursor(state)
    assert bounds(made) == []
    assert made.state == state


def test_the_state_is_the_end_of_a_window_whatever_was_in_it() -> None:
    made = cursor()
    states = []
    for part in list(made.stream_slices()):
        made.close_partition(Part(part))  # type: ignore[arg-type]  # as much of one as is asked for
        states.append(made.state["LastModifiedDateTime"])
    assert states == [end for _, end, _ in bounds(cursor())]


def test_a_record_from_the_future_does_not_move_the_state() -> None:
    made = cursor()
    made.observe({"LastModifiedDateTime": "2099-01-01T00:00:00.000000Z"})  # type: ignore[arg-type]  # any
    made.close_partition(Part(next(iter(made.stream_slices()))))  # type: ignore[arg-type]  # as above
    assert made.state == {"LastModifiedDateTime": "2026-04-01T00:00:00.000Z"}


@given(st.permutations(range(4)))
def test_windows_that_end_out_of_order_move_the_state_only_when_joined(order: list[int]) -> None:
    made = cursor()
    parts = list(made.stream_slices())
    ends = [part["end_time"] for part in parts]
    done: set[int] = set()
    for number in order:
        made.close_partition(Part(parts[number]))  # type: ignore[arg-type]  # as above
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
    found = bounds(made)
    start = datetime.fromisoformat(found[0][0])
    assert start <= max(moment - timedelta(minutes=overlap), datetime(2026, 1, 1, tzinfo=UTC))
    assert found[-1][1:] == ("2026-11-22T12:00:00.000Z", True)
    for (_, end, is_open), (following, _, _) in pairwise(found):
        assert end == following
        assert not is_open


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
