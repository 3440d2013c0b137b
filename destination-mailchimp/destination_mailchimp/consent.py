"""What may be done to a member: one pure, total function over everything that matters.

What the ERP says, what Mailchimp holds, the evidence and the policy go in; one decision comes out.
Two promises hold for every input: no path leads from a status that is not `subscribed` to
`subscribed` without a newer opt-in in the ERP and a policy that allows it, and an opt-out that our
own return flow wrote into the ERP is never evidence against a later subscribe in Mailchimp.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.protocol.reasons import Reason


class Consent(StrEnum):
    """What the ERP says about marketing mail to a person."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"
    EXCLUDED = "excluded"


class MemberStatus(StrEnum):
    """What Mailchimp holds for an address. The order is that of the snapshot's codes."""

    ABSENT = "absent"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"
    PENDING = "pending"
    TRANSACTIONAL = "transactional"
    ARCHIVED = "archived"
    ERASED = "erased"


class Step(StrEnum):
    """What to do with a member."""

    CREATE = "create"
    """Write the fields; the address gets the decision's status if it is new."""
    FIELDS = "fields"
    """Write the fields, and leave the status alone."""
    UNSUBSCRIBE = "unsubscribe"
    """Lower the status to the decision's, then write the fields."""
    RAISE = "raise"
    """Raise the status to the decision's, then write the fields."""
    SKIP = "skip"
    """Write nothing."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about when a wish was expressed.

    Args:
        erp_changed_at: When the runner saw the ERP's consent value change; None if it never did,
            or if no runner watches.
        written_by_us: Whether our own return flow wrote that value.
        mailchimp_changed_at: When the member last changed in Mailchimp; None if not known.
    """

    erp_changed_at: datetime | None = None
    written_by_us: bool = False
    mailchimp_changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings and the audience allow.

    Args:
        new_member_status: Status of a new member whose consent is unknown.
        double_opt_in: Whether the audience asks new subscribers to confirm.
        propagate_erp_opt_out: Whether an opt-out in the ERP unsubscribes.
        raise_on_new_opt_in: Whether a newer opt-in in the ERP subscribes a transactional member.
    """

    new_member_status: MemberStatus
    double_opt_in: bool
    propagate_erp_opt_out: bool = True
    raise_on_new_opt_in: bool = False

    @property
    def opted_in_status(self) -> MemberStatus:
        """The status of a person who said yes in the ERP."""
        return MemberStatus.PENDING if self.double_opt_in else MemberStatus.SUBSCRIBED


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one member.

    Args:
        step: What to do.
        status: The status to create with, to lower to or to raise to; None otherwise.
        reason: Why nothing is done; None otherwise.
    """

    step: Step
    status: MemberStatus | None = None
    reason: Reason | None = None


_FIELDS = Decision(Step.FIELDS)
_UNSUBSCRIBE = Decision(Step.UNSUBSCRIBE, MemberStatus.UNSUBSCRIBED)
_CLOSED = {
    MemberStatus.CLEANED: Reason.CLEANED,
    MemberStatus.ARCHIVED: Reason.ARCHIVED,
    MemberStatus.ERASED: Reason.ERASED,
}
_MAILABLE = frozenset({MemberStatus.SUBSCRIBED, MemberStatus.PENDING})


def _skip(reason: Reason) -> Decision:
    return Decision(Step.SKIP, reason=reason)


def decide(consent: Consent, held: MemberStatus, evidence: Evidence, policy: Policy) -> Decision:
    """Decide what may be done to a member.

    Args:
        consent: What the ERP says.
        held: What Mailchimp holds.
        evidence: When either side changed, as far as that is known.
        policy: What the settings and the audience allow.
    """
    if consent is Consent.EXCLUDED:
        return _skip(Reason.EXCLUDED)
    if held in _CLOSED:
        return _skip(_CLOSED[held])
    if held is MemberStatus.ABSENT:
        return _decide_absent(consent, policy)
    if consent is Consent.DENIED and held in _MAILABLE and _may_lower(evidence, policy):
        return _UNSUBSCRIBE
    if (
        consent is Consent.GRANTED
        and held is MemberStatus.TRANSACTIONAL
        and _may_raise(evidence, policy)
    ):
        return Decision(Step.RAISE, policy.opted_in_status)
    return _FIELDS


def needs_mailchimp_time(consent: Consent, held: MemberStatus, evidence: Evidence) -> bool:
    """Whether the decision depends on when the member last changed in Mailchimp."""
    if evidence.erp_changed_at is None or evidence.written_by_us:
        return False
    if consent is Consent.DENIED:
        return held in _MAILABLE
    return consent is Consent.GRANTED and held is MemberStatus.TRANSACTIONAL


def _decide_absent(consent: Consent, policy: Policy) -> Decision:
    if consent is Consent.DENIED:
        return _skip(Reason.CONSENT_DENIED)
    if consent is Consent.GRANTED:
        return Decision(Step.CREATE, policy.opted_in_status)
    return Decision(Step.CREATE, policy.new_member_status)


def _may_lower(evidence: Evidence, policy: Policy) -> bool:
    """Lowering needs no proof, but gives way to a change in Mailchimp that is known to be newer."""
    if not policy.propagate_erp_opt_out or evidence.written_by_us:
        return False
    if evidence.erp_changed_at is None or evidence.mailchimp_changed_at is None:
        return True
    return evidence.erp_changed_at > evidence.mailchimp_changed_at


def _may_raise(evidence: Evidence, policy: Policy) -> bool:
    """Raising needs proof: the person's own yes in the ERP, newer than anything in Mailchimp."""
    if not policy.raise_on_new_opt_in or evidence.written_by_us:
        return False
    if evidence.erp_changed_at is None or evidence.mailchimp_changed_at is None:
        return False
    return evidence.erp_changed_at > evidence.mailchimp_changed_at
