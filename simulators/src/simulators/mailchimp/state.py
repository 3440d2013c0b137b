"""A simulated account in a test's hands: look at it, turn its rules, act as its people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simulators.common import Simulator, VirtualClock
from simulators.mailchimp.account import Account, Notification, Rules
from simulators.mailchimp.addresses import AddressRules
from simulators.mailchimp.api import Api
from simulators.mailchimp.audience import Audience
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.consent import Status
from simulators.mailchimp.fingerprint import fingerprint
from simulators.mailchimp.members import document
from simulators.mailchimp.merge_fields import Value
from simulators.mailchimp.people import People
from simulators.mailchimp.seeding import parsed, plant
from simulators.mailchimp.stores import Store


class AccountSimulator(Simulator):
    """The part of the simulator that has no HTTP in it.

    Methods about members take the audience that the simulator started with, unless another one
    is named by its id.

    Attributes:
        account: All state behind the API.
        api: Answers calls about it.
        main_audience_id: The audience that it started with.
        writes: How many API calls that can change something were carried out and not refused.
    """

    def __init__(
        self,
        audience_id: str,
        *,
        seed: int = 0,
        latency: float = 0.0,
        clock: VirtualClock | None = None,
    ) -> None:
        super().__init__(seed=seed, latency=latency, clock=clock)
        self.account = Account(self.clock.now, seed)
        self.api = Api(self.account)
        self.main_audience_id = audience_id
        self.writes = 0

    # What a test can turn.

    @property
    def rules(self) -> Rules:
        """What a test can turn."""
        return self.account.rules

    @property
    def refused_keys(self) -> set[str]:
        """API keys and tokens that are answered with 401."""
        return self.rules.refused_keys

    @property
    def addresses(self) -> AddressRules:
        """Which addresses are refused as fake, or as signed up too often."""
        return self.account.addresses

    # What it holds.

    @property
    def notifications(self) -> list[Notification]:
        """Every mail that Mailchimp would have sent by itself, in order."""
        with self.lock:
            self.api.settle()
            return list(self.account.notifications)

    def forget_notifications(self) -> None:
        """Empty `notifications`."""
        with self.lock:
            self.account.notifications.clear()

    def audience(self, audience_id: str | None = None) -> Audience:
        """Return an audience; None: the one it started with.

        Raises:
            KeyError: There is none with this id.
        """
        return self.account.audiences[audience_id or self.main_audience_id]

    def members(self, audience_id: str | None = None) -> list[Document]:
        """Return all members as the API shows them, archived ones too."""
        with self.lock:
            self.api.settle()
            audience = self.audience(audience_id)
            return [document(member, audience.frame) for member in audience.members.values()]

    def member(self, address: str, audience_id: str | None = None) -> Document | None:
        """Return the member with an address as the API shows it, or None."""
        with self.lock:
            self.api.settle()
            audience = self.audience(audience_id)
            found = audience.get(address)
            return None if found is None else document(found, audience.frame)

    def stores(self) -> list[Document]:
        """Return all stores as the API shows them."""
        with self.lock:
            self.api.settle()
            active = self.account.audiences
            return [
                store.document(list_is_active=store.list_id in active)
                for store in self.account.stores.values()
            ]

    def products(self, store_id: str | None = None) -> list[Document]:
        """Return the products of one store, or of all, as the API shows them."""
        with self.lock:
            return [
                product.document(store.currency_code)
                for store in self._stores(store_id)
                for product in store.products.values()
            ]

    def customers(self, store_id: str | None = None) -> list[Document]:
        """Return the customers of one store, or of all, as the API shows them."""
        with self.lock:
            return [
                customer.document()
                for store in self._stores(store_id)
                for customer in store.customers.values()
            ]

    def orders(self, store_id: str | None = None) -> list[Document]:
        """Return the orders of one store, or of all, as the API shows them."""
        with self.lock:
            return [
                store.order_document(order)
                for store in self._stores(store_id)
                for order in store.orders.values()
            ]

    def state_fingerprint(self) -> Document:
        """Return members, stores, products, customers and orders without Mailchimp's times.

        Plain JSON that does not depend on the order of writes: two runs that did the same work
        have equal fingerprints.
        """
        with self.lock:
            self.api.settle()
            return fingerprint(self.account)

    def _stores(self, store_id: str | None) -> list[Store]:
        self.api.settle()
        return [self.account.stores[store_id]] if store_id else [*self.account.stores.values()]

    # What people and administrators do.

    def people(self, audience_id: str | None = None) -> People:
        """Return the hands that change an audience without the API's rules."""
        return People(self.account, self.audience(audience_id))

    def add_member(
        self,
        address: str,
        status: str = Status.SUBSCRIBED,
        *,
        merge_fields: Mapping[str, Value] | None = None,
        tags: Iterable[str] = (),
        language: str = "",
    ) -> Document:
        """Add a member in a status, or rewrite the one there is; as an administrator would."""
        with self.lock:
            self.people().add(
                address, Status(status), merge_fields=merge_fields, tags=tags, language=language
            )
            return document(self.audience().find(address), self.audience().frame)

    def seed(self, members: Iterable[object]) -> None:
        """Add members in their states.

        Args:
            members: JSON objects with `email_address` and `status`, pairs of both, objects with
                both, or `SeedMember`. Beside the statuses there are `complained` and `erased`;
                `unsubscribed` means that the person left.

        Raises:
            ValueError: A member has no address, or a state that does not exist.
        """
        seeds = list(parsed(members))
        with self.lock:
            plant(self.people(), seeds)

    def subscribe(self, address: str) -> None:
        """Let a person sign up by the form; even an erased one comes back."""
        with self.lock:
            self.people().subscribe(address)

    def unsubscribe_as_person(self, address: str) -> None:
        """Let a person leave; the API cannot subscribe such a person again."""
        with self.lock:
            self.people().leave(address)

    def unsubscribe_as_admin(self, address: str) -> None:
        """Let an administrator unsubscribe a person; the API can undo it."""
        with self.lock:
            self.people().unsubscribe(address)

    def complain(self, address: str) -> None:
        """Let a person mark a mail as spam."""
        with self.lock:
            self.people().complain(address)

    def clean(self, address: str) -> None:
        """Let a mail bounce for good."""
        with self.lock:
            self.people().bounce(address)

    def archive(self, address: str) -> None:
        """Archive a member."""
        with self.lock:
            self.people().archive(address)

    def erase(self, address: str) -> None:
        """Delete a member for good: the API cannot bring the address back."""
        with self.lock:
            self.people().erase(address)
