"""The destination as the write loop sees it: its verbs, its objects, its writer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any, Final

from destination_mailchimp.audience import Audience, find_audience, member_shelf
from destination_mailchimp.check import check
from destination_mailchimp.client import Client
from destination_mailchimp.consent import MemberStatus, Policy
from destination_mailchimp.details import Details
from destination_mailchimp.ecommerce import Shop
from destination_mailchimp.holdings import Holdings
from destination_mailchimp.members import Members
from destination_mailchimp.merge_fields import MergeFields, read_merge_fields
from destination_mailchimp.records import CUSTOMERS, MEMBERS, ORDERS, PRODUCTS, key_of
from destination_mailchimp.schemas import destination_catalog
from destination_mailchimp.settings import Settings, read_settings
from destination_mailchimp.stores import Stores
from destination_mailchimp.writer import MailchimpWriter
from kit.destination.retry import Backoff
from kit.destination.tasks import Bench
from kit.protocol.errors import ConfigError
from kit.protocol.jsonlines import loads
from kit.protocol.messages import ConnectionStatus

_PATIENCE_OF_CHECK: Final = Backoff(attempts=3, base=0.2)


@dataclass(frozen=True, slots=True)
class Mailchimp:
    """The application.

    Args:
        clock: The time, aware.
        backoff: How often and how long to wait in `write`.
        sleep: Waits between attempts, in seconds; None takes the run's own, which can be cut short.
        headers: Further headers for every call.
    """

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    backoff: Backoff | None = None
    sleep: Callable[[float], object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, int] = field(
        default_factory=lambda: {PRODUCTS: 0, MEMBERS: 0, CUSTOMERS: 1, ORDERS: 2}
    )
    deferred: frozenset[str] = frozenset({CUSTOMERS, ORDERS})

    def spec(self) -> Mapping[str, Any]:
        """Return the connector's specification."""
        text = resources.files("destination_mailchimp").joinpath("spec.json").read_bytes()
        specification: Mapping[str, Any] = loads(text)
        return specification

    def check(self, config: Mapping[str, Any]) -> ConnectionStatus:
        """Say in plain words whether the config works.

        Raises:
            GlueError: It does not; the message says why.
        """
        settings = read_settings(config)
        return check(self._quick_client(settings), settings)

    def discover(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the operations, with schemas made from the audience's own merge fields.

        Raises:
            GlueError: The audience cannot be read.
        """
        settings = read_settings(config)
        client = self._quick_client(settings)
        audience = find_audience(client, settings.audience)
        fields = read_merge_fields(client, audience)
        return destination_catalog(fields, shop=settings.store is not None)

    def key(self, name: str, data: Mapping[str, Any]) -> str:
        """Return a record's key."""
        return key_of(name, data)

    def open(self, config: Mapping[str, Any], bench: Bench) -> MailchimpWriter:
        """Prepare to write.

        Raises:
            ConfigError: A setting is wrong; nothing was written.
        """
        settings = read_settings(config)
        _check_store(settings, bench)
        client = Client(
            settings,
            sleep=self.sleep or bench.halt.wait,
            halted=bench.halt.is_set,
            backoff=self.backoff,
            headers=self.headers,
        )
        audience = find_audience(client, settings.audience)
        bench.log("INFO", f"Writing to the audience `{audience.name}` ({audience.id}).")
        snapshot = Holdings(
            member_shelf(client, audience, settings.connections),
            expected=_expected_lookups(settings, bench),
            keeper=Details() if settings.dry_run else None,
        )
        return MailchimpWriter(
            settings,
            bench,
            client=client,
            members=_members(settings, bench, client, audience, snapshot),
            stores=self._stores(settings, bench, client, audience),
            shop=Shop(
                client=client,
                snapshot=snapshot,
                scope=settings.ecommerce_scope,
                expected=bench.request.expected if bench.request else None,
                dry_run=settings.dry_run,
            ),
        )

    def _quick_client(self, settings: Settings) -> Client:
        return Client(
            settings,
            sleep=self.sleep or time.sleep,
            backoff=self.backoff or _PATIENCE_OF_CHECK,
            headers=self.headers,
        )

    def _stores(
        self, settings: Settings, bench: Bench, client: Client, audience: Audience
    ) -> Stores | None:
        if settings.store is None:
            return None
        return Stores(
            client=client,
            audience=audience,
            template=settings.store,
            notify_after=timedelta(hours=settings.notify_after_hours),
            dry_run=settings.dry_run,
            log=bench.log,
            clock=self.clock,
        )


def _members(
    settings: Settings, bench: Bench, client: Client, audience: Audience, snapshot: Holdings
) -> Members:
    merge_fields = MergeFields(
        client,
        audience,
        create=settings.create_merge_fields,
        nulls=settings.null_merge_fields,
        dry_run=settings.dry_run,
        log=bench.log,
    )
    policy = Policy(
        new_member_status=MemberStatus(settings.new_member_status),
        double_opt_in=audience.double_opt_in,
        propagate_erp_opt_out=settings.propagate_erp_opt_out,
        raise_on_new_opt_in=settings.raise_on_new_opt_in,
    )
    return Members(
        client,
        audience,
        policy=policy,
        snapshot=snapshot,
        merge_fields=merge_fields,
        dry_run=settings.dry_run,
    )


def _expected_lookups(settings: Settings, bench: Bench) -> int | None:
    """Return how many statuses will be looked up at most, as far as a runner told."""
    if bench.request is None or not bench.request.expected:
        return None
    objects = [MEMBERS] if settings.ecommerce_scope == "all" else [MEMBERS, CUSTOMERS, ORDERS]
    return sum(bench.request.expected.get(name, 0) for name in objects)


def _check_store(settings: Settings, bench: Bench) -> None:
    shop = sorted(bench.objects - {MEMBERS})
    if settings.store is None and shop:
        raise ConfigError(
            f"The setting `store` is missing, and {' and '.join(shop)} need a store; add the "
            "template, or take these streams out.",
            setting="store",
        )
