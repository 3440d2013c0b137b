"""Killed at any page and started again, nothing is lost."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator

MakeConfig = Callable[..., dict[str, Any]]
CUSTOMERS = ("customers",)


def read_until(process: Any, stop_after: int) -> tuple[set[str], dict[str, Any]]:
    """Take lines as a platform does, kill after so many records, and keep what was stored."""
    seen: set[str] = set()
    stored: set[str] = set()
    state: dict[str, Any] = {}
    for line in process.stdout:
        message = json.loads(line)
        if message["type"] == "RECORD":
            seen.add(message["record"]["data"]["id"])
        if message["type"] == "STATE":
            stored |= seen
            state = {"customers": message["state"]["stream"]["stream_state"]}
        if len(seen) >= stop_after:
            process.kill()
            break
    process.wait()
    return stored, state


@pytest.mark.parametrize(
    "seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)]
)
def test_killed_at_a_page_and_resumed_without_loss(
    make_config: MakeConfig, source: Any, process: Any, files: Any, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    with BusinessCentralSimulator(seed=seed) as erp:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        wanted = {
            erp.put(
                "customers",
                {"number": f"C{number:04}", "displayName": f"Customer {number}"},
                modified=start + timedelta(minutes=chance.randrange(400)),
            )
            for number in range(200)
        }
        ids = sorted(wanted)
        config = make_config(erp, page_size=10)
        delivered: set[str] = set()
        state: dict[str, Any] = {}
        for _ in range(2):
            reading = process.start(*files.arguments("read", config, CUSTOMERS, state))
            stored, later = read_until(reading, chance.randrange(20, 90))
            delivered |= stored
            state = later or state
            erp.put("customers", {"id": chance.choice(ids), "displayName": "Changed"})
            erp.put("customers", {"number": f"N{len(wanted)}", "displayName": "New"})
        last = source("read", config, CUSTOMERS, state)
        assert last.code == 0, last.errors
        delivered |= {row["id"] for row in last.records("customers")}
        assert delivered >= wanted
        assert len(last.records("customers")) < 200


@pytest.mark.parametrize("page", [0, 1, 2, 3, 4])
def test_a_page_that_fails_keeps_the_state_before_it(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, page: int
) -> None:
    for number in range(45):
        stamp = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        empty.put("customers", {"number": f"C{number:02}", "displayName": "x"}, modified=stamp)
    config = make_config(empty, page_size=10)
    empty.faults.on("dialog", skip=page, path="/customers$")
    failed = source("read", config, CUSTOMERS)
    assert failed.code == 1
    assert len(failed.records("customers")) == page * 10
    reached = failed.reached("customers")
    if page:
        (stamp,) = reached.values()
        assert stamp == failed.records("customers")[-1]["lastModifiedDateTime"]
    else:
        assert reached == {}
    empty.faults.off()
    again = source("read", config, CUSTOMERS, failed.states)
    both = [*failed.records("customers"), *again.records("customers")]
    assert len({row["id"] for row in both}) == 45
    assert len(both) <= 46


def test_rows_without_a_stamp_survive_a_kill(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """They come first; a state that was taken among them would leave the rest of them out."""
    for number in range(25):
        stamp = datetime(1, 1, 1, tzinfo=UTC)
        empty.put("customers", {"number": f"OLD{number}", "displayName": "x"}, modified=stamp)
    empty.put("customers", {"number": "NEW", "displayName": "x"})
    empty.faults.on("dialog", skip=1, path="/customers$")
    config = make_config(empty, page_size=10)
    failed = source("read", config, CUSTOMERS)
    assert failed.reached("customers") == {}
    empty.faults.off()
    again = source("read", config, CUSTOMERS, failed.states)
    assert len(again.records("customers")) == 26


def test_one_company_that_fails_does_not_stop_the_others(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    broken = erp.companies[1]
    erp.faults.on("dialog", path=f"{broken.id}\\)/customers$")
    out = source("read", make_config(erp), ("customers", "items"))
    assert out.code == 1
    assert any(broken.data.name in error for error in out.errors)
    assert broken.id not in out.reached("customers")
    assert len(out.reached("items")) == 3


def test_a_state_never_overtakes_its_records(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp, page_size=20, num_workers=5), CUSTOMERS)
    seen: dict[str, str] = {}
    checked = 0
    for message in out.messages:
        if message["type"] == "RECORD":
            row = message["record"]["data"]
            seen[row["companyId"]] = row.get("lastModifiedDateTime", "")
        if message["type"] == "STATE":
            for entry in message["state"]["stream"]["stream_state"]["states"]:
                checked += 1
                company = entry["partition"]["company_id"]
                assert entry["cursor"]["lastModifiedDateTime"] <= seen[company]
    assert checked > 20
