"""How fast the engine maps: a contact-like record of twelve fields, steps only."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Any, Final

from kit.mapping.catalog import Catalog, parse_catalog
from kit.mapping.results import Mapped

CATALOG: Final = """
catalog: twelve-fields
sources:
  contacts: {changed: LastModifiedDateTime}
objects:
  members: {key: [{member_key: email_address}]}
streams:
  members:
    from: contacts
    let:
      email: {from: Email, steps: [trim, lower]}
    skip:
      - {when: {missing: $email}, reason: no_email}
      - {when: {bad_email: $email}, reason: bad_email}
    fields:
      email_address: $email
      consent: {case: [{when: {NoMassMail: true}, value: denied}, {value: unknown}]}
      first_name: {from: FirstName, steps: [trim]}
      last_name: {from: LastName, steps: [trim]}
      company: {first_of: [CompanyName, BusinessAccount], steps: [trim]}
      phone: {from: Phone1, steps: [trim], default: none}
      language: {from: LanguageOrLocale, steps: [{before: "-"}, lower]}
      city: {from: Address.City, steps: [trim]}
      zip: {from: Address.PostalCode, type: text}
      country: {from: Address.Country, steps: [trim, upper]}
      balance: {from: Balance, type: money}
      since: {from: CreatedDateTime, type: date}
"""


def contacts(count: int) -> Iterator[dict[str, Any]]:
    """Yield believable contacts, each with an address of its own."""
    for number in range(count):
        yield {
            "Email": f" Person.{number}@Company-{number % 977}.example",
            "FirstName": "Anna ",
            "LastName": f"Nr {number}",
            "CompanyName": None,
            "BusinessAccount": f"C{number % 977:05}",
            "Phone1": None if number % 3 else "+1 555 0100",
            "LanguageOrLocale": "en-US",
            "NoMassMail": number % 10 == 0,
            "Address": {"City": "Denver", "PostalCode": "80202", "Country": "us"},
            "Balance": number / 100,
            "CreatedDateTime": "2023-12-14T17:20:45.160000Z",
            "LastModifiedDateTime": "2023-12-14T17:20:45.160000Z",
        }


def records_per_second(count: int = 20_000) -> float:
    """Map that many contacts and return the rate.

    Raises:
        ValueError: A contact was not mapped, so that the rate would mean nothing.
    """
    catalog = parse_catalog(CATALOG)
    rows = list(contacts(count))
    started = perf_counter()
    mapped = sum(_is_mapped(catalog, row) for row in rows)
    seconds = perf_counter() - started
    if mapped != count:
        raise ValueError(f"only {mapped} of {count} contacts were mapped")
    return count / seconds


def _is_mapped(catalog: Catalog, row: dict[str, Any]) -> bool:
    return isinstance(catalog.map("contacts", row)[0], Mapped)
