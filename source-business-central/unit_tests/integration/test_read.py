"""What a read brings: all rows of all companies, each as its schema describes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from simulators.business_central import BusinessCentralSimulator
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
