"""A person's address changed in the ERP: the member moves with it, where that is safe.

An unsubscribe moves with the person. A cleaned, archived or erased member stays where it is, and
the new address starts afresh. Where the new address is a member already both are kept, and the
stricter status holds for the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from destination_mailchimp.audience import code_of, status_of
from destination_mailchimp.consent import Decision, MemberStatus, Step
from destination_mailchimp.holdings import ABSENT, Held
from destination_mailchimp.members import Audit, Members, refusal
from destination_mailchimp.problems import Problem
from destination_mailchimp.records import MemberRecord
from kit.destination.tasks import Task
from kit.protocol.outcomes import Difference, Outcome, OutcomeKind

_MOVABLE: Final = frozenset(
    {
        MemberStatus.SUBSCRIBED,
        MemberStatus.UNSUBSCRIBED,
        MemberStatus.PENDING,
        MemberStatus.TRANSACTIONAL,
    }
)
_KEPT_BOTH: Final = (
    "The new address is a member already: both members were kept, and the stricter status holds "
    "for the new address. Look at the old one in Mailchimp."
)
_QUERY: Final = {"skip_merge_validation": "true"}


@dataclass(frozen=True, slots=True)
class Renames:
    """Writes members whose address changed.

    Args:
        members: Writes members.
        dry_run: Decide only.
    """

    members: Members
    dry_run: bool

    def write(self, task: Task, previous_key: str) -> Outcome:
        """Write one member under its new address.

        Args:
            task: The task; its key is the new address's.
            previous_key: Key of the member that the record was delivered to before.

        Raises:
            RecordRejected: The record cannot be written as it is.
            ConfigError: The credential or a setting does not work.
        """
        member = MemberRecord.read(task.data)
        snapshot = self.members.snapshot
        old, new = snapshot.look(previous_key), snapshot.look(task.key)
        if status_of(old.code) not in _MOVABLE:
            return self.members.write(task)
        if new.code != ABSENT:
            return self._keep_both(task, member, old, new)
        audit = self.members.audit(task, member, old)
        if audit.decision.step is Step.SKIP:
            return self.members.apply(audit)
        if self.dry_run:
            return self._plan(audit, previous_key)
        return self._move(audit, previous_key)

    def _keep_both(self, task: Task, member: MemberRecord, old: Held, new: Held) -> Outcome:
        audit = self.members.audit(task, member, new)
        was_unsubscribed = status_of(old.code) is MemberStatus.UNSUBSCRIBED
        if was_unsubscribed and audit.status in {MemberStatus.SUBSCRIBED, MemberStatus.PENDING}:
            lowered = Decision(Step.UNSUBSCRIBE, MemberStatus.UNSUBSCRIBED)
            audit = replace(audit, decision=lowered)
        outcome = self.members.apply(audit)
        return outcome if outcome.message else replace(outcome, message=_KEPT_BOTH)

    def _plan(self, audit: Audit, previous_key: str) -> Outcome:
        snapshot, task = self.members.snapshot, audit.task
        status = audit.decision.status or audit.status
        snapshot.note(previous_key, ABSENT)
        snapshot.note(task.key, code_of(str(status)))
        audit = replace(audit, held=self.members.with_detail(previous_key, audit.held))
        old_address = (audit.held.detail or {}).get("email_address")
        moved = Difference("email_address", old_address, audit.member.email_address)
        return task.outcome(
            OutcomeKind.UPDATED, status=str(status), differences=(moved, *audit.differences())
        )

    def _move(self, audit: Audit, previous_key: str) -> Outcome:
        members, task = self.members, audit.task
        held_status = audit.status
        status_if_new = (
            MemberStatus.UNSUBSCRIBED
            if held_status is MemberStatus.UNSUBSCRIBED
            else MemberStatus.TRANSACTIONAL
        )
        body = audit.content() | {"status_if_new": str(status_if_new)}
        answer = members.client.send("PUT", members.member_path(previous_key), body, _QUERY)
        if answer.ok:
            return self._moved(audit, previous_key, answer.body)
        problem = Problem.from_answer(answer.status, answer.body)
        if not problem.says_exists:
            return members.refused(task, problem, body)
        return self._after_collision(audit, previous_key, problem)

    def _after_collision(self, audit: Audit, previous_key: str, problem: Problem) -> Outcome:
        """Find out who holds the new address: somebody else, or our own move that got no answer."""
        snapshot, task = self.members.snapshot, audit.task
        old, new = snapshot.read_again(previous_key), snapshot.read_again(task.key)
        if new.code == ABSENT:
            return refusal(task, problem, task.data)
        if old.code == ABSENT:
            return self._moved(audit, previous_key, new.detail or {})
        return self._keep_both(task, audit.member, old, new)

    def _moved(self, audit: Audit, previous_key: str, row: Mapping[str, Any]) -> Outcome:
        members, task, decision = self.members, audit.task, audit.decision
        status = str(row.get("status"))
        members.snapshot.note(previous_key, ABSENT)
        members.snapshot.note(task.key, code_of(status))
        if decision.step in {Step.UNSUBSCRIBE, Step.RAISE} and decision.status is not None:
            refused = members.set_status(task, task.key, decision.status)
            if refused is not None:
                return refused
            status = str(decision.status)
        members.write_tags(task.key, audit.member, row)
        return task.outcome(
            OutcomeKind.UPDATED,
            status=status,
            destination_id=str(row.get("contact_id") or "") or None,
            message="The member moved to its new address.",
        )
