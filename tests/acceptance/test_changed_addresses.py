"""A changed e-mail address does not move the customer's own stamp; it has to arrive all the same."""

from __future__ import annotations

from typing import Any

from kit.protocol.keys import member_key
from tests.acceptance.conftest import CONNECTION

NEW = "purchasing@quay-and-sons.com"


def customer_with_address(world: Any) -> str:
    """A customer without contacts, whose address is a member that nobody else brings."""
    contacts = {contact.business_account for contact in world.data.contacts}
    addresses = [customer.email for customer in world.data.customers]
    return next(
        customer.code
        for customer in world.data.customers
        if customer.email
        and customer.status == "Active"
        and customer.code not in contacts
        and addresses.count(customer.email) == 1
        and world.mailchimp.member(customer.email)
    )


def test_a_changed_address_arrives_with_the_next_run(world: Any) -> None:
    world.approves()
    world.succeeds("run", CONNECTION)
    code = customer_with_address(world)
    before = world.erp.get("Customer", code)["LastModifiedDateTime"]
    world.erp.change_email(code, NEW)
    assert world.erp.get("Customer", code)["LastModifiedDateTime"] == before

    sent = len(world.writes())
    run = world.succeeds("run", CONNECTION)

    assert world.mailchimp.member(NEW), run.text
    touched = [write for write in world.writes()[sent:] if "/members" in write]
    assert touched, world.writes()[sent:]
    assert all(member_key(NEW) in write for write in touched)
    sent = len(world.writes())
    world.succeeds("run", CONNECTION)
    assert len(world.writes()) == sent
