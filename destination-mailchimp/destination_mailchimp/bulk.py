"""Many new members in one call, without ever touching the consent of somebody known.

`POST /lists/{id}` has no `status_if_new`, so it carries only addresses that are absent in every
status, and never updates. A row that turns out to be known goes on as a single write, which looks
at what is held first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from destination_mailchimp.audience import code_of
from destination_mailchimp.client import path
from destination_mailchimp.consent import Step
from destination_mailchimp.holdings import ABSENT, Held
from destination_mailchimp.members import Audit, Members, ignored
from destination_mailchimp.problems import Problem
from destination_mailchimp.records import MemberRecord
from kit.destination.http import Unconfirmed
from kit.destination.tasks import Task
from kit.protocol.errors import RecordRejected
from kit.protocol.keys import member_key
from kit.protocol.outcomes import Outcome, OutcomeKind

BULK_ROWS: Final = 500
"""Rows of one call, the most that Mailchimp takes."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """Writes new members by the hundred.

    Args:
        members: Writes members one by one.
        settle: Reports an outcome.
        single: Queues a task to be written alone; it looks at what Mailchimp holds first.
        confirm: The same for a task that a call without an answer may have written.
    """

    members: Members
    settle: Callable[[Task, Outcome], None]
    single: Callable[[Task], None]
    confirm: Callable[[Task], None]

    def write(self, tasks: Sequence[Task]) -> None:
        """Write members that were absent when they were set aside; each is settled or queued.

        Raises:
            ConfigError: The credential or a setting does not work.
            FatalError: Mailchimp takes no calls.
        """
        audits: dict[str, Audit] = {}
        for task in tasks:
            audit = self._prepare(task)
            if audit is not None:
                audits[task.key] = audit
        if not audits:
            return
        try:
            answer = self.members.client.send(
                "POST",
                path("lists", self.members.audience.id),
                {"members": [_row(audit) for audit in audits.values()], "update_existing": False},
                {"skip_merge_validation": "true"},
            )
        except (Unconfirmed, RecordRejected):
            self._one_by_one(audits.values(), self.confirm)
            return
        if not answer.ok or not isinstance(answer.body, Mapping):
            self._one_by_one(audits.values(), self.single)
            return
        self._settle_rows(audits, answer.body)

    def _prepare(self, task: Task) -> Audit | None:
        """Decide once more, with what is known now; None where the task went another way."""
        members = self.members
        if members.snapshot.known(task.key) != ABSENT:
            self.single(task)
            return None
        try:
            audit = members.audit(task, MemberRecord.read(task.data), Held(ABSENT))
        except RecordRejected as error:
            self.settle(
                task,
                task.outcome(
                    OutcomeKind.REJECTED,
                    reason=error.reason,
                    message=str(error),
                    field=error.field,
                ),
            )
            return None
        if audit.decision.step is Step.CREATE:
            return audit
        self.settle(task, members.apply(audit))
        return None

    def _one_by_one(self, audits: Iterable[Audit], queue: Callable[[Task], None]) -> None:
        for audit in audits:
            self.members.snapshot.forget(audit.task.key)
            queue(audit.task)

    def _settle_rows(self, audits: dict[str, Audit], body: Mapping[str, Any]) -> None:
        for row in body.get("new_members") or ():
            audit = audits.pop(member_key(str(row.get("email_address"))), None)
            if audit is not None:
                self.settle(audit.task, self._created(audit, row))
        for error in body.get("errors") or ():
            audit = audits.pop(member_key(str(error.get("email_address"))), None)
            problem = Problem.from_row(error)
            if audit is None:
                continue
            if problem.says_exists:
                self._one_by_one([audit], self.single)
            else:
                sent = [_row(audit), audit.task.data]
                self.settle(audit.task, self.members.refused(audit.task, problem, sent))
        self._one_by_one(audits.values(), self.single)

    def _created(self, audit: Audit, row: Mapping[str, Any]) -> Outcome:
        status = str(row.get("status"))
        self.members.snapshot.note(audit.task.key, code_of(status))
        if status != audit.decision.status:
            what = f"The new member was to be {audit.decision.status}, but is {status}."
            return ignored(audit.task, what)
        return audit.task.outcome(
            OutcomeKind.CREATED,
            status=status,
            destination_id=str(row.get("contact_id") or "") or None,
        )


def _row(audit: Audit) -> dict[str, Any]:
    row = audit.content() | {"status": str(audit.decision.status)}
    if audit.member.tags:
        row["tags"] = list(audit.member.tags)
    return row
