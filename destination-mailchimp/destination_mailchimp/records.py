"""The records that come in, read once at the edge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from destination_mailchimp.consent import Consent
from kit.protocol.errors import RecordRejected
from kit.protocol.keys import member_key
from kit.protocol.reasons import Reason

MEMBERS: Final = "members"
PRODUCTS: Final = "products"
CUSTOMERS: Final = "customers"
ORDERS: Final = "orders"
_ADDRESS: Final = re.compile(r"\S+@[^\s@]+\.[^\s@]+")


def key_of(name: str, data: Mapping[str, Any]) -> str:
    """Return a record's key; an incomplete record still gets one, and is rejected later."""
    if name == MEMBERS:
        return member_key(str(data.get("email_address") or ""))
    identifier = (
        member_key(str(data.get("email_address") or "")) if name == CUSTOMERS else data.get("id")
    )
    return f"{data.get('company') or ''}/{data.get('currency_code') or ''}/{identifier or ''}"


def email_of(data: Mapping[str, Any]) -> str:
    """Return the record's address, trimmed.

    Raises:
        RecordRejected: There is none, or it cannot be one.
    """
    address = str(data.get("email_address") or "").strip()
    if not address:
        raise RecordRejected(Reason.NO_EMAIL, field="email_address")
    if _ADDRESS.fullmatch(address) is None:
        raise RecordRejected(Reason.BAD_EMAIL, field="email_address")
    return address


def required(data: Mapping[str, Any], field: str) -> str:
    """Return a text that must be there.

    Raises:
        RecordRejected: It is not.
    """
    value = data.get(field)
    if value is None or not str(value).strip():
        reason = Reason.MISSING_KEY if field in {"company", "id"} else Reason.BAD_VALUE
        raise RecordRejected(reason, f"The field `{field}` is empty.", field=field)
    return str(value)


def present(data: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    """Return those fields that are not null."""
    return {field: data[field] for field in fields if data.get(field) is not None}


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A person, as the mapping made it.

    Args:
        email_address: Trimmed.
        consent: What the ERP says.
        merge_fields: Tag to value.
        language: Two-letter code, None to leave it alone.
        tags: Tags to add.
        removed_tags: Tags to remove.
    """

    email_address: str
    consent: Consent
    merge_fields: Mapping[str, Any]
    language: str | None
    tags: tuple[str, ...]
    removed_tags: tuple[str, ...]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> MemberRecord:
        """Read a record.

        Raises:
            RecordRejected: A field is missing or wrong; it is named.
        """
        address = email_of(data)
        try:
            consent = Consent(data.get("consent") or Consent.UNKNOWN)
        except ValueError:
            raise RecordRejected(
                Reason.BAD_VALUE,
                "The consent is none of granted, denied, unknown, excluded.",
                field="consent",
            ) from None
        merge_fields = data.get("merge_fields") or {}
        if not isinstance(merge_fields, Mapping):
            raise RecordRejected(Reason.BAD_VALUE, "It is no object.", field="merge_fields")
        return cls(
            email_address=address,
            consent=consent,
            merge_fields=merge_fields,
            language=str(data["language"]) if data.get("language") else None,
            tags=_names(data.get("tags")),
            removed_tags=_names(data.get("removed_tags")),
        )


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, (list, tuple)) else ()
