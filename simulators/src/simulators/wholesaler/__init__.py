"""A believable wholesaler, made from a seed: the data set that all simulators share."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from simulators.wholesaler.audience import make_members
from simulators.wholesaler.documents import make_invoices
from simulators.wholesaler.goods import (
    NEVER_SYNCED,
    ODD_CODE,
    make_non_stock_items,
    make_stock_items,
)
from simulators.wholesaler.model import (
    Address,
    Contact,
    Customer,
    Invoice,
    InvoiceLine,
    Item,
    Member,
    MemberStatus,
    Wholesaler,
)
from simulators.wholesaler.people import make_contacts, make_customers

AS_OF: Final = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
"""The last change in the data; the invoices are of the year before."""

__all__ = [
    "AS_OF",
    "Address",
    "Contact",
    "Customer",
    "Invoice",
    "InvoiceLine",
    "Item",
    "Member",
    "MemberStatus",
    "Wholesaler",
    "wholesaler",
]


@lru_cache(maxsize=4)
def wholesaler(seed: int = 0, as_of: datetime = AS_OF) -> Wholesaler:
    """Make the wholesaler: the same for the same arguments, on every machine.

    Args:
        seed: another seed, another wholesaler with the same kinds of warts.
        as_of: the moment of the last change, aware.
    """
    rng = random.Random(f"wholesaler:{seed}")  # noqa: S311 - no secret
    customers, customer_warts = make_customers(rng, as_of)
    contacts, contact_warts = make_contacts(rng, as_of, customers)
    stock, services = make_stock_items(rng, as_of), make_non_stock_items(rng, as_of)
    sold = [item for item in stock if item.status == "Active"] + services[:6]
    invoices, invoice_warts = make_invoices(rng, as_of, customers, sold)
    members, member_warts = make_members(rng, customers, contacts)
    warts = {
        **customer_warts,
        **contact_warts,
        **invoice_warts,
        **member_warts,
        "odd_code": ODD_CODE,
        "never_synced": NEVER_SYNCED,
    }
    return Wholesaler(
        tuple(customers),
        tuple(contacts),
        tuple(stock),
        tuple(services),
        tuple(invoices),
        tuple(members),
        MappingProxyType(warts),
    )
