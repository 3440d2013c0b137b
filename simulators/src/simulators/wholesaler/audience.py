"""Who is in the Mailchimp audience before the first run."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Final

from simulators.wholesaler.model import Contact, Customer, Member, MemberStatus

_KNOWN: Final = (
    (MemberStatus.SUBSCRIBED, 420),
    (MemberStatus.UNSUBSCRIBED, 90),
    (MemberStatus.CLEANED, 40),
    (MemberStatus.PENDING, 15),
    (MemberStatus.ERASED, 12),
)
_STRANGERS: Final = (
    (MemberStatus.SUBSCRIBED, 160),
    (MemberStatus.UNSUBSCRIBED, 30),
    (MemberStatus.CLEANED, 10),
)


def make_members(
    rng: random.Random, customers: Iterable[Customer], contacts: Iterable[Contact]
) -> tuple[list[Member], dict[str, str]]:
    """Members, most of whom the ERP knows too, and one address of each status."""
    emails = [customer.email for customer in customers] + [contact.email for contact in contacts]
    addresses = sorted({email.lower() for email in emails if email and _well_formed(email)})
    rng.shuffle(addresses)
    members = []
    for status, count in _KNOWN:
        members += [Member(addresses.pop(), status) for _ in range(count)]
    number = 0
    for status, count in _STRANGERS:
        for _ in range(count):
            number += 1
            members.append(Member(f"reader{number}@gazette-{number % 17}.com", status))
    warts = {f"member_{of.status}": of.email_address for of in reversed(members[:-number])}
    return members, warts


def _well_formed(email: str) -> bool:
    local, _, domain = email.partition("@")
    if "@" in domain:
        return False
    fake = domain == "example.com"
    odd = any(character in email for character in " ,;:()") or ".." in domain
    edges = local[:1] in {"", "."} or domain[:1] in {"", "-"}
    return "." in domain and not fake and not odd and not edges and len(domain.split(".")[-1]) > 1
