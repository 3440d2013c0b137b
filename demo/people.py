"""Who among the wholesaler's people can play in the story: those without any wart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulators.wholesaler import Contact, Customer, Invoice, Wholesaler


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in the story; each is delivered by the first run, but for the one kept out.

    Args:
        contact: A person whose address will change.
        new_address: The person's new address.
        to_post: An invoice that is not posted yet.
        to_cancel: A posted invoice.
        kept_out: A person whom the ERP marks as not to be mailed.
    """

    contact: Contact
    new_address: str
    to_post: Invoice
    to_cancel: Invoice
    kept_out: Contact


def addresses(data: Wholesaler) -> Counter[str]:
    """Count how many ERP records share each address."""
    rows: list[Customer | Contact] = [*data.customers, *data.contacts]
    return Counter(row.email.strip().lower() for row in rows if row.email)


def ordinary_customers(data: Wholesaler) -> Iterator[Customer]:
    """Yield the customers without any wart, who are members after the first run."""
    shared, held = addresses(data), {m.email_address.lower() for m in data.mailchimp_members}
    for customer in data.customers:
        email = (customer.email or "").strip().lower()
        if (
            customer.status == "Active"
            and shared[email] == 1
            and _plain(email)
            and email not in held
        ):
            yield customer


def _plain(email: str) -> bool:
    return email.isascii() and email.count("@") == 1 and "example" not in email and " " not in email


def marked(contact: Contact) -> bool:
    """Whether the ERP says in any way that a person is not to be mailed."""
    return contact.no_mass_mail or contact.no_marketing or contact.do_not_email


def sales(data: Wholesaler) -> Iterator[Invoice]:
    """Yield the invoices that ordinary customers got in their own currency."""
    buyers = {customer.code: customer for customer in ordinary_customers(data)}
    for invoice in data.invoices:
        buyer = buyers.get(invoice.customer)
        if (
            buyer is not None
            and invoice.kind == "Invoice"
            and invoice.bill_to_email in {None, buyer.email}
            and invoice.currency == buyer.currency
        ):
            yield invoice


def cast(
    data: Wholesaler,
    *,
    is_kept_out: Callable[[Contact], bool] = marked,
    knows: Callable[[Contact], bool] = lambda _: True,
) -> Cast:
    """Choose who plays.

    Args:
        data: The wholesaler.
        is_kept_out: Whom this ERP's catalog never sends.
        knows: Whether this ERP has a person, under just this address.
    """
    shared, held = addresses(data), {m.email_address.lower() for m in data.mailchimp_members}
    people = [
        contact
        for contact in data.contacts
        if contact.email
        and knows(contact)
        and contact.active
        and _plain(contact.email)
        and shared[contact.email.lower()] == 1
        and contact.email.lower() not in held
    ]
    contact = next(each for each in people if not marked(each))
    return Cast(
        contact=contact,
        new_address=f"new.{(contact.email or '').lower()}",
        to_post=next(each for each in sales(data) if each.status == "Balanced"),
        to_cancel=next(each for each in sales(data) if each.status == "Open"),
        kept_out=next(each for each in people if is_kept_out(each)),
    )
