"""Writes to members: create, update, rename, archive, erase; one path for single and bulk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulators.mailchimp.account import Account
from simulators.mailchimp.addresses import member_key
from simulators.mailchimp.audience import Audience
from simulators.mailchimp.bodies import (
    Address,
    Document,
    Flag,
    Kind,
    Map,
    Number,
    Rows,
    Shape,
    Stamp,
    Text,
    restamp,
)
from simulators.mailchimp.consent import (
    PATCHABLE,
    WRITABLE,
    NotAllowed,
    Standing,
    Status,
    archived,
    changed_by_api,
    new_standing,
)
from simulators.mailchimp.members import NO_LOCATION, Activity, Member
from simulators.mailchimp.merge_fields import VALUES, Value, check_values
from simulators.mailchimp.problems import (
    FieldError,
    Problem,
    compliance_state,
    forgotten,
    invalid,
    invalid_merge_fields,
    member_exists,
    method_not_allowed,
)

_FIELDS: Mapping[str, Kind] = {
    "email_address": Text(),
    "email_type": Text(choices=("html", "text", "")),
    "status": Text(choices=WRITABLE),
    "status_if_new": Text(choices=WRITABLE),
    "merge_fields": VALUES,
    "interests": Map((bool,)),
    "language": Text(),
    "vip": Flag(),
    "location": Shape({"latitude": Number(), "longitude": Number()}),
    "marketing_permissions": Rows(Shape({"marketing_permission_id": Text(), "enabled": Flag()})),
    "ip_signup": Address(),
    "timestamp_signup": Stamp(),
    "ip_opt": Address(),
    "timestamp_opt": Stamp(),
    "tags": Rows(Text(filled=True)),
}
PUT_BODY = Shape(_FIELDS)
PATCH_BODY = Shape({**_FIELDS, "status": Text(choices=PATCHABLE)})
POST_BODY = Shape(_FIELDS, ("email_address", "status"))
ROW = Shape(_FIELDS)

_STAMPS = ("timestamp_signup", "timestamp_opt")
_PLAIN = ("email_type", "language", "vip", "ip_signup", "ip_opt")
_NOT_REMOVABLE = (
    "This list member cannot be removed. "
    "Can not archive a contact that is bounced, pending or archived"
)


@dataclass(frozen=True, slots=True)
class Write:
    """One request to write a member, body checked.

    Attributes:
        body: The checked body.
        caller: The client's IP address.
        skip_merge_validation: The query parameter.
        lenient: Leave the status of a protected person alone instead of refusing (bulk).
    """

    body: Document
    caller: str = ""
    skip_merge_validation: bool = False
    lenient: bool = False

    @property
    def status(self) -> Status | None:
        """The status that the write asks for."""
        return Status(self.body["status"]) if "status" in self.body else None


class MemberWriter:
    """Writes members of one audience."""

    def __init__(self, account: Account, audience: Audience) -> None:
        self._account = account
        self._audience = audience

    def upsert(self, identifier: str, write: Write) -> Member:
        """PUT: update the member, or create the body's address.

        Raises:
            Problem: The write is refused; nothing has changed.
        """
        member = self._audience.get(identifier)
        if member is not None:
            self.update(member, write)
            return member
        address = write.body.get("email_address", identifier if "@" in identifier else None)
        if address is None and self._audience.key_of(identifier) in self._audience.erased:
            raise forgotten(self._audience.erased[self._audience.key_of(identifier)])
        if address is None:
            raise invalid(FieldError("", "Required fields were not provided: email_address"))
        existing = self._audience.members.get(member_key(address))
        if existing is not None:
            raise member_exists(address)
        wanted = write.status or _status(write.body.get("status_if_new"))
        if wanted is None:
            raise invalid(FieldError("", "Required fields were not provided: status_if_new"))
        return self.create(address, wanted, write)

    def add(self, write: Write) -> Member:
        """POST: create the member, or revive an archived one.

        Raises:
            Problem: The write is refused; nothing has changed.
        """
        address = write.body["email_address"]
        existing = self._audience.members.get(member_key(address))
        wanted = Status(write.body["status"])
        if existing is None:
            return self.create(address, wanted, write)
        if existing.status is not Status.ARCHIVED:
            self._standing_after(existing, write)  # a protected person is told so, not this
            raise member_exists(address)
        self.update(existing, write)
        return existing

    def create(self, address: str, wanted: Status, write: Write) -> Member:
        """Create a member of a free address.

        Raises:
            Problem: The address or a value is refused; nothing has changed.
        """
        self._check_new_address(address)
        values = self._values(write, {})
        member = self._audience.create(address, new_standing(wanted))
        self._take(member, write, values)
        self._note_status(member, None, write.caller)
        self._audience.changed(member, self._account.now())
        return member

    def update(self, member: Member, write: Write) -> None:
        """Change a member; `last_changed` moves only if something really changes.

        Raises:
            Problem: The write is refused; nothing has changed.
        """
        address = write.body.get("email_address", "").strip() or member.address
        renamed = member_key(address) != member.key
        if renamed:
            self._check_new_address(address)
            if member_key(address) in self._audience.members:
                raise member_exists(address)
        standing = self._standing_after(member, write)
        values = self._values(write, member.merge_fields)
        before, held = member.content(), member.standing
        if renamed:
            self._audience.rename(member, address)
        member.address = address
        member.standing = standing
        self._take(member, write, values)
        if standing.status is not held.status:
            self._note_status(member, held, write.caller)
        if member.content() != before:
            self._audience.changed(member, self._account.now())

    def archive(self, member: Member) -> None:
        """Archive a member.

        Raises:
            Problem: 405, the member is bounced, pending or archived.
        """
        try:
            standing = archived(member.standing)
        except NotAllowed:
            raise method_not_allowed("GET, PUT", _NOT_REMOVABLE) from None
        member.standing = standing
        self._audience.changed(member, self._account.now())

    def set_tags(self, member: Member, names: dict[str, bool]) -> None:
        """Add (true) and remove (false) tags; adding one that is there counts as a change."""
        tags = dict(member.tags)
        now = self._account.now()
        touched = False
        for name, active in names.items():
            tag_id = self._audience.tag_id(name) if active else self._audience.known_tag(name)
            if active and tag_id is not None:
                tags.setdefault(tag_id, now)
                touched = True
            elif tag_id in tags:
                del tags[tag_id]
                touched = True
        member.tags = tags
        if touched:
            self._audience.changed(member, now)

    def _check_new_address(self, address: str) -> None:
        self._account.addresses.check(address)
        if member_key(address) in self._audience.erased:
            raise forgotten(address)

    def _standing_after(self, member: Member, write: Write) -> Standing:
        try:
            return changed_by_api(member.standing, write.status)
        except NotAllowed:
            if write.lenient:
                return member.standing
            raise compliance_state(write.body.get("email_address") or member.address) from None

    def _values(self, write: Write, held: dict[str, Value]) -> dict[str, Value]:
        sent: Any = write.body.get("merge_fields") or {}
        if held and not sent and write.skip_merge_validation:
            return held
        values, errors = check_values(
            self._audience.definitions, sent, held, skip_validation=write.skip_merge_validation
        )
        if errors:
            raise invalid_merge_fields(errors)
        return values

    def _take(self, member: Member, write: Write, values: dict[str, Value]) -> None:
        body = write.body
        member.merge_fields = values
        for name in _PLAIN:
            if name in body:
                setattr(member, name, body[name])
        for name in _STAMPS:
            if name in body:
                setattr(member, name, restamp(body[name]))
        if "interests" in body:
            member.interests = member.interests | dict(body["interests"] or {})
        if "location" in body:
            member.location = {**NO_LOCATION, **body["location"]}
        for permission in body.get("marketing_permissions", ()):
            allowed = dict(member.permissions)
            if permission.get("enabled"):
                allowed[permission["marketing_permission_id"]] = True
            else:
                allowed.pop(permission.get("marketing_permission_id"), None)
            member.permissions = allowed

    def _note_status(self, member: Member, held: Standing | None, caller: str) -> None:
        """Stamp what goes with a new status, and note the mail that it causes."""
        now = self._account.now()
        match member.status:
            case Status.SUBSCRIBED:
                if held is None or held.status is Status.ARCHIVED or not member.timestamp_opt:
                    member.timestamp_opt = now
                member.ip_opt = member.ip_opt or caller
                self._audience.last_subscribed = now
            case Status.PENDING:
                self._account.confirm(self._audience, member.address)
            case Status.UNSUBSCRIBED:
                self._audience.last_unsubscribed = now
                member.activity = [*(member.activity or ()), Activity("unsub", now)]
            case _:
                pass


def row_problem(problem: Problem) -> str:
    """Return the sentence that the bulk call reports for one refused row."""
    if problem.detail == "Your merge fields were invalid." or not problem.errors:
        return problem.detail
    return problem.errors[0].message


def _status(name: object) -> Status | None:
    return Status(str(name)) if name else None
