"""Killed at any page and started again, nothing is lost."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]


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


def test_a_failed_window_keeps_the_state_before_it(make_config: MakeConfig, source: Any) -> None:
    with AcumaticaSimulator() as erp:
        for day in range(100):
            erp.put(
                "Customer",
                {"CustomerID": f"C{day:03}", "CustomerName": "x"},
                modified=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day),
            )
        erp.faults.on("forbidden", skip=3, path="Customer")
        config = make_config(erp, start_date="2026-01-01T00:00:00Z", window_days=10)
        failed = source("read", config, ("customers",))
        assert failed.code == 1
        assert failed.states["customers"] == {"LastModifiedDateTime": "2026-01-31T00:00:00.000Z"}
        erp.faults.off()
        again = source("read", failed.new_configs[-1], ("customers",), failed.states)
        both = [*failed.records("customers"), *again.records("customers")]
        assert len({row["id"] for row in both}) == 100


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
