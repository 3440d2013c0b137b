from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator
from simulators.business_central.data.settings import company_data

NO_ID = "00000000-0000-0000-0000-000000000000"


def seen(client: Any, invoice: str, *names: str) -> list[Any]:
    row = client.body(f"salesInvoices({invoice})")
    return [row[name] for name in names]


def test_the_life_of_an_invoice(client: Any, erp: Any, ids: dict[str, str], line: Any) -> None:
    documents = erp.documents()
    invoice = documents.draft("C1", [line("2", "10.00")])
    story = [seen(client, invoice, "status", "number", "lastModifiedDateTime", "remainingAmount")]
    posted: list[int] = []

    def then(step: Any, *arguments: Any) -> None:
        erp.clock.advance(timedelta(minutes=1))
        step(*arguments)
        story.append(
            seen(client, invoice, "status", "number", "lastModifiedDateTime", "remainingAmount")
        )
        automate = client.url("postedSalesInvoices").replace(
            "api/v2.0/comp", "api/microsoft/automate/v1.0/comp"
        )
        posted.append(len(client.session.get(automate, timeout=5).json()["value"]))

    then(documents.send_for_approval, invoice)
    then(documents.release, invoice)
    then(documents.post, invoice)
    then(documents.pay, invoice, Decimal("5.00"))
    then(documents.pay, invoice)
    assert [status for status, *_ in story] == [
        "Draft",
        "In_x0020_Review",
        "Open",
        "Open",
        "Open",
        "Paid",
    ]
    assert posted == [0, 0, 1, 1, 1]
    names = [number for _, number, *_ in story]
    assert len(set(names[:3])) == 1
    assert len(set(names[3:])) == 1
    assert names[0] != names[3]
    stamps = [stamp for _, _, stamp, _ in story]
    assert stamps[3] == stamps[4] < stamps[5]
    assert sorted(stamps) == stamps
    assert [left for *_, left in story] == [24, 24, 24, 24, 19, 0]
    assert client.body(f"customers({ids['C1']})")["balanceDue"] == 0


def test_posting_writes_the_ledgers_and_moves_stock_unstamped(
    client: Any, erp: Any, ids: dict[str, str], line: Any
) -> None:
    before = client.body(f"customers({ids['C1']})")
    documents = erp.documents()
    invoice = documents.draft("C1", [line("2", "10.00", target_id=ids["lamp"])])
    number = documents.post(invoice)
    entries = client.rows("generalLedgerEntries", orderby="entryNumber")
    assert [(row["documentNumber"], row["documentType"]) for row in entries] == [
        (number, "Invoice")
    ] * 3
    assert [row["debitAmount"] - row["creditAmount"] for row in entries] == [24, -20, -4]
    after = client.body(f"customers({ids['C1']})")
    assert (before["balanceDue"], after["balanceDue"]) == (0, 24)
    assert {**after, "balanceDue": 0} == before
    assert client.body(f"items({ids['lamp']})")["inventory"] == 8


def test_a_cancelled_invoice_and_its_corrective_memo(client: Any, erp: Any, line: Any) -> None:
    documents = erp.documents()
    invoice = documents.draft("C1", [line("1", "10.00")])
    number = documents.post(invoice)
    before = seen(client, invoice, "lastModifiedDateTime")
    erp.clock.advance(timedelta(minutes=1))
    memo = documents.cancel(invoice)
    assert seen(client, invoice, "status", "remainingAmount", "number") == ["Canceled", 0, number]
    assert seen(client, invoice, "lastModifiedDateTime") > before
    row = client.body(f"salesCreditMemos({memo})", expand="salesCreditMemoLines")
    assert (row["status"], row["invoiceId"], row["invoiceNumber"]) == (
        "Corrective",
        invoice,
        number,
    )
    assert row["totalAmountIncludingTax"] == 12
    assert [each["netAmountIncludingTax"] for each in row["salesCreditMemoLines"]] == [12]


def test_a_cancelled_credit_memo_and_its_corrective_invoice(
    client: Any, erp: Any, line: Any
) -> None:
    documents = erp.documents()
    memo = documents.draft("C1", [line()], entity_set="salesCreditMemos")
    documents.post(memo)
    invoice = documents.cancel(memo)
    assert client.body(f"salesCreditMemos({memo})")["status"] == "Canceled"
    assert seen(client, invoice, "status") == ["Corrective"]
    paid = documents.draft("C2", [line()], entity_set="salesCreditMemos")
    documents.post(paid)
    documents.pay(paid)
    assert client.body(f"salesCreditMemos({paid})")["status"] == "Paid"


def test_an_order_vanishes_when_it_is_invoiced(client: Any, erp: Any, line: Any) -> None:
    documents = erp.documents()
    order = documents.draft("C1", [line("5", "10.00")], entity_set="salesOrders")
    documents.release(order)
    first = documents.invoice_order(order, [Decimal(2)])
    row = client.body(f"salesOrders({order})", expand="salesOrderLines")
    (left,) = row["salesOrderLines"]
    assert (left["shippedQuantity"], left["invoiceQuantity"], row["fullyShipped"]) == (2, 3, False)
    second = documents.invoice_order(order)
    assert client.get(f"salesOrders({order})").status_code == 404
    for invoice, total in ((first, 24), (second, 36)):
        found = seen(client, invoice, "orderId", "orderNumber", "totalAmountIncludingTax", "status")
        assert found == [order, row["number"], total, "Open"]


