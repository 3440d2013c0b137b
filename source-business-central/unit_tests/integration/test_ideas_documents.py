"""Documents: their life, currency, lines and rights, by number (see also `test_ideas_rows`).

Each test bears the number of the behaviour that a stand-in must have, and fails without the
connector's counter-measure.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator
from simulators.business_central.data.settings import company_data

MakeConfig = Callable[..., dict[str, Any]]
Buy = Callable[..., str]


def test_04_an_invoice_through_its_life(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, buy: Buy
) -> None:
    """Released and posted both show as Open; the number changes when it is posted, the id stays."""
    documents = empty.documents()
    config = make_config(empty)
    invoice = buy(empty, "10.00")

    def read() -> list[tuple[Any, ...]]:
        rows = source("read", config, ("sales_invoices",)).records("sales_invoices")
        return [(row["id"], row["number"], row["status"], row.get("posted")) for row in rows]

    def number() -> Any:
        return empty.get("salesInvoices", invoice)["number"]

    assert read() == []
    documents.release(invoice)
    draft_number = number()
    assert read() == [(invoice, draft_number, "Open", False)]
    documents.post(invoice)
    assert number() != draft_number
    assert read() == [(invoice, number(), "Open", True)]
    documents.pay(invoice)
    assert read() == [(invoice, number(), "Paid", True)]


def test_04_a_cancelled_invoice_and_the_memo_that_cancels_it(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, buy: Buy
) -> None:
    documents = empty.documents()
    invoice = buy(empty, "7.00")
    documents.post(invoice)
    memo = documents.cancel(invoice)
    out = source("read", make_config(empty), ("sales_invoices", "sales_credit_memos"))
    (cancelled,) = out.records("sales_invoices")
    assert (cancelled["id"], cancelled["status"], cancelled["posted"]) == (
        invoice,
        "Canceled",
        True,
    )
    (corrective,) = out.records("sales_credit_memos")
    assert (corrective["id"], corrective["invoiceId"], corrective["posted"]) == (
        memo,
        invoice,
        True,
    )


def test_04_posting_is_proved_by_the_ledger_where_the_list_is_not_served(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, buy: Buy
) -> None:
    """And called unknown where nothing proves it, with a warning."""
    documents = empty.documents()
    released, posted = buy(empty, "10.00"), buy(empty, "20.00")
    documents.release(released)
    documents.post(posted)
    for missing in ({"postedSalesInvoices"}, {"postedSalesInvoices", "generalLedgerEntries"}):
        empty.missing_sets = missing
        out = source("read", make_config(empty), ("sales_invoices",))
        verdicts = {row["id"]: row.get("posted") for row in out.records("sales_invoices")}
        known = len(missing) == 1
        assert verdicts == {released: False if known else None, posted: True if known else None}
        assert len([text for text in out.warnings if "cannot be proved" in text]) == (not known)


def test_04_released_credit_memos_are_not_taken_for_posted(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, buy: Buy
) -> None:
    documents = empty.documents()
    released = buy(empty, "10.00", entity_set="salesCreditMemos")
    posted = buy(empty, "20.00", entity_set="salesCreditMemos")
    documents.release(released)
    documents.post(posted)
    out = source("read", make_config(empty), ("sales_credit_memos",))
    verdicts = {row["id"]: row.get("posted") for row in out.records("sales_credit_memos")}
    assert verdicts == {released: False, posted: True}


def test_05_a_blank_currency_is_the_local_one(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, buy: Buy
) -> None:
    """Most lists fill the code in beside an empty id; that of posted invoices leaves it blank."""
    posted = buy(empty, "10.00")
    empty.documents().post(posted)
    streams = ("sales_invoices", "posted_sales_invoices", "customers")
    out = source("read", make_config(empty), streams)
    for stream in streams:
        (row,) = out.records(stream)
        assert row["currencyCode"] == "USD"
        assert row.get("currencyId") is None
    raw = [
        exchange.response_json()["value"][0]
        for exchange in empty.requests
        if exchange.path.endswith("postedSalesInvoices") and "select" not in exchange.query
    ]
    assert [row["currencyCode"] for row in raw] == [""]


@pytest.mark.parametrize("told_by", ["companyInformation", "generalLedgerSetup", "local_currency"])
def test_05_the_local_currency_comes_from_who_tells_it(
    make_config: MakeConfig, source: Any, buy: Buy, told_by: str
) -> None:
    """The company, else its ledger, else the setting."""
    in_ledger = "" if told_by == "local_currency" else "EUR"
    day = BusinessCentralSimulator().clock.now()
    with BusinessCentralSimulator([company_data("Firm", "Firm", in_ledger, day)]) as erp:
        if told_by == "generalLedgerSetup":
            (row,) = erp.company().tables["companyInformation"].primary.rows()
            erp.put("companyInformation", {"id": row.id, "currencyCode": ""})
        erp.documents().post(buy(erp, "10.00"))
        config = make_config(erp, local_currency="CHF")
        (posted,) = source("read", config, ("posted_sales_invoices",)).records(
            "posted_sales_invoices"
        )
        wanted = "CHF" if told_by == "local_currency" else "EUR"
        assert (posted["currencyCode"], posted["localCurrencyCode"]) == (wanted, wanted)


def test_06_lines_come_with_their_documents_and_are_never_listed_by_themselves(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """A list of lines without its document is refused, with 400."""
    names = {
        "sales_invoices": "salesInvoiceLines",
        "sales_credit_memos": "salesCreditMemoLines",
        "sales_orders": "salesOrderLines",
    }
    out = source("read", make_config(erp, read_deletions=True))
    assert out.code == 0, out.errors
    assert not [exchange for exchange in erp.requests if exchange.path.endswith("Lines")]
    assert not [exchange for exchange in erp.requests if exchange.status == 400]
    for stream, name in names.items():
        rows = out.records(stream)
        assert rows
        for row in rows:
            assert row[name]
            total = sum(Decimal(repr(line["netAmountIncludingTax"])) for line in row[name])
            assert total == Decimal(repr(row["totalAmountIncludingTax"])), row["number"]


def test_12_a_missing_right_that_shortens_a_list_is_told_by_the_check(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """The service filters posted invoices out, and says nothing."""
    config = make_config(erp)
    assert "no paid invoice" not in source("check", config).status["message"]
    erp.rights.posted_documents = False
    assert source("read", config, ("sales_invoices",)).code == 0
    checked = source("check", config)
    assert checked.status["status"] == "SUCCEEDED"
    assert "no paid invoice is to be seen" in checked.status["message"]
    assert "D365 READ" in checked.status["message"]
