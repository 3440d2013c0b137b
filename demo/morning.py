"""What people in an office do on a morning: a few rows change in the ERP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from simulators.acumatica import AcumaticaSimulator
from simulators.wholesaler import Contact, Customer, Invoice, Wholesaler

NEW_CUSTOMER = "C990001"
NEW_CUSTOMER_EMAIL = "office@lindqvist-tools.se"
POSTED = frozenset({"Open", "Closed"})


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in the story; each is delivered by the first run, but for the opted-out one.

    Args:
        contact: A person whose address will change.
        new_address: The person's new address.
        to_post: An invoice that is not posted yet.
        to_cancel: A posted invoice.
        opted_out: A person whom the ERP marks as not to be mailed.
    """

    contact: Contact
    new_address: str
    to_post: Invoice
    to_cancel: Invoice
    opted_out: Contact


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


def _refuses_mail(contact: Contact) -> bool:
    return contact.no_mass_mail or contact.no_marketing or contact.do_not_email


def cast(data: Wholesaler) -> Cast:
    """Choose who plays."""
    shared, held = addresses(data), {m.email_address.lower() for m in data.mailchimp_members}
    people = [
        contact
        for contact in data.contacts
        if contact.email and _plain(contact.email) and shared[contact.email.lower()] == 1
    ]
    contact = next(
        each
        for each in people
        if each.active and not _refuses_mail(each) and (each.email or "").lower() not in held
    )
    buyers = {customer.code: customer for customer in ordinary_customers(data)}
    sales = [
        invoice
        for invoice in data.invoices
        if invoice.kind == "Invoice"
        and invoice.customer in buyers
        and invoice.bill_to_email in {None, buyers[invoice.customer].email}
        and invoice.currency == buyers[invoice.customer].currency
    ]
    return Cast(
        contact=contact,
        new_address=f"new.{(contact.email or '').lower()}",
        to_post=next(each for each in sales if each.status == "Balanced"),
        to_cancel=next(each for each in sales if each.status == "Open"),
        opted_out=next(
            each
            for each in people
            if _refuses_mail(each) and each.active and (each.email or "").lower() not in held
        ),
    )


def a_morning_at_the_office(erp: AcumaticaSimulator, data: Wholesaler) -> list[str]:
    """Change four rows in the ERP, and say in words what was done."""
    players = cast(data)
    erp.put(
        "Customer",
        {
            "CustomerID": NEW_CUSTOMER,
            "CustomerName": "Lindqvist Tools AB",
            "Status": "Active",
            "CustomerClass": "DEFAULT",
            "CurrencyID": "USD",
            "Email": NEW_CUSTOMER_EMAIL,
            "MainContact": {"Email": NEW_CUSTOMER_EMAIL, "DisplayName": "Lindqvist Tools AB"},
        },
    )
    erp.put("Contact", {"ContactID": players.contact.id, "Email": players.new_address})
    erp.post_invoice(players.to_post.number)
    erp.cancel_invoice(players.to_cancel.number)
    return [
        f"a new customer: {NEW_CUSTOMER}, {NEW_CUSTOMER_EMAIL}",
        f"contact {players.contact.id} moved to {players.new_address}",
        f"invoice {players.to_post.number} is posted",
        f"invoice {players.to_cancel.number} is cancelled",
    ]
