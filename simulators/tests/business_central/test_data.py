from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator, bulk_customers, bulk_month
from simulators.business_central.business.amounts import cents
from simulators.business_central.odata.values import UNSTAMPED
from simulators.business_central.store.rows import Row
from simulators.wholesaler import wholesaler

ZERO = Decimal(0)


@pytest.fixture(scope="module")
def hollis() -> Iterator[BusinessCentralSimulator]:
    with BusinessCentralSimulator(wholesaler()) as simulator:
        yield simulator


def rows_of(erp: BusinessCentralSimulator, entity_set: str, company: int = 0) -> list[Row]:
    return list(erp.companies[company].tables[entity_set].primary.rows())


def money(row: Row, name: str) -> Decimal:
    return Decimal(str(row.values[name]))


def check_document(row: Row) -> None:
    """Everything that must agree to the cent."""
    totals = {
        "netAmount": "totalAmountExcludingTax",
        "netTaxAmount": "totalTaxAmount",
        "netAmountIncludingTax": "totalAmountIncludingTax",
    }
    for line_name, name in totals.items():
        assert sum((money(line, line_name) for line in row.lines), ZERO) == money(row, name)
    for line in row.lines:
        assert money(line, "netAmount") + money(line, "netTaxAmount") == money(
            line, "netAmountIncludingTax"
        )
        gross = cents(money(line, "quantity") * money(line, "unitPrice"))
        inclusive = row.values["pricesIncludeTax"]
        shown = money(line, "amountIncludingTax" if inclusive else "amountExcludingTax")
        assert gross - money(line, "discountAmount") == shown
        if line.values["lineType"] == "Comment":
            assert (money(line, "quantity"), money(line, "netAmountIncludingTax")) == (ZERO, ZERO)


def test_the_wholesaler_has_three_companies_and_one_is_a_copy(
    hollis: BusinessCentralSimulator,
) -> None:
    first, second, copy = hollis.companies
    assert len({first.id, second.id, copy.id}) == 3
    ids = [{row.id for row in rows_of(hollis, "customers", number)} for number in range(3)]
    assert ids[0] == ids[2]
    assert ids[0].isdisjoint(ids[1])
    stamps = [sorted(row.modified for row in rows_of(hollis, "items", n)) for n in (0, 2)]
    assert stamps[0] == stamps[1]
    assert (first.data.currency, second.data.currency) == ("USD", "EUR")


def test_a_write_to_the_copy_leaves_the_original_alone() -> None:
    erp = BusinessCentralSimulator(wholesaler())
    row = rows_of(erp, "customers")[0]
    erp.put("customers", {"id": row.id, "city": "Elsewhere"}, company=erp.companies[2].id)
    assert erp.get("customers", row.id)["city"] != "Elsewhere"


def test_its_documents_agree_to_the_cent(hollis: BusinessCentralSimulator) -> None:
    for number in range(2):
        for name in ("salesInvoices", "salesCreditMemos", "salesOrders"):
            for row in rows_of(hollis, name, number):
                check_document(row)


def test_its_unpleasant_records(hollis: BusinessCentralSimulator) -> None:
    customers, contacts = rows_of(hollis, "customers"), rows_of(hollis, "contacts")
    assert any(row.modified == UNSTAMPED for row in customers)
    assert any(";" in str(row.values["email"]) for row in customers)
    assert {str(row.values["blocked"]) for row in customers} == {" ", "Ship", "Invoice", "All"}
    assert any(row.values["privacyBlocked"] for row in contacts)
    assert {row.values["type"] for row in contacts} == {"Company", "Person"}
    assert max(len(str(row.values["email"])) for row in [*customers, *contacts]) <= 80
    invoices = rows_of(hollis, "salesInvoices")
    statuses = Counter((row.values["status"], bool(row.inner["posted"])) for row in invoices)
    assert {("Open", True), ("Open", False), ("Paid", True), ("Draft", False)} <= set(statuses)
    assert {("In Review", False), ("Canceled", True)} <= set(statuses)
    posted = {row.values["apiId"] for row in rows_of(hollis, "postedSalesInvoices")}
    assert posted == {row.id for row in invoices if row.inner["posted"]}
    currencies = {row.values["currencyCode"] for row in invoices}
    assert {"USD", "CAD", "DANISHKR"} <= currencies
    lines = [
        line for n in (0, 1) for row in rows_of(hollis, "salesInvoices", n) for line in row.lines
    ]
    assert {line.values["lineType"] for line in lines} == {"Item", "Comment", "Account"}
    assert any(money(line, "quantity") < 0 for line in lines)
    assert any(money(line, "quantity") % 1 for line in lines)


