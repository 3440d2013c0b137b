"""Subscription statuses: which change the API makes, refuses, or leaves out.

One decision for all paths. Somebody who left, complained or bounced is protected: the API cannot
subscribe such a person again. An unsubscribe by an administrator or by the API protects nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """A member's status."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"
    PENDING = "pending"
    TRANSACTIONAL = "transactional"
    ARCHIVED = "archived"


WRITABLE = tuple(status.value for status in Status if status is not Status.ARCHIVED)
PATCHABLE = tuple(name for name in WRITABLE if name != Status.TRANSACTIONAL)


class Ending(StrEnum):
    """Why a member gets no marketing: who ended it."""

    NONE = ""
    PERSON = "person"
    COMPLAINT = "complaint"
    BOUNCE = "bounce"
    ADMIN = "admin"


PROTECTED = frozenset({Ending.PERSON, Ending.COMPLAINT, Ending.BOUNCE})
ADMIN_REASON = "N/A (Unsubscribed by admin)"


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's status with what lies behind it.

    Attributes:
        status: The status.
        ending: Who ended the subscription, if it was ended.
        reason: The member's `unsubscribe_reason`; empty if the key is absent.
    """

    status: Status
    ending: Ending = Ending.NONE
    reason: str = ""


class NotAllowed(Exception):  # noqa: N818 - a decision, not a failure of ours
    """The API may not give this person that status."""


def new_standing(wanted: Status) -> Standing:
    """Return the standing of a member created with a status."""
    match wanted:
        case Status.UNSUBSCRIBED:
            return Standing(wanted, Ending.ADMIN, ADMIN_REASON)
        case Status.CLEANED:
            return Standing(wanted, Ending.BOUNCE)
        case _:
            return Standing(wanted)


def changed_by_api(held: Standing, wanted: Status | None) -> Standing:
    """Return the standing after a write with `status`; None or the same status changes nothing.

    Raises:
        NotAllowed: The person is protected and the write asks for more than they agreed to.
    """
    if wanted is None or wanted is held.status:
        return held
    protected = held.ending in PROTECTED
    match wanted:
        case Status.UNSUBSCRIBED if protected:
            return Standing(wanted, held.ending, held.reason)
        case Status.PENDING if held.ending in {Ending.PERSON, Ending.COMPLAINT}:
            return Standing(wanted, held.ending)  # asked again by mail; the answer is theirs
        case Status.UNSUBSCRIBED | Status.CLEANED:
            return new_standing(wanted)
        case _ if protected:
            raise NotAllowed
        case _:
            return Standing(wanted)


def archived(held: Standing) -> Standing:
    """Return the standing after archiving; who ended the subscription stays known.

    Raises:
        NotAllowed: The member is bounced, pending or archived.
    """
    if held.status in {Status.CLEANED, Status.PENDING, Status.ARCHIVED}:
        raise NotAllowed
    return Standing(Status.ARCHIVED, held.ending)


def after_order(held: Standing, *, opts_in: bool) -> Standing:
    """Return the standing after an e-commerce write with an opt-in that was not there before.

    It raises a transactional member and touches no other.
    """
    if opts_in and held.status is Status.TRANSACTIONAL and held.ending not in PROTECTED:
        return Standing(Status.SUBSCRIBED)
    return held
