"""E-mail addresses: the member's hash, and which addresses the API refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import md5

from simulators.mailchimp.problems import FieldError, invalid, invalid_resource

_SYNTAX = re.compile(
    r"(?!\.)(?!.*\.\.)[^\s@<>()\[\]\\,;:\"]{1,64}(?<!\.)@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[^\W\d_][\w-]+"
)
FAKE_DOMAINS = frozenset(
    {
        "example.com",
        "example.net",
        "example.org",
        "mailinator.com",
        "guerrillamail.com",
        "trashmail.com",
        "yopmail.com",
        "10minutemail.com",
    }
)
"""Domains of addresses that \"look fake\" unless a test chooses others."""


def normalised(address: str) -> str:
    """Return the address as the API compares it."""
    return address.strip().lower()


def member_key(address: str) -> str:
    """Return the subscriber hash: the MD5 of the lower-case address, 32 hexadecimal digits."""
    return md5(normalised(address).encode(), usedforsecurity=False).hexdigest()


def is_key(text: str) -> bool:
    """Tell whether a path segment looks like a subscriber hash or a contact id."""
    return re.fullmatch("[0-9a-fA-F]{32}", text) is not None


@dataclass(slots=True)
class AddressRules:
    """Which addresses may become members.

    Attributes:
        fake_domains: Domains refused as fake, with all their subdomains.
        fake: Single addresses refused as fake.
        overused: Addresses that signed up to a lot of lists very recently.
    """

    fake_domains: set[str] = field(default_factory=lambda: set(FAKE_DOMAINS))
    fake: set[str] = field(default_factory=set)
    overused: set[str] = field(default_factory=set)

    def check(self, address: str) -> None:
        """Let a new address pass, or refuse it.

        Raises:
            Problem: 400 Invalid Resource with the reason.
        """
        if not address:
            raise invalid(FieldError("email_address", "This value should not be blank."))
        address = address.strip()
        if len(address) > 254 or _SYNTAX.fullmatch(address) is None:  # noqa: PLR2004 - RFC 5321
            raise invalid_resource("Please provide a valid email address.")
        lower = address.lower()
        if lower in self.fake or self._on_fake_domain(lower):
            raise invalid_resource(
                f"{address} looks fake or invalid, please enter a real email address."
            )
        if lower in self.overused:
            raise invalid_resource(
                f"{address} has signed up to a lot of lists very recently; "
                "we're not allowing more signups for now"
            )

    def _on_fake_domain(self, address: str) -> bool:
        domain = address.rpartition("@")[2]
        while domain:
            if domain in self.fake_domains:
                return True
            domain = domain.partition(".")[2]
        return False