def test_the_ledger_is_balanced(hollis: BusinessCentralSimulator) -> None:
    entries = rows_of(hollis, "generalLedgerEntries")
    assert [row.values["entryNumber"] for row in entries] == list(range(1, len(entries) + 1))
    assert sum((money(r, "debitAmount") - money(r, "creditAmount") for r in entries), ZERO) == 0


def test_it_is_believable_over_http(hollis: BusinessCentralSimulator, client_of: Any) -> None:
    client = client_of(hollis, "Hollis Europe GmbH")
    filters = "status eq 'Open' or status eq 'Paid' or status eq 'Canceled'"
    pages = client.pages(
        "salesInvoices", 100, filter=filters, expand="salesInvoiceLines", orderby="invoiceDate"
    )
    rows = [row for page in pages for row in page]
    assert len(rows) == len({row["id"] for row in rows}) > 200
    contacts = client.rows("customerContacts")
    customers = {row["id"] for row in client.rows("customers")}
    assert {row["customerId"] for row in contacts} <= customers
    assert sum(1 for page in client.pages("itemVariants", 100) for _ in page) > 100
    assert client.rows("companyInformation")[0]["currencyCode"] == "EUR"
    credit = client.rows("salesCreditMemos", filter="status eq 'Corrective'")
    assert all(row["invoiceNumber"] for row in credit)


def test_a_month_of_5000_invoices_agrees_to_the_cent() -> None:
    erp = BusinessCentralSimulator(bulk_month(5000))
    invoices, memos = rows_of(erp, "salesInvoices"), rows_of(erp, "salesCreditMemos")
    assert len(invoices) == 5000
    for row in [*invoices, *memos]:
        check_document(row)
    kinds = Counter((row.values["status"], bool(row.inner["posted"])) for row in invoices)
    assert set(kinds) == {
        ("Paid", True),
        ("Open", True),
        ("Open", False),
        ("Draft", False),
        ("In Review", False),
        ("Canceled", True),
        ("Corrective", True),
    }
    cancelled = {row.id for row in invoices if row.values["status"] == "Canceled"}
    assert {row.values["invoiceId"] for row in memos if row.values["status"] == "Corrective"} == (
        cancelled
    )
    receivable = sum(
        (
            money(row, "debitAmount") - money(row, "creditAmount")
            for row in rows_of(erp, "generalLedgerEntries")
            if row.values["accountNumber"] == "13100"
        ),
        ZERO,
    )
    billed = sum((money(r, "totalAmountIncludingTax") for r in invoices if r.inner["posted"]), ZERO)
    credited = sum((money(row, "totalAmountIncludingTax") for row in memos), ZERO)
    assert receivable == billed - credited
    lines = [line for row in invoices for line in row.lines]
    assert any(money(line, "quantity") % 1 for line in lines)
    assert any(money(line, "quantity") < 0 for line in lines)
    assert {row.values["pricesIncludeTax"] for row in invoices} == {True, False}
    assert len({row.modified for row in invoices}) < 2000


def test_a_month_is_the_same_for_the_same_seed() -> None:
    first, again, other = (
        bulk_month(40, seed=seed)[0].sources["salesInvoices"] for seed in (1, 1, 2)
    )
    totals = [
        [source.row(n).values["totalAmountIncludingTax"] for n in range(40)]
        for source in (first, again, other)
    ]
    assert totals[0] == totals[1] != totals[2]


def test_bulk_customers_over_three_companies(client_of: Any) -> None:
    with BusinessCentralSimulator(bulk_customers(3_001)) as erp:
        assert erp.counts()["customers"] == 3_001
        seen: set[str] = set()
        for company in erp.companies:
            client = client_of(erp, company.name)
            pages = client.pages("customers", 500, orderby="lastModifiedDateTime")
            rows = [row for page in pages for row in page]
            stamps = [row["lastModifiedDateTime"] for row in rows]
            assert stamps == sorted(stamps)
            seen |= {row["id"] for row in rows}
        assert len(seen) == 3_001
        client = client_of(erp)
        row = client.rows("customers", filter="number eq 'B0000007'")[0]
        erp.put("customers", {"id": row["id"], "city": "Duluth"})
        assert client.body(f"customers({row['id']})")["city"] == "Duluth"
