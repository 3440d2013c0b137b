"""What products, customers and orders share: their store, what it holds, and who may be in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from destination_mailchimp.audience import PAGE, code_of, status_of
from destination_mailchimp.client import Client, path
from destination_mailchimp.consent import MemberStatus
from destination_mailchimp.details import Details
from destination_mailchimp.differences import body_differences
from destination_mailchimp.holdings import (
    ABSENT,
    PRESENT,
    Held,
    Holdings,
    Row,
    Shelf,
    digest_of,
)
from destination_mailchimp.problems import Problem, explain, member_reason
from destination_mailchimp.stores import Store
from kit.destination.http import Answer
from kit.destination.tasks import Task
from kit.protocol.outcomes import Outcome, OutcomeKind
from kit.protocol.reasons import Reason

Scope = Literal["existing_members", "consented", "all"]
_FREE: Final = -1
"""Calls that "reading everything" takes in a store that was just made: it is empty."""

_NO_MEMBER: Final = frozenset({MemberStatus.ABSENT, MemberStatus.ARCHIVED, MemberStatus.ERASED})


def gate(scope: Scope, status: MemberStatus) -> tuple[OutcomeKind, Reason] | None:
    """Return why shop data of a person must not go to Mailchimp; None if it may. Pure.

    Args:
        scope: Whom e-commerce may touch, by the settings.
        status: What Mailchimp holds for the person's address.
    """
    if scope == "all":
        return None
    if scope == "consented":
        if status is MemberStatus.SUBSCRIBED:
            return None
        return OutcomeKind.SKIPPED, Reason.NO_CONSENT
    return (OutcomeKind.PARKED, Reason.NO_MEMBER) if status in _NO_MEMBER else None


@dataclass(slots=True)
class Shop:
    """The stores' contents, and the door that people have to pass.

    Args:
        client: Calls to the account.
        snapshot: The members' statuses.
        scope: Whom e-commerce may touch.
        expected: How many records of each object will come, as far as a runner told.
        dry_run: Decide only; what is held is then kept whole.
    """

    client: Client
    snapshot: Holdings
    scope: Scope
    expected: Mapping[str, int] | None
    dry_run: bool
    _holdings: dict[tuple[str, str], Holdings] = field(default_factory=dict)
    _introduced: set[bytes] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def turned_away(self, task: Task, member: str) -> Outcome | None:
        """Return the outcome of a record whose person may not be touched; None if it may.

        Args:
            task: The task.
            member: The person's member key.
        """
        if self.scope == "all":
            return None
        found = gate(self.scope, status_of(self.snapshot.look(member).code))
        if found is None:
            return None
        kind, reason = found
        waits_for = f"members:{member}" if kind is OutcomeKind.PARKED else None
        return task.outcome(kind, reason=reason, waits_for=waits_for)

    def holdings(self, store: Store, name: str) -> Holdings:
        """Return what a store holds of one kind of object."""
        with self._lock:
            found = self._holdings.get((store.id, name))
            if found is None:
                found = self._holdings[store.id, name] = self._open(store, name)
            return found

    def _open(self, store: Store, name: str) -> Holdings:
        shelf = _shelf(self.client, store, name)
        expected = None if self.expected is None else self.expected.get(name)
        return Holdings(shelf, expected=expected, keeper=Details() if self.dry_run else None)

    def is_introduced(self, store_id: str, customer: str) -> bool:
        """Whether this run knows that a store has a customer."""
        return digest_of(f"{store_id}/{customer}") in self._introduced

    def introduce(self, store_id: str, customer: str) -> None:
        """Note that a store has a customer; writing one makes the person a member, too."""
        self._introduced.add(digest_of(f"{store_id}/{customer}"))
        if self.scope == "all" and self.snapshot.known(customer) in {None, ABSENT}:
            self.snapshot.note(customer, code_of(MemberStatus.TRANSACTIONAL))

    def put(
        self,
        task: Task,
        store: Store,
        name: str,
        body: Mapping[str, Any],
        before: Callable[[], None] = lambda: None,
    ) -> Outcome | Put:
        """PUT an object, unless what is held is known to be the same already.

        Args:
            task: The task.
            store: The store.
            name: The kind of object.
            body: The whole object; its id is in it.
            before: Called just before something is sent.

        Returns:
            The outcome where no call is needed (a plan, or nothing to change), else the call.
        """
        holdings = self.holdings(store, name)
        held = holdings.look(str(body["id"]))
        if self.dry_run and held.code != ABSENT and held.detail is None:
            held = holdings.read_again(str(body["id"]))
        known = held.detail is not None
        differences = body_differences(body, held.detail or {}) if known else ()
        kind = OutcomeKind.CREATED if held.code == ABSENT else OutcomeKind.UPDATED
        if known and not differences:
            return task.outcome(OutcomeKind.UNCHANGED)
        done = task.outcome(kind, differences=differences)
        if self.dry_run:
            holdings.note(str(body["id"]), PRESENT)
            return done
        before()
        answer = self.client.send("PUT", object_path(store.id, name, str(body["id"])), body)
        if answer.ok:
            holdings.note(str(body["id"]), PRESENT)
        return Put(done, answer)


@dataclass(frozen=True, slots=True)
class Put:
    """A PUT that was sent.

    Args:
        done: The outcome if it succeeded.
        answer: The answer.
    """

    done: Outcome
    answer: Answer

    def outcome(self, task: Task, sent: Mapping[str, Any]) -> Outcome:
        """Return what became of the record."""
        if self.answer.ok:
            return self.done
        return refused(task, self.answer, sent)


def refused(task: Task, answer: Answer, sent: Mapping[str, Any]) -> Outcome:
    """Return the outcome of a product, customer or order that Mailchimp refused."""
    problem = Problem.from_answer(answer.status, answer.body)
    reason, where = member_reason(problem)
    if reason is Reason.ERASED:
        return task.outcome(OutcomeKind.SKIPPED, reason=reason)
    if reason is Reason.BAD_MERGE_FIELD:
        reason, where = Reason.REFUSED, problem.fields[0][0] if problem.fields else None
    return task.outcome(
        OutcomeKind.REJECTED,
        reason=reason,
        field=where,
        message=explain(problem, [sent, task.data]),
    )


def object_path(store: str, name: str, *rest: str) -> str:
    """Return the path of something in a store."""
    return path("ecommerce", "stores", store, name, *rest)


def _shelf(client: Client, store: Store, name: str) -> Shelf:
    where = object_path(store.id, name)
    new = store.is_new
    return Shelf(
        digest=digest_of,
        pages=lambda: _FREE if new else _pages(client, where),
        read_all=lambda whole: () if new else _read_all(client, where, name, whole=whole),
        read_one=lambda identifier: _read_one(client, object_path(store.id, name, identifier)),
    )


def _pages(client: Client, where: str) -> int:
    body = client.read(where, {"count": 1, "fields": "total_items"})
    return 1 + int(body.get("total_items") or 0) // PAGE


def _read_all(client: Client, where: str, name: str, *, whole: bool) -> Iterator[Row]:
    offset, total = 0, 1
    while offset < total:
        query: dict[str, Any] = {"count": PAGE, "offset": offset}
        if not whole:
            query["fields"] = f"{name}.id,total_items"
        body = client.read(where, query)
        rows = body.get(name) or ()
        yield from ((digest_of(str(row["id"])), PRESENT, row) for row in rows)
        offset, total = offset + PAGE, int(body.get("total_items") or 0)


def _read_one(client: Client, where: str) -> Held:
    row = client.read(where, missing=True)
    return Held(ABSENT) if row is None else Held(PRESENT, row)
