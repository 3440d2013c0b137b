"""Members, one by one: decide, then PUT without ever touching the status of somebody known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from destination_mailchimp.audience import Audience, code_of, status_of
from destination_mailchimp.client import Client, path
from destination_mailchimp.consent import (
    Decision,
    Evidence,
    MemberStatus,
    Policy,
    Step,
    decide,
    needs_mailchimp_time,
)
from destination_mailchimp.differences import changed_tags, member_differences
from destination_mailchimp.holdings import Held, Holdings
from destination_mailchimp.merge_fields import MergeFields
from destination_mailchimp.problems import Problem, explain, member_reason
from destination_mailchimp.records import MemberRecord
from kit.destination.tasks import Task
from kit.protocol.errors import RecordRejected
from kit.protocol.keys import normalise_email
from kit.protocol.outcomes import Difference, Outcome, OutcomeKind
from kit.protocol.reasons import Reason

_QUERY = {"skip_merge_validation": "true"}
_SKIPPED_REFUSALS = frozenset({Reason.ERASED, Reason.COMPLIANCE})


@dataclass(frozen=True, slots=True)
class Audit:
    """What one write is about: the record, what is held for it, and what was decided.

    Args:
        task: The task.
        member: Its record.
        held: What Mailchimp holds for the address.
        decision: What to do.
        fields: The converted merge fields.
    """

    task: Task
    member: MemberRecord
    held: Held
    decision: Decision
    fields: Mapping[str, Any]

    @property
    def status(self) -> MemberStatus:
        """The status that Mailchimp holds."""
        return status_of(self.held.code)

    def content(self) -> dict[str, Any]:
        """Return the part of a body that is not about the status."""
        body: dict[str, Any] = {"email_address": self.member.email_address}
        if self.fields:
            body["merge_fields"] = dict(self.fields)
        if self.member.language:
            body["language"] = self.member.language
        return body

    def differences(self) -> tuple[Difference, ...]:
        """Return what the write changes, as far as what is held is known."""
        found: tuple[Difference, ...] = ()
        if self.decision.status is not None and self.decision.step is not Step.CREATE:
            found = (Difference("status", str(self.status), str(self.decision.status)),)
        if self.held.detail is None:
            return found
        return found + member_differences(
            self.content(),
            self.held.detail,
            add=self.member.tags,
            remove=self.member.removed_tags,
        )


def refusal(task: Task, problem: Problem, sent: object) -> Outcome:
    """Return the outcome of a member that Mailchimp refused."""
    reason, field = member_reason(problem)
    if reason in _SKIPPED_REFUSALS:
        return task.outcome(OutcomeKind.SKIPPED, reason=reason)
    return task.outcome(
        OutcomeKind.REJECTED, reason=reason, field=field, message=explain(problem, sent)
    )


def ignored(task: Task, what: str) -> Outcome:
    """Return the outcome of a change that Mailchimp took without an error and did not make."""
    return task.outcome(
        OutcomeKind.REJECTED,
        reason=Reason.IGNORED_BY_MAILCHIMP,
        message=f"{Reason.IGNORED_BY_MAILCHIMP.meaning} {what}",
    )


class Members:
    """Writes members.

    Args:
        client: Calls to the account.
        audience: The audience.
        policy: What the settings and the audience allow.
        snapshot: The statuses that Mailchimp holds.
        merge_fields: The audience's merge fields.
        dry_run: Decide only.
    """

    def __init__(
        self,
        client: Client,
        audience: Audience,
        *,
        policy: Policy,
        snapshot: Holdings,
        merge_fields: MergeFields,
        dry_run: bool,
    ) -> None:
        self.client = client
        self.audience = audience
        self.snapshot = snapshot
        self._policy = policy
        self._merge_fields = merge_fields
        self._dry_run = dry_run

    def write(self, task: Task) -> Outcome:
        """Write one member.

        Raises:
            RecordRejected: The record cannot be written as it is.
            ConfigError: The credential or a setting does not work.
        """
        member = MemberRecord.read(task.data)
        return self.apply(self.audit(task, member, self.snapshot.look(task.key)))

    def audit(self, task: Task, member: MemberRecord, held: Held) -> Audit:
        """Decide what to do with one member."""
        status = status_of(held.code)
        envelope = task.envelope
        evidence = Evidence(
            erp_changed_at=envelope.consent_changed_at if envelope else None,
            written_by_us=envelope.consent_written_by_us if envelope else False,
        )
        if needs_mailchimp_time(member.consent, status, evidence):
            held = self.with_detail(task.key, held)
            evidence = replace(evidence, mailchimp_changed_at=_last_changed(held))
        decision = decide(member.consent, status_of(held.code), evidence, self._policy)
        if decision.step is Step.SKIP:
            return Audit(task, member, held, decision, {})
        return Audit(task, member, held, decision, self._merge_fields.convert(member.merge_fields))

    def with_detail(self, key: str, held: Held) -> Held:
        """Return what is held, read whole."""
        if held.detail is not None:
            return held
        fresh = self.snapshot.read_again(key)
        return fresh if fresh.detail is not None else held

    def apply(self, audit: Audit) -> Outcome:
        """Do what was decided, or say what would be done."""
        task, decision = audit.task, audit.decision
        if decision.step is Step.SKIP:
            status = str(audit.status) if audit.held.code else None
            return task.outcome(OutcomeKind.SKIPPED, reason=decision.reason, status=status)
        if self._dry_run:
            return self._plan(audit)
        if decision.step is Step.FIELDS and audit.held.detail and not audit.differences():
            return task.outcome(OutcomeKind.UNCHANGED, status=str(audit.status))
        if decision.step in {Step.UNSUBSCRIBE, Step.RAISE}:
            refused = self.set_status(task, task.key, decision.status)
            if refused is not None:
                return refused
        return self._put(audit)

    def _plan(self, audit: Audit) -> Outcome:
        task, decision = audit.task, audit.decision
        status = decision.status or audit.status
        self.snapshot.note(task.key, code_of(str(status)))
        if decision.step is Step.CREATE:
            return task.outcome(OutcomeKind.CREATED, status=str(status))
        audit = replace(audit, held=self.with_detail(task.key, audit.held))
        differences = audit.differences()
        kind = OutcomeKind.UPDATED if differences else OutcomeKind.UNCHANGED
        return task.outcome(kind, status=str(status), differences=differences)

    def set_status(self, task: Task, key: str, status: MemberStatus | None) -> Outcome | None:
        """Set the status of a member; the outcome if that was refused or ignored."""
        body = {"status": str(status)}
        answer = self.client.send("PATCH", self.member_path(key), body, _QUERY)
        if not answer.ok:
            return refusal(task, Problem.from_answer(answer.status, answer.body), task.data)
        now = str(answer.body.get("status"))
        self.snapshot.note(key, code_of(now))
        if now != status:
            return ignored(task, f"The member was to become {status}, but is {now}.")
        return None

    def _put(self, audit: Audit) -> Outcome:
        task, decision = audit.task, audit.decision
        body = audit.content() | {"status_if_new": str(_status_if_new(audit))}
        answer = self.client.send("PUT", self.member_path(task.key), body, _QUERY)
        if not answer.ok:
            return self.refused(task, Problem.from_answer(answer.status, answer.body), body)
        row: Mapping[str, Any] = answer.body
        status = str(row.get("status"))
        self.snapshot.note(task.key, code_of(status))
        if normalise_email(str(row.get("email_address"))) != normalise_email(body["email_address"]):
            return ignored(task, "The answer is about another address.")
        self.write_tags(task.key, audit.member, row)
        created = decision.step is Step.CREATE and status == decision.status
        return task.outcome(
            OutcomeKind.CREATED if created else OutcomeKind.UPDATED,
            status=status,
            destination_id=str(row.get("contact_id") or "") or None,
            differences=() if created else audit.differences(),
        )

    def refused(self, task: Task, problem: Problem, sent: object) -> Outcome:
        """Return the outcome of a refusal, and remember who was erased."""
        outcome = refusal(task, problem, [sent, task.data])
        if outcome.reason is Reason.ERASED:
            self.snapshot.note(task.key, code_of(MemberStatus.ERASED))
        return outcome

    def write_tags(self, key: str, member: MemberRecord, row: Mapping[str, Any]) -> None:
        """Add and remove tags, if the member's are not yet as they are asked to be.

        Raises:
            RecordRejected: Mailchimp refused the tags; the fields are written.
        """
        if not member.tags and not member.removed_tags:
            return
        shown = [str(tag.get("name")) for tag in row.get("tags") or ()]
        if int(row.get("tags_count") or 0) > len(shown):
            changes = dict.fromkeys(member.tags, True) | dict.fromkeys(member.removed_tags, False)
        else:
            changes = changed_tags(shown, add=member.tags, remove=member.removed_tags)
        if changes:
            tags = [
                {"name": name, "status": "active" if active else "inactive"}
                for name, active in changes.items()
            ]
            answer = self.client.send(
                "POST", f"{self.member_path(key)}/tags", {"tags": tags}, repeatable=True
            )
            if not answer.ok:
                said = explain(Problem.from_answer(answer.status, answer.body), member.tags)
                raise RecordRejected(
                    Reason.REFUSED,
                    f"The fields were written, the tags were not. {said}",
                    field="tags",
                )

    def member_path(self, key: str) -> str:
        """Return the path of a member."""
        return path("lists", self.audience.id, "members", key)


def _status_if_new(audit: Audit) -> MemberStatus:
    """Return the status should the address be new: never higher than what was decided or held."""
    if audit.decision.step is Step.CREATE and audit.decision.status is not None:
        return audit.decision.status
    if audit.status is MemberStatus.UNSUBSCRIBED or audit.decision.step is Step.UNSUBSCRIBE:
        return MemberStatus.UNSUBSCRIBED
    return MemberStatus.TRANSACTIONAL


def _last_changed(held: Held) -> datetime | None:
    text = str((held.detail or {}).get("last_changed") or "")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
