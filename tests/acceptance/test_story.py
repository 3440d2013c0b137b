"""The main job, as a user would do it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from demo.erps import NEW_CUSTOMER_EMAIL
from kit.protocol.keys import member_key
from simulators.wholesaler import Invoice
from tests.acceptance.conftest import CONNECTION


def mailchimp_money(world: Any) -> Counter[str]:
    """Order totals per currency, as Mailchimp holds them."""
    totals: Counter[str] = Counter()
    for order in world.mailchimp.orders():
        totals[order["currency_code"]] += Decimal(str(order["order_total"]))
    return totals


def buyer(world: Any, invoice: Invoice) -> str | None:
    """The buyer's address: that of the document, else the customer's."""
    customers = {customer.code: customer for customer in world.data.customers}
    customer = customers.get(invoice.customer)
    address = invoice.bill_to_email or (customer.email if customer else None)
    return address.strip().lower() if address else None


def erp_money(world: Any, invoices: Iterable[Invoice]) -> Counter[str]:
    """What posted sales to members come to, from the ERP's own records."""
    members = {
        member["email_address"].lower()
        for member in world.mailchimp.members()
        if member["status"] != "archived"
    }
    totals: Counter[str] = Counter()
    for invoice in invoices:
        posted = invoice.kind in {"Invoice", "Cash Sale"} and invoice.status in {"Open", "Closed"}
        if posted and buyer(world, invoice) in members:
            totals[invoice.currency] += invoice.amount
    return totals


def test_the_whole_story(world: Any) -> None:
    checked = world.succeeds("check")
    assert "Newsletter" in checked.text
    assert "24.200.001" in checked.text

    held = world.types("run", CONNECTION)
    assert held.code == 3
    assert "glue plan" in held.text
    assert not world.writes()

    world.succeeds("plan", CONNECTION)
    assert not world.writes(), "a plan only looks"
    world.succeeds("approve", CONNECTION)

    world.succeeds("run", CONNECTION)
    assert world.mailchimp.orders()
    assert mailchimp_money(world) == erp_money(world, world.data.invoices)
    assert not world.mailchimp.notifications, "nobody gets a mail about an old invoice"

    before = len(world.writes())
    world.succeeds("run", CONNECTION)
    assert len(world.writes()) == before, "a second run of an unchanged ERP sends nothing"

    players = world.office.cast()
    world.office.morning()
    world.succeeds("run", CONNECTION)
    sent = world.writes()[before:]
    assert world.mailchimp.member(NEW_CUSTOMER_EMAIL)
    assert world.mailchimp.member(players.new_address)
    assert world.mailchimp.member(players.contact.email) is None, "renamed, not doubled"
    orders = {order["id"]: order for order in world.mailchimp.orders()}
    posted = orders[f"Invoice-{players.to_post.number}"]
    assert Decimal(str(posted["order_total"])) == players.to_post.amount
    cancelled = orders[f"Invoice-{players.to_cancel.number}"]
    assert cancelled["financial_status"] == "cancelled"
    assert Decimal(str(cancelled["order_total"])) == 0
    assert not world.mailchimp.notifications
    put = [line.split("/")[-2] for line in sent if line.startswith("PUT")]
    assert Counter(put) == {"members": 2, "customers": 1, "orders": 2}, sent

    explained = world.succeeds("explain", players.new_address)
    assert players.new_address in explained.text
    assert "consent_denied" in world.succeeds("explain", players.kept_out.email).text


def test_the_plan_tells_what_the_run_does(world: Any) -> None:
    world.mailchimp.addresses.fake_domains.clear()  # what Mailchimp refuses, no plan can foresee
    planned = json.loads(world.succeeds("plan", CONNECTION, "--output", "json").out)
    world.succeeds("approve", CONNECTION)
    ran = json.loads(world.succeeds("run", CONNECTION, "--output", "json").out)
    for name in ("members", "products", "customers", "orders"):
        assert planned["objects"][name] == ran["objects"][name], name
    assert planned["money"] == ran["money"]


@pytest.mark.parametrize("status", ["subscribed", "transactional"])
def test_nobody_who_said_no_is_mailed(world: Any, status: str) -> None:
    world.configure("mailchimp", new_member_status=status)
    held_before = {member["id"]: member["status"] for member in world.mailchimp.members()}
    world.approves()
    world.succeeds("run", CONNECTION)

    denied = {
        member_key(contact.email)
        for contact in world.data.contacts
        if contact.email and (contact.no_mass_mail or contact.no_marketing or contact.do_not_email)
    }
    assert denied
    statuses = {member["id"]: member["status"] for member in world.mailchimp.members()}
    for key in denied:
        assert statuses.get(key) == held_before.get(key) or statuses[key] == "unsubscribed"
    for key, before in held_before.items():
        if before in {"unsubscribed", "cleaned", "archived", "pending"}:
            assert statuses[key] == before, "a run never raises anybody's status"


def test_two_runs_at_once_do_not_meet(world: Any) -> None:
    world.approves()
    world.erp.clear_requests()  # the plan's own
    world.erp.latency = 0.3
    first = world.start("run", CONNECTION)
    while not any("/Customer" in exchange.path for exchange in world.erp.requests):
        assert first.poll() is None
    second = world.types("run", CONNECTION)
    assert second.code == 1
    assert "in use" in second.text
    out, err = first.communicate(timeout=120)
    assert first.returncode == 0, out + err


@pytest.mark.parametrize("stage", ["read", "deliver"])
def test_ctrl_c_finishes_the_call_in_hand_and_says_how_to_go_on(world: Any, stage: str) -> None:
    world.approves()
    world.erp.clear_requests()
    world.erp.latency = 0.3 if stage == "read" else 0.0
    world.mailchimp.latency = 0.05
    stopped = world.interrupt_when(world.start("run", CONNECTION), stage)
    assert stopped.code == 130, stopped.text
    assert f"glue run {CONNECTION}" in stopped.sentence()
    assert "Traceback" not in stopped.text

    world.erp.latency = world.mailchimp.latency = 0.0
    world.succeeds("run", CONNECTION)
    assert mailchimp_money(world) == erp_money(world, world.data.invoices)
    assert not world.mailchimp.notifications


def test_no_secret_and_no_personal_data_in_any_output(world: Any) -> None:
    canaries = {
        world.environment["ACUMATICA_CLIENT_SECRET"],
        world.environment["MAILCHIMP_API_KEY"],
    }
    results = [
        world.types("check"),
        world.types("plan", CONNECTION),
        world.types("approve", CONNECTION),
    ]
    world.mailchimp.faults.on("answer", status=500, probability=0.02)
    results.append(world.types("--log-file", "glue.log", "run", CONNECTION))
    results.append(world.types("status"))
    output = "".join(result.text for result in results) + (world.folder / "glue.log").read_text()
    for canary in canaries:
        assert canary not in output
    logged = (world.folder / "glue.log").read_text()
    for contact in world.data.contacts:
        if contact.email and "@" in contact.email:
            assert contact.email not in logged
