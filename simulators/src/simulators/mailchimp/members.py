"""Members: what an audience holds of one person, and how the API shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.mailchimp.bodies import Document
from simulators.mailchimp.consent import Standing, Status
from simulators.mailchimp.merge_fields import Value

API_HOST = "https://us1.api.mailchimp.com"
MAX_INLINE_TAGS = 50
_SCHEMA = f"{API_HOST}/schema/3.0/Definitions/Lists/Members"
_SHOWN = f"{_SCHEMA}/Response.json"
_PATCH_SCHEMA = f"{_SCHEMA}/PATCH.json"
_PUT_SCHEMA = f"{_SCHEMA}/PUT.json"
NO_LOCATION: Mapping[str, object] = {
    "latitude": 0,
    "longitude": 0,
    "gmtoff": 0,
    "dstoff": 0,
    "country_code": "",
    "timezone": "",
    "region": "",
}


@dataclass(slots=True)
class Note:
    """A note about a member."""

    note_id: int
    text: str
    created_at: str
    updated_at: str


@dataclass(slots=True)
class Activity:
    """One entry of a member's activity: `unsub`, `bounce`, `abuse`."""

    action: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class Trade:
    """What a member bought: sums over the stores of the audience."""

    orders: int = 0
    revenue: float = 0.0
    currency_code: str = ""


_NO_TRADE = Trade()


@dataclass(slots=True)
class Member:
    """One member.

    Attributes:
        key: The subscriber hash; changes with the address.
        address: The address as it was written.
        contact_id: Stays when the address changes.
        merge_fields: The filled merge fields by tag.
        tags: Tag id -> when it was added.
        last_changed: Moves on real changes only.
    """

    key: str
    address: str
    contact_id: str
    unique_email_id: str
    web_id: int
    standing: Standing
    merge_fields: dict[str, Value] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    interests: dict[str, bool] = field(default_factory=dict)
    permissions: dict[str, bool] = field(default_factory=dict)
    email_type: str = "html"
    language: str = ""
    vip: bool = False
    location: Mapping[str, object] = field(default_factory=lambda: NO_LOCATION)
    ip_signup: str = ""
    timestamp_signup: str = ""
    ip_opt: str = ""
    timestamp_opt: str = ""
    last_changed: str = ""
    source: str = "API - Generic"
    notes: list[Note] | None = None
    activity: list[Activity] | None = None
    trade: Trade | None = None

    @property
    def status(self) -> Status:
        """The member's status."""
        return self.standing.status

    @property
    def full_name(self) -> str:
        """First and last name, as far as they are known."""
        names = (self.merge_fields.get("FNAME", ""), self.merge_fields.get("LNAME", ""))
        return " ".join(str(name) for name in names if name)

    def content(self) -> tuple[object, ...]:
        """Return all that a client can change; equal before and after means: no real change."""
        return (
            self.address,
            self.standing,
            self.merge_fields,
            self.tags,
            self.interests,
            self.permissions,
            self.email_type,
            self.language,
            self.vip,
            self.location,
            self.ip_signup,
            self.timestamp_signup,
            self.ip_opt,
            self.timestamp_opt,
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """What the documents of all members of one audience have in common."""

    audience_id: str
    tags: tuple[str, ...]
    tag_names: Mapping[int, str]
    permission_texts: Mapping[str, str]

    @property
    def members_url(self) -> str:
        """Where the audience's members are."""
        return f"{API_HOST}/3.0/lists/{self.audience_id}/members"


_Getter = Callable[[Member, Frame], Any]


def _merge_fields(member: Member, frame: Frame) -> Document:
    filled = member.merge_fields
    return {tag: filled.get(tag, "") for tag in frame.tags}


def _tags(member: Member, frame: Frame) -> list[Document]:
    newest = list(member.tags)[-MAX_INLINE_TAGS:]
    return [{"id": tag_id, "name": frame.tag_names[tag_id]} for tag_id in newest]


def _stats(member: Member, _frame: Frame) -> Document:
    trade = member.trade or _NO_TRADE
    return {
        "avg_open_rate": 0,
        "avg_click_rate": 0,
        "ecommerce_data": {
            "total_revenue": trade.revenue,
            "number_of_orders": trade.orders,
            "currency_code": trade.currency_code,
        },
    }


def _permissions(member: Member, frame: Frame) -> list[Document]:
    return [
        {"marketing_permission_id": each, "text": text, "enabled": each in member.permissions}
        for each, text in frame.permission_texts.items()
    ]


def _links(member: Member, frame: Frame) -> list[Document]:
    parent = frame.members_url
    own = f"{parent}/{member.key}"
    return [
        {"rel": "self", "href": own, "method": "GET", "targetSchema": _SHOWN},
        {"rel": "parent", "href": parent, "method": "GET"},
        {"rel": "update", "href": own, "method": "PATCH", "schema": _PATCH_SCHEMA},
        {"rel": "upsert", "href": own, "method": "PUT", "schema": _PUT_SCHEMA},
        {"rel": "delete", "href": own, "method": "DELETE"},
    ]


GETTERS: Mapping[str, _Getter] = {
    "id": lambda member, _: member.key,
    "email_address": lambda member, _: member.address,
    "unique_email_id": lambda member, _: member.unique_email_id,
    "contact_id": lambda member, _: member.contact_id,
    "full_name": lambda member, _: member.full_name,
    "web_id": lambda member, _: member.web_id,
    "email_type": lambda member, _: member.email_type,
    "status": lambda member, _: member.standing.status,
    "unsubscribe_reason": lambda member, _: member.standing.reason,
    "consents_to_one_to_one_messaging": lambda _member, _: True,
    "sms_phone_number": lambda _member, _: "",
    "sms_subscription_status": lambda _member, _: "nonsubscribed",
    "sms_subscription_last_updated": lambda _member, _: "",
    "merge_fields": _merge_fields,
    "interests": lambda member, _: member.interests,
    "stats": _stats,
    "ip_signup": lambda member, _: member.ip_signup,
    "timestamp_signup": lambda member, _: member.timestamp_signup,
    "ip_opt": lambda member, _: member.ip_opt,
    "timestamp_opt": lambda member, _: member.timestamp_opt,
    "member_rating": lambda _member, _: 2,
    "last_changed": lambda member, _: member.last_changed,
    "language": lambda member, _: member.language,
    "vip": lambda member, _: member.vip,
    "email_client": lambda _member, _: "",
    "location": lambda member, _: member.location,
    "marketing_permissions": _permissions,
    "last_note": lambda member, _: _last_note(member),
    "source": lambda member, _: member.source,
    "tags_count": lambda member, _: len(member.tags),
    "tags": _tags,
    "list_id": lambda _member, frame: frame.audience_id,
    "_links": _links,
}
"""A member document's keys, in the order of the recorded answers."""


def _last_note(member: Member) -> Document:
    if not member.notes:
        return {}
    note = member.notes[-1]
    return {
        "note_id": note.note_id,
        "created_at": note.created_at,
        "created_by": "Simulator",
        "note": note.text,
    }


def document(member: Member, frame: Frame, wanted: tuple[str, ...] | None = None) -> Document:
    """Return the member as the API shows it.

    Args:
        member: The member.
        frame: The audience's part.
        wanted: Top-level keys to build; None builds all. `unsubscribe_reason` and `last_note`
            are absent where there is none.
    """
    names = GETTERS if wanted is None else wanted
    built = {name: GETTERS[name](member, frame) for name in names if name in GETTERS}
    if not member.standing.reason:
        built.pop("unsubscribe_reason", None)
    if not member.notes:
        built.pop("last_note", None)
    return built
