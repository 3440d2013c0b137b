from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from simulators.business_central import BusinessCentralSimulator


class Receiver:
    """A notification URL: shakes hands, keeps what it gets, answers what it is told."""

    def __init__(self) -> None:
        self.greets = True
        self.status = 200
        self.handshakes = 0
        self.received: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                token = parse_qs(urlsplit(self.path).query).get("validationToken")
                status, answer = receiver.status, b""
                if token:
                    receiver.handshakes += 1
                    status, answer = 200, token[0].encode() if receiver.greets else b"no"
                else:
                    receiver.received.append(json.loads(body))
                    receiver.headers.append({k.lower(): v for k, v in self.headers.items()})
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for body in self.received for item in body["value"]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


class Hooks:
    """The subscriptions of one company."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.url = f"{client.erp.api_url}/subscriptions"

    def create(self, url: str, entity_set: str = "customers", state: str = "s3cret") -> Any:
        resource = f"/api/v2.0/companies({self.client.company.id})/{entity_set}"
        body = {"notificationUrl": url, "resource": resource, "clientState": state}
        return self.client.session.post(self.url, json=body, timeout=10)

    def listed(self) -> list[dict[str, Any]]:
        self.client.sign_in()  # the clock was moved
        rows: list[dict[str, Any]] = self.client.session.get(self.url, timeout=5).json()["value"]
        return rows

    def call(self, method: str, key: str, body: Any = None, **headers: str) -> Any:
        self.client.sign_in()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.session.request(
            method, f"{self.url}({key})", json=body, headers=named, timeout=10
        )


@pytest.fixture
def hooks(client: Any) -> Hooks:
    return Hooks(client)


def wait(erp: BusinessCentralSimulator, seconds: float = 30) -> list[Any]:
    erp.clock.advance(timedelta(seconds=seconds))
    return erp.webhooks.deliver()


def test_a_subscription_is_made_renewed_listed_and_deleted(
    hooks: Hooks, receiver: Receiver, erp: Any, contracts_dir: Any
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


def test_it_ends_after_three_days(hooks: Hooks, receiver: Receiver, erp: Any) -> None:
    hooks.create(receiver.url)
    erp.clock.advance(timedelta(days=3))
    assert hooks.listed() == []


def test_without_a_handshake_there_is_none(hooks: Hooks, receiver: Receiver, refusal: Any) -> None:
    key = f"'{hooks.create(receiver.url).json()['subscriptionId']}'"
    receiver.greets = False
    assert refusal(hooks.create(receiver.url, "items")) == (400, "BadRequest")
    renewal = {"notificationUrl": receiver.url}
    assert refusal(hooks.call("PATCH", key, renewal, If_Match="*")) == (400, "BadRequest")
    assert refusal(hooks.create("http://127.0.0.1:9/hook", "items")) == (400, "BadRequest")
    assert len(hooks.listed()) == 1


def test_what_is_refused(
    hooks: Hooks, client: Any, receiver: Receiver, erp: Any, refusal: Any
) -> None:
    key = hooks.create(receiver.url).json()["subscriptionId"]
    for name in ("salesInvoiceLines", "contactsInformation", "nothing", "customers/extra"):
        assert refusal(hooks.create(receiver.url, name)) == (400, "BadRequest"), name
    assert refusal(hooks.create("ftp://x", "items")) == (400, "BadRequest")
    assert refusal(hooks.create(receiver.url)) == (400, "Internal_EntityWithSameKeyExists")
    assert refusal(hooks.create(receiver.url, "items", "x" * 2049)) == (
        400,
        "Application_StringExceededLength",
    )
    assert refusal(hooks.call("DELETE", key, If_Match="*")) == (400, "BadRequest_NotFound")
    assert refusal(hooks.call("DELETE", f"'{key}'")) == (400, "BadRequest_InvalidToken")
    assert refusal(hooks.call("DELETE", f"'{key}'", If_Match='W/"old"'))[0] == 409
    assert refusal(hooks.call("GET", "'unknown'"))[0] == 404
    assert refusal(hooks.call("PUT", f"'{key}'", If_Match="*"))[0] == 405
    other = {"resource": f"companies({client.company.id})/items"}
    assert refusal(hooks.call("PATCH", f"'{key}'", other, If_Match="*")) == (400, "BadRequest")
    erp.limits.subscriptions = 1
    assert refusal(hooks.create(receiver.url, "items")) == (400, "BadRequest")


@pytest.mark.breaks_contract
def test_bodies_that_are_refused(hooks: Hooks, client: Any, refusal: Any) -> None:
    for body in ({"url": "x"}, ["x"]):
        answer = client.session.post(hooks.url, json=body, timeout=5)
        assert refusal(answer) == (400, "BadRequest")
    elsewhere = {"notificationUrl": "http://x", "resource": "companies(" + "0" * 36 + ")/items"}
    assert client.session.post(hooks.url, json=elsewhere, timeout=5).status_code == 400


def test_changes_of_one_record_are_merged_and_delayed(
    hooks: Hooks, receiver: Receiver, erp: Any, ids: dict[str, str], contracts_dir: Any
) -> None:
    hooks.create(receiver.url)
    for city in ("Boise", "Duluth"):
        erp.put("customers", {"id": ids["C1"], "city": city})
    new = erp.put("customers", {"number": "NEW"})
    erp.put("customers", {"id": new, "city": "Boise"})
    erp.delete("customers", ids["C2"])
    assert wait(erp, 29) == []
    (delivery,) = wait(erp, 2)
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
    assert wait(erp, 60) == []


def test_an_event_is_a_little_older_than_its_record(
    hooks: Hooks, receiver: Receiver, erp: Any, client: Any, ids: dict[str, str]
) -> None:
    hooks.create(receiver.url)
    erp.clock.freeze()
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    wait(erp)
    stamp = client.body(f"customers({ids['C1']})")["lastModifiedDateTime"]
    event = datetime.fromisoformat(receiver.items[0]["lastModifiedDateTime"])
    assert timedelta() < datetime.fromisoformat(stamp) - event < timedelta(seconds=1)


def test_several_subscriptions_of_one_address_come_together(
    hooks: Hooks, receiver: Receiver, erp: Any, ids: dict[str, str], line: Any
) -> None:
    for name in ("customers", "items", "salesInvoices"):
        hooks.create(receiver.url, name, state=name)
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    erp.clock.advance(timedelta(seconds=20))
    documents = erp.documents()
    draft = documents.draft("C1", [line()])
    documents.change_line(draft, 0, quantity=5)
    assert len(wait(erp, 11)) == 1
    (body,) = receiver.received
    assert sorted(item["clientState"] for item in body["value"]) == ["customers", "salesInvoices"]


@pytest.mark.parametrize("deleted", [False, True])
def test_many_changes_become_a_collection(
    hooks: Hooks, receiver: Receiver, erp: Any, client: Any, ids: dict[str, str], *, deleted: bool
) -> None:
    erp.webhooks.most_notifications = 3
    hooks.create(receiver.url)
    for name in ("C1", "C2", "C3", "C4"):
        erp.clock.advance(timedelta(seconds=1))
        erp.put("customers", {"id": ids[name], "city": "Boise"})
    if deleted:
        erp.delete("customers", ids["C5"])
    wait(erp)
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


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_failed_delivery_is_tried_six_times(
    hooks: Hooks, receiver: Receiver, erp: Any, ids: dict[str, str], status: int
) -> None:
    hooks.create(receiver.url)
    receiver.status = status
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    waits = [30, 60, 60, 600, 6000, 60_000]
    for number, seconds in enumerate(waits, 1):
        assert wait(erp, seconds - 1.0) == []
        assert len(wait(erp, 1.1)) == 1
        assert len(receiver.received) == number
    assert hooks.listed() == []


def test_a_later_try_brings_everything(
    hooks: Hooks, receiver: Receiver, erp: Any, ids: dict[str, str]
) -> None:
    hooks.create(receiver.url)
    receiver.status = 503
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    wait(erp, 31)
    receiver.status = 202
    erp.put("customers", {"id": ids["C2"], "city": "Boise"})
    wait(erp, 61)
    assert len(receiver.received[-1]["value"]) == 2
    assert len(hooks.listed()) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 301])
def test_another_answer_deletes_every_subscription_of_the_address(
    hooks: Hooks, receiver: Receiver, erp: Any, ids: dict[str, str], status: int
) -> None:
    hooks.create(receiver.url, "customers")
    hooks.create(receiver.url, "items")
    hooks.create(receiver.url + "/other", "items")
    receiver.status = status
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    wait(erp, 31)
    assert [row["notificationUrl"] for row in hooks.listed()] == [receiver.url + "/other"]


def test_nobody_answers(hooks: Hooks, receiver: Receiver, erp: Any, ids: dict[str, str]) -> None:
    hooks.create(receiver.url)
    receiver.server.shutdown()
    receiver.server.server_close()
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    (delivery,) = wait(erp, 31)
    assert delivery.status == 0
    assert len(hooks.listed()) == 1


def test_who_may_not_schedule_is_announced_with_the_next_change(
    hooks: Hooks, receiver: Receiver, erp: Any, ids: dict[str, str]
) -> None:
    hooks.create(receiver.url)
    erp.webhooks.may_schedule = False
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    assert wait(erp, 3600) == []
    erp.webhooks.may_schedule = True
    erp.put("customers", {"id": ids["C2"], "city": "Boise"})
    wait(erp, 31)
    assert len(receiver.items) == 2


def test_other_companies_are_not_announced(client_of: Any, receiver: Receiver) -> None:
    from simulators.business_central import bulk_customers  # noqa: PLC0415 - here alone

    with BusinessCentralSimulator(bulk_customers(4, companies=2)) as erp:
        erp.webhooks.automatic = False
        Hooks(client_of(erp)).create(receiver.url)
        second = erp.companies[1]
        erp.put("customers", {"number": "X"}, company=second.name)
        assert wait(erp, 31) == []


def test_by_itself_it_delivers_when_the_clock_says_so(
    client: Any, receiver: Receiver, erp: Any, ids: dict[str, str]
) -> None:
    erp.webhooks.automatic = True
    Hooks(client).create(receiver.url)
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
