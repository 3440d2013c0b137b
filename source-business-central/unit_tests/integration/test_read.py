"""What a read brings: all rows of all companies, each as its schema describes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from simulators.business_central import BusinessCentralSimulator
from simulators.business_central.business.amounts import LineInput
from source_business_central.endpoint.plan import schema_of

MakeConfig = Callable[..., dict[str, Any]]
SETS = {
    "customers": "customers",
    "contacts": "contacts",
    "items": "items",
    "item_variants": "itemVariants",
    "item_categories": "itemCategories",
    "posted_sales_invoices": "postedSalesInvoices",
    "accounts": "accounts",
    "general_ledger_entries": "generalLedgerEntries",
    "currencies": "currencies",
}


def lists(erp: BusinessCentralSimulator) -> list[Any]:
    """The GETs of lists, without those of tokens."""
    return [exchange for exchange in erp.requests if "/api/" in exchange.path]


def buy(erp: BusinessCentralSimulator, *prices: str, **written: Any) -> str:
    """Draft an invoice for the first customer; returns its id."""
    company = erp.company()
    if not company.counts().get("customers"):
        erp.put(
            "customers", {"number": "C1", "displayName": "Buyer", "email": "buyer@planted.example"}
        )
    lines = [LineInput("Account", "40100", "Goods", Decimal(1), Decimal(price)) for price in prices]
    return erp.documents().draft("C1", lines, **written)


def test_every_row_of_every_company_is_read(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp))
    assert out.code == 0, out.errors
    counts = erp.counts()
    for stream, entity_set in SETS.items():
        keys = {(row["companyId"], row["id"]) for row in out.records(stream)}
        assert len(keys) == len(out.records(stream)) == counts[entity_set], stream
    assert len(out.records("companies")) == 3
    assert out.warnings == []


def test_records_keep_to_their_schemas(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp))
    streams = {message["record"]["stream"] for message in out.of("RECORD")}
    for stream in streams:
        validator = jsonschema.Draft7Validator(schema_of(stream))
        for row in out.records(stream):
            validator.validate(row)
            assert not set(row) - set(schema_of(stream)["properties"])
    assert "sales_invoices" in streams


def test_each_row_names_its_company_and_currency(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp), ("customers", "items"))
    known = {company.id: company.data for company in erp.companies}
    for row in [*out.records("customers"), *out.records("items")]:
        company = known[row["companyId"]]
        assert row["companyName"] == company.name
        assert row["localCurrencyCode"] == company.currency
    assert {row["companyId"] for row in out.records("items")} == set(known)


def test_a_contact_keeps_the_name_of_its_own_company(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    empty.put(
        "contacts",
        {"number": "CT1", "type": "Person", "displayName": "A", "companyName": "Employer"},
    )
    (contact,) = source("read", make_config(empty), ("contacts",)).records("contacts")
    assert contact["companyName"] == "Employer"
    assert contact["companyId"] == empty.company().id


def test_a_copied_company_shares_ids_and_stays_apart(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp), ("customers",))
    ids = [row["id"] for row in out.records("customers")]
    assert len(set(ids)) < len(ids)
    streams = source("discover", make_config(erp)).streams
    assert streams["customers"]["source_defined_primary_key"] == [["companyId"], ["id"]]


def test_only_gets_are_sent_and_one_post_for_a_token(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    for verb in ("check", "discover", "read"):
        source(verb, make_config(erp, read_deletions=True))
    posts = [exchange.path for exchange in erp.requests if exchange.method != "GET"]
    assert len(posts) == 3
    assert all(path.endswith("/oauth2/v2.0/token") for path in posts)


def test_each_list_says_how_it_wants_to_be_read(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    source("read", make_config(erp))
    for exchange in lists(erp):
        assert exchange.request_headers["data-access-intent"] == "ReadOnly"
        assert exchange.request_headers["accept-language"] == "en-US"
        assert exchange.request_headers["prefer"].startswith("odata.maxpagesize=")


@pytest.mark.parametrize("aid", [True, False])
def test_links_are_followed_as_they_came(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any, *, aid: bool
) -> None:
    erp.paging.aid = aid
    out = source("read", make_config(erp, page_size=20), ("customers",))
    assert len(out.records("customers")) == erp.counts()["customers"]
    offered = [exchange.response_json().get("@odata.nextLink") for exchange in lists(erp)]
    asked = [f"{erp.base_url}{exchange.path}?{exchange.query}" for exchange in lists(erp)]
    links = [link for link in offered if link]
    assert len(links) > 10
    assert set(links) <= set(asked)
    sizes = {e.request_headers["prefer"] for e in lists(erp) if "/customers" in e.path}
    assert sizes == {"odata.maxpagesize=20"}


def test_documents_come_with_their_lines(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp), ("sales_invoices", "sales_credit_memos", "sales_orders"))
    names = {
        "sales_invoices": "salesInvoiceLines",
        "sales_credit_memos": "salesCreditMemoLines",
        "sales_orders": "salesOrderLines",
    }
    for stream, name in names.items():
        rows = out.records(stream)
        assert rows
        for row in rows:
            assert row[name]
            total = sum(Decimal(repr(line["netAmountIncludingTax"])) for line in row[name])
            assert total == Decimal(repr(row["totalAmountIncludingTax"])), row["number"]


def test_drafts_are_neither_asked_for_nor_read(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Reading a draft recalculates its discounts: a read would write."""
    empty.rights.write_sales_header = True
    documents = empty.documents()
    draft = buy(empty, "10.00", "20.00", discount_percent=Decimal(10))
    documents.change_line(draft, 0, quantity=Decimal(3))
    waiting = buy(empty, "5.00")
    documents.send_for_approval(waiting)
    before = empty.get("salesInvoices", draft)
    out = source("read", make_config(empty), ("sales_invoices", "sales_orders"))
    assert out.code == 0, out.errors
    assert out.records("sales_invoices") == []
    assert empty.get("salesInvoices", draft) == before


