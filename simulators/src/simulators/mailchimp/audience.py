"""An audience: its members, merge fields, tags and webhooks, and the indexes over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import md5

from simulators.mailchimp.addresses import is_key, member_key, normalised
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.consent import Standing, Status
from simulators.mailchimp.members import Frame, Member
from simulators.mailchimp.merge_fields import MergeField
from simulators.mailchimp.problems import not_found

_FIRST_WEB_ID = 400_000_001
_FIRST_TAG_ID = 4_700_001
_KEPT_LISTINGS = 8


@dataclass(frozen=True, slots=True)
class AbuseReport:
    """A complaint: somebody marked a mail as spam."""

    report_id: int
    key: str
    address: str
    date: str


@dataclass(slots=True)
class Webhook:
    """A webhook of an audience; the secret is shown once, at creation."""

    webhook_id: str
    url: str
    events: dict[str, bool]
    sources: dict[str, bool]
    secret: str


@dataclass(slots=True)
class Settings:
    """What `PATCH /lists/{id}` can change, plus what comes with the audience."""

    name: str
    double_optin: bool = False
    marketing_permissions: bool = False
    email_type_option: bool = False
    permission_reminder: str = "You are a customer of ours."
    use_archive_bar: bool = False
    notify_on_subscribe: str = ""
    notify_on_unsubscribe: str = ""
    contact: Document = field(default_factory=dict)
    campaign_defaults: Document = field(default_factory=dict)


class Audience:
    """One audience. Members are found by hash, by contact id or by address.

    Attributes:
        version: Counts changes; whatever is computed from the members is kept with it.
        erased: Hashes of permanently deleted addresses.
    """

    def __init__(self, audience_id: str, settings: Settings, created_at: str, web_id: int) -> None:
        self.audience_id = audience_id
        self.settings = settings
        self.created_at = created_at
        self.web_id = web_id
        self.version = 0
        self.members: dict[str, Member] = {}
        self.erased: dict[str, str] = {}
        self.merge_fields: dict[int, MergeField] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.abuse_reports: list[AbuseReport] = []
        self.permissions: dict[str, str] = {}
        self.last_subscribed = ""
        self.last_unsubscribed = ""
        self._by_contact: dict[str, Member] = {}
        self._tag_ids: dict[str, int] = {}
        self._tag_names: dict[int, str] = {}
        self._made = 0
        self._merge_id = 0
        self._by_tag: dict[str, MergeField] | None = None
        self._frame: Frame | None = None
        self._listings: dict[object, tuple[int, Sequence[Member]]] = {}

    # Members.

    def find(self, identifier: str) -> Member:
        """Return the member with this hash, contact id or address.

        Raises:
            Problem: 404, nobody is known by it.
        """
        member = self.get(identifier)
        if member is None:
            raise not_found()
        return member

    def get(self, identifier: str) -> Member | None:
        """Return the member with this hash, contact id or address, or None."""
        if "@" in identifier:
            return self.members.get(member_key(identifier))
        lower = identifier.lower()
        return self.members.get(lower) or self._by_contact.get(lower)

    def key_of(self, identifier: str) -> str:
        """Return the hash that a path segment stands for."""
        return identifier.lower() if is_key(identifier) else member_key(identifier)

    def create(self, address: str, standing: Standing) -> Member:
        """Add a member; the caller has made sure that the address is free."""
        self._made += 1
        number = self._made
        member = Member(
            key=member_key(address),
            address=address.strip(),
            contact_id=_digest(f"contact:{self.audience_id}:{number}"),
            unique_email_id=self._unique_id(address),
            web_id=_FIRST_WEB_ID + number,
            standing=standing,
        )
        self.members[member.key] = member
        self._by_contact[member.contact_id] = member
        return member

    def rename(self, member: Member, address: str) -> None:
        """Give a member another, free address; contact id and web id stay."""
        del self.members[member.key]
        member.key, member.address = member_key(address), address.strip()
        member.unique_email_id = self._unique_id(address)
        self.members[member.key] = member

    def erase(self, member: Member) -> None:
        """Forget a member for good; only the hash of the address stays known."""
        del self.members[member.key]
        del self._by_contact[member.contact_id]
        self.erased[member.key] = normalised(member.address)
        self.version += 1

    def changed(self, member: Member, now: str) -> None:
        """Note a real change of a member."""
        member.last_changed = now
        self.version += 1

    def listing(self, question: object, answer: Callable[[], Iterable[Member]]) -> Sequence[Member]:
        """Return the members that answer a question; kept until a member changes.

        Args:
            question: Hashable; equal questions have equal answers.
            answer: Run only when the answer is not at hand.
        """
        held = self._listings.get(question)
        if held is not None and held[0] == self.version:
            return held[1]
        found = tuple(answer())
        if len(self._listings) >= _KEPT_LISTINGS:
            self._listings.clear()
        self._listings[question] = (self.version, found)
        return found

    def status_counts(self) -> Counter[Status]:
        """Count the members of each status."""
        return Counter(member.standing.status for member in self.members.values())

    # Merge fields and tags.

    @property
    def definitions(self) -> dict[str, MergeField]:
        """The merge fields by tag, in display order."""
        if self._by_tag is None:
            ordered = sorted(self.merge_fields.values(), key=lambda each: each.display_order)
            self._by_tag = {each.tag: each for each in ordered}
        return self._by_tag

    def add_merge_field(self, tag: str, name: str, kind: str) -> MergeField:
        """Add a merge field; an empty tag becomes `MMERGE` and the number."""
        self._merge_id += 1
        merge_id = self._merge_id
        made = MergeField(merge_id, tag or f"MMERGE{merge_id}", name, kind)
        made.display_order = merge_id + 1
        made.update({})
        self.merge_fields[merge_id] = made
        self.forget_frame()
        return made

    def remove_merge_field(self, merge_id: int) -> None:
        """Drop a merge field and every member's value of it."""
        tag = self.merge_fields.pop(merge_id).tag
        for member in self.members.values():
            member.merge_fields.pop(tag, None)
        self.forget_frame()

    def retag(self, old: str, new: str) -> None:
        """Move every member's value from one tag to another."""
        for member in self.members.values():
            if old in member.merge_fields:
                member.merge_fields[new] = member.merge_fields.pop(old)

    def tag_id(self, name: str) -> int:
        """Return the id of a tag, made if it is new; names are equal whatever their case."""
        known = self._tag_ids.get(name.casefold())
        if known is None:
            known = _FIRST_TAG_ID + len(self._tag_ids)
            self._tag_ids[name.casefold()] = known
            self._tag_names[known] = name
            self.forget_frame()
        return known

    def known_tag(self, name: str) -> int | None:
        """Return the id of a tag, or None."""
        return self._tag_ids.get(name.casefold())

    @property
    def tag_names(self) -> dict[int, str]:
        """Tag id -> the name as first written."""
        return self._tag_names

    @property
    def frame(self) -> Frame:
        """What all member documents have in common."""
        if self._frame is None:
            self._frame = Frame(
                self.audience_id, tuple(self.definitions), self._tag_names, self.permissions
            )
        return self._frame

    def forget_frame(self) -> None:
        """Compute the frame again at the next read."""
        self._by_tag = None
        self._frame = None
        self.version += 1

    def _unique_id(self, address: str) -> str:
        return _digest(f"unique:{self.audience_id}:{normalised(address)}")[:10]


def _digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
