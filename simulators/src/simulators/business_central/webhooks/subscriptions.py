"""Subscriptions: what they name, when they end, and the handshake that makes them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import requests

from simulators.business_central.odata.entities import ROUTES, Entity, entities
from simulators.business_central.odata.problems import ServiceError, bad_request
from simulators.business_central.odata.values import to_ticks
from simulators.business_central.store.rows import Row, full_values

LIFE: Final = timedelta(days=3)
HANDSHAKE_SECONDS: Final = 5.0
_USER: Final = "f2a5738a-44e3-ea11-bb43-000d3a2feca1"
_RESOURCE: Final = re.compile(
    r"^(?:.*?/)?(?:api/(?P<route>.+?)/)?companies\((?P<company>[0-9a-fA-F-]{36})\)/(?P<set>\w+)/?$"
)
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Subscription:
    """One entity set of one company, announced to one address.

    Attributes:
        id: 32 hexadecimal digits.
        resource: as the client wrote it.
        entity: what it names.
        company: the id of the company.
        expires: when it ends.
        version: the row version.
    """

    id: str
    url: str
    resource: str
    entity: Entity
    company: str
    client_state: str
    created: datetime
    modified: datetime
    expires: datetime
    version: int

    def row(self) -> Row:
        """What the API shows of it."""
        values = full_values(
            entities()["subscriptions"],
            {
                "subscriptionId": self.id,
                "notificationUrl": self.url,
                "resource": self.resource,
                "timestamp": self.version,
                "userId": _USER,
                "clientState": self.client_state,
                "expirationDateTime": self.expires,
                "systemCreatedAt": self.created,
                "systemCreatedBy": _USER,
                "systemModifiedAt": self.modified,
                "systemModifiedBy": _USER,
            },
        )
        return Row(self.id, values, to_ticks(self.modified), self.version)


def read_resource(resource: str, route: str) -> tuple[Entity, str]:
    """The entity and the company's id that a resource names.

    Args:
        resource: relative or absolute.
        route: the route of the call, which the resource's own must equal.

    Raises:
        ServiceError: it is no entity set of a company, or one that is not announced.
    """
    match = _RESOURCE.match(resource.partition("?")[0])
    if match is None or (match["route"] or ROUTES[route]) != ROUTES[route]:
        raise bad_request(f"The resource '{resource}' is not a valid resource.")
    entity = entities().get(match["set"])
    if entity is None or entity.route != route or "webhook" not in entity.flags:
        raise bad_request(f"The resource '{resource}' does not support webhooks.")
    return entity, match["company"].lower()


def shake_hands(url: str, timeout: float = HANDSHAKE_SECONDS) -> None:
    """Ask the receiver to repeat a token.

    Raises:
        ServiceError: it did not, or not in time.
    """
    token = secrets.token_hex(24)
    try:
        answer = requests.post(url, params={"validationToken": token}, timeout=timeout)
    except requests.RequestException as error:
        raise _failed("it could not be reached") from error
    if answer.status_code != _OK or answer.text.strip() != token:
        raise _failed("it did not answer 200 with the validation token")


def _failed(why: str) -> ServiceError:
    return bad_request(f"The validation of the notification URL failed: {why}.")
