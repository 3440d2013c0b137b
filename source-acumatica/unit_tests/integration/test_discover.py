"""Discover asks the instance: what it finds, what it leaves out and why, and at what cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
import requests
import requests_mock as requests_mocker

from simulators.acumatica import AcumaticaSimulator
from simulators.acumatica.contract.endpoints import OwnEntity, OwnField
from simulators.acumatica.contract.tables import Kind

KNOWN = (
    "customers",
    "contacts",
    "customer_classes",
    "stock_items",
    "non_stock_items",
    "sales_invoices",
    "sales_orders",
    "customers_by_contact",
)
MakeConfig = Callable[..., dict[str, Any]]


def streams(out: Any) -> dict[str, dict[str, Any]]:
    assert out.code == 0, out.errors
    found = out.of("CATALOG")[0]["catalog"]["streams"]
    return {stream["name"]: stream for stream in found}


def lines(out: Any, level: str) -> list[str]:
    logs = [message["log"] for message in out.of("LOG")]
    return [log["message"] for log in logs if log["level"] == level]


def gets(erp: AcumaticaSimulator) -> list[str]:
    paths = [exchange.path for exchange in erp.requests if exchange.method == "GET"]
    return [path.partition("/entity/")[2].split("/", 2)[2] for path in paths]


def pay(erp: AcumaticaSimulator) -> None:
    for number in ("PM0001", "PM0002"):
        erp.put_json(
            "Payment",
            {
                "Type": "Payment",
                "ReferenceNbr": number,
                "PaymentAmount": 12.5,
                "ApplicationDate": "2026-01-05T00:00:00Z",
                "Status": "Open",
            },
        )


def an_invoice() -> dict[str, Any]:
    return {
        "Type": "Invoice",
        "ReferenceNbr": "AR0001",
        "Status": "Open",
        "Date": date(2026, 1, 5),
        "Customer": "C0001",
        "Amount": Decimal("12.5"),
        "Document.CuryID": "USD",
        "BillToContact": {"Email": "bill@firm.example"},
        "Details": [{"LineNbr": 1, "TransactionDescription": "Pen", "Amount": Decimal("12.5")}],
    }


def test_every_stream_has_a_key_a_cursor_and_a_schema(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    found = streams(source("discover", make_config(erp)))
    assert tuple(found) == KNOWN
    for name, stream in found.items():
        assert stream["source_defined_primary_key"] == [["id"]], name
        assert stream["source_defined_cursor"], name
        assert stream["default_cursor_field"][0] in stream["json_schema"]["properties"]
        assert stream["supported_sync_modes"] == ["full_refresh", "incremental"]
    assert found["sales_orders"]["default_cursor_field"] == ["LastModified"]
    by_contact = found["customers_by_contact"]
    assert by_contact["default_cursor_field"] == ["ContactLastModifiedDateTime"]


def test_one_request_for_a_stream_and_one_line_of_what_was_found(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("discover", make_config(erp))
    assert len(gets(erp)) == len(KNOWN)
    assert all(
        "%24top=1" in exchange.query for exchange in erp.requests if exchange.method == "GET"
    )
    told = [line for line in lines(out, "INFO") if line.startswith("Found")]
    assert told == [f"Found 8 streams: {', '.join(KNOWN)}. Left out: none."]
    assert lines(out, "WARN") == []


def test_what_the_user_may_not_read_is_left_out_with_its_form(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.rights.forbid("SalesInvoice", "CR302000")
    out = source("discover", make_config(erp))
    assert set(KNOWN) - set(streams(out)) == {"sales_invoices", "contacts"}
    warnings = lines(out, "WARN")
    assert len(warnings) == 2
    assert "contacts is left out" in warnings[0]
    assert "CR302000" in warnings[0]
    assert "sales_invoices is left out" in warnings[1]
    assert "SO303000" in warnings[1]


def test_without_customers_there_is_no_second_pass_over_them(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.rights.forbid("Customer")
    found = streams(source("discover", make_config(erp)))
    assert set(KNOWN) - set(found) == {"customers", "customers_by_contact"}


def test_a_user_who_may_read_nothing_is_told(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    names = ("Customer", "Contact", "CustomerClass", "StockItem", "NonStockItem")
    erp.rights.forbid(*names, "SalesInvoice", "SalesOrder")
    out = source("discover", make_config(erp))
    assert out.code == 1
    assert "may read none of the streams" in out.errors[0]


def test_the_second_pass_is_offered_only_where_its_filter_is_answered(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("custom_filter_refused")
    out = source("discover", make_config(erp))
    assert set(KNOWN) - set(streams(out)) == {"customers_by_contact"}
    (warning,) = lines(out, "WARN")
    assert "`email_changes`" in warning


def test_a_filter_that_finds_nobody_among_customers_is_not_answered(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("empty_list", path="/Customer$", skip=1, count=1)
    assert "customers_by_contact" not in streams(source("discover", make_config(erp)))


def test_the_second_pass_is_not_offered_where_the_settings_want_none(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    found = streams(source("discover", make_config(erp, email_changes="off")))
    assert "customers_by_contact" not in found
    assert len(gets(erp)) == len(KNOWN) - 1


def test_a_list_that_cannot_be_optimized_is_offered_all_the_same(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("cannot_optimize", path="/SalesOrder")
    out = source("discover", make_config(erp))
    assert "sales_orders" in streams(out)
    assert "sales_orders will be read row by row" in lines(out, "WARN")[0]


def test_other_failures_are_errors(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on(
        "answer",
        path="/SalesOrder",
        status=500,
        body='{"message": "An error has occurred."}',
        content_type="application/json",
    )
    out = source("discover", make_config(erp))
    assert out.code == 1
    assert "SalesOrder" in out.errors[0]


def test_without_network_one_sentence_names_the_setting(
    config: dict[str, Any], source: Any, web: requests_mocker.Mocker
) -> None:
    web.get(requests_mocker.ANY, exc=requests.ConnectionError("Failed to resolve 'erp.test'"))
    out = source("discover", config)
    assert out.code == 1
    assert "`instance_url`" in out.errors[0]
    assert len(out.errors) == 1


def test_a_wrong_setting_is_told_before_anything_is_asked(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("discover", make_config(erp, invoices_from="Invoices"))
    assert out.code == 1
    assert "`invoices_from`" in out.errors[0]
    assert erp.requests == []


# Other entities


def test_another_entity_is_a_stream_with_the_fields_of_the_endpoint(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    others = [
        {"entity": "Payment", "name": "payments", "expand": ["ApplicationHistory"]},
        {"entity": "SalesInvoice", "name": "invoice_heads"},
    ]
    out = source("discover", make_config(erp, other_entities=others))
    found = streams(out)
    assert tuple(found) == (*KNOWN, "payments", "invoice_heads")
    assert gets(erp).count("swagger.json") == 1
    payments = found["payments"]
    assert payments["default_cursor_field"] == ["LastModifiedDateTime"]
    assert payments["source_defined_primary_key"] == [["id"]]
    assert payments["json_schema"]["properties"]["ApplicationHistory"]["type"] == ["null", "array"]
    heads = found["invoice_heads"]["json_schema"]["properties"]
    assert "Details" not in heads
    assert heads["Amount"] == {"type": ["null", "number"]}


@pytest.mark.parametrize("version", ["22.200.001", "24.200.001"])
def test_another_entity_is_read_with_either_kind_of_description(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, version: str
) -> None:
    pay(erp)
    others = [{"entity": "Payment", "name": "payments"}]
    out = source("discover", make_config(erp, other_entities=others, endpoint_version=version))
    schema = streams(out)["payments"]["json_schema"]
    erp.clear_requests()
    read = source("read", out.new_configs[-1], ("payments",))
    assert read.code == 0, read.errors
    rows = read.records("payments")
    assert len(rows) == erp.counts()["Payment"] > 0
    for row in rows:
        jsonschema.validate(row, schema)


def test_a_read_asks_for_the_description_only_where_a_stream_needs_it(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    pay(erp)
    config = make_config(erp, other_entities=[{"entity": "Payment", "name": "payments"}])
    out = source("read", config, ("customers",))
    assert out.code == 0
    assert "swagger.json" not in gets(erp)
    out = source("read", out.new_configs[-1], ("customers", "payments"))
    assert gets(erp).count("swagger.json") == 1
    assert out.records("payments")


def test_an_entity_without_cursor_is_read_whole_each_time(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.add_endpoint(
        "Mine", "1", entities={"Flat": OwnEntity("CustomerClass", {"Code": "ClassID"})}
    )
    config = make_config(
        erp, endpoint_name="Mine", endpoint_version="1", other_entities=[{"entity": "Flat"}]
    )
    out = source("discover", config)
    flat = streams(out)["flat"]
    assert flat["supported_sync_modes"] == ["full_refresh"]
    assert set(flat["json_schema"]["properties"]) == {"id", "Code"}
    first = source("read", out.new_configs[-1], ("flat",))
    assert len(first.records("flat")) == erp.counts()["CustomerClass"]
    again = source("read", out.new_configs[-1], ("flat",), first.states)
    assert again.records("flat") == first.records("flat")


def test_an_entity_that_the_endpoint_lacks_is_told_with_near_ones(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("discover", make_config(erp, other_entities=[{"entity": "Paymnet"}]))
    assert out.code == 1
    assert "Paymnet" in out.errors[0]
    assert "Did you mean Payment" in out.errors[0]


# Endpoints of the instance's own, custom fields, invoices of accounts receivable


def test_known_streams_are_cut_to_what_an_own_endpoint_has(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.add_endpoint(
        "Mine",
        "1",
        extends="22.200.001",
        entities={"Customer": OwnEntity("Customer", {"Route": OwnField("CurrentCustomer.UsrRoute")}, inherits=True)},
    )  # fmt: skip
    config = make_config(erp, endpoint_name="Mine", endpoint_version="1")
    out = source("discover", config)
    found = streams(out)
    assert gets(erp).count("swagger.json") == 1
    assert "Email" not in found["customers"]["json_schema"]["properties"]
    assert found["stock_items"]["default_cursor_field"] == ["LastModified"]
    read = source("read", out.new_configs[-1], ("customers", "sales_invoices"))
    assert read.code == 0, read.errors
    for stream, entity in (("customers", "Customer"), ("sales_invoices", "SalesInvoice")):
        rows = read.records(stream)
        assert len(rows) == erp.counts()[entity]
        for row in rows:
            jsonschema.validate(row, found[stream]["json_schema"])


def test_custom_fields_have_the_types_that_the_instance_tells(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.add_custom_field("Customer", "CurrentCustomer.UsrRoute")
    erp.add_custom_field("Customer", "CurrentCustomer.UsrScore", Kind.DECIMAL)
    erp.add_custom_field("Customer", "CurrentCustomer.UsrSeen", Kind.DATETIME)
    erp.put(
        "Customer",
        {
            "CustomerID": "OWN001",
            "CustomerName": "Own",
            "CurrentCustomer.UsrRoute": "R1",
            "CurrentCustomer.UsrScore": Decimal("2.5"),
        },
    )
    names = ["CurrentCustomer.UsrRoute", "CurrentCustomer.UsrScore", "CurrentCustomer.UsrSeen"]
    config = make_config(erp, custom_fields=[{"stream": "customers", "fields": names}])
    out = source("discover", config)
    schema = streams(out)["customers"]["json_schema"]
    assert gets(erp).count("Customer/$adHocSchema") == 1
    types = {
        name: (field["type"], field.get("format"))
        for name, field in schema["properties"]["custom"]["properties"].items()
    }
    assert types == {
        "CurrentCustomer.UsrRoute": (["null", "string"], None),
        "CurrentCustomer.UsrScore": (["null", "number"], None),
        "CurrentCustomer.UsrSeen": (["null", "string"], "date-time"),
    }
    read = source("read", out.new_configs[-1], ("customers",))
    row = next(row for row in read.records("customers") if row["CustomerID"] == "OWN001")
    jsonschema.validate(row, schema)
    assert row["custom"]["CurrentCustomer.UsrRoute"] == "R1"
    assert row["custom"]["CurrentCustomer.UsrScore"] == 2.5


def test_a_custom_field_that_nobody_knows_is_told(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    fields = [{"stream": "contacts", "fields": ["Contact.UsrNobody"]}]
    out = source("discover", make_config(erp, custom_fields=fields))
    assert "contacts" in streams(out)
    assert "Contact.UsrNobody" in lines(out, "WARN")[0]


def test_invoices_of_either_entity_have_one_schema(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    first = source("discover", make_config(erp))
    second = source("discover", make_config(erp, invoices_from="Invoice"))
    schemas = [streams(out)["sales_invoices"]["json_schema"] for out in (first, second)]
    assert schemas[0] == schemas[1]
    assert "Invoice" in gets(erp)
    erp.put("Invoice", an_invoice())
    read = source("read", second.new_configs[-1], ("sales_invoices",))
    assert read.code == 0, read.errors
    rows = read.records("sales_invoices")
    assert len(rows) == erp.counts()["Invoice"] > 0
    for row in rows:
        jsonschema.validate(row, schemas[1])
    row = next(row for row in rows if row["ReferenceNbr"] == "AR0001")
    assert (row["Currency"], row["CustomerID"], row["Date"]) == ("USD", "C0001", "2026-01-05")
    assert row["BillingSettings"]["BillToContact"]["Email"] == "bill@firm.example"
    assert row["Details"][0]["TransactionDescr"] == "Pen"
