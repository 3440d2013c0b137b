"""Webhooks of one environment: subscriptions over HTTP, and the delivery of notifications."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import requests

from simulators.business_central.odata.entities import ROUTES, entities
from simulators.business_central.store.company import Company
from simulators.business_central.store.rows import Row
from simulators.business_central.webhooks.outbox import WAITS, Parcel, Pending, notifications
from simulators.business_central.webhooks.subscriptions import LIFE, Subscription

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

_ANSWER_SECONDS: Final = 30.0
_JOIN_SECONDS: Final = 1.0
_TICK_SECONDS: Final = 0.2
_RETRIED: Final = frozenset({408, 429})
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt; `status` 0 = no answer."""

    url: str
    status: int
    items: Sequence[Mapping[str, Any]]


class Webhooks:
    """The subscriptions of an environment.

    Attributes:
        automatic: notifications go out by themselves when the clock says so; otherwise only when
            `deliver` is called.
        delay: from the first change to the notification.
        most_notifications: with more records of one subscription, one `collection` is sent.
        may_schedule: False = changes are made by somebody who may not schedule jobs: they are
            announced with the next change of somebody else.
        answer_seconds: how long a receiver may take.
    """

    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self.automatic = True
        self.delay = timedelta(seconds=30)
        self.most_notifications = 1000
        self.may_schedule = True
        self.answer_seconds = _ANSWER_SECONDS
        self._erp = erp
        self._subscriptions: dict[str, Subscription] = {}
        self._pending: dict[str, Pending] = {}
        self._parcels: dict[str, Parcel] = {}
        self._sending = threading.Lock()
        self._stop = threading.Event()
        self._courier: threading.Thread | None = None
        erp.database.listeners.append(self._note)

    # Subscriptions; the simulator's lock is held.

    def subscriptions(self) -> list[Subscription]:
        """Those that have not expired."""
        now = self._erp.clock.now()
        for of in [of for of in self._subscriptions.values() if of.expires <= now]:
            self.remove(of.id)
        return list(self._subscriptions.values())

    def add(self, subscription: Subscription) -> None:
        """Keep a new one, or the new state of one."""
        self._subscriptions[subscription.id] = subscription
        if self.automatic and self._courier is None:
            self._stop.clear()
            self._courier = threading.Thread(target=self._run, name="courier", daemon=True)
            self._courier.start()

    def remove(self, subscription_id: str) -> None:
        """Forget one, with what waits for it."""
        self._subscriptions.pop(subscription_id, None)
        self._pending.pop(subscription_id, None)

    def new(self, **fields: Any) -> Subscription:  # noqa: ANN401 - fields of Subscription
        """A subscription that starts now."""
        now = self._erp.clock.now()
        return Subscription(
            id=uuid.uuid4().hex,
            created=now,
            modified=now,
            expires=now + LIFE,
            version=self._erp.database.version(),
            **fields,
        )

    def renewed(self, of: Subscription, **fields: Any) -> Subscription:  # noqa: ANN401 - the same
        """The same for three more days."""
        now = self._erp.clock.now()
        version = self._erp.database.version()
        return replace(of, modified=now, expires=now + LIFE, version=version, **fields)

    def rows(self) -> list[Row]:
        """What the API shows of them."""
        return [of.row() for of in self.subscriptions()]

    def supported_rows(self) -> Sequence[Row]:
        """The rows of `webhookSupportedResources`."""
        names = [
            f"{ROUTES[entity.route]}/{entity.set}"
            for entity in entities().values()
            if "webhook" in entity.flags
        ]
        return [
            Row(f"00000000-0000-0000-0000-{number:012x}", {"resource": name}, 0)
            for number, name in enumerate(sorted(names), 1)
        ]

    # Notifications.

    def deliver(self) -> list[Delivery]:
        """Send what is due by the clock; returns the attempts."""
        with self._sending:
            with self._erp.lock:
                now = self._erp.clock.now()
                self._pack(now)
                due = {url: of for url, of in self._parcels.items() if of.due <= now}
            attempts = [self._send(url, parcel) for url, parcel in due.items()]
            with self._erp.lock:
                for attempt in attempts:
                    self._settle(attempt)
            return attempts

    def stop(self) -> None:
        """Stop delivering by itself."""
        self._stop.set()
        if self._courier is not None:
            # Not for ever: it may wait for a receiver that does not answer.
            self._courier.join(_JOIN_SECONDS)
            self._courier = None

    def resume(self) -> None:
        """Go on delivering by itself, if anybody subscribed."""
        with self._erp.lock:
            for subscription in list(self._subscriptions.values())[:1]:
                self.add(subscription)

    def _run(self) -> None:
        while not self._stop.wait(_TICK_SECONDS):
            self.deliver()

    def _note(self, company: Company, entity_set: str, kind: str, row: Row) -> None:
        now = self._erp.clock.now()
        for of in self.subscriptions():
            if (of.company, of.entity.set) != (company.id, entity_set):
                continue
            pending = self._pending.setdefault(of.id, Pending())
            pending.add(row.id, kind, now)
            if self.may_schedule and pending.due is None:
                pending.due = now + self.delay

    def _pack(self, now: datetime) -> None:
        """Put what is due, and what goes to the same address, into parcels."""
        by_url: dict[str, list[Subscription]] = {}
        for of in self.subscriptions():
            if of.id in self._pending:
                by_url.setdefault(of.url, []).append(of)
        for url, subscriptions in by_url.items():
            dues = [self._pending[of.id].due for of in subscriptions]
            if not any(due is not None and due <= now for due in dues):
                continue
            items = [
                item
                for of in subscriptions
                for item in notifications(of, self._pending.pop(of.id), self.most_notifications)
            ]
            parcel = self._parcels.setdefault(url, Parcel([], now))
            parcel.items += items

    def _send(self, url: str, parcel: Parcel) -> Delivery:
        items = list(parcel.items)
        try:
            answer = requests.post(
                url, json={"value": items}, headers=parcel.headers, timeout=self.answer_seconds
            )
        except requests.RequestException:
            return Delivery(url, 0, items)
        return Delivery(url, answer.status_code, items)

    def _settle(self, attempt: Delivery) -> None:
        """Go by the answer: done, once more later, or never again."""
        status, parcel = attempt.status, self._parcels[attempt.url]
        if status // 100 == 2:  # noqa: PLR2004 - 2xx
            del self._parcels[attempt.url]
            return
        parcel.failures += 1
        again = status == 0 or status in _RETRIED or status >= _SERVER_ERROR
        if again and parcel.failures <= len(WAITS):
            parcel.due = self._erp.clock.now() + WAITS[parcel.failures - 1]
            return
        del self._parcels[attempt.url]
        for of in self.subscriptions():
            if of.url == attempt.url:
                self.remove(of.id)
