"""What is read when: windows that hold much or nothing, addresses that changed, deletions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SPLITTING = {"page_size": 5, "most_pages_per_window": 4, "start_date": "2026-01-01T00:00:00Z"}


@pytest.fixture
def empty() -> Iterator[AcumaticaSimulator]:
    """An instance without records."""
    with AcumaticaSimulator() as erp:
        yield erp


def put_customers(erp: AcumaticaSimulator, count: int, apart: timedelta) -> set[str]:
    return {
        erp.put(
            "Customer",
            {"CustomerID": f"C{number:04}", "CustomerName": f"Customer {number}"},
            modified=BEGIN + number * apart,
        )
        for number in range(count)
    }


def lists(erp: AcumaticaSimulator, entity: str) -> list[dict[str, str]]:
    """The queries of the list reads of an entity."""
    return [
        {name: values[0] for name, values in parse_qs(exchange.query).items()}
        for exchange in erp.requests
        if exchange.path.endswith(f"/{entity}")
    ]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def stamps_in_order(out: Any) -> list[tuple[str, datetime]]:
    """Stamps of records and states in the order in which they came out."""
    found = []
    for message in out.messages:
        kind = message["type"]
        if kind in {"RECORD", "STATE"}:
            data = (
                message["record"]["data"]
                if kind == "RECORD"
                else message["state"]["stream"]["stream_state"]
            )
            found.append((kind, datetime.fromisoformat(data["LastModifiedDateTime"])))
    return found


# Windows that hold much or nothing.


def test_a_window_that_holds_too_much_is_read_in_parts_and_each_row_once(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    wanted = put_customers(empty, 300, timedelta(hours=5))
    out = source("read", make_config(empty, **SPLITTING), ("customers",))
    assert out.code == 0, out.errors
    assert sorted(ids(out.records("customers"))) == sorted(wanted)
    asked = lists(empty, "Customer")
    assert max(int(query["$skip"]) for query in asked) <= 2 * 4 * 5
    states = [stamp for kind, stamp in stamps_in_order(out) if kind == "STATE"]
    assert len(set(states)) > 300 // (4 * 5)
    assert states == sorted(states)
    looks = [query for query in asked if query["$top"] == "1"]
    assert looks
    assert {query["$select"] for query in looks} == {"CustomerID,LastModifiedDateTime"}


def test_a_mass_update_gives_thousands_of_rows_one_stamp(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    wanted = put_customers(empty, 200, timedelta(hours=5))
    empty.touch("Customer", BEGIN + timedelta(days=3))
    out = source("read", make_config(empty, **SPLITTING), ("customers",))
    assert out.code == 0, out.errors
    assert sorted(ids(out.records("customers"))) == sorted(wanted)


def test_no_state_is_ahead_of_its_records(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    put_customers(empty, 300, timedelta(hours=5))
    for workers in (1, 2, 8):
        config = make_config(empty, **SPLITTING, num_workers=workers, window_days=30)
        messages = stamps_in_order(source("read", config, ("customers",)))
        later = datetime.max.replace(tzinfo=UTC)
        for kind, stamp in reversed(messages):
            if kind == "RECORD":
                later = min(later, stamp)
            else:
                assert stamp <= later, workers


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
def test_any_number_of_workers_brings_every_row_with_one_token(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, workers: int
) -> None:
    erp.clear_requests()
    config = make_config(erp, num_workers=workers, window_days=30, page_size=7)
    streams = ("customers", "contacts", "stock_items", "sales_invoices")
    out = source("read", config, streams)
    assert out.code == 0, out.errors
    for stream, entity in zip(
        streams, ("Customer", "Contact", "StockItem", "SalesInvoice"), strict=True
    ):
        assert len(set(ids(out.records(stream)))) == erp.counts()[entity], stream
    assert sum(exchange.method == "POST" for exchange in erp.requests) == 1
    end = max(state["LastModifiedDateTime"] for state in out.states.values())
    assert all(state["LastModifiedDateTime"] >= end[:16] for state in out.states.values())


def test_a_quiet_decade_costs_a_few_requests(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    wanted = {
        empty.put(
            "Contact",
            {"ContactID": n, "LastName": "x"},
            modified=datetime(2012 + 6 * n, 5, 1, tzinfo=UTC),
        )
        for n in range(3)
    }
    config = make_config(empty, start_date="2012-01-01T00:00:00Z", window_days=90)
    out = source("read", config, ("contacts",))
    assert set(ids(out.records("contacts"))) == wanted
    assert len(lists(empty, "Contact")) <= 12


def test_windows_are_closed_but_for_the_last_and_meet_without_a_gap(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    put_customers(empty, 200, timedelta(hours=20))
    config = make_config(empty, start_date="2026-01-01T00:00:00Z", window_days=45, page_size=8)
    source("read", config, ("customers",))
    filters = list(dict.fromkeys(query["$filter"] for query in lists(empty, "Customer")))
    together, *windows = filters
    closed = [text.split(" and LastModifiedDateTime lt ") for text in windows[:-1]]
    starts = [
        text.removeprefix("LastModifiedDateTime ge ") for text, *_ in [*closed, [windows[-1]]]
    ]
    assert [end for _, end in closed] == starts[1:]
    assert " lt " not in windows[-1]
    assert together.startswith(f"LastModifiedDateTime ge {starts[0]}")
    assert all(start.startswith("datetimeoffset'") and start.endswith("Z'") for start in starts)


# Lists that cannot be optimized.


def test_rows_are_read_by_their_id_where_a_list_cannot_be_optimized(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    wanted = put_customers(empty, 23, timedelta(days=1))
    empty.faults.on("cannot_optimize", path="/Customer", fields=["MainContact/Email"])
    config = make_config(
        empty, start_date="2026-01-01T00:00:00Z", window_days=5, page_size=10, num_workers=3
    )
    out = source("read", config, ("customers",))
    assert out.code == 0, out.errors
    assert sorted(ids(out.records("customers"))) == sorted(wanted)
    assert all(row["CustomerName"].startswith("Customer ") for row in out.records("customers"))
    warnings = [m["log"]["message"] for m in out.of("LOG") if m["log"]["level"] == "WARN"]
    told = [text for text in warnings if "row by row" in text]
    assert len(told) == 1
    assert "MainContact/Email" in told[0]
    refused = [exchange for exchange in empty.requests if exchange.status == 500]
    assert 1 <= len(refused) <= 3  # one for each worker that was on its way


def test_a_row_that_is_deleted_after_it_was_listed_is_left_out(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    put_customers(empty, 9, timedelta(days=1))
    empty.faults.on("cannot_optimize", path="/Customer", fields=["MainContact/Email"])
    empty.after_page("Customer", 1, lambda: empty.delete("Customer", "C0004"))
    out = source("read", make_config(empty, start_date="2026-01-01T00:00:00Z"), ("customers",))
    assert out.code == 0, out.errors
    assert "C0004" not in {row["CustomerID"] for row in out.records("customers")}
    assert len(out.records("customers")) == 8


def test_rows_that_are_all_gone_are_no_deletion(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    put_customers(empty, 5, timedelta(days=1))
    empty.faults.on("cannot_optimize", path="/Customer", fields=["MainContact/Email"])
    empty.faults.on(
        "answer", path="/Customer/.", status=404, body="{}", content_type="application/json"
    )
    out = source("read", make_config(empty, start_date="2026-01-01T00:00:00Z"), ("customers",))
    assert out.code == 1
    assert "finds none of 5 by its id" in out.errors[0]


def test_a_list_of_keys_that_cannot_be_optimized_either_is_told(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    put_customers(empty, 3, timedelta(days=1))
    empty.faults.on("cannot_optimize", path="/Customer$")
    out = source("read", make_config(empty), ("customers",))
    assert out.code == 1
    assert "cannot list Customer" in out.errors[0]
    assert out.states["customers"]["LastModifiedDateTime"] == "2020-01-01T00:00:00.000Z"


# Addresses that changed.


def test_the_second_stream_brings_a_customer_whose_address_changed(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    streams = ("customers", "customers_by_contact")
    first = source("read", make_config(erp, overlap_minutes=0), streams)
    assert first.code == 0, first.errors
    assert set(ids(first.records(streams[0]))) == set(ids(first.records(streams[1])))
    customer = first.records("customers")[0]
    erp.clock.advance(timedelta(seconds=2))
    erp.change_email(customer["CustomerID"], "new@example.com")
    again = source("read", first.new_configs[-1], streams, first.states)
    assert again.records("customers") == []
    (changed,) = again.records("customers_by_contact")
    assert (changed["id"], changed["MainContact"]["Email"]) == (customer["id"], "new@example.com")
    assert "full_read_at" not in again.states["customers"]


def test_without_the_second_stream_all_customers_are_read_again_after_a_day(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    first = source("read", make_config(erp, overlap_minutes=0), ("customers",))
    known = {row["CustomerID"]: row for row in first.records("customers")}
    changed = next(iter(known))
    erp.change_email(changed, "new@example.com")
    soon = source("read", first.new_configs[-1], ("customers",), first.states)
    assert soon.records("customers") == []
    state = aged(soon.states, timedelta(hours=25))
    later = source("read", first.new_configs[-1], ("customers",), state)
    rows = {row["CustomerID"]: row for row in later.records("customers")}
    assert set(rows) == set(known)
    assert rows[changed]["MainContact"]["Email"] == "new@example.com"
    assert rows[changed]["LastModifiedDateTime"] == known[changed]["LastModifiedDateTime"]
    assert later.states["customers"]["full_read_at"] > state["customers"]["full_read_at"]
    again = source("read", first.new_configs[-1], ("customers",), later.states)
    assert again.records("customers") == []


def test_a_full_compare_beside_the_second_stream_brings_a_changed_postal_address(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    streams = ("customers", "customers_by_contact")
    first = source(
        "read", make_config(erp, overlap_minutes=0, email_changes="full_compare"), streams
    )
    customer = first.records("customers")[0]
    erp.clock.advance(timedelta(seconds=2))
    erp.change_address(customer["CustomerID"], City="Tacoma")
    state = {**first.states, **aged(first.states, timedelta(hours=25))}
    later = source("read", first.new_configs[-1], streams, state)
    assert later.records("customers_by_contact") == []
    cities = {
        row["id"]: row["MainContact"]["Address"]["City"] for row in later.records("customers")
    }
    assert cities[customer["id"]] == "Tacoma"


def test_whole_reads_can_be_switched_off(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp, overlap_minutes=0, email_changes="off")
    first = source("read", config, ("customers",))
    assert set(first.states["customers"]) == {"LastModifiedDateTime"}
    again = source("read", first.new_configs[-1], ("customers",), first.states)
    assert again.records("customers") == []


def test_a_whole_read_that_broke_off_goes_on_where_it_stopped(
    empty: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    put_customers(empty, 200, timedelta(hours=20))
    config = make_config(empty, **SPLITTING, window_days=20, overlap_minutes=0)
    first = source("read", config, ("customers",))
    config, state = first.new_configs[-1], aged(first.states, timedelta(hours=30))
    empty.faults.on("forbidden", skip=20, path="Customer")
    broken = source("read", config, ("customers",), state)
    assert broken.code == 1
    reached = broken.states["customers"]["LastModifiedDateTime"]
    assert "2026-01-01" < reached < "2026-06-01"
    empty.faults.off()
    late = aged(broken.states, timedelta(hours=30))  # a whole read is due again, but this one first
    rest = source("read", config, ("customers",), late)
    assert min(row["LastModifiedDateTime"] for row in rest.records("customers")) >= reached[:19]
    both = {*ids(broken.records("customers")), *ids(rest.records("customers"))}
    assert len(both) == 200


def aged(states: dict[str, dict[str, Any]], by: timedelta) -> dict[str, dict[str, Any]]:
    """The states as they are when the last whole read was so much longer ago."""
    stamp = datetime.fromisoformat(states["customers"]["full_read_at"]) - by
    return {"customers": {**states["customers"], "full_read_at": stamp.isoformat()}}
