"""What a stand-in must be able to do for whoever writes back, by its number in our list of facts.

Numbers 8 (PATCH), 9 (what one write does to others) and 11 (webhooks). The other numbers are about
reading: they stand with the connector's tests.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest


def etag(client: Any, path: str, **headers: str) -> str:
    tag: str = client.body(path, headers)["@odata.etag"]
    return tag


@pytest.mark.parametrize("tag", [None, "JzE5Ow", "'x'", ""])
def test_08_if_match_is_needed(
    client: Any, ids: dict[str, str], refusal: Any, tag: str | None
) -> None:
    headers = {} if tag is None else {"If_Match": tag}
    answer = client.patch(f"contacts({ids['Bob']})", {"jobTitle": "Buyer"}, **headers)
    assert refusal(answer) == (400, "BadRequest_InvalidToken")


def test_08_a_stale_tag_is_a_conflict_and_a_star_is_not(
    client: Any, erp: Any, ids: dict[str, str], refusal: Any
) -> None:
    path = f"contacts({ids['Bob']})"
    tag = etag(client, path)
    erp.put("contacts", {"id": ids["Bob"], "city": "Boise"})
    assert refusal(client.patch(path, {"jobTitle": "x"}, If_Match=tag)) == (
        409,
        "Request_EntityChanged",
    )
    assert client.patch(path, {"jobTitle": "x"}, If_Match="*").status_code == 200


def test_08_a_replica_hands_out_old_tags_unless_told_to_write(
    client: Any, erp: Any, ids: dict[str, str], refusal: Any
) -> None:
    path = f"contacts({ids['Bob']})"
    erp.clock.advance(timedelta(minutes=1))
    client.body(path)
    erp.database.replica_lag = timedelta(seconds=30)
    erp.put("contacts", {"id": ids["Bob"], "city": "Boise"})
    stale = etag(client, path)
    assert refusal(client.patch(path, {"jobTitle": "x"}, If_Match=stale))[0] == 409
    fresh = etag(client, path, **{"Data-Access-Intent": "ReadWrite"})
    assert client.patch(path, {"jobTitle": "x"}, If_Match=fresh).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "a" * 70 + "@example.com"}, 400, "Application_StringExceededLength"),
        ({"displayName": "x" * 101}, 400, "Application_StringExceededLength"),
        ({"phoneNumber": "call me"}, 400, "Application_FieldValidationException"),
        ({"mobilePhoneNumber": "1" * 31}, 400, "Application_StringExceededLength"),
        ({"email": "nobody"}, 400, "Application_DialogException"),
        ({"email": "a@firm.com;nobody"}, 400, "Application_DialogException"),
        ({"lastInteractionDate": "2026-01-01"}, 400, "BadRequest_InvalidOperation"),
        ({"lastModifiedDateTime": "2026-01-01T00:00:00Z"}, 400, "BadRequest_InvalidOperation"),
        ({"contactBusinessRelation": "None"}, 400, "BadRequest_InvalidOperation"),
        ({"id": "00000000-0000-0000-0000-00000000000a"}, 400, "BadRequest_InvalidOperation"),
        ({"type": "Robot"}, 400, "Unknown"),
        ({"privacyBlocked": "yes"}, 400, "BadRequest"),
        ({"displayName": 5}, 400, "BadRequest"),
        ({"number": "CT1"}, 400, "Internal_EntityWithSameKeyExists"),
    ],
)
def test_08_what_a_contact_may_not_become(
    client: Any, ids: dict[str, str], refusal: Any, body: Any, status: int, code: str
) -> None:
    path = f"contacts({ids['Bob']})"
    before = client.body(path)
    assert refusal(client.patch(path, body, If_Match="*")) == (status, code)
    assert client.body(path) == before


def test_09_a_company_contact_overwrites_its_customer_with_all_shared_fields(
    client: Any, erp: Any, ids: dict[str, str]
) -> None:
    """Not with the changed one alone."""
    stamp = erp.get("customers", ids["C1"])["lastModifiedDateTime"]
    erp.put("customers", {"id": ids["C1"], "website": "ohara.example"}, modified=stamp)
    client.patch(f"contacts({ids['firm']})", {"email": "new@ohara.com"}, If_Match="*")
    customer = erp.get("customers", ids["C1"])
    assert (customer["email"], customer["website"]) == ("new@ohara.com", "")
    assert customer["lastModifiedDateTime"] > stamp


def test_09_a_customer_overwrites_its_contact_with_all_shared_fields(
    client: Any, erp: Any, ids: dict[str, str]
) -> None:
    assert erp.get("contacts", ids["firm"])["phoneNumber"] == "555 1"
    client.patch(f"customers({ids['C1']})", {"email": "new@ohara.com"}, If_Match="*")
    contact = erp.get("contacts", ids["firm"])
    assert (contact["email"], contact["phoneNumber"]) == ("new@ohara.com", "")


def test_09_without_inheritance_people_keep_their_addresses(
    client: Any, erp: Any, ids: dict[str, str], emails: Any
) -> None:
    """A field of Marketing Setup."""
    erp.company().inherit = False
    client.patch(f"contacts({ids['firm']})", {"email": "new@ohara.com"}, If_Match="*")
    assert (emails()["C1"], emails()["Ann"]) == ("new@ohara.com", "pay@ohara.com")


def test_11_a_subscription_ends_after_three_days(hooks: Any, receiver: Any, erp: Any) -> None:
    hooks.create(receiver.url)
    erp.clock.advance(timedelta(days=3))
    assert hooks.listed() == []


def test_11_without_a_handshake_there_is_no_subscription_and_no_renewal(
    hooks: Any, receiver: Any, refusal: Any
) -> None:
    key = f"'{hooks.create(receiver.url).json()['subscriptionId']}'"
    receiver.greets = False
    assert refusal(hooks.create(receiver.url, "items")) == (400, "BadRequest")
    renewal = {"notificationUrl": receiver.url}
    assert refusal(hooks.call("PATCH", key, renewal, If_Match="*")) == (400, "BadRequest")
    assert refusal(hooks.create("http://127.0.0.1:9/hook", "items")) == (400, "BadRequest")
    assert len(hooks.listed()) == 1


def test_11_several_subscriptions_of_one_address_come_together(
    hooks: Any, receiver: Any, erp: Any, ids: dict[str, str], line: Any
) -> None:
    for name in ("customers", "items", "salesInvoices"):
        hooks.create(receiver.url, name, state=name)
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    erp.clock.advance(timedelta(seconds=20))
    documents = erp.documents()
    draft = documents.draft("C1", [line()])
    documents.change_line(draft, 0, quantity=5)
    assert len(hooks.wait(11)) == 1
    (body,) = receiver.received
    assert sorted(item["clientState"] for item in body["value"]) == ["customers", "salesInvoices"]


@pytest.mark.parametrize("deleted", [False, True])
def test_11_many_changes_become_a_collection(
    hooks: Any, receiver: Any, erp: Any, client: Any, ids: dict[str, str], *, deleted: bool
) -> None:
    erp.webhooks.most_notifications = 3
    hooks.create(receiver.url)
    for name in ("C1", "C2", "C3", "C4"):
        erp.clock.advance(timedelta(seconds=1))
        erp.put("customers", {"id": ids[name], "city": "Boise"})
    if deleted:
        erp.delete("customers", ids["C5"])
    hooks.wait()
    (item,) = receiver.items
    assert item["changeType"] == "collection"
    assert item["resource"].startswith("/api/v2.0/companies(")
    path, _, query = item["resource"].partition("?")
    assert path.endswith("/customers")
    if deleted:
        assert query == ""
        return
    assert unquote(query).startswith("$filter=lastModifiedDateTime gt ")
    rows = client.session.get(client.url(f"customers?{query}"), timeout=5).json()["value"]
    assert sorted(row["number"] for row in rows) == ["C1", "C2", "C3", "C4"]


def test_11_each_notification_bears_the_state_of_its_own_subscription(
    hooks: Any, receiver: Any, erp: Any, ids: dict[str, str]
) -> None:
    """The only proof of where it comes from; a renewal may change it."""
    made = {
        name: hooks.create(receiver.url, name, state=f"first-{name}").json()
        for name in ("customers", "contacts")
    }
    renewal = {"notificationUrl": receiver.url, "clientState": "second-customers"}
    key = f"'{made['customers']['subscriptionId']}'"
    assert hooks.call("PATCH", key, renewal, If_Match="*").status_code == 200
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    erp.put("contacts", {"id": ids["Bob"], "city": "Boise"})
    hooks.wait()
    states = {item["subscriptionId"]: item["clientState"] for item in receiver.items}
    assert states == {
        made["customers"]["subscriptionId"]: "second-customers",
        made["contacts"]["subscriptionId"]: "first-contacts",
    }
