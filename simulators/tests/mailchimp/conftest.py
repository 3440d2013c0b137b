"""A simulator for each test, and a client that knows nothing of how it is made."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import md5
from typing import Any

import pytest
import requests

from simulators.mailchimp import API_KEY, AUDIENCE_ID, MailchimpSimulator


def member_hash(address: str) -> str:
    """What Mailchimp's guide says: the MD5 of the lower-case address."""
    return md5(address.lower().encode(), usedforsecurity=False).hexdigest()


class Client:
    """Calls the API as a script would."""

    def __init__(self, simulator: MailchimpSimulator) -> None:
        self.base = f"{simulator.url}/3.0"
        self.http = requests.Session()
        self.http.auth = ("anyone", API_KEY)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.http.request(method, self.base + path, json=body, timeout=10, **options)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ok(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.call(method, path, body, params=query)
        assert answer.status_code in {200, 204}, answer.text
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.call(method, path, body, params=query)
        assert answer.status_code >= 400, answer.text
        document = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json; charset=utf-8"
        assert document["status"] == answer.status_code
        assert document["instance"] == answer.headers["X-Request-Id"]
        return document

    @staticmethod
    def member_path(address: str) -> str:
        return f"/lists/{AUDIENCE_ID}/members/{member_hash(address)}"

    def put(self, address: str, body: Any = None, **query: Any) -> Any:
        sent = {"email_address": address, "status_if_new": "subscribed", **(body or {})}
        return self.ok("PUT", self.member_path(address), sent, **query)

    def member(self, address: str) -> Any:
        return self.get(self.member_path(address))


@pytest.fixture
def mc() -> Iterator[MailchimpSimulator]:
    with MailchimpSimulator() as simulator:
        yield simulator


@pytest.fixture
def api(mc: MailchimpSimulator) -> Client:
    return Client(mc)


@pytest.fixture
def client_of() -> type[Client]:
    return Client


@pytest.fixture
def hashed() -> Any:
    return member_hash


@pytest.fixture
def audience() -> str:
    return f"/lists/{AUDIENCE_ID}"


@pytest.fixture
def store(api: Client) -> str:
    """A store with one product that has two variants; the path of the store."""
    api.ok(
        "POST",
        "/ecommerce/stores",
        {"id": "s1", "list_id": AUDIENCE_ID, "name": "Wholesale (USD)", "currency_code": "USD"},
    )
    variants = [
        {"id": "V1", "title": "Box of 10", "price": 12.5, "sku": "00501"},
        {"id": "V2", "title": "Box of 50"},
    ]
    api.ok(
        "POST",
        "/ecommerce/stores/s1/products",
        {"id": "P1", "title": "Hinge", "variants": variants},
    )
    return "/ecommerce/stores/s1"
