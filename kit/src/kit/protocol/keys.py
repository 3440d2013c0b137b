"""Keys that we choose ourselves, so that every write is a repeatable upsert."""

from __future__ import annotations

from hashlib import md5
from urllib.parse import quote


def normalise_email(address: str) -> str:
    """Return the address as Mailchimp compares it: trimmed and lower-cased."""
    return address.strip().lower()


def member_key(address: str) -> str:
    """Return a member's key, the MD5 of the normalised address (32 hexadecimal digits).

    Mailchimp calls it the subscriber hash. An e-commerce customer has the same key, so that one
    address is one customer, and the 50 characters that a customer id may have are kept.
    """
    return md5(normalise_email(address).encode(), usedforsecurity=False).hexdigest()


def path_segment(identifier: str) -> str:
    """Percent-encode an id for a URL path; a slash, a hash and a space are encoded too."""
    return quote(identifier, safe="")
