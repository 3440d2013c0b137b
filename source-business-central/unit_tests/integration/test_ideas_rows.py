"""Links, stamps and late rows: what a read meets, by number (see also `test_ideas_documents`).

Each test bears the number of the behaviour that a stand-in must have, and fails without the
connector's counter-measure.
"""

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
NO_STAMP = datetime(1, 1, 1, tzinfo=UTC)


def numbers(out: Any) -> list[str]:
    return [row["number"] for row in out.records("customers")]


def customer_pages(erp: BusinessCentralSimulator) -> list[Any]:
    return [exchange for exchange in erp.requests if exchange.path.endswith("/customers")]


@pytest.mark.parametrize("aid", [True, False])
def test_01_links_are_followed_as_they_came(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any, *, aid: bool
) -> None:
    """Online they bear `aid`, elsewhere not; whoever builds them anew loses pages."""
    erp.paging.aid = aid
    out = source("read", make_config(erp, page_size=20), CUSTOMERS)
    assert len(out.records("customers")) == erp.counts()["customers"]
    pages = customer_pages(erp)
    links = [link for page in pages if (link := page.response_json().get("@odata.nextLink"))]
    asked = [f"{erp.base_url}{page.path}?{page.query}" for page in pages]
    assert len(links) > 10
    assert set(links) <= set(asked)
    assert all(("aid=" in link) is aid for link in links)
    assert {page.request_headers["prefer"] for page in pages} == {"odata.maxpagesize=20"}


def test_01_a_row_changed_between_pages_comes_again_and_hides_no_others(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, add: Add
) -> None:
    """In the order of stamps a changed row moves behind those that are still to come."""
    ids = {add(empty, f"C{number:02}", (60 - number) * MINUTE) for number in range(30)}
    changed: list[str] = []

    def change(exchange: Any) -> None:
        if exchange.path.endswith("/customers") and len(changed) < 6:
            for row in exchange.response_json()["value"][:2]:
                empty.put("customers", {"id": row["id"], "displayName": "Changed"})
                changed.append(row["id"])

    empty.on_exchange(change)
    out = source("read", make_config(empty, page_size=7), CUSTOMERS)
    last = {row["id"]: row["displayName"] for row in out.records("customers")}
    assert set(last) == ids
    assert {row_id for row_id, name in last.items() if name == "Changed"} == set(changed)


def test_02_equal_stamps_on_a_page_border_are_all_read(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, add: Add
) -> None:
    """And so is a row with the stamp that the state bears, even without an overlap."""
    shared = empty.clock.now() - timedelta(hours=1)
    for number in range(25):
        add(empty, f"C{number:02}", timedelta(hours=2))
    for number in range(25, 30):
        values = {"number": f"C{number}", "displayName": "x"}
        empty.put("customers", values, modified=shared)
    config = make_config(empty, page_size=4, overlap_minutes=0)
    first = source("read", config, CUSTOMERS)
    assert sorted(numbers(first)) == [f"C{number:02}" for number in range(30)]
    empty.put("customers", {"number": "TWIN", "displayName": "x"}, modified=shared)
    again = source("read", config, CUSTOMERS, first.states)
    assert sorted(numbers(again)) == ["C25", "C26", "C27", "C28", "C29", "TWIN"]


@pytest.mark.parametrize("digits", [3, 7])
def test_02_stamps_with_any_number_of_digits_move_the_state(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, digits: int
) -> None:
    """Trailing zeros are cut: the fraction has 0 to 3 digits, on some versions 7."""
    empty.stamp_digits = digits
    base = datetime(2026, 1, 10, 12, 0, 0, tzinfo=UTC)
    fractions = (0, 900_000, 440_000, 906_667)
    for number, micros in enumerate(fractions):
        stamp = base + timedelta(seconds=number, microseconds=micros)
        empty.put("customers", {"number": f"C{number}", "displayName": "x"}, modified=stamp)
    config = make_config(empty, overlap_minutes=0)
    out = source("read", config, CUSTOMERS)
    assert numbers(out) == ["C0", "C1", "C2", "C3"]
    for row, micros in zip(out.records("customers"), fractions, strict=True):
        stamp = row["lastModifiedDateTime"]
        assert len(stamp) == len("2026-01-10T12:00:03.907000Z")
        shown = datetime.fromisoformat(stamp).microsecond
        assert abs(shown - micros) < 1_000
    (reached,) = out.reached("customers").values()
    assert reached == out.records("customers")[-1]["lastModifiedDateTime"]
    assert numbers(source("read", config, CUSTOMERS, out.states)) == ["C3"]


