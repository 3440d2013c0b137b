"""The Mailchimp simulator: server, state, and the Python methods that tests use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Final, Self

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from simulators.common import VirtualClock
from simulators.common.admin import admin_routes
from simulators.common.middleware import ADMIN_PREFIX, SimulatorMiddleware
from simulators.mailchimp import faults
from simulators.mailchimp.admin import data_routes
from simulators.mailchimp.application import Application, ConnectionLimit
from simulators.mailchimp.audience import Settings
from simulators.mailchimp.state import AccountSimulator

API_KEY: Final = "0123456789abcdef0123456789abcdef-us1"
AUDIENCE_ID: Final = "a1b2c3d4e5"
_CONTACT = {
    "company": "Simulated Wholesale",
    "address1": "1 Harbour Road",
    "address2": "",
    "city": "Portland",
    "state": "ME",
    "zip": "04101",
    "country": "US",
    "phone": "",
}
_CAMPAIGN_DEFAULTS = {
    "from_name": "Simulated Wholesale",
    "from_email": "news@wholesale.test",
    "subject": "",
    "language": "en",
}


class MailchimpSimulator(AccountSimulator):
    """A stand-in for Mailchimp's Marketing API 3.0.

    It starts with one audience. Python methods about members take that audience unless another
    one is named by its id.

    Args:
        audience_name: Name of the audience.
        audience_id: Its id.
        double_optin: Whether the audience is double opt-in.
        birthday: Whether it has the merge field BIRTHDAY beside FNAME, LNAME, ADDRESS, PHONE.
        refused_keys: API keys and tokens that are answered with 401; all others pass.
        required_merge_fields: Tags of fields that are required; unknown ones are made, as text.
        connection_limit: Requests in hand at one time, one more gets 429; None sets no limit.
        latency: Seconds added to every answer.
        seed: Ids, the order of work in batches, and faults by chance follow from it.
        clock: The virtual clock.

    """

    NAME: ClassVar[str] = "mailchimp"
    FAULTS: ClassVar[Mapping[str, str]] = faults.FAULTS

    def __init__(
        self,
        *,
        audience_name: str = "Newsletter",
        audience_id: str = AUDIENCE_ID,
        double_optin: bool = False,
        birthday: bool = True,
        refused_keys: Iterable[str] = (),
        required_merge_fields: Iterable[str] = (),
        connection_limit: int | None = 10,
        latency: float = 0.0,
        seed: int = 0,
        clock: VirtualClock | None = None,
    ) -> None:
        super().__init__(audience_id, seed=seed, latency=latency, clock=clock)
        self.rules.refused_keys.update(refused_keys)
        self.rules.connection_limit = connection_limit
        settings = Settings(
            audience_name,
            double_optin=double_optin,
            contact=dict(_CONTACT),
            campaign_defaults=dict(_CAMPAIGN_DEFAULTS),
        )
        made = self.account.add_audience(settings, audience_id, birthday=birthday)
        for tag in required_merge_fields:
            held = made.definitions.get(tag) or made.add_merge_field(tag, tag.title(), "text")
            held.required = True

    # What the base class asks for.

    def routes(self) -> Sequence[BaseRoute]:
        """Return none: the API is served below Starlette, which would decode `%2F`."""
        return ()

    def admin_routes(self) -> Sequence[BaseRoute]:
        """Return the routes that show and change data."""
        return data_routes(self)

    def counts(self) -> Mapping[str, int]:
        """Count what the account holds."""
        with self.lock:
            stores = self.account.stores.values()
            return {
                "audiences": len(self.account.audiences),
                "members": sum(len(each.members) for each in self.account.audiences.values()),
                "stores": len(self.account.stores),
                "products": sum(len(store.products) for store in stores),
                "customers": sum(len(store.customers) for store in stores),
                "orders": sum(len(store.orders) for store in stores),
                "notifications": len(self.account.notifications),
            }

    def credentials(self) -> Mapping[str, str]:
        """Return what a client needs."""
        return {
            "API base": f"{self.url}/3.0",
            "API key": f"{API_KEY} (any well-formed key will do)",
            "audience": f"{self.audience().settings.name} ({self.main_audience_id})",
        }

    @classmethod
    def by_hand(cls, *, seed: int, empty: bool) -> Self:
        """Return one to play with: the wholesaler's members, or none."""
        made = cls(seed=seed)
        if not empty:
            from simulators.wholesaler import wholesaler  # noqa: PLC0415 - costs time to make

            made.seed(wholesaler().mailchimp_members)
        return made

    def start(self, port: int | None = None) -> int:
        """Serve; None = the port of the last start, or any free one. Returns the port."""
        started = super().start(port)
        self.account.base_url = self.base_url
        return started

    def _application(self) -> SimulatorMiddleware:
        admin = Mount(ADMIN_PREFIX, routes=[*admin_routes(self), *self.admin_routes()])
        return ConnectionLimit(Application(self, Starlette(routes=[admin])), self)
