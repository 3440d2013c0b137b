"""Reads of members: the filtered and sorted list, one member, and what hangs on one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from simulators.mailchimp.account import Account
from simulators.mailchimp.audience import Audience
from simulators.mailchimp.bodies import Document, parse_stamp, stamp
from simulators.mailchimp.consent import Status
from simulators.mailchimp.members import Member, document
from simulators.mailchimp.problems import FieldError, invalid
from simulators.mailchimp.projection import drop, keep, page, paths

SORT_FIELDS = ("timestamp_opt", "timestamp_signup", "last_changed")
_Test = Callable[[Member], bool]


@dataclass(frozen=True, slots=True)
class Question:
    """The filters and the order of a member list, normalised; equal questions, equal answers.

    Times are in the API's form, which sorts as text. A lower bound leaves its own second out,
    and so does an upper one.
    """

    status: str = ""
    email_type: str = ""
    unique_email_id: str = ""
    vip_only: bool = False
    since_last_changed: str = ""
    before_last_changed: str = ""
    since_timestamp_opt: str = ""
    before_timestamp_opt: str = ""
    unsubscribed_since: str = ""
    sort_field: str = ""
    descending: bool = False
    with_archived: bool = False

    def tests(self) -> Iterator[_Test]:
        """Return one test for each filter that is set."""
        if self.status:
            wanted = Status(self.status)
            yield lambda member: member.standing.status is wanted
        elif not self.with_archived:
            yield lambda member: member.standing.status is not Status.ARCHIVED
        if self.email_type:
            yield lambda member: member.email_type == self.email_type
        if self.unique_email_id:
            yield lambda member: member.unique_email_id == self.unique_email_id
        if self.vip_only:
            yield lambda member: member.vip
        since = max(self.since_last_changed, self.unsubscribed_since)
        if since:
            yield lambda member: member.last_changed > since
        if self.before_last_changed:
            yield lambda member: member.last_changed < self.before_last_changed
        if self.since_timestamp_opt:
            yield lambda member: member.timestamp_opt > self.since_timestamp_opt
        if self.before_timestamp_opt:
            yield lambda member: "" < member.timestamp_opt < self.before_timestamp_opt


def question(query: Mapping[str, str], *, with_archived: bool) -> Question:
    """Return the question that a query asks.

    Raises:
        Problem: A filter has no such value, or `unsubscribed_since` stands without the status.
    """
    status = query.get("status", "")
    _one_of("status", status, tuple(Status))
    if query.get("unsubscribed_since") and status != Status.UNSUBSCRIBED:
        message = "The unsubscribed_since filter needs the status unsubscribed."
        raise invalid(FieldError("unsubscribed_since", message))
    _one_of("sort_field", query.get("sort_field", ""), SORT_FIELDS)
    _one_of("sort_dir", query.get("sort_dir", ""), ("ASC", "DESC"))
    return Question(
        status=status,
        email_type=query.get("email_type", ""),
        unique_email_id=query.get("unique_email_id", ""),
        vip_only=query.get("vip_only", "").lower() in {"true", "1"},
        since_last_changed=_time(query, "since_last_changed"),
        before_last_changed=_time(query, "before_last_changed"),
        since_timestamp_opt=_time(query, "since_timestamp_opt"),
        before_timestamp_opt=_time(query, "before_timestamp_opt"),
        unsubscribed_since=_time(query, "unsubscribed_since"),
        sort_field=query.get("sort_field", ""),
        descending=query.get("sort_dir", "") == "DESC",
        with_archived=with_archived,
    )


def answers(audience: Audience, asked: Question) -> Iterable[Member]:
    """Return the members that a question is about, in its order."""
    tests = list(asked.tests())
    found = (member for member in audience.members.values() if all(t(member) for t in tests))
    if not asked.sort_field:
        return found
    name = asked.sort_field
    return sorted(found, key=lambda each: getattr(each, name), reverse=asked.descending)


def list_members(account: Account, audience: Audience, query: Mapping[str, str]) -> Document:
    """Return one page of members, with only those keys that `fields` asks for."""
    asked = question(query, with_archived=account.rules.lists_archived)
    found = audience.listing(asked, lambda: answers(audience, asked))
    frame = audience.frame
    wanted = paths(query.get("fields"))
    members_wanted = wanted.get("members", {})
    names = tuple(members_wanted) or None
    shown: Document = {}
    if not wanted or "members" in wanted:
        rows = [document(member, frame, names) for member in page(query).of(found)]
        shown["members"] = (
            [keep(row, members_wanted) for row in rows] if any(members_wanted.values()) else rows
        )
    shown |= {"list_id": audience.audience_id, "total_items": len(found), "_links": []}
    if wanted:
        shown = {name: shown[name] for name in wanted if name in shown}
    unwanted = query.get("exclude_fields")
    return drop(shown, paths(unwanted)) if unwanted else shown


def search(audiences: list[Audience], text: str) -> Document:
    """Return exact matches by address and up to 30 members whose address or name contains it."""
    lower = text.strip().lower()
    pairs = [
        (member, audience)
        for audience in audiences
        for member in audience.members.values()
        if lower in member.address.lower() or lower in member.full_name.lower()
    ]
    exact = [pair for pair in pairs if pair[0].address.lower() == lower]
    return {
        "exact_matches": _matches(exact),
        "full_search": _matches(pairs),
        "_links": [],
    }


def _matches(pairs: list[tuple[Member, Audience]]) -> Document:
    shown = [document(member, audience.frame) for member, audience in pairs[:30]]
    return {"members": shown, "total_items": len(pairs)}


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value and value not in choices:
        raise invalid(FieldError(name, f"Value must be one of: {', '.join(choices)}."))


def _time(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "")
    if not text:
        return ""
    # A plus sign that was not percent-encoded arrives as a blank: 10:00:00 00:00.
    head, _, zone = text.rpartition(" ")
    moment = parse_stamp(f"{head}+{zone}" if head.count(":") > 1 and ":" in zone else text)
    if moment is None:
        raise invalid(FieldError(name, "This value is not a valid datetime."))
    return stamp(moment)
