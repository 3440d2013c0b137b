"""What a later run reads again, and what it never loses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from simulators.business_central import BusinessCentralSimulator

MakeConfig = Callable[..., dict[str, Any]]
CUSTOMERS = ("customers",)
MINUTE = timedelta(minutes=1)
NO_STAMP = datetime(1, 1, 1, tzinfo=UTC)


def numbers(out: Any, stream: str = "customers") -> list[str]:
    return [row["number"] for row in out.records(stream)]


def add(erp: BusinessCentralSimulator, number: str, ago: timedelta, **options: Any) -> str:
    values = {"number": number, "displayName": number}
    return erp.put("customers", values, modified=erp.clock.now() - ago, **options)


def filters(erp: BusinessCentralSimulator) -> list[str]:
    return [
        unquote(exchange.parameter("$filter") or "")
        for exchange in erp.requests
        if exchange.path.endswith("/customers")
    ]


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


def test_equal_stamps_on_a_page_border_are_all_read(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    for number in range(25):
        add(empty, f"C{number:02}", timedelta(hours=1) if number > 3 else timedelta(hours=2))
    out = source("read", make_config(empty, page_size=4), CUSTOMERS)
    assert sorted(numbers(out)) == [f"C{number:02}" for number in range(25)]
    again = source("read", make_config(empty, page_size=4), CUSTOMERS, out.states)
    assert len(numbers(again)) == 21


def test_a_row_committed_late_with_an_old_stamp_is_found(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    add(empty, "SEEN", MINUTE)
    add(empty, "LATE", 6 * MINUTE, visible_after=MINUTE)
    config = make_config(empty)
    first = source("read", config, CUSTOMERS)
    assert numbers(first) == ["SEEN"]
    empty.clock.advance(2 * MINUTE)
    second = source("read", config, CUSTOMERS, first.states)
    assert "LATE" in numbers(second)
    without = source("read", {**config, "overlap_minutes": 0}, CUSTOMERS, first.states)
    assert "LATE" not in numbers(without)


def test_rows_without_a_stamp_are_read_once(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    for number in range(7):
        empty.put("customers", {"number": f"OLD{number}", "displayName": "x"}, modified=NO_STAMP)
    config = make_config(empty, page_size=3)
    first = source("read", config, CUSTOMERS)
    assert len(numbers(first)) == 7
    assert all(row.get("lastModifiedDateTime") is None for row in first.records("customers"))
    assert source("read", config, CUSTOMERS, first.states).records("customers") == []
    add(empty, "NEW", MINUTE)
    assert numbers(source("read", config, CUSTOMERS, first.states)) == ["NEW"]


def test_rows_without_a_stamp_are_read_with_a_start_date_too(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    empty.put("customers", {"number": "OLD", "displayName": "x"}, modified=NO_STAMP)
    out = source("read", make_config(empty, start_date="2026-01-01T00:00:00Z"), CUSTOMERS)
    assert numbers(out) == ["OLD"]
    assert out.reached("customers") == {empty.company().id: "2026-01-01T00:00:00.000000Z"}


@pytest.mark.parametrize("digits", [3, 7])
def test_stamps_of_any_length_move_the_state(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, digits: int
) -> None:
    empty.stamp_digits = digits
    base = datetime(2026, 1, 10, 12, 0, 0, tzinfo=UTC)
    for number, micros in enumerate((0, 900_000, 440_000, 906_667)):
        stamp = base + timedelta(seconds=number, microseconds=micros)
        empty.put("customers", {"number": f"C{number}", "displayName": "x"}, modified=stamp)
    out = source("read", make_config(empty), CUSTOMERS)
    (reached,) = out.reached("customers").values()
    assert reached.startswith("2026-01-10T12:00:03.90")
    assert len(reached) == len("2026-01-10T12:00:03.907000Z")


def test_a_row_with_a_stamp_in_the_future_does_not_carry_the_state_away(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    add(empty, "NOW", MINUTE)
    add(empty, "FUTURE", timedelta(days=-900))
    out = source("read", make_config(empty), CUSTOMERS)
    assert numbers(out) == ["NOW", "FUTURE"]
    (reached,) = out.reached("customers").values()
    assert datetime.fromisoformat(reached) <= datetime.now(UTC)


def test_the_state_stays_a_lag_before_the_read(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    add(empty, "NOW", timedelta())
    out = source("read", make_config(empty, lag_seconds=300), CUSTOMERS)
    (reached,) = out.reached("customers").values()
    assert datetime.fromisoformat(reached) < datetime.now(UTC) - timedelta(seconds=290)


def test_a_replica_that_lags_loses_nothing(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    empty.database.replica_lag = 3 * MINUTE
    add(empty, "OLD", timedelta())
    empty.clock.advance(4 * MINUTE)
    add(empty, "NEW", timedelta())
    config = make_config(empty)
    first = source("read", config, CUSTOMERS)
    assert numbers(first) == ["OLD"]
    empty.clock.advance(4 * MINUTE)
    assert "NEW" in numbers(source("read", config, CUSTOMERS, first.states))


def test_a_row_edited_while_it_is_read_hides_no_others(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    ids = [add(empty, f"C{number:02}", (60 - number) * MINUTE) for number in range(30)]
    left = iter(ids)

    def edit(exchange: Any) -> None:
        if exchange.path.endswith("/customers"):
            for row_id in (next(left), next(left)):
                empty.put("customers", {"id": row_id, "displayName": "Edited"})

    empty.on_exchange(edit)
    out = source("read", make_config(empty, page_size=7), CUSTOMERS)
    assert {row["id"] for row in out.records("customers")} == set(ids)


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


def test_an_entry_committed_late_with_a_lower_number_is_found(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    stream = ("general_ledger_entries",)

    def enter(number: int, ago: timedelta, **options: Any) -> None:
        empty.put(
            "generalLedgerEntries",
            {"entryNumber": number, "documentNumber": f"D{number}"},
            modified=empty.clock.now() - ago,
            **options,
        )

    enter(1, timedelta(hours=1))
    enter(2, 5 * MINUTE, visible_after=MINUTE)
    enter(3, 4 * MINUTE)
    config = make_config(empty)
    first = source("read", config, stream)
    assert [row["entryNumber"] for row in first.records("general_ledger_entries")] == [1, 3]
    assert list(first.reached("general_ledger_entries").values()) == [1]
    empty.clock.advance(2 * MINUTE)
    second = source("read", config, stream, first.states)
    assert 2 in [row["entryNumber"] for row in second.records("general_ledger_entries")]


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
