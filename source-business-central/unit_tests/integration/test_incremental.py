"""What a later run reads again, and what it never loses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator

MakeConfig = Callable[..., dict[str, Any]]
Add = Callable[..., str]
CUSTOMERS = ("customers",)
MINUTE = timedelta(minutes=1)


def numbers(out: Any, stream: str = "customers") -> list[str]:
    return [row["number"] for row in out.records(stream)]


def test_a_later_run_reads_what_changed(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp)
    first = source("read", config, CUSTOMERS)
    company = erp.companies[1]
    changed = erp.put(
        "customers",
        {"id": first.records("customers")[0]["id"], "displayName": "Changed"},
        company=first.records("customers")[0]["companyId"],
    )
    second = source("read", config, CUSTOMERS, first.states)
    assert changed in {row["id"] for row in second.records("customers")}
    assert len(second.records("customers")) < 30
    assert source("read", config, CUSTOMERS, second.states).code == 0
    assert set(second.reached("customers")) == {one.id for one in erp.companies}
    assert company.id in second.reached("customers")


def test_a_row_with_a_stamp_in_the_future_does_not_carry_the_state_away(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, add: Add
) -> None:
    add(empty, "NOW", MINUTE)
    add(empty, "FUTURE", timedelta(days=-900))
    out = source("read", make_config(empty), CUSTOMERS)
    assert numbers(out) == ["NOW", "FUTURE"]
    (reached,) = out.reached("customers").values()
    assert datetime.fromisoformat(reached) <= datetime.now(UTC)


def test_the_state_stays_a_lag_before_the_read(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, add: Add
) -> None:
    add(empty, "NOW", timedelta())
    out = source("read", make_config(empty, lag_seconds=300), CUSTOMERS)
    (reached,) = out.reached("customers").values()
    assert datetime.fromisoformat(reached) < datetime.now(UTC) - timedelta(seconds=290)


def test_a_new_company_is_read_from_its_beginning(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """The stock cursor would begin it where the others stand."""
    first, second = erp.companies[0], erp.companies[1]
    one = source("read", make_config(erp, companies=[first.id]), CUSTOMERS)
    both = make_config(erp, companies=[first.id, second.id])
    out = source("read", both, CUSTOMERS, one.states)
    found = [row for row in out.records("customers") if row["companyId"] == second.id]
    assert len(found) == second.counts()["customers"]
    assert set(out.reached("customers")) == {first.id, second.id}


def test_a_company_that_is_left_out_keeps_its_state(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp)
    first = source("read", config, CUSTOMERS)
    shut = erp.companies[2]
    erp.rights.no_company = {shut.id}
    second = source("read", config, CUSTOMERS, first.states)
    assert second.code == 0, second.errors
    assert shut.id not in {row["companyId"] for row in second.records("customers")}
    assert second.reached("customers")[shut.id] == first.reached("customers")[shut.id]
    assert [text for text in second.warnings if shut.data.name in text]


def test_ledger_entries_go_on_by_their_number(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    stream = ("general_ledger_entries",)
    config = make_config(erp)
    first = source("read", config, stream)
    second = source("read", config, stream, first.states)
    counts = [len(out.records("general_ledger_entries")) for out in (first, second)]
    assert counts[0] == erp.counts()["generalLedgerEntries"]
    assert counts[1] <= len(erp.companies)
    asked = [
        e.parameter("$filter") for e in erp.requests if e.path.endswith("generalLedgerEntries")
    ]
    assert any("entryNumber ge" in (text or "") for text in asked)


@pytest.mark.parametrize(
    "state",
    [
        {"states": [{"partition": {"company": "x"}, "cursor": {"lastModifiedDateTime": "y"}}]},
        {
            "states": [
                {"partition": {"company_id": "x"}, "cursor": {"lastModifiedDateTime": "soon"}}
            ]
        },
        {"states": "all"},
    ],
)
def test_a_state_of_another_connector_is_told(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any, state: dict[str, Any]
) -> None:
    out = source("read", make_config(erp), CUSTOMERS, {"customers": state})
    assert out.code == 1
    assert any("Reset the stream's state" in error for error in out.errors)
