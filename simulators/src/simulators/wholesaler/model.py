"""The wholesaler's records, in neutral terms: each simulator turns them into its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; any part may be missing. `country` is an ISO code of two letters."""

    line1: str | None
    line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class Customer:
    """A company that buys.

    Attributes:
        code: the ERP's key.
        name: as the company writes itself, any script.
        status: Active, Inactive, Credit Hold or On Hold.
        email: as somebody typed it: may be missing, malformed, or another customer's.
        primary_contact: id of a contact; None = none.
        created: aware, UTC.
        modified: aware, UTC.
    """

    code: str
    name: str
    status: str
    customer_class: str
    currency: str
    email: str | None
    phone: str | None
    address: Address
    terms: str
    guest: bool
    primary_contact: int | None
    created: datetime
    modified: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A person; `business_account` is a customer's code, or None."""

    id: int
    first_name: str | None
    last_name: str
    email: str | None
    phone: str | None
    job_title: str | None
    business_account: str | None
    active: bool
    no_marketing: bool
    no_mass_mail: bool
    do_not_email: bool
    language: str | None
    address: Address
    created: datetime
    modified: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """Something to sell; `stock` False = a service or a charge."""

    code: str
    description: str
    item_class: str
    status: str
    unit: str
    price: Decimal
    list_price: Decimal
    stock: bool
    on_hand: Decimal
    image: str | None
    web_page: str | None
    content: str | None
    created: datetime
    modified: datetime


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line: `amount` = quantity x unit price - discount, in the document's currency."""

    number: int
    item: str | None
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    discount: Decimal
    discount_percent: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """A sales document: `amount` = sum of the lines - `discount` + `freight` + `tax`.

    Attributes:
        kind: Invoice, Credit Memo, Debit Memo or Cash Sale.
        number: unique within its kind only.
        status: Open and Closed are posted; On Hold and Balanced are not; Canceled was.
        customer: a customer's code, which may be unknown.
        bill_to_email: None = none on the document; the customer's may serve.
        amount: positive in every kind.
    """

    kind: str
    number: str
    status: str
    issued: date
    due: date
    customer: str
    currency: str
    lines: tuple[InvoiceLine, ...]
    discount: Decimal
    freight: Decimal
    tax: Decimal
    amount: Decimal
    balance: Decimal
    bill_to_name: str | None
    bill_to_email: str | None
    bill_to_address: Address
    order_number: str | None
    created: datetime
    modified: datetime


class MemberStatus(StrEnum):
    """Where somebody stands in the audience before the first run."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"
    PENDING = "pending"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is in the audience already; of an erased one only the address is known."""

    email_address: str
    status: MemberStatus


@dataclass(frozen=True, slots=True, eq=False)
class Wholesaler:
    """All of it.

    Attributes:
        warts: the unpleasant records by a name of ours, such as `fractional_quantity`; the value
            is the record's key (an invoice's number, a customer's code, an item's code, an
            address).
    """

    customers: tuple[Customer, ...]
    contacts: tuple[Contact, ...]
    stock_items: tuple[Item, ...]
    non_stock_items: tuple[Item, ...]
    invoices: tuple[Invoice, ...]
    mailchimp_members: tuple[Member, ...]
    warts: Mapping[str, str]
