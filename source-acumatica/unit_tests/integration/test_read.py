"""The connector as a process against a simulated instance: full, incremental, and by version."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import jsonschema
import pytest

from simulators.acumatica import AcumaticaSimulator
from simulators.wholesaler import wholesaler

STREAMS = ("customers", "contacts", "stock_items", "non_stock_items", "sales_invoices")
ENTITIES = ("Customer", "Contact", "StockItem", "NonStockItem", "SalesInvoice")

MakeConfig = Callable[..., dict[str, Any]]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_a_first_read_brings_every_row_once(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp, window_days=700))
    assert out.code == 0, out.text[-2000:]
    for stream, entity in zip(STREAMS, ENTITIES, strict=True):
        found = ids(out.records(stream))
        assert len(found) == len(set(found)) == erp.counts()[entity], stream


@pytest.mark.slow
def test_the_whole_wholesaler_is_read(make_config: MakeConfig, process: Any, files: Any) -> None:
    with AcumaticaSimulator(wholesaler()) as erp:
        out = process(*files.arguments("read", make_config(erp, page_size=500)))
        assert out.code == 0, out.errors
        for stream, entity in zip(STREAMS, ENTITIES, strict=True):
            assert len(set(ids(out.records(stream)))) == erp.counts()[entity]


def test_records_match_the_discovered_schemas(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    found = source("discover", make_config(erp))
    discovered = found.of("CATALOG")[0]["catalog"]["streams"]
    schemas = {stream["name"]: stream["json_schema"] for stream in discovered}
    out = source("read", found.new_configs[-1])
    for stream in STREAMS:
        check = jsonschema.Draft7Validator(schemas[stream])
        rows = out.records(stream)
        assert rows
        for row in rows:
            check.validate(row)
            assert set(row) <= set(schemas[stream]["properties"])


def test_one_token_and_nothing_but_gets(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp)
    assert source("check", config).status["status"] == "SUCCEEDED"
    config = make_config(erp)
    erp.clear_requests()
    source("read", config)
    posts = [exchange for exchange in erp.requests if exchange.method != "GET"]
    assert [exchange.path for exchange in posts] == ["/Wholesale/identity/connect/token"]
    assert all(exchange.status == 200 for exchange in erp.requests)


def test_requests_name_their_fields_their_window_and_their_page(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    source("read", make_config(erp, branch="MAIN"))
    reads = [exchange for exchange in erp.requests if exchange.method == "GET"]
    for exchange in reads:
        query = {name: values[0] for name, values in parse_qs(exchange.query).items()}
        assert {"$select", "$filter", "$top", "$skip"} <= set(query) <= {
            "$select", "$filter", "$top", "$skip", "$expand",
        }  # fmt: skip
        assert query["$filter"].startswith(
            "LastModifiedDateTime ge datetimeoffset'2020-01-01T00:00"
        )
        assert exchange.request_headers["px-cbapibranch"] == "MAIN"
        assert exchange.request_headers["accept"] == "application/json"
    pages = {exchange.path.rpartition("/")[2]: 0 for exchange in reads}
    for exchange in reads:
        pages[exchange.path.rpartition("/")[2]] += 1
    assert pages == {
        "Customer": 3, "Contact": 1, "StockItem": 1, "NonStockItem": 1, "SalesInvoice": 7,
    }  # fmt: skip


def test_classes_and_orders_are_read(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    order = {
        "OrderType": "SO",
        "OrderNbr": "SO0001",
        "CustomerID": "C0001",
        "Date": date(2026, 1, 5),
        "OrderTotal": Decimal("12.5"),
        "Totals": {"LineTotalAmount": Decimal("12.5")},
        "Details": [{"LineNbr": 1, "InventoryID": "PEN", "OrderQty": Decimal(5)}],
    }
    erp.put("SalesOrder", order)
    found = source("discover", make_config(erp))
    schemas = {of["name"]: of["json_schema"] for of in found.of("CATALOG")[0]["catalog"]["streams"]}
    out = source("read", found.new_configs[-1], ("customer_classes", "sales_orders"))
    assert out.code == 0, out.errors
    assert len(out.records("customer_classes")) == erp.counts()["CustomerClass"]
    row = next(row for row in out.records("sales_orders") if row["OrderNbr"] == "SO0001")
    assert (row["Date"], row["OrderTotal"]) == ("2026-01-05", 12.5)
    assert row["Totals"]["LineTotalAmount"] == 12.5
    assert row["Details"][0]["OrderQty"] == 5
    for stream in ("customer_classes", "sales_orders"):
        for record in out.records(stream):
            jsonschema.validate(record, schemas[stream])
    assert list(out.states["sales_orders"]) == ["LastModified"]


def test_archived_documents_are_read_where_the_setting_says_so(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.put("SalesInvoice", {"Type": "Invoice", "ReferenceNbr": "OLD"}, archived=True)
    numbers = []
    for archived in (False, True):
        out = source("read", make_config(erp, read_archived=archived), ("sales_invoices",))
        numbers.append({row["ReferenceNbr"] for row in out.records("sales_invoices")})
    assert numbers[1] - numbers[0] == {"OLD"}


def test_a_stream_that_is_none_is_told_with_near_ones(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp), ("customer",))
    assert out.code == 1
    assert "no stream customer. Did you mean customers" in out.errors[0]


def test_a_second_read_brings_what_changed(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.clock.advance(timedelta(days=-1))
    config = make_config(erp, overlap_minutes=0)
    first = source("read", config)
    erp.clock.advance(timedelta(days=1))
    quiet = source("read", first.new_configs[-1], state=first.states)
    assert quiet.of("RECORD") == []
    assert set(quiet.states) == set(STREAMS)
    for stream, state in quiet.states.items():
        assert state["LastModifiedDateTime"] > first.states[stream]["LastModifiedDateTime"]
    erp.put("Customer", {"CustomerID": "NEW001", "CustomerName": "New & Söhne", "Status": "Active"})
    erp.put("Contact", {"ContactID": 999_999, "LastName": "New", "NoMarketing": True})
    busy = source("read", quiet.new_configs[-1], state=quiet.states)
    assert [row["CustomerName"] for row in busy.records("customers")] == ["New & Söhne"]
    assert [row["NoMarketing"] for row in busy.records("contacts")] == [True]
    assert len(busy.of("RECORD")) == 2


def test_a_quiet_read_costs_one_request_a_stream(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    first = source("read", make_config(erp))
    erp.clear_requests()
    source("read", first.new_configs[-1], state=first.states)
    assert len(erp.requests) == len(STREAMS)


def test_the_overlap_finds_rows_that_were_committed_late(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp)
    hour = erp.clock.now() - timedelta(minutes=5)
    erp.put(
        "Customer",
        {"CustomerID": "LATE01", "CustomerName": "Late"},
        modified=hour,
        visible_after=timedelta(minutes=6),
    )
    first = source("read", config, ("customers",))
    assert "LATE01" not in [row["CustomerID"] for row in first.records("customers")]
    erp.clock.advance(timedelta(minutes=2))
    again = source("read", first.new_configs[-1], ("customers",), first.states)
    assert "LATE01" in [row["CustomerID"] for row in again.records("customers")]


def test_without_overlap_a_late_row_would_be_lost(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp, overlap_minutes=0)
    hour = erp.clock.now() - timedelta(minutes=5)
    erp.put(
        "Customer",
        {"CustomerID": "LATE01", "CustomerName": "Late"},
        modified=hour,
        visible_after=timedelta(minutes=6),
    )
    first = source("read", config, ("customers",))
    erp.clock.advance(timedelta(minutes=2))
    again = source("read", first.new_configs[-1], ("customers",), first.states)
    assert again.records("customers") == []


def test_a_row_from_the_future_is_read_and_does_not_poison_the_state(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    far = datetime(2099, 1, 1, tzinfo=UTC)
    erp.put("Customer", {"CustomerID": "FUTURE", "CustomerName": "F"}, modified=far)
    out = source("read", make_config(erp), ("customers",))
    row = next(row for row in out.records("customers") if row["CustomerID"] == "FUTURE")
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert row["LastModifiedDateTime"] < soon
    assert out.states["customers"]["LastModifiedDateTime"] < soon
    erp.put("Customer", {"CustomerID": "NEXT01", "CustomerName": "N"})
    again = source("read", out.new_configs[-1], ("customers",), out.states)
    assert "NEXT01" in [row["CustomerID"] for row in again.records("customers")]


@pytest.mark.parametrize("version", ["20.200.001", "22.200.001", "23.200.001", "25.200.001"])
def test_every_version_is_read_with_its_own_fields(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, version: str
) -> None:
    if version not in erp.versions:
        erp.versions = (*erp.versions, version)
    out = source("read", make_config(erp, endpoint_version=version))
    assert out.code == 0, out.errors
    for stream, entity in zip(STREAMS, ENTITIES, strict=True):
        assert len(out.records(stream)) == erp.counts()[entity], stream
    invoice = out.records("sales_invoices")[0]
    assert datetime.fromisoformat(invoice["LastModifiedDateTime"]).tzinfo is not None
    assert ("ExternalRef" in str(erp.requests[-1].query)) is (version >= "24")
    cursor = "LastModified" if version < "24" else "LastModifiedDateTime"
    assert list(out.states["stock_items"]) == [cursor]


def test_an_unmapped_cursor_reads_what_changed(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp, endpoint_version="22.200.001", overlap_minutes=0)
    first = source("read", config, ("sales_invoices",))
    number = next(
        row["ReferenceNbr"]
        for row in first.records("sales_invoices")
        if row["Status"] == "Balanced" and row["Type"] == "Invoice"
    )
    erp.post_invoice(number)
    again = source("read", first.new_configs[-1], ("sales_invoices",), first.states)
    rows = again.records("sales_invoices")
    assert [(row["ReferenceNbr"], row["Status"]) for row in rows] == [(number, "Open")]


def test_several_workers_bring_the_same_rows(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp, num_workers=4, window_days=400))
    assert out.code == 0
    for stream, entity in zip(STREAMS, ENTITIES, strict=True):
        assert len(set(ids(out.records(stream)))) == erp.counts()[entity]


@pytest.mark.parametrize("verb", ["check", "discover", "read"])
def test_the_source_keeps_to_its_requests_per_minute(
    erp: AcumaticaSimulator, make_config: MakeConfig, process: Any, files: Any, verb: str
) -> None:
    config = make_config(erp, requests_per_minute=3)
    running = process.start(*files.arguments(verb, config))
    deadline = time.monotonic() + 60
    while gets(erp) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(timeout=2)
    assert gets(erp) == 3


def gets(erp: AcumaticaSimulator) -> int:
    """How many requests came that are no sign-in."""
    return sum(exchange.method == "GET" for exchange in erp.requests)