def test_02_a_row_without_a_stamp_is_read_first_and_once(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, add: Add
) -> None:
    """Rows from before there were stamps show the year 1."""
    for number in range(7):
        empty.put("customers", {"number": f"OLD{number}", "displayName": "x"}, modified=NO_STAMP)
    config = make_config(empty, page_size=3)
    first = source("read", config, CUSTOMERS)
    assert len(numbers(first)) == 7
    assert all(row.get("lastModifiedDateTime") is None for row in first.records("customers"))
    assert source("read", config, CUSTOMERS, first.states).records("customers") == []
    add(empty, "NEW", MINUTE)
    assert numbers(source("read", config, CUSTOMERS, first.states)) == ["NEW"]


def test_02_a_start_date_leaves_older_rows_out_but_none_without_a_stamp(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Nor one with the very stamp of the start."""
    day = datetime(2026, 1, 10, tzinfo=UTC)
    for number, stamp in enumerate(
        (day, day - timedelta(days=1), day + timedelta(days=1), NO_STAMP)
    ):
        empty.put("customers", {"number": f"C{number}", "displayName": "x"}, modified=stamp)
    out = source("read", make_config(empty, start_date="2026-01-10T00:00:00Z"), CUSTOMERS)
    assert set(numbers(out)) == {"C0", "C2", "C3"}


def test_02_a_company_of_unstamped_rows_alone_is_read_to_the_start_date(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    empty.put("customers", {"number": "OLD", "displayName": "x"}, modified=NO_STAMP)
    out = source("read", make_config(empty, start_date="2026-01-01T00:00:00Z"), CUSTOMERS)
    assert numbers(out) == ["OLD"]
    assert out.reached("customers") == {empty.company().id: "2026-01-01T00:00:00.000000Z"}


def test_03_a_row_committed_late_with_an_old_stamp_is_found(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, add: Add
) -> None:
    """Stamps are set while a transaction runs, and seen once it ends."""
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


def test_03_an_entry_committed_late_with_a_lower_number_is_found(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Numbers are drawn while a transaction runs, too."""
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


def test_03_a_replica_that_lags_loses_nothing(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, add: Add
) -> None:
    """A read sees the company as it was, and the state goes no further than what it saw."""
    empty.database.replica_lag = 3 * MINUTE
    empty.clock.advance(-5 * MINUTE)
    add(empty, "OLD", timedelta())
    empty.clock.advance(4 * MINUTE)
    add(empty, "NEW", timedelta())
    empty.clock.advance(MINUTE)
    config = make_config(empty, overlap_minutes=0)
    first = source("read", config, CUSTOMERS)
    assert numbers(first) == ["OLD"]
    empty.clock.advance(4 * MINUTE)
    assert "NEW" in numbers(source("read", config, CUSTOMERS, first.states))


def test_10_several_addresses_of_one_field_are_kept_as_they_are(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Who takes which of them is the catalog's to say."""
    several = "Ann@Buyer.example; bob@buyer.example,c@d.example"
    for entity_set in ("customers", "contacts"):
        values = {"number": "N1", "displayName": "Buyer", "email": several}
        empty.put(entity_set, values)
    out = source("read", make_config(empty), ("customers", "contacts"))
    for stream in ("customers", "contacts"):
        assert [row["email"] for row in out.records(stream)] == [several]
