"""Customers and contacts, warts included."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Final

from simulators.wholesaler.model import Address, Contact, Customer
from simulators.wholesaler.words import BAD_ADDRESSES, JOBS, REGIONS, Region

CUSTOMERS: Final = 2_500
CONTACTS: Final = 1_800
NO_EMAIL_EVERY: Final = 21
SHARED: Final = 24
EXAMPLE_COM: Final = 5
_FIRST_CONTACT: Final = 100_001
_NOWHERE: Final = Address(None, None, None, None, None, None)


def chance(rng: random.Random, probability: float) -> bool:
    """Draw once."""
    return rng.random() < probability


def moment_before(rng: random.Random, end: datetime, days: int) -> datetime:
    """A moment in the `days` before `end`, to the millisecond."""
    return end - timedelta(milliseconds=rng.randrange(1_000, days * 86_400_000))


def make_customers(rng: random.Random, as_of: datetime) -> tuple[list[Customer], dict[str, str]]:
    """The customers, and the names of the warts among them."""
    names = list(_names(rng))
    customers = [
        _customer(rng, number, region, family, trade, as_of)
        for number, (region, family, trade) in enumerate(names[:CUSTOMERS])
    ]
    return customers, _spoil(rng, customers)


def _names(rng: random.Random) -> Iterator[tuple[Region, tuple[str, str], tuple[str, str]]]:
    """Region, family and trade; no domain twice."""
    found = []
    for region in REGIONS:
        pairs = list(product(region.families, region.trades))
        rng.shuffle(pairs)
        wanted = CUSTOMERS * region.weight // 1_000
        branches = [("", "")] + [(f" {n}", f"-{n}") for n in range(2, wanted // len(pairs) + 3)]
        for (native, latin), (family, trade) in product(branches, pairs):
            if wanted == 0:
                break
            wanted -= 1
            found.append((region, family, (trade[0] + native, trade[1] + latin)))
    rng.shuffle(found)
    return iter(found)


def _customer(
    rng: random.Random,
    number: int,
    region: Region,
    family: tuple[str, str],
    trade: tuple[str, str],
    as_of: datetime,
) -> Customer:
    domain = f"{family[1]}-{trade[1]}.{region.tld}"
    created = moment_before(rng, as_of, 6 * 365)
    modified = moment_before(rng, as_of, max(1, (as_of - created).days))
    return Customer(
        code=f"C{number + 1001:06d}",
        name=f"{family[0]} {trade[0]} {rng.choice(region.forms)}",
        status=rng.choices(("Active", "Inactive", "Credit Hold", "On Hold"), weights=(90, 5, 3, 2))[
            0
        ],
        customer_class=rng.choice(("DEFAULT", "RETAIL", "TRADE", "CONTRACT", "EXPORT")),
        currency="USD",
        email=f"{rng.choice(region.roles)}@{domain}",
        phone=f"+1 555 {rng.randrange(1_000_000, 9_999_999)}" if chance(rng, 0.8) else None,
        address=_address(rng, region),
        terms=rng.choice(("NET30", "NET14", "COD", "30D")),
        guest=chance(rng, 0.01),
        primary_contact=None,
        created=created,
        modified=max(created, modified),
    )


def _address(rng: random.Random, region: Region) -> Address:
    if chance(rng, 0.04):
        return replace(_NOWHERE, country=region.country)
    city, state, postal_code = rng.choice(region.cities)
    street = rng.choice(region.streets)
    house = rng.randrange(1, 240)
    line1 = f"{house} {street}" if region.country in {"US", "GB"} else f"{street} {house}"
    line2 = f"Unit {rng.randrange(1, 40)}" if chance(rng, 0.15) else None
    return Address(line1, line2, city, state, postal_code, region.country)


def _spoil(rng: random.Random, customers: list[Customer]) -> dict[str, str]:
    """Give some customers no address, a bad one, or another's; returns the warts' names."""
    warts: dict[str, str] = {}
    free = list(range(len(customers)))
    rng.shuffle(free)

    def change(name: str, email: str | None) -> int:
        index = free.pop()
        customers[index] = replace(customers[index], email=email, status="Active")
        warts.setdefault(name, customers[index].code)
        return index

    for _ in range(len(customers) // NO_EMAIL_EVERY):
        change("no_email", None)
    for bad in BAD_ADDRESSES:
        change("bad_email", bad)
    for number in range(EXAMPLE_COM):
        change("fake_email", f"buyer{number + 1}@example.com")
    for number in range(SHARED):
        other = customers[free.pop()]
        email = other.email or ""
        upper = number % 2 == 1
        change(
            "shared_email_other_case" if upper else "shared_email",
            email.title() if upper else email,
        )
    index = free.pop()
    customers[index] = replace(customers[index], address=_NOWHERE)
    warts["no_postal_address"] = customers[index].code
    for status in ("Inactive", "Credit Hold"):
        code = next(of.code for of in customers if of.status == status and of.email is not None)
        warts[status.lower().replace(" ", "_")] = code
    return warts


def make_contacts(
    rng: random.Random, as_of: datetime, customers: list[Customer]
) -> tuple[list[Contact], dict[str, str]]:
    """The contacts, most of them somebody at a customer's; some share the customer's address."""
    contacts = [_contact(rng, number, as_of, customers) for number in range(CONTACTS)]
    warts: dict[str, str] = {}
    for name, wanted in (
        ("no_mass_mail", lambda of: of.no_mass_mail),
        ("no_marketing", lambda of: of.no_marketing),
        ("do_not_email", lambda of: of.do_not_email),
        ("inactive_contact", lambda of: not of.active),
    ):
        warts[name] = str(next(of.id for of in contacts if wanted(of) and of.email))
    return contacts, warts | _share(rng, contacts, customers)


def _contact(
    rng: random.Random, number: int, as_of: datetime, customers: list[Customer]
) -> Contact:
    customer = rng.choice(customers) if chance(rng, 0.85) else None
    regions = {region.country: region for region in REGIONS}
    region = regions[(customer.address.country if customer else None) or "US"]
    first, last = rng.choice(region.first_names), rng.choice(region.families)
    domain = (customer.email or "").rpartition("@")[2] if customer else ""
    if "." not in domain or " " in domain or "," in domain:
        domain = f"{last[1]}-{first[1]}-{number}.{region.tld}"
    created = moment_before(rng, as_of, 5 * 365)
    modified = max(created, moment_before(rng, as_of, 500))
    return Contact(
        id=_FIRST_CONTACT + number,
        first_name=first[0] if chance(rng, 0.95) else None,
        last_name=last[0],
        email=f"{first[1]}.{last[1]}{number}@{domain.lower()}" if chance(rng, 0.96) else None,
        phone=f"+1 555 {rng.randrange(1_000_000, 9_999_999)}" if chance(rng, 0.5) else None,
        job_title=rng.choice(JOBS),
        business_account=customer.code if customer else None,
        active=chance(rng, 0.96),
        no_marketing=chance(rng, 0.04),
        no_mass_mail=chance(rng, 0.05),
        do_not_email=chance(rng, 0.03),
        language=region.language if chance(rng, 0.6) else None,
        address=_address(rng, region) if chance(rng, 0.5) else _NOWHERE,
        created=created,
        modified=modified,
    )


def _share(
    rng: random.Random, contacts: list[Contact], customers: list[Customer]
) -> dict[str, str]:
    """Some contacts carry the very address of their customer, a few written in capitals."""
    emails = {customer.code: customer.email for customer in customers}
    candidates = [
        index
        for index, contact in enumerate(contacts)
        if contact.email and "@" in (emails.get(contact.business_account or "") or "")
    ]
    warts: dict[str, str] = {}
    for number, index in enumerate(rng.sample(candidates, 3 * SHARED)):
        contact = contacts[index]
        email = emails[contact.business_account or ""] or ""
        upper = number % 4 == 3  # noqa: PLR2004 - every fourth
        contacts[index] = replace(contact, email=email.upper() if upper else email)
        warts.setdefault(
            "contact_shares_email_other_case" if upper else "contact_shares_email", str(contact.id)
        )
    return warts
