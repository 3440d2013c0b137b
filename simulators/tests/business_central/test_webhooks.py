from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator


def test_a_subscription_is_made_renewed_listed_and_deleted(
    hooks: Any, receiver: Any, erp: Any, contracts_dir: Any
) -> None:
    answer = hooks.create(receiver.url)
    assert answer.status_code == 201
    body = answer.json()
    shape = contracts_dir / "business-central" / "shapes" / "subscriptions.shape.json"
    shown = {name for name in body if "@" not in name}
    assert shown == set(json.loads(shape.read_text("utf-8")))
    key = f"'{body['subscriptionId']}'"
    assert (receiver.handshakes, body["clientState"]) == (1, "s3cret")
    erp.clock.advance(timedelta(days=2))
    renewal = {"notificationUrl": receiver.url, "resource": body["resource"], "clientState": "new"}
    renewed = hooks.call("PATCH", key, renewal, If_Match=body["@odata.etag"]).json()
    assert renewed["expirationDateTime"] > body["expirationDateTime"]
    assert (receiver.handshakes, renewed["clientState"]) == (2, "new")
    assert [row["subscriptionId"] for row in hooks.listed()] == [body["subscriptionId"]]
    assert hooks.call("GET", key).json()["clientState"] == "new"
    assert hooks.call("DELETE", key, If_Match="*").status_code == 204
    assert hooks.listed() == []


def test_what_is_refused(hooks: Any, client: Any, receiver: Any, erp: Any, refusal: Any) -> None:
    key = hooks.create(receiver.url).json()["subscriptionId"]
    for name in ("salesInvoiceLines", "contactsInformation", "nothing", "customers/extra"):
        assert refusal(hooks.create(receiver.url, name)) == (400, "BadRequest"), name
    assert refusal(hooks.create("ftp://x", "items")) == (400, "BadRequest")
    assert refusal(hooks.create(receiver.url)) == (400, "Internal_EntityWithSameKeyExists")
    assert refusal(hooks.create(receiver.url, "items", "x" * 2049)) == (
        400,
        "Application_StringExceededLength",
    )
    assert refusal(hooks.call("DELETE", f"'{key}'", If_Match='W/"old"'))[0] == 409
    assert refusal(hooks.call("GET", "'unknown'"))[0] == 404
    assert refusal(hooks.call("PUT", f"'{key}'", If_Match="*"))[0] == 405
    other = {"resource": f"companies({client.company.id})/items"}
    assert refusal(hooks.call("PATCH", f"'{key}'", other, If_Match="*")) == (400, "BadRequest")
    erp.limits.subscriptions = 1
    assert refusal(hooks.create(receiver.url, "items")) == (400, "BadRequest")


@pytest.mark.breaks_contract
def test_bodies_that_are_refused(hooks: Any, client: Any, refusal: Any) -> None:
    for body in ({"url": "x"}, ["x"]):
        answer = client.session.post(hooks.url, json=body, timeout=5)
        assert refusal(answer) == (400, "BadRequest")
    elsewhere = {"notificationUrl": "http://x", "resource": "companies(" + "0" * 36 + ")/items"}
    assert client.session.post(hooks.url, json=elsewhere, timeout=5).status_code == 400


def test_changes_of_one_record_are_merged_and_delayed(
    hooks: Any, receiver: Any, erp: Any, ids: dict[str, str], contracts_dir: Any
) -> None:
    hooks.create(receiver.url)
    for city in ("Boise", "Duluth"):
        erp.put("customers", {"id": ids["C1"], "city": city})
    new = erp.put("customers", {"number": "NEW"})
    erp.put("customers", {"id": new, "city": "Boise"})
    erp.delete("customers", ids["C2"])
    assert hooks.wait(29) == []
    (delivery,) = hooks.wait(2)
    assert delivery.status == 200
    kinds = {item["resource"]: item["changeType"] for item in receiver.items}
    root = f"api/v2.0/companies({erp.company().id})/customers"
    assert kinds == {
        f"{root}({ids['C1']})": "updated",
        f"{root}({new})": "created",
        f"{root}({ids['C2']})": "deleted",
    }
    sample = contracts_dir / "business-central" / "samples" / "webhook.notification.json"
    keys = set(json.loads(sample.read_text("utf-8"))["value"][0])
    assert all(set(item) == keys for item in receiver.items)
    assert {item["clientState"] for item in receiver.items} == {"s3cret"}
    assert {"clientrequestid", "x-ms-correlation-id"} <= set(receiver.headers[0])
    assert hooks.wait(60) == []


def test_an_event_is_a_little_older_than_its_record(
    hooks: Any, receiver: Any, erp: Any, client: Any, ids: dict[str, str]
) -> None:
    hooks.create(receiver.url)
    erp.clock.freeze()
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    hooks.wait()
    stamp = client.body(f"customers({ids['C1']})")["lastModifiedDateTime"]
    event = datetime.fromisoformat(receiver.items[0]["lastModifiedDateTime"])
    assert timedelta() < datetime.fromisoformat(stamp) - event < timedelta(seconds=1)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_failed_delivery_is_tried_six_times(
    hooks: Any, receiver: Any, erp: Any, ids: dict[str, str], status: int
) -> None:
    hooks.create(receiver.url)
    receiver.status = status
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    waits = [30, 60, 60, 600, 6000, 60_000]
    for number, seconds in enumerate(waits, 1):
        assert hooks.wait(seconds - 1.0) == []
        assert len(hooks.wait(1.1)) == 1
        assert len(receiver.received) == number
    assert hooks.listed() == []


def test_nobody_answers(hooks: Any, receiver: Any, erp: Any, ids: dict[str, str]) -> None:
    hooks.create(receiver.url)
    receiver.server.shutdown()
    receiver.server.server_close()
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    (delivery,) = hooks.wait(31)
    assert delivery.status == 0
    assert len(hooks.listed()) == 1


def test_who_may_not_schedule_is_announced_with_the_next_change(
    hooks: Any, receiver: Any, erp: Any, ids: dict[str, str]
) -> None:
    hooks.create(receiver.url)
    erp.webhooks.may_schedule = False
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    assert hooks.wait(3600) == []
    erp.webhooks.may_schedule = True
    erp.put("customers", {"id": ids["C2"], "city": "Boise"})
    hooks.wait(31)
    assert len(receiver.items) == 2


def test_other_companies_are_not_announced(client_of: Any, hooks_of: Any, receiver: Any) -> None:
    from simulators.business_central import bulk_customers  # noqa: PLC0415 - here alone

    with BusinessCentralSimulator(bulk_customers(4, companies=2)) as erp:
        erp.webhooks.automatic = False
        hooks = hooks_of(client_of(erp))
        hooks.create(receiver.url)
        second = erp.companies[1]
        erp.put("customers", {"number": "X"}, company=second.name)
        assert hooks.wait(31) == []


def test_by_itself_it_delivers_when_the_clock_says_so(
    hooks: Any, receiver: Any, erp: Any, ids: dict[str, str]
) -> None:
    erp.webhooks.automatic = True
    hooks.create(receiver.url)
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    erp.clock.advance(timedelta(seconds=31))
    for _ in range(100):
        if receiver.received:
            break
        threading.Event().wait(0.05)
    assert len(receiver.items) == 1
    erp.restart()
    erp.put("customers", {"id": ids["C2"], "city": "Boise"})
    erp.clock.advance(timedelta(seconds=31))
    erp.webhooks.deliver()
    assert len(receiver.items) == 2
