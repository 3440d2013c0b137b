"""The main job with Business Central, as a user would do it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from demo.erps import NEW_CUSTOMER_EMAIL, BusinessCentral
from demo.erps.business_central import GIVEN_BACK
from demo.world import secrets, write_connections_file
from kit.protocol.keys import member_key
from simulators.business_central import BusinessCentralSimulator, bulk_month
from simulators.mailchimp import MailchimpSimulator
from tests.acceptance.conftest import World

NO_ID = "00000000-0000-0000-0000-000000000000"
WORTH_NOTHING = {"Canceled", "Corrective"}
ISO = {"DANISHKR": "DKK"}


@pytest.fixture
def world(make_world: Any) -> Any:
    return make_world("business-central", BusinessCentral)


def rows(world: Any, entity_set: str) -> Iterator[tuple[str, Any]]:
    """The ERP's own rows of the companies that are read, each with its company's id."""
    for company in map(world.erp.company, world.office.companies):
        for row in company.tables[entity_set].primary.rows():
            yield company.id, row


def addresses(field: Any) -> list[str]:
    return [part.strip().lower() for part in str(field).replace(",", ";").split(";")]


def first_address(field: Any) -> str:
    return addresses(field)[0]


def erp_money(world: Any) -> dict[str, Decimal]:
    """What the posted invoices of members come to, less what was given back of them."""
    members = {
        member["email_address"].lower()
        for member in world.mailchimp.members()
        if member["status"] != "archived"
    }
    emails = {(company, row.id): row.values["email"] for company, row in rows(world, "customers")}
    totals: dict[str, Decimal] = defaultdict(Decimal)
    sold = set()
    for company, row in rows(world, "salesInvoices"):
        buyer = row.values["email"] or emails[company, row.values["customerId"]]
        if row.inner["posted"] and first_address(buyer) in members:
            sold.add((company, row.id))
            totals[currency_of(row)] += worth(row)
    for company, row in rows(world, "salesCreditMemos"):
        if row.inner["posted"] and (company, row.values["invoiceId"]) in sold:
            totals[currency_of(row)] -= worth(row)
    return {currency: total for currency, total in totals.items() if total}


def currency_of(row: Any) -> str:
    code = str(row.values["currencyCode"])
    return ISO.get(code, code)


def worth(row: Any) -> Decimal:
    if row.values["status"] in WORTH_NOTHING:
        return Decimal(0)
    return Decimal(row.values["totalAmountIncludingTax"])


def mailchimp_money(world: Any) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for order in world.mailchimp.orders():
        totals[order["currency_code"]] += Decimal(str(order["order_total"]))
    return {currency: total for currency, total in totals.items() if total}


def test_the_whole_story(world: Any) -> None:
    checked = world.succeeds("check")
    assert "Newsletter" in checked.text
    assert world.types("run", world.connection).code == 3

    world.approves()
    assert not world.writes(), "a plan only looks"
    world.succeeds("run", world.connection)
    assert mailchimp_money(world) == erp_money(world)
    assert set(mailchimp_money(world)) >= {"USD", "EUR"}
    assert not world.mailchimp.notifications, "nobody gets a mail about an old invoice"

    before = len(world.writes())
    world.succeeds("run", world.connection)
    assert len(world.writes()) == before, "a second run of an unchanged ERP sends nothing"

    players = world.office.cast()
    _, released = world.office.to_post()
    _, posted = world.office.to_cancel()
    world.office.morning()
    world.succeeds("run", world.connection)
    sent = world.writes()[before:]
    assert world.mailchimp.member(NEW_CUSTOMER_EMAIL)
    assert world.mailchimp.member(players.new_address)
    assert world.mailchimp.member(players.contact.email) is None, "renamed, not doubled"
    orders = {order["id"]: order for order in world.mailchimp.orders()}
    refunded = orders[released.id]
    assert refunded["financial_status"] == "partially_refunded"
    assert Decimal(str(refunded["order_total"])) == worth(released) - GIVEN_BACK
    cancelled = orders[posted.id]
    assert cancelled["financial_status"] == "cancelled"
    assert Decimal(str(cancelled["order_total"])) == 0
    assert mailchimp_money(world) == erp_money(world)
    assert not world.mailchimp.notifications
    put = [line.split("/")[-2] for line in sent if line.startswith("PUT")]
    assert Counter(put) == {"members": 2, "customers": 1, "orders": 2}, sent

    assert players.new_address in world.succeeds("explain", players.new_address).text
    assert "excluded" in world.succeeds("explain", players.kept_out.email).text


def test_each_company_and_currency_has_a_store_and_the_copy_has_none(world: Any) -> None:
    world.approves()
    world.succeeds("run", world.connection)
    stores = {store["id"]: store for store in world.mailchimp.stores()}
    assert {"wholesale-wholesale-usd", "wholesale-europe-eur"} <= set(stores)
    for identifier, store in stores.items():
        assert identifier.endswith(store["currency_code"].lower())
        assert identifier.split("-")[1] in {"wholesale", "europe"}


@pytest.mark.parametrize("status", ["subscribed", "transactional"])
def test_nobody_who_is_locked_is_mailed(world: Any, status: str) -> None:
    world.configure("mailchimp", new_member_status=status)
    held = {member["id"]: member["status"] for member in world.mailchimp.members()}
    world.approves()
    world.succeeds("run", world.connection)
    locked = {
        member_key(first_address(row.values["email"]))
        for _, row in rows(world, "contacts")
        if row.values["privacyBlocked"] and "@" in str(row.values["email"])
    }
    assert locked
    statuses = {member["id"]: member["status"] for member in world.mailchimp.members()}
    for key in locked:
        assert statuses.get(key) == held.get(key), "neither created nor called an opt-out"
    for key, before in held.items():
        if before in {"unsubscribed", "cleaned", "archived", "pending"}:
            assert statuses[key] == before, "a run never raises anybody's status"


def test_08_changes_of_fields_that_nobody_maps_are_read_and_not_sent(world: Any) -> None:
    """Failure mode 8: any field of a table moves the stamp that a read goes by.

    Nor does it make a row the newest of those that share an address.
    """
    world.approves()
    world.succeeds("run", world.connection)
    before = len(world.writes())
    touched = set()
    for company, row in list(rows(world, "customers")):
        raised = {"id": row.id, "creditLimit": Decimal(row.values["creditLimit"]) + 1}
        world.erp.put("customers", raised, company=company)
        touched.add((company, row.id))
    for company, row in list(rows(world, "items")):
        raised = {"id": row.id, "unitCost": Decimal(row.values["unitCost"]) + 1}
        world.erp.put("items", raised, company=company)
        touched.add((company, row.id))
    world.erp.clear_requests()
    world.succeeds("run", world.connection)
    read = {
        (company.id, row["id"])
        for company in map(world.erp.company, world.office.companies)
        for exchange in world.erp.requests
        if exchange.path.endswith((f"({company.id})/customers", f"({company.id})/items"))
        for row in exchange.response_json()["value"]
    }
    assert len(touched) > 100
    assert read >= touched
    assert world.writes()[before:] == []


class MonthEnd(BusinessCentral):
    """One company, with a month of documents."""

    companies: ClassVar = {"Hollis Month": "month"}


@pytest.mark.slow
def test_a_month_of_5000_invoices_agrees_to_the_cent(tmp_path: Path) -> None:
    with (
        BusinessCentralSimulator(bulk_month(5_000)) as erp,
        MailchimpSimulator() as mailchimp,
    ):
        office = MonthEnd(erp)
        path = write_connections_file(tmp_path / "month", office, mailchimp)
        world = World(office, mailchimp, path, secrets(office))
        world.approves()
        report = json.loads(world.succeeds("run", world.connection, "--output", "json").out)
        assert set(mailchimp_money(world)) == {"USD", "EUR", "CAD", "DKK"}
        assert mailchimp_money(world) == erp_money(world)
        assert {line["currency"]: line["difference"] for line in report["money"]} == dict.fromkeys(
            mailchimp_money(world), "0.00"
        )
        for order in mailchimp.orders():
            lines = sum((worth_of(line) for line in order["lines"]), Decimal(0))
            tax = Decimal(str(order["tax_total"]))
            total = Decimal(str(order["order_total"]))
            if order["financial_status"] in {"paid", "pending"}:
                assert total in {lines, lines + tax}, order


def worth_of(line: Any) -> Decimal:
    price, discount = Decimal(str(line["price"])), Decimal(str(line.get("discount") or 0))
    return price * Decimal(line["quantity"]) - discount


def test_no_secret_and_no_personal_data_in_any_output(world: Any) -> None:
    canaries = set(world.environment.values())
    results = [world.types("check"), world.types("plan", world.connection)]
    results.append(world.types("approve", world.connection))
    world.erp.faults.on("answer", status=503, probability=0.02)
    results.append(world.types("--log-file", "glue.log", "run", world.connection))
    results.append(world.types("status"))
    logged = (world.folder / "glue.log").read_text()
    output = "".join(result.text for result in results) + logged
    for canary in canaries:
        assert canary not in output
    for _, row in rows(world, "contacts"):
        email = str(row.values["email"])
        assert "@" not in email or email not in logged
