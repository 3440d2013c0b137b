"""The routes of subscriptions: create, renew, list, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from simulators.business_central.odata.entities import entities
from simulators.business_central.odata.problems import (
    ServiceError,
    bad_request,
    bad_syntax,
    method_not_allowed,
    unknown_property,
    unknown_segment,
)
from simulators.business_central.service.answers import error_reply
from simulators.business_central.service.calls import Call, Reply, Segment
from simulators.business_central.service.reading import Reader
from simulators.business_central.service.writing import check_preconditions
from simulators.business_central.webhooks.subscriptions import (
    Subscription,
    read_resource,
    shake_hands,
)

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

_STATE_LENGTH: Final = 2048


class SubscriptionApi:
    """Answers calls to `subscriptions`; takes the simulator's lock itself.

    The lock is free during a handshake: the receiver may call back.
    """

    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self._erp = erp
        self._reader = Reader(erp)

    def answer(self, call: Call) -> Reply:
        """The reply to a call; refusals too."""
        try:
            return self._dispatch(call, call.segments[0])
        except ServiceError as error:
            return error_reply(error)

    def _dispatch(self, call: Call, segment: Segment) -> Reply:
        if len(call.segments) > 1 or call.route == "runtime":
            raise unknown_segment(call.segments[-1].name)
        if segment.key is None:
            if call.method == "POST":
                return self._create(call)
            if call.method == "GET":
                with self._erp.lock:
                    return self._reader.page(call, entities()["subscriptions"], None)
            raise method_not_allowed(call.method, segment.name)
        if not segment.quoted:
            raise bad_syntax(f"Bad Request - Error in query syntax: '{segment.key}'.")
        return self._one(call, segment.key)

    def _one(self, call: Call, key: str) -> Reply:
        with self._erp.lock:
            found = self._find(key)
            if call.method == "GET":
                return self._reader.one(call, entities()["subscriptions"], None, found.row())
            check_preconditions(call.headers, found.row().etag)
            if call.method == "DELETE":
                self._erp.webhooks.remove(found.id)
                return Reply(204)
        if call.method != "PATCH":
            raise method_not_allowed(call.method, "subscriptions")
        return self._renew(call, found)

    def _create(self, call: Call) -> Reply:
        body = _body(call)
        url, resource = str(body.get("notificationUrl", "")), str(body.get("resource", ""))
        _check(url, body)
        entity, company = read_resource(resource, call.route)
        webhooks = self._erp.webhooks
        with self._erp.lock:
            if company not in self._erp.database.companies:
                raise bad_request(f"The resource '{resource}' is not a valid resource.")
            known = webhooks.subscriptions()
            if len(known) >= self._erp.limits.subscriptions:
                raise bad_request("The maximum number of subscriptions has been reached.")
            same = (company, entity, url)
            if any((of.company, of.entity, of.url) == same for of in known):
                raise ServiceError(
                    400,
                    "Internal_EntityWithSameKeyExists",
                    "The API Webhook Subscription already exists.",
                )
        shake_hands(url)
        with self._erp.lock:
            subscription = webhooks.new(
                url=url,
                resource=resource,
                entity=entity,
                company=company,
                client_state=str(body.get("clientState", "")),
            )
            webhooks.add(subscription)
            reply = self._reader.one(call, entities()["subscriptions"], None, subscription.row())
            return replace(reply, status=201)

    def _renew(self, call: Call, found: Subscription) -> Reply:
        body = _body(call)
        url = str(body.get("notificationUrl", found.url))
        _check(url, body)
        resource = str(body.get("resource", found.resource))
        if read_resource(resource, call.route) != (found.entity, found.company):
            raise bad_request("The resource of a subscription cannot be changed.")
        shake_hands(url)
        with self._erp.lock:
            renewed = self._erp.webhooks.renewed(
                self._find(found.id),
                url=url,
                client_state=str(body.get("clientState", found.client_state)),
            )
            self._erp.webhooks.add(renewed)
            return self._reader.one(call, entities()["subscriptions"], None, renewed.row())

    def _find(self, key: str) -> Subscription:
        known = self._erp.webhooks.subscriptions()
        found = next((of for of in known if of.id == key), None)
        if found is None:
            raise unknown_segment("subscriptions")
        return found


def _body(call: Call) -> dict[str, Any]:
    try:
        found = orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise bad_request("Invalid Request Body") from error
    if not isinstance(found, dict):
        raise bad_request("Invalid Request Body")
    entity = entities()["subscriptions"]
    for name in found:
        if name not in entity.properties:
            raise unknown_property(name, entity.type_name)
    return found


def _check(url: str, body: dict[str, Any]) -> None:
    if not url.startswith(("https://", "http://")):
        raise bad_request("The notificationUrl is not a valid URL.")
    state = str(body.get("clientState", ""))
    if len(state) > _STATE_LENGTH:
        raise ServiceError(
            400,
            "Application_StringExceededLength",
            f"The length of the string is {len(state)}, but it must be less than or equal to "
            f"{_STATE_LENGTH} characters.",
        )
