"""Killed at any page and started again, nothing is lost."""

from __future__ import annotations

import functools
import itertools
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def read_until(process: Any, stop_after: int) -> tuple[set[str], dict[str, Any], dict[str, Any]]:
    """Take lines as a platform does, kill after so many records, and keep what was stored."""
    seen: set[str] = set()
    stored: set[str] = set()
    state: dict[str, Any] = {}
    config: dict[str, Any] = {}
    for line in process.stdout:
        message = json.loads(line)
        if message["type"] == "RECORD":
            seen.add(message["record"]["data"]["id"])
        if message["type"] == "STATE":
            stored |= seen
            state = {"customers": message["state"]["stream"]["stream_state"]}
        if message["type"] == "CONTROL":
            config = message["control"]["connectorConfig"]["config"]
        if len(seen) >= stop_after:
            process.kill()
            break
    process.wait()
    return stored, state, config


@pytest.mark.parametrize(
    "seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)]
)
def test_killed_at_a_page_and_resumed_without_loss(
    make_config: MakeConfig, source: Any, process: Any, files: Any, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    with AcumaticaSimulator(seed=seed) as erp:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        wanted = {
            erp.put(
                "Customer",
                {"CustomerID": f"C{number:04}", "CustomerName": f"Customer {number}"},
                modified=start + timedelta(hours=chance.randrange(7000)),
            )
            for number in range(200)
        }
        config = make_config(erp, start_date="2026-01-01T00:00:00Z", window_days=30, page_size=10)
        delivered: set[str] = set()
        state: dict[str, Any] = {}
        for _ in range(2):
            reading = process.start(*files.arguments("read", config, ("customers",), state))
            stored, later, renewed = read_until(reading, chance.randrange(20, 90))
            delivered |= stored
            state, config = later or state, renewed or config
            changed = f"C{chance.randrange(200):04}"
            wanted.add(erp.put("Customer", {"CustomerID": changed, "CustomerName": "Changed"}))
        last = source("read", config, ("customers",), state)
        assert last.code == 0, last.errors
        delivered |= {row["id"] for row in last.records("customers")}
        assert delivered >= wanted


SPLITTING = {
    "start_date": "2026-01-01T00:00:00Z",
    "window_days": 90,
    "page_size": 5,
    "most_pages_per_window": 2,
}


def busy_instance(erp: AcumaticaSimulator, chance: random.Random) -> None:
    """Put customers, of whom some change between the pages of a read, and one is committed late."""
    for number in range(90):
        customer = {"CustomerID": f"C{number:04}", "CustomerName": "first"}
        erp.put("Customer", customer, modified=BEGIN + timedelta(hours=chance.randrange(5000)))
    for page in range(1, 30):
        changed = {
            "CustomerID": f"C{chance.randrange(90):04}",
            "CustomerName": f"after page {page}",
        }
        erp.after_page("Customer", page, functools.partial(erp.put, "Customer", changed))
    erp.put(
        "Customer",
        {"CustomerID": "LATE01", "CustomerName": "late"},
        modified=erp.clock.now() - timedelta(minutes=5),
        visible_after=timedelta(minutes=6),
    )


def names_of(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["CustomerID"], row["CustomerName"]) for row in rows}


def names_in(erp: AcumaticaSimulator) -> set[tuple[str, str]]:
    keys = [f"C{number:04}" for number in range(90)]
    return {(key, str(erp.get("Customer", key)["CustomerName"])) for key in [*keys, "LATE01"]}


def cuts(out: Any) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """What a platform holds after a kill, wherever it came: all up to the last state before it."""
    rows: list[dict[str, Any]] = []
    for message in out.messages:
        if message["type"] == "RECORD":
            rows.append(message["record"]["data"])
        if message["type"] == "STATE":
            yield list(rows), {"customers": message["state"]["stream"]["stream_state"]}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(
    "seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)]
)
def test_killed_anywhere_and_resumed_without_loss(
    make_config: MakeConfig, source: Any, seed: int, workers: int
) -> None:
    """Rows come in the order of the seed, change between the pages, and one is committed late."""
    with AcumaticaSimulator(seed=seed) as erp:
        busy_instance(erp, random.Random(seed))  # noqa: S311 - no secret
        first = source("read", make_config(erp, **SPLITTING, num_workers=workers), ("customers",))
        assert first.code == 0, first.errors
        erp.clock.advance(timedelta(minutes=2))
        wanted, config = names_in(erp), first.new_configs[-1]
        held = {str(state): (rows, state) for rows, state in cuts(first)}
        assert len(held) > 5
        for rows, state in held.values():
            rest = source("read", config, ("customers",), state)
            assert rest.code == 0, rest.errors
            missing = wanted - names_of([*rows, *rest.records("customers")])
            assert not missing, state


@pytest.mark.parametrize("pages", [0, 1, 2, 3, 5, 8, 13, 21, 34])
def test_a_read_that_fails_at_any_page_goes_on_where_it_stopped(
    make_config: MakeConfig, source: Any, pages: int
) -> None:
    with AcumaticaSimulator() as erp:
        for number in range(100):
            erp.put(
                "Customer",
                {"CustomerID": f"C{number:03}", "CustomerName": "x"},
                modified=BEGIN + timedelta(days=number),
            )
        erp.faults.on("forbidden", skip=pages, path="Customer")
        failed = source("read", make_config(erp, **SPLITTING), ("customers",))
        assert failed.code == 1
        reached = failed.states["customers"]["LastModifiedDateTime"]
        erp.faults.off()
        again = source("read", failed.new_configs[-1], ("customers",), failed.states)
        assert min(stamps_of(again)) >= datetime.fromisoformat(reached) - timedelta(minutes=10)
        both = [*failed.records("customers"), *again.records("customers")]
        assert len({row["id"] for row in both}) == 100
        closed = {
            row["id"]
            for row in failed.records("customers")
            if row["LastModifiedDateTime"] < reached[:19]
        }
        assert len(closed) == sum(stamp < datetime.fromisoformat(reached) for stamp in all_stamps())


def all_stamps() -> list[datetime]:
    return [BEGIN + timedelta(days=number) for number in range(100)]


def stamps_of(out: Any) -> list[datetime]:
    return [datetime.fromisoformat(row["LastModifiedDateTime"]) for row in out.records("customers")]


def test_rows_that_change_while_they_are_read_hide_no_others(
    make_config: MakeConfig, source: Any
) -> None:
    """Rows leave a closed window between its pages; without the joint check one would be missed."""
    with AcumaticaSimulator() as erp:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        wanted = {
            erp.put(
                "Customer",
                {"CustomerID": f"C{number:04}", "CustomerName": "x"},
                modified=start + timedelta(minutes=number),
            )
            for number in range(60)
        }
        left = iter(range(60))

        def three_leave(exchange: Any) -> None:
            if exchange.method == "GET" and "lt+datetimeoffset" in exchange.query:
                for number in itertools.islice(left, 3):
                    erp.put("Customer", {"CustomerID": f"C{number:04}", "CustomerName": "y"})

        erp.on_exchange(three_leave)
        config = make_config(erp, start_date="2026-01-01T00:00:00Z", window_days=100, page_size=7)
        out = source("read", config, ("customers",))
        assert out.code == 0, out.errors
        assert {row["id"] for row in out.records("customers")} == wanted
