"""What people and administrators do, as opposed to the API: leave, complain, bounce, return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simulators.mailchimp.account import Account
from simulators.mailchimp.addresses import member_key
from simulators.mailchimp.audience import AbuseReport, Audience
from simulators.mailchimp.consent import ADMIN_REASON, Ending, Standing, Status, new_standing
from simulators.mailchimp.members import Activity, Member
from simulators.mailchimp.merge_fields import Value

PERSON_REASON = "Reason: not given"
COMPLAINT_REASON = "Abuse complaint"


class People:
    """Changes members of one audience without the API's rules."""

    def __init__(self, account: Account, audience: Audience) -> None:
        self._account = account
        self._audience = audience

    def add(
        self,
        address: str,
        status: Status,
        *,
        merge_fields: Mapping[str, Value] | None = None,
        tags: Iterable[str] = (),
        language: str = "",
    ) -> Member:
        """Add a member, or rewrite the one there is; unknown merge tags are kept out."""
        self._audience.erased.pop(member_key(address), None)
        member = self._audience.members.get(member_key(address))
        if member is None:
            member = self._audience.create(address, new_standing(status))
        member.standing = new_standing(status)
        now = self._account.now()
        filled = {
            tag: value
            for tag, value in (merge_fields or {}).items()
            if tag in self._audience.definitions and value != ""
        }
        member.merge_fields = member.merge_fields | filled
        member.tags = member.tags | {self._audience.tag_id(name): now for name in tags}
        member.language = language or member.language
        if status is Status.SUBSCRIBED:
            member.timestamp_opt = now
        self._audience.changed(member, now)
        return member

    def subscribe(self, address: str) -> Member:
        """Let a person sign up by the form: no state stands in the way, not even erased."""
        member = self.add(address, Status.SUBSCRIBED)
        self._audience.last_subscribed = self._account.now()
        return member

    def leave(self, address: str) -> Member:
        """Let a person unsubscribe by the link in a mail."""
        member = self._end(address, Status.UNSUBSCRIBED, Ending.PERSON, PERSON_REASON, "unsub")
        self._audience.last_unsubscribed = self._account.now()
        return member

    def unsubscribe(self, address: str) -> Member:
        """Let an administrator unsubscribe a person; the API may undo it."""
        return self._end(address, Status.UNSUBSCRIBED, Ending.ADMIN, ADMIN_REASON, "unsub")

    def complain(self, address: str) -> Member:
        """Let a person mark a mail as spam: unsubscribed, and an abuse report."""
        member = self._end(
            address, Status.UNSUBSCRIBED, Ending.COMPLAINT, COMPLAINT_REASON, "abuse"
        )
        reports = self._audience.abuse_reports
        reports.append(
            AbuseReport(len(reports) + 1, member.key, member.address, self._account.now())
        )
        return member

    def bounce(self, address: str) -> Member:
        """Let a mail to a person bounce for good: cleaned."""
        return self._end(address, Status.CLEANED, Ending.BOUNCE, "", "bounce")

    def archive(self, address: str) -> Member:
        """Let an administrator archive a person, in whatever state."""
        member = self._member(address)
        member.standing = Standing(Status.ARCHIVED, member.standing.ending)
        self._audience.changed(member, self._account.now())
        return member

    def erase(self, address: str) -> None:
        """Delete a person for good."""
        self._audience.erase(self._member(address))

    def put(self, address: str, state: str) -> None:
        """Bring an address into a state, whatever it was: a status, `erased` or `complained`.

        Raises:
            ValueError: There is no such state.
        """
        match state:
            case "erased":
                self.erase(self._known(address))
            case "complained":
                self.complain(self._known(address))
            case Status.UNSUBSCRIBED:
                self.leave(self._known(address))
            case Status.CLEANED:
                self.bounce(self._known(address))
            case Status.ARCHIVED:
                self.archive(self._known(address))
            case _:
                self.add(address, Status(state))

    def _known(self, address: str) -> str:
        self.add(address, Status.SUBSCRIBED)
        return address

    def _end(
        self, address: str, status: Status, ending: Ending, reason: str, action: str
    ) -> Member:
        member = self._member(address)
        now = self._account.now()
        member.standing = Standing(status, ending, reason)
        member.activity = [*(member.activity or ()), Activity(action, now)]
        self._audience.changed(member, now)
        return member

    def _member(self, address: str) -> Member:
        member = self._audience.members.get(member_key(address))
        if member is None:
            raise KeyError(f"{address} is no member of {self._audience.settings.name}.")
        return member