def test_the_currency_is_translated_but_for_the_posted_page(
    client: Any, erp: Any, line: Any
) -> None:
    documents = erp.documents()
    local = documents.draft("C1", [line()])
    foreign = documents.draft("C1", [line()], currency="EUR", currency_id=NO_ID[:-1] + "7")
    assert seen(client, local, "currencyCode", "currencyId") == ["USD", NO_ID]
    assert seen(client, foreign, "currencyCode", "currencyId") == ["EUR", NO_ID[:-1] + "7"]


def test_without_a_local_currency_the_code_is_blank(client_of: Any, line: Any) -> None:
    data = company_data("No LCY", "No LCY", "", datetime(2026, 1, 1, tzinfo=UTC))
    with BusinessCentralSimulator([data]) as erp:
        client = client_of(erp)
        erp.put("customers", {"number": "C1", "displayName": "C1"})
        invoice = erp.documents().draft("C1", [line()])
        assert seen(client, invoice, "currencyCode", "currencyId") == ["", NO_ID]
        (setup,) = client.rows("generalLedgerSetup")
        assert setup["localCurrencyCode"] == ""


def test_reading_a_draft_recalculates_its_discount_and_stamps_it(
    client: Any, erp: Any, line: Any, refusal: Any
) -> None:
    documents = erp.documents()
    draft = documents.draft("C1", [line("1", "100.00")], discount_percent=Decimal(10))
    assert erp.get("salesInvoices", draft)["discountAmount"] == 10
    documents.change_line(draft, 0, quantity=Decimal(3))
    before = erp.get("salesInvoices", draft)
    assert before["discountAmount"] == 10
    only_posted = "status eq 'Open' or status eq 'Paid'"
    client.rows("salesInvoices", filter=only_posted)
    assert erp.get("salesInvoices", draft) == before
    read_only = client.get("salesInvoices", {"Data-Access-Intent": "ReadOnly"})
    assert refusal(read_only) == (400, "Internal_ServerError")
    erp.rights.write_sales_header = False
    assert client.get("salesInvoices").status_code == 200
    assert erp.get("salesInvoices", draft) == before
    erp.rights.write_sales_header = True
    erp.clock.advance(timedelta(minutes=1))
    (row,) = client.rows("salesInvoices", expand="salesInvoiceLines")
    assert (row["discountAmount"], row["totalAmountExcludingTax"]) == (30, 270)
    assert row["salesInvoiceLines"][0]["netAmount"] == 270
    after = erp.get("salesInvoices", draft)
    assert after["lastModifiedDateTime"] > before["lastModifiedDateTime"]


def test_migrated_documents_come_with_the_upgrade_and_everything_is_stamped(
    client: Any, erp: Any, line: Any
) -> None:
    documents = erp.documents()
    first, second = (documents.draft("C1", [line()]) for _ in range(2))
    documents.post(first)
    documents.post(second)
    before = seen(client, first, "lastModifiedDateTime")
    documents.leave_out(second)
    assert client.values("salesInvoices", "id") == [first]
    automate = client.url("postedSalesInvoices").replace(
        "v2.0/comp", "microsoft/automate/v1.0/comp"
    )
    posted = client.session.get(automate, timeout=5).json()["value"]
    assert {row["apiId"] for row in posted} == {first, second}
    erp.clock.advance(timedelta(days=1))
    client.sign_in()
    documents.upgrade()
    assert set(client.values("salesInvoices", "id")) == {first, second}
    assert seen(client, first, "lastModifiedDateTime") > before


@pytest.mark.parametrize("keep", [True, False])
def test_lines_keep_their_ids_if_they_are_free(
    client: Any, erp: Any, line: Any, *, keep: bool
) -> None:
    documents = erp.documents()
    draft = documents.draft("C1", [line()])
    before = client.rows(f"salesInvoices({draft})/salesInvoiceLines")[0]["id"]
    documents.post(draft, keep_line_ids=keep)
    after = client.rows(f"salesInvoices({draft})/salesInvoiceLines")[0]["id"]
    assert (before == after) is keep


def test_what_cannot_be_done(erp: Any, line: Any, ids: dict[str, str]) -> None:
    documents = erp.documents()
    draft = documents.draft(ids["C2"], [line()])
    with pytest.raises(ValueError, match="not posted"):
        documents.pay(draft)
    documents.post(draft)
    with pytest.raises(ValueError, match="is posted"):
        documents.post(draft)
    with pytest.raises(KeyError):
        documents.draft("NOBODY", [line()])
    with pytest.raises(KeyError):
        documents.post("nothing")
    order = documents.draft("C1", [line()], entity_set="salesOrders")
    with pytest.raises(ValueError, match="invoice_order"):
        documents.post(order)
    documents.reopen(order)
    documents.discard(order)
    with pytest.raises(KeyError):
        documents.invoice_order(order)
    with pytest.raises(KeyError):
        documents.move_stock("nothing", Decimal(1))