def test_an_invoice_through_its_life(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    documents = empty.documents()
    config = make_config(empty)
    invoice = buy(empty, "10.00")

    def read() -> list[tuple[Any, ...]]:
        rows = source("read", config, ("sales_invoices",)).records("sales_invoices")
        return [
            (row["id"], row["status"], row.get("posted")) for row in rows if row["id"] == invoice
        ]

    assert read() == []
    documents.release(invoice)
    assert read() == [(invoice, "Open", False)]
    draft_number = empty.get("salesInvoices", invoice)["number"]
    documents.post(invoice)
    assert read() == [(invoice, "Open", True)]
    assert empty.get("salesInvoices", invoice)["number"] != draft_number
    documents.pay(invoice)
    assert read() == [(invoice, "Paid", True)]
    other = buy(empty, "7.00")
    documents.post(other)
    memo = documents.cancel(other)
    rows = source("read", config, ("sales_invoices", "sales_credit_memos"))
    found = {row["id"]: row for row in rows.records("sales_invoices")}
    assert (found[other]["status"], found[other]["posted"]) == ("Canceled", True)
    memos = {row["id"]: row for row in rows.records("sales_credit_memos")}
    assert memos[memo]["posted"] is True
    assert memos[memo]["invoiceId"] == other


def test_posting_is_proved_by_the_ledger_where_the_list_is_not_served(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
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


def test_released_credit_memos_are_not_taken_for_posted(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    documents = empty.documents()
    released = buy(empty, "10.00", entity_set="salesCreditMemos")
    posted = buy(empty, "20.00", entity_set="salesCreditMemos")
    documents.release(released)
    documents.post(posted)
    out = source("read", make_config(empty), ("sales_credit_memos",))
    verdicts = {row["id"]: row.get("posted") for row in out.records("sales_credit_memos")}
    assert verdicts == {released: False, posted: True}


def test_a_blank_currency_is_the_local_one(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    posted = buy(empty, "10.00")
    empty.documents().post(posted)
    out = source(
        "read", make_config(empty), ("sales_invoices", "posted_sales_invoices", "customers")
    )
    for stream in ("sales_invoices", "posted_sales_invoices", "customers"):
        (row,) = out.records(stream)
        assert row["currencyCode"] == "USD"
        assert row.get("currencyId") is None
    raw = [
        e
        for e in lists(empty)
        if e.path.endswith("postedSalesInvoices") and "select" not in e.query
    ]
    assert raw[-1].response_json()["value"][0]["currencyCode"] == ""


def test_blanks_are_null_and_enumerations_are_readable(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    empty.put("customers", {"number": "C1", "displayName": "A", "blocked": "Invoice"})
    empty.put("customers", {"number": "C2", "displayName": "B"})
    empty.put("contacts", {"number": "CT1", "displayName": "C", "email": "a@b.example;c@d.example"})
    out = source("read", make_config(empty), ("customers", "contacts"))
    assert {row["number"]: row["blocked"] for row in out.records("customers")} == {
        "C1": "Invoice",
        "C2": "",
    }
    (contact,) = out.records("contacts")
    assert contact.get("lastInteractionDate") is None
    assert contact["email"] == "a@b.example;c@d.example"


def test_persons_are_joined_to_customers_on_old_versions_too(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    stream = ("customer_contacts",)
    new = source("read", make_config(erp), stream).records("customer_contacts")
    erp.missing_sets = {"customerContacts"}
    old = source("read", make_config(erp), stream).records("customer_contacts")
    assert len(new) > 50
    assert {(r["companyId"], r["id"], r["customerId"]) for r in new} == {
        (r["companyId"], r["id"], r["customerId"]) for r in old
    }
    assert all(row["firstName"] is not None for row in new)
    assert all(row["contactName"] for row in old)


@pytest.mark.breaks_contract
def test_customer_contacts_are_offered_where_one_of_two_ways_works(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    def offered() -> bool:
        return "customer_contacts" in source("discover", make_config(erp)).streams

    assert offered()
    erp.missing_sets = {"customerContacts"}
    assert offered()
    unknown = (
        "Could not find a property named 'contactsInformation' on type 'Microsoft.NAV.customer'."
    )
    body = json.dumps({"error": {"code": "BadRequest", "message": unknown}})
    erp.faults.on(
        "answer", path="/customers$", status=400, body=body, content_type="application/json"
    )
    assert not offered()


def test_living_ids_are_offered_by_a_setting(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    assert "living_ids" not in source("discover", make_config(erp)).streams
    config = make_config(erp, read_deletions=True)
    assert "living_ids" in source("discover", config).streams
    first = source("read", config, ("living_ids",)).records("living_ids")
    company = erp.companies[0]
    gone = [
        row["id"]
        for row in first
        if row["entity"] == "customers" and row["companyId"] == company.id
    ]
    erp.delete("customers", gone[0], company=company.id)
    second = source("read", config, ("living_ids",)).records("living_ids")
    keys = [{(r["companyId"], r["entity"], r["id"]) for r in rows} for rows in (first, second)]
    assert keys[0] - keys[1] == {(company.id, "customers", gone[0])}
    counts = erp.counts()
    for stream in ("customers", "contacts", "items", "item_variants"):
        assert len([1 for row in second if row["entity"] == stream]) == counts[SETS[stream]]


def test_a_server_on_premises_is_read(goods: Any, make_config: MakeConfig, source: Any) -> None:
    with BusinessCentralSimulator(goods, on_premises="BC") as server:
        config = make_config(server)
        assert source("check", config).status["status"] == "SUCCEEDED"
        out = source("read", config, ("customers", "sales_invoices"))
        assert out.code == 0, out.errors
        assert len(out.records("customers")) == server.counts()["customers"]
        assert not [exchange for exchange in server.requests if exchange.method == "POST"]


def test_a_certificate_signs_in(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    credentials = {
        "auth_type": "client_certificate",
        "client_id": erp.application.client_id,
        "certificate": erp.application.certificate,
        "private_key": erp.application.private_key,
    }
    out = source("read", make_config(erp, credentials=credentials), ("currencies",))
    assert out.code == 0, out.errors
    assert len(out.records("currencies")) == 15


def test_chosen_companies_alone_are_read(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    first, second = erp.companies[0], erp.companies[1]
    config = make_config(erp, companies=[first.id.upper(), second.data.name.lower()])
    out = source("read", config, ("customers",))
    assert {row["companyId"] for row in out.records("customers")} == {first.id, second.id}


def test_requests_run_side_by_side_up_to_five(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.limits.service_seconds = 0.01
    source("read", make_config(erp, num_workers=5))
    assert 2 <= erp.limits.most_parallel <= 5


def test_rows_with_seven_digits_are_read(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.stamp_digits = 7
    first = source("read", make_config(erp), ("customers",))
    assert len(first.records("customers")) == erp.counts()["customers"]
    second = source("read", make_config(erp), ("customers",), first.states)
    assert second.code == 0
    assert 3 <= len(second.records("customers")) < 50


def test_a_start_date_leaves_older_rows_out_but_none_without_a_stamp(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    day = datetime(2026, 1, 10, tzinfo=UTC)
    legacy = datetime(1, 1, 1, tzinfo=UTC)
    for number, stamp in enumerate((day, day - timedelta(days=1), day + timedelta(days=1), legacy)):
        empty.put("customers", {"number": f"C{number}", "displayName": "x"}, modified=stamp)
    out = source("read", make_config(empty, start_date="2026-01-10T00:00:00Z"), ("customers",))
    assert {row["number"] for row in out.records("customers")} == {"C0", "C2", "C3"}
