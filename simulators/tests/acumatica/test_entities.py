"""What the wholesaler's records hold, entity by entity, in each version of the endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator
from simulators.acumatica.contract.endpoints import VERSIONS, system_contract
from simulators.wholesaler import Wholesaler

RELEASED = {"Open", "Closed", "Canceled"}


@pytest.fixture
def shop(data: Wholesaler) -> Iterator[AcumaticaSimulator]:
    with AcumaticaSimulator(data) as simulator:
        yield simulator


@pytest.fixture
def reader(shop: AcumaticaSimulator, client_of: type[Any]) -> Any:
    return client_of(shop)


def expanded(entity: str, version: str) -> str:
    """Every linked and detail entity, two levels deep."""
    types = system_contract(version).types
    paths = []
    for name, found in types[entity].items():
        if found.type_name:
            paths.append(name)
            below = types[found.type_name].items()
            paths += [f"{name}/{inner}" for inner, of in below if of.type_name]
    return ",".join(paths)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "entity",
    [
        "Customer",
        "Contact",
        "CustomerClass",
        "StockItem",
        "NonStockItem",
        "SalesInvoice",
        "Invoice",
        "SalesOrder",
        "Payment",
        "Salesperson",
    ],
)
def test_every_field_of_every_part_keeps_the_contract(
    reader: Any, entity: str, version: str
) -> None:
    reader.version = version
    rows = reader.rows(entity, top=5, expand=expanded(entity, version))
    assert rows
    fields = system_contract(version).types[entity]
    assert set(rows[0]) == {"id", "rowNumber", "note", "custom", *fields}


@pytest.mark.parametrize(
    ("entity", "detail", "field"),
    [
        ("Customer", "Contacts", "ContactID"),
        ("Customer", "Attributes", "AttributeID"),
        ("Customer", "Salespersons", "SalespersonID"),
        ("Contact", "MarketingLists", "ListName"),
        ("Contact", "Campaigns", "CampaignID"),
        ("Contact", "Attributes", "Value"),
        ("CustomerClass", "Attributes", "AttributeID"),
        ("SalesInvoice", "DiscountDetails", "DiscountAmount"),
        ("SalesInvoice", "TaxDetails", "TaxAmount"),
        ("SalesInvoice", "FreightDetails", "FreightAmount"),
        ("Invoice", "Details", "TransactionDescription"),
        ("Invoice", "TaxDetails", "TaxAmount"),
        ("Invoice", "DiscountDetails", "DiscountAmount"),
        ("SalesOrder", "Details", "LineDescription"),
        ("SalesOrder", "Shipments", "ShipmentNbr"),
        ("StockItem", "Attributes", "ValueDescription"),
        ("StockItem", "Categories", "CategoryID"),
        ("StockItem", "WarehouseDetails", "QtyOnHand"),
        ("StockItem", "CrossReferences", "AlternateID"),  # codespell:ignore
        ("StockItem", "FileURLs", "FileURL"),
        ("Payment", "ApplicationHistory", "AmountPaid"),
    ],
)
def test_details_are_filled(reader: Any, entity: str, detail: str, field: str) -> None:
    rows = reader.rows(entity, expand=detail, select=f"{detail}/{field}", top=400)
    values = [line[field]["value"] for row in rows for line in row[detail]]
    assert len(values) > 2
    assert any(not row[detail] for row in rows) or entity in {
        "CustomerClass",
        "Payment",
        "SalesInvoice",
        "SalesOrder",
        "StockItem",
        "Invoice",
    }


@pytest.mark.parametrize(
    ("entity", "path"),
    [
        ("Customer", "BillingContact/Email"),
        ("Customer", "ShippingContact/DisplayName"),
        ("Customer", "ShippingContact/Address/City"),
        ("Customer", "PrimaryContact/Email"),
        ("Invoice", "BillToContact/Email"),
        ("SalesInvoice", "ShipToContact/BusinessName"),
        ("SalesOrder", "ShipToContact/BusinessName"),
        ("SalesOrder", "BillToContact/Email"),
        ("SalesOrder", "Totals/LineTotalAmount"),
    ],
)
def test_linked_entities_are_filled(reader: Any, entity: str, path: str) -> None:
    parents = path.rpartition("/")[0]
    rows = reader.rows(entity, expand=parents, select=path, top=300)
    found = 0
    for row in rows:
        value: Any = row
        for name in path.split("/"):
            value = value[name]
        found += "value" in value
    assert found > 20


def test_a_primary_contact_is_one_of_the_customers_people(reader: Any) -> None:
    rows = reader.rows("Customer", expand="Contacts", select="PrimaryContactID,Contacts/ContactID")
    primary = [row for row in rows if "value" in row["PrimaryContactID"]]
    assert len(primary) > 100
    for row in primary:
        people = [line["ContactID"]["value"] for line in row["Contacts"]]
        assert row["PrimaryContactID"]["value"] in people


def test_released_sales_invoices_show_on_the_receivables_form(reader: Any) -> None:
    fields = "Type,ReferenceNbr,Status,Amount,Balance"
    sales = {row["id"]: row for row in reader.rows("SalesInvoice", select=fields)}
    shown = {row["id"]: row for row in reader.rows("Invoice", select=fields)}
    expected = {
        key
        for key, row in sales.items()
        if row["Status"]["value"] in RELEASED and row["Type"]["value"] != "Cash Sale"
    }
    assert expected == sales.keys() & shown.keys()
    assert len(shown.keys() - sales.keys()) == 40
    for key in expected:
        for field in ("ReferenceNbr", "Status", "Amount", "Balance"):
            assert sales[key][field] == shown[key][field]


def test_an_invoice_has_no_currency_but_a_custom_field_and_a_post_period(reader: Any) -> None:
    (row,) = reader.rows(
        "Invoice", filter="Amount gt 100m", select="PostPeriod", custom="Document.CuryID", top=1
    )
    assert row["custom"] == {"Document": {"CuryID": {"type": "CustomStringField", "value": "USD"}}}
    assert row["PostPeriod"]["value"][2:] in {"2025", "2026"}
    assert reader.get("Invoice", top=1).json()[0].get("Currency") is None


def test_lines_add_up_on_both_forms(reader: Any) -> None:
    for entity in ("SalesInvoice", "Invoice"):
        rows = reader.rows(entity, expand="Details", top=50, select="Details/Amount,Details/Qty")
        assert all(line["Qty"]["value"] > 0 for row in rows for line in row["Details"])
    priced = reader.rows("Invoice", expand="Details", top=200)
    for line in (line for row in priced for line in row["Details"]):
        extended, amount = line["ExtendedPrice"]["value"], line["Amount"]["value"]
        discount = Decimal(str(line["DiscountAmount"]["value"]))
        assert Decimal(str(extended)) == Decimal(str(amount)) + discount


def test_what_happens_to_a_sales_invoice_happens_to_its_twin(
    erp: AcumaticaSimulator, client: Any
) -> None:
    assert client.rows("Invoice") == []
    erp.post_invoice("000001")
    posted = erp.get("Invoice", "Invoice", "000001")
    assert posted["id"] == erp.get("SalesInvoice", "Invoice", "000001")["id"]
    assert (posted["Status"], posted["Customer"]) == ("Open", "C1")
    assert posted["BillToContact/Email"] == "pay@ohara.com"
    erp.pay_invoice("000001")
    assert erp.get("Invoice", "Invoice", "000001")["Status"] == "Closed"
    erp.delete("SalesInvoice", "Invoice", "000001")
    assert client.rows("Invoice") == []


def test_payments_pay_what_is_no_longer_due(reader: Any, data: Wholesaler) -> None:
    paid = sum(row["PaymentAmount"]["value"] for row in reader.rows("Payment"))
    released = [of for of in data.invoices if of.kind == "Invoice" and of.status in RELEASED]
    assert round(Decimal(paid), 2) == sum((of.amount - of.balance for of in released), Decimal(0))


def test_orders_without_an_invoice_are_open(reader: Any) -> None:
    statuses = reader.values("SalesOrder", "Status")
    assert statuses.count("Open") == 60
    assert statuses.count("Completed") > 900
