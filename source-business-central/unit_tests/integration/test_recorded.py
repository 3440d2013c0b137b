"""Recorded and live answers of real services become records that keep to their schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simulators.business_central import BusinessCentralSimulator
from source_business_central.endpoint.plan import schema_of
from source_business_central.reading.records import compile_schema

ANSWERS = {
    "live/customers.page1.json": "customers",
    "live/contact.created.json": "contacts",
    "recorded/companies.list.json": "companies",
    "recorded/customers.list.json": "customers",
    "recorded/items.list.expanded.json": "items",
    "recorded/salesInvoices.list.expanded.json": "sales_invoices",
    "recorded/salesOrders.list.expanded.json": "sales_orders",
}
SHAPES = {
    "account": "accounts",
    "company": "companies",
    "contact": "contacts",
    "currency": "currencies",
    "customer": "customers",
    "customercontact": "customer_contacts",
    "generalledgerentry": "general_ledger_entries",
    "item": "items",
    "itemcategory": "item_categories",
    "itemvariant": "item_variants",
    "salescreditmemo": "sales_credit_memos",
    "salesinvoice": "sales_invoices",
    "salesorder": "sales_orders",
}
LINES = {
    "salesinvoiceline": ("sales_invoices", "salesInvoiceLines"),
    "salescreditmemoline": ("sales_credit_memos", "salesCreditMemoLines"),
    "salesorderline": ("sales_orders", "salesOrderLines"),
}
OURS = {
    "companyId",
    "companyName",
    "localCurrencyCode",
    "posted",
    "contactName",
    "salesInvoiceLines",
    "salesCreditMemoLines",
    "salesOrderLines",
}
TYPES = {
    "GUID": "string",
    "string": "string",
    "datetime": "string",
    "date": "string",
    "decimal": "number",
    "integer": "integer",
    "int64": "integer",
    "boolean": "boolean",
}


@pytest.fixture
def folder(contracts_dir: Path) -> Path:
    return contracts_dir / "business-central"


def own(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "companyId": "x", "companyName": "x", "localCurrencyCode": "USD"}


@pytest.mark.parametrize(("path", "stream"), ANSWERS.items())
def test_an_answer_becomes_records(folder: Path, path: str, stream: str) -> None:
    content = json.loads((folder / path).read_text())
    schema = schema_of(stream)
    validator = jsonschema.Draft7Validator(schema)
    rows = content.get("value", [content])
    assert rows
    for row in rows:
        record = compile_schema(schema)(row)
        validator.validate(own(record))
        missing = {name for name in schema["properties"] if name not in row} - OURS
        assert missing == set(), f"{stream} asks for properties that the service did not send"


def test_a_live_customer(folder: Path) -> None:
    rows = json.loads((folder / "live/customers.page1.json").read_text())["value"]
    record = compile_schema(schema_of("customers"))(rows[0])
    expected = {
        "id": "55e545bc-f6f9-ef11-9344-6045bdc8c234",
        "number": "10000",
        "email": "robert.townes@contoso.com",
        "currencyId": None,
        "currencyCode": "USD",
        "blocked": "",
        "lastModifiedDateTime": "2025-03-05T19:19:22.273000Z",
    }
    assert {name: record[name] for name in expected} == expected


def test_a_live_contact(folder: Path) -> None:
    row = json.loads((folder / "live/contact.created.json").read_text())
    record = compile_schema(schema_of("contacts"))(row)
    assert record["contactBusinessRelation"] == "None"
    assert record["lastInteractionDate"] is None
    assert record["lastModifiedDateTime"] == "2025-05-13T22:03:05.470000Z"


def typed(field: dict[str, Any]) -> set[str]:
    types = field["type"]
    return set(types if isinstance(types, list) else [types]) - {"null"}


@pytest.mark.parametrize(("shape", "stream"), SHAPES.items())
def test_a_schema_has_the_published_properties_and_types(
    folder: Path, shape: str, stream: str
) -> None:
    published = json.loads((folder / f"shapes/{shape}.shape.json").read_text())
    fields = schema_of(stream)["properties"]
    assert set(fields) - (OURS - set(published)) == set(published)
    for name, kind in published.items():
        assert typed(fields[name]) == {TYPES.get(kind, "string")}, name


@pytest.mark.parametrize(("shape", "place"), LINES.items())
def test_lines_have_the_published_properties_and_types(
    folder: Path, shape: str, place: tuple[str, str]
) -> None:
    published = json.loads((folder / f"shapes/{shape}.shape.json").read_text())
    stream, name = place
    fields = schema_of(stream)["properties"][name]["items"]["properties"]
    assert {field: typed(schema) for field, schema in fields.items()} == {
        field: {TYPES.get(kind, "string")} for field, kind in published.items()
    }


def test_a_recorded_service_is_read(
    contracts_dir: Path, make_config: Callable[..., dict[str, Any]], source: Any
) -> None:
    with BusinessCentralSimulator.from_recorded(contracts_dir) as erp:
        out = source("read", make_config(erp))
        assert out.code == 0, out.errors
        assert len(out.records("customers")) == 18
        assert len(out.records("sales_orders")) + len(out.records("sales_invoices")) >= 0
        for stream in ("customers", "contacts", "items", "sales_invoices"):
            validator = jsonschema.Draft7Validator(schema_of(stream))
            for row in out.records(stream):
                validator.validate(row)
