"""Customers: one for each address and store, never opted in through shop data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from destination_mailchimp.ecommerce import Put, Shop
from destination_mailchimp.records import CUSTOMERS, email_of, present, required
from destination_mailchimp.stores import Stores
from kit.destination.tasks import Task
from kit.protocol.keys import member_key
from kit.protocol.outcomes import Outcome

_ADDRESS: Final = (
    "address1",
    "address2",
    "city",
    "province",
    "province_code",
    "postal_code",
    "country",
    "country_code",
)


@dataclass(frozen=True, slots=True)
class Customers:
    """Writes customers.

    Args:
        shop: The stores' contents.
        stores: The stores.
    """

    shop: Shop
    stores: Stores

    def write(self, task: Task) -> Outcome:
        """Write one customer.

        Raises:
            RecordRejected: The record cannot be written as it is.
            ConfigError: The credential or a setting does not work.
        """
        body = customer_body(task.data)
        turned_away = self.shop.turned_away(task, body["id"])
        if turned_away is not None:
            return turned_away
        store = self.stores.ensure(
            required(task.data, "company"), required(task.data, "currency_code")
        )
        done = self.shop.put(task, store, CUSTOMERS, body)
        outcome = done.outcome(task, body) if isinstance(done, Put) else done
        if outcome.kind.is_delivered:
            self.shop.introduce(store.id, body["id"])
        return outcome


def introduction(address: str) -> dict[str, Any]:
    """Return the least that makes a customer; it never opts anybody in."""
    return {"id": member_key(address), "email_address": address, "opt_in_status": False}


def customer_body(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a customer as it is sent.

    Raises:
        RecordRejected: The address is missing or wrong.
    """
    body = introduction(email_of(data))
    if data.get("company_name"):
        body["company"] = str(data["company_name"])
    body |= present(data, "first_name", "last_name")
    address = address_body(data.get("address"))
    return body | {"address": address} if address else body


def address_body(value: object) -> dict[str, Any]:
    """Return a postal address as it is sent; empty parts are left out."""
    if not isinstance(value, Mapping):
        return {}
    return {name: str(part) for name, part in present(value, *_ADDRESS).items() if str(part)}
