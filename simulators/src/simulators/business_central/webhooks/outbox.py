"""Changes that wait to be announced: merged, delayed, and tried again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from simulators.business_central.odata.entities import ROUTES
from simulators.business_central.odata.values import moment_text
from simulators.business_central.store.rows import MODIFIED
from simulators.business_central.webhooks.subscriptions import Subscription

WAITS: Final = (
    timedelta(seconds=60),
    timedelta(seconds=60),
    timedelta(minutes=10),
    timedelta(minutes=100),
    timedelta(minutes=1000),
)
"""After each failed attempt but the sixth, which is the last."""
_EARLIER: Final = timedelta(milliseconds=50)
"""The filter of a collection begins so long before the first change."""
_BEFORE_STAMP: Final = timedelta(milliseconds=10)
"""An event is a little older than the stamp of its record."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed record: what happened to it, and when last."""

    kind: str
    at: datetime


@dataclass(slots=True)
class Pending:
    """The changes of one subscription since its last notification.

    Attributes:
        changes: by record id.
        first: when the first happened.
        due: when they are announced; None = when somebody who may schedule jobs changes something.
    """

    changes: dict[str, Change] = field(default_factory=dict)
    first: datetime | None = None
    due: datetime | None = None

    def add(self, row_id: str, kind: str, now: datetime) -> None:
        """Note a change; several of one record become one."""
        old = self.changes.get(row_id)
        merged = "created" if old and old.kind == "created" and kind == "updated" else kind
        self.changes[row_id] = Change(merged, now - _BEFORE_STAMP)
        self.first = self.first or now


@dataclass(slots=True)
class Parcel:
    """What goes to one address in one request.

    Attributes:
        items: of several subscriptions perhaps, as JSON.
        failures: how often it was tried in vain.
        due: when it is tried next.
    """

    items: list[Mapping[str, Any]]
    due: datetime
    failures: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """The headers of one attempt."""
        return {
            "content-type": "application/json",
            "clientRequestId": str(uuid.uuid4()),
            "x-ms-correlation-id": str(uuid.uuid4()),
        }


def notifications(of: Subscription, pending: Pending, most: int) -> Iterator[Mapping[str, Any]]:
    """The items of a notification: one per record, or one for all of them.

    Args:
        of: the subscription.
        pending: its changes.
        most: with more records than that, there is one item of the kind `collection`.
    """
    root = f"api/{ROUTES[of.entity.route]}/companies({of.company})/{of.entity.set}"
    if len(pending.changes) <= most:
        for row_id, change in pending.changes.items():
            yield _item(of, f"{root}({row_id})", change.kind, change.at)
        return
    first = pending.first or of.created
    last = max(change.at for change in pending.changes.values())
    deleted = any(change.kind == "deleted" for change in pending.changes.values())
    where = ""
    if not deleted and MODIFIED in of.entity.properties:
        condition = f"{MODIFIED} gt {moment_text(first - _EARLIER)}"
        where = f"?$filter={quote(condition, safe=':')}"
    yield _item(of, f"/{root}{where}", "collection", last)


def _item(of: Subscription, resource: str, kind: str, at: datetime) -> Mapping[str, Any]:
    return {
        "subscriptionId": of.id,
        "clientState": of.client_state,
        "expirationDateTime": moment_text(of.expires),
        "resource": resource,
        "changeType": kind,
        "lastModifiedDateTime": moment_text(at),
    }
