"""The failures that users report of writing and of webhooks, by their number in our list of facts.

Each shows the trap, and the way round it that a plain HTTP client can take. The other numbers are
about reading: they stand with the connector's tests.
"""

from __future__ import annotations

import re
from typing import Any

import pytest


def tag_of(client: Any, name: str, **headers: str) -> str:
    found: str = client.body(f"contacts({name})", headers)["@odata.etag"]
    return found


def test_04_a_tag_goes_back_without_the_escapes_of_json(
    client: Any, ids: dict[str, str], refusal: Any
) -> None:
    """A tag holds quotes, which a body shows as backslash and quote."""
    path = f"contacts({ids['Bob']})"
    found = re.search(r'"@odata.etag":"((?:\\.|[^"\\])*)"', client.get(path).text)
    assert found is not None
    escaped = found[1]
    answer = client.patch(path, {"jobTitle": "Buyer"}, If_Match=escaped)
    assert refusal(answer) == (400, "BadRequest_InvalidToken")
    unescaped = escaped.replace('\\"', '"')
    assert unescaped == tag_of(client, ids["Bob"])
    assert client.patch(path, {"jobTitle": "Buyer"}, If_Match=unescaped).status_code == 200


def test_05_own_writes_make_tags_stale_that_were_collected_before(
    client: Any, ids: dict[str, str], refusal: Any
) -> None:
    """One write stamps relatives, too; so each record is read right before it is written."""
    tags = {row["id"]: row["@odata.etag"] for row in client.rows("contacts")}
    firm, ann = f"contacts({ids['firm']})", f"contacts({ids['Ann']})"
    body = {"email": "new@ohara.com"}
    assert client.patch(firm, body, If_Match=tags[ids["firm"]]).status_code == 200
    stale = client.patch(ann, {"jobTitle": "Buyer"}, If_Match=tags[ids["Ann"]])
    assert refusal(stale) == (409, "Request_EntityChanged")
    fresh = tag_of(client, ids["Ann"], **{"Data-Access-Intent": "ReadWrite"})
    assert client.patch(ann, {"jobTitle": "Buyer"}, If_Match=fresh).status_code == 200


@pytest.mark.parametrize("status", [400, 401, 404, 301])
def test_06_one_refusal_deletes_every_subscription_of_the_address(
    hooks: Any, receiver: Any, erp: Any, ids: dict[str, str], status: int
) -> None:
    hooks.create(receiver.url, "customers")
    hooks.create(receiver.url, "items")
    hooks.create(receiver.url + "/other", "items")
    receiver.status = status
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    hooks.wait(31)
    assert [row["notificationUrl"] for row in hooks.listed()] == [receiver.url + "/other"]


def test_06_a_503_keeps_them_and_a_later_try_brings_everything(
    hooks: Any, receiver: Any, erp: Any, ids: dict[str, str]
) -> None:
    hooks.create(receiver.url, "customers")
    hooks.create(receiver.url, "items")
    receiver.status = 503
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    hooks.wait(31)
    assert len(hooks.listed()) == 2
    receiver.status = 202
    erp.put("customers", {"id": ids["C2"], "city": "Boise"})
    hooks.wait(61)
    assert len(receiver.received[-1]["value"]) == 2
    assert len(hooks.listed()) == 2


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_07_a_subscription_is_named_in_quotes_and_written_with_if_match(
    hooks: Any, receiver: Any, refusal: Any, method: str
) -> None:
    key = hooks.create(receiver.url).json()["subscriptionId"]
    body = {"notificationUrl": receiver.url} if method == "PATCH" else None
    bare = hooks.call(method, key, body, If_Match="*")
    assert refusal(bare) == (400, "BadRequest_NotFound")
    without = hooks.call(method, f"'{key}'", body)
    assert refusal(without) == (400, "BadRequest_InvalidToken")
    assert len(hooks.listed()) == 1
    good = hooks.call(method, f"'{key}'", body, If_Match="*")
    assert good.status_code == (200 if method == "PATCH" else 204)
    assert len(hooks.listed()) == (1 if method == "PATCH" else 0)


def test_11_a_company_contacts_address_becomes_its_customers_and_its_peoples(
    client: Any, ids: dict[str, str], emails: Any
) -> None:
    """Those of the people who had the old one."""
    client.patch(f"contacts({ids['firm']})", {"email": "new@ohara.com"}, If_Match="*")
    assert emails() == {
        "firm": "new@ohara.com",
        "C1": "new@ohara.com",
        "Ann": "new@ohara.com",
        "Bob": "bob@ohara.com",
    }


def test_11_a_customers_address_becomes_its_contacts_and_its_peoples(
    client: Any, ids: dict[str, str], emails: Any
) -> None:
    answer = client.patch(f"customers({ids['C1']})", {"email": "new@ohara.com"}, If_Match="*")
    assert answer.status_code == 200
    found = emails()
    assert (found["C1"], found["firm"], found["Ann"]) == ("new@ohara.com",) * 3
    assert found["Bob"] == "bob@ohara.com"


@pytest.mark.parametrize("entity_set", ["contacts", "customerContacts"])
@pytest.mark.parametrize("name", ["Ann", "Bob"])
def test_11_a_person_changes_alone(
    client: Any, ids: dict[str, str], emails: Any, entity_set: str, name: str
) -> None:
    """So a person's address is written to the person, whoever shares it."""
    before = emails()
    body = {"email": "b@ohara.com;b@home.com"}
    assert client.patch(f"{entity_set}({ids[name]})", body, If_Match="*").status_code == 200
    assert emails() == {**before, name: "b@ohara.com;b@home.com"}
