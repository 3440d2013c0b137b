"""The account: all that one Mailchimp account holds, and the rules that a test can turn."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from simulators.mailchimp.addresses import AddressRules
from simulators.mailchimp.audience import Audience, Settings
from simulators.mailchimp.bodies import stamp
from simulators.mailchimp.problems import not_found

if TYPE_CHECKING:
    from simulators.mailchimp.batches import Batch
    from simulators.mailchimp.stores import Store

ADMIN_ROLES = frozenset({"owner", "admin", "manager"})


class NotificationKind(StrEnum):
    """A mail that Mailchimp sends by itself."""

    CONFIRMATION = "opt_in_confirmation"
    ORDER_INVOICE = "order_invoice"
    ORDER_CONFIRMATION = "order_confirmation"
    ORDER_REFUND = "order_refund"
    ORDER_CANCELLATION = "order_cancellation"
    ORDER_SHIPPED = "order_shipped"


@dataclass(frozen=True, slots=True)
class Notification:
    """A mail that Mailchimp would have sent.

    Attributes:
        kind: Which mail.
        address: To whom.
        at: When.
        audience_id: The audience; for an order the one of its store.
        store_id: The order's store; empty for a confirmation.
        order_id: The order; empty for a confirmation.
    """

    kind: NotificationKind
    address: str
    at: str
    audience_id: str
    store_id: str = ""
    order_id: str = ""


@dataclass(slots=True)
class Rules:
    """What a test can turn. The first four are unknown of the real API, so both ways exist.

    Attributes:
        lists_archived: `GET members` without `status` returns archived members too.
        put_replaces_lines: An order PUT drops the lines that it does not name.
        put_replaces_variants: A product PUT drops the variants that it does not name.
        negative_totals: Orders may have a negative total.
        connection_limit: Requests in hand at one time; None sets no limit.
        bare_throttle: A throttled request gets 429 without a body.
        role: The key's user role; below manager every write is refused.
        refused_keys: API keys and tokens that are answered with 401.
        batch_seconds: How long a batch takes on the simulator's clock.
        max_merge_fields: How many merge fields an audience may have.
        max_pending_batches: How many batches may wait at one time.
    """

    lists_archived: bool = False
    put_replaces_lines: bool = False
    put_replaces_variants: bool = False
    negative_totals: bool = True
    connection_limit: int | None = 10
    bare_throttle: bool = False
    role: str = "owner"
    refused_keys: set[str] = field(default_factory=set)
    batch_seconds: float = 1.0
    max_merge_fields: int = 80
    max_pending_batches: int = 500


class Account:
    """All state behind the API.

    Attributes:
        base_url: Where the simulator serves; links to batch results begin with it.
        notifications: Every mail that Mailchimp would have sent by itself, in order.
    """

    def __init__(self, now: Callable[[], datetime], seed: int = 0) -> None:
        self._now = now
        self.random = random.Random(seed)  # noqa: S311 - ids and orders of work, no secrets
        self.rules = Rules()
        self.addresses = AddressRules()
        self.audiences: dict[str, Audience] = {}
        self.stores: dict[str, Store] = {}
        self.batches: dict[str, Batch] = {}
        self.notifications: list[Notification] = []
        self.base_url = ""
        self._web_id = 380_000
        self._stamped: tuple[datetime | None, str] = (None, "")  # formatting costs a microsecond

    def moment(self) -> datetime:
        """Return the present by the simulator's clock."""
        return self._now()

    def now(self) -> str:
        """Return the present in the API's form."""
        moment = self._now().replace(microsecond=0)
        if moment != self._stamped[0]:
            self._stamped = (moment, stamp(moment))
        return self._stamped[1]

    def new_id(self, digits: int = 10) -> str:
        """Return a fresh hexadecimal id."""
        return f"{self.random.getrandbits(digits * 4):0{digits}x}"

    def audience(self, audience_id: str) -> Audience:
        """Return an audience.

        Raises:
            Problem: 404, there is none with this id.
        """
        found = self.audiences.get(audience_id)
        if found is None:
            raise not_found()
        return found

    def store(self, store_id: str) -> Store:
        """Return a store.

        Raises:
            Problem: 404, there is none with this id.
        """
        found = self.stores.get(store_id)
        if found is None:
            raise not_found()
        return found

    def add_audience(
        self, settings: Settings, audience_id: str = "", *, birthday: bool = True
    ) -> Audience:
        """Create an audience with the merge fields that every new one has."""
        self._web_id += 1
        made = Audience(audience_id or self.new_id(), settings, self.now(), self._web_id)
        made.add_merge_field("FNAME", "First Name", "text")
        made.add_merge_field("LNAME", "Last Name", "text")
        made.add_merge_field("ADDRESS", "Address", "address")
        made.add_merge_field("PHONE", "Phone Number", "phone")
        if birthday:
            made.add_merge_field("BIRTHDAY", "Birthday", "birthday")
        self.audiences[made.audience_id] = made
        return made

    def confirm(self, audience: Audience, address: str) -> None:
        """Note the mail that asks a pending member to confirm."""
        self.notifications.append(
            Notification(NotificationKind.CONFIRMATION, address, self.now(), audience.audience_id)
        )
