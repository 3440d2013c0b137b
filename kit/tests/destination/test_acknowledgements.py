from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kit.destination.acknowledgements import Acknowledgements
from kit.protocol.messages import State


def _state(stream: str | None, number: int) -> State:
    return State({"type": "STATE", "state": {"id": number}}, stream)


def test_a_state_without_records_is_echoed_at_once_unchanged_but_for_its_statistics() -> None:
    echoed: list[dict[str, Any]] = []
    raw = {"type": "STATE", "state": {"id": 7, "stream": {"x": [1]}}, "unknown": True}
    Acknowledgements(echoed.append).state(State(raw, "a"))
    assert echoed == [raw]
    assert echoed[0] is raw
    assert raw["state"] == {
        "id": 7,
        "stream": {"x": [1]},
        "destinationStats": {"recordCount": 0, "rejectedRecordCount": 0},
    }


def test_a_state_waits_for_every_record_before_it_and_not_for_later_ones() -> None:
    echoed: list[dict[str, Any]] = []
    book = Acknowledgements(echoed.append)
    first, second = book.opened("a"), book.opened("a")
    book.state(_state("a", 1))
    later = book.opened("a")
    book.settled(first, rejected=False)
    assert echoed == []
    book.settled(second, rejected=True)
    stats = echoed[0]["state"]["destinationStats"]
    assert stats == {"recordCount": 2, "rejectedRecordCount": 1}
    assert book.open_records == 1
    book.settled(later, rejected=False)
    assert len(echoed) == 1


def test_streams_do_not_wait_for_each_other() -> None:
    echoed: list[dict[str, Any]] = []
    book = Acknowledgements(echoed.append)
    book.opened("a")
    book.state(_state("a", 1))
    other = book.opened("b")
    book.state(_state("b", 2))
    book.settled(other, rejected=False)
    assert [message["state"]["id"] for message in echoed] == [2]


def test_a_global_state_waits_for_all_streams() -> None:
    echoed: list[dict[str, Any]] = []
    book = Acknowledgements(echoed.append, ("a", "b"))
    first, second = book.opened("a"), book.opened("b")
    book.state(_state(None, 1))
    book.settled(first, rejected=False)
    assert echoed == []
    book.settled(second, rejected=False)
    assert echoed[0]["state"]["destinationStats"]["recordCount"] == 2


@given(st.lists(st.sampled_from(["a", "b", "state-a", "state-b", "state"])), st.randoms())
def test_each_state_comes_once_in_order_after_all_before_it(events: list[str], order: Any) -> None:
    echoed: list[dict[str, Any]] = []
    book = Acknowledgements(echoed.append, ("a", "b"))
    opened: list[tuple[int, str, int]] = []
    states: dict[int, tuple[str | None, int]] = {}
    for position, event in enumerate(events):
        if event in {"a", "b"}:
            opened.append((position, event, book.opened(event)))
        else:
            stream = event.removeprefix("state-") if "-" in event else None
            states[position] = (stream, position)
            book.state(_state(stream, position))
    unsettled = list(opened)
    order.shuffle(unsettled)
    while True:
        for message in echoed:
            stream, cut = states[message["state"]["id"]]
            assert not any(
                position < cut and (stream is None or name == stream)
                for position, name, _ in unsettled
            )
        if not unsettled:
            break
        book.settled(unsettled.pop()[2], rejected=False)
    ids = [message["state"]["id"] for message in echoed]
    assert sorted(ids) == sorted(states)
    for name in ("a", "b"):
        mine = [number for number in ids if states[number][0] in {name, None}]
        assert mine == sorted(mine)
    counted = sum(message["state"]["destinationStats"]["recordCount"] for message in echoed)
    covered = {
        position
        for position, name, _ in opened
        if any(cut > position and stream in {name, None} for stream, cut in states.values())
    }
    assert counted == len(covered)
