from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulators.business_central import BusinessCentralSimulator
from simulators.business_central.business.amounts import LineInput

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class Client:
    """A signed-in reader and writer of one company."""

    def __init__(self, erp: BusinessCentralSimulator, company: str | None = None) -> None:
        self.erp = erp
        self.company = erp.company(company)
        self.session = requests.Session()
        self.sign_in()

    def sign_in(self) -> None:
        self.session.headers["Authorization"] = f"Bearer {self.erp.entra.give()}"

    def url(self, path: str) -> str:
        return f"{self.erp.api_url}/companies({self.company.id})/{path}"

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        parameters = {f"${name}": value for name, value in query.items()}
        return self.session.get(self.url(path), params=parameters, headers=headers, timeout=30)

    def body(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        answer = self.get(path, headers, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.body(path, headers, **query)["value"]

    def values(self, path: str, name: str, **query: Any) -> list[Any]:
        return [row[name] for row in self.rows(path, select=name, **query)]

    def pages(self, path: str, size: int, **query: Any) -> list[list[dict[str, Any]]]:
        """Every page, by following the links as they are."""
        headers = {"Prefer": f"odata.maxpagesize={size}"}
        body = self.body(path, headers, **query)
        pages = [body["value"]]
        while link := body.get("@odata.nextLink"):
            answer = self.session.get(link, headers=headers, timeout=30)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            pages.append(body["value"])
        return pages

    def patch(self, path: str, body: Any, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.patch(self.url(path), json=body, headers=named, timeout=30)


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

    def wait(self, seconds: float = 30) -> list[Any]:
        """Let time pass and deliver what is due; returns the deliveries."""
        self.client.erp.clock.advance(timedelta(seconds=seconds))
        return list(self.client.erp.webhooks.deliver())


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def item_line(
    quantity: str = "2", price: str = "10.00", percent: str = "0", **more: Any
) -> LineInput:
    return LineInput(
        "Item",
        "LAMP",
        "Lamp",
        Decimal(quantity),
        Decimal(price),
        Decimal(percent),
        tax_code="STD",
        tax_percent=Decimal(20),
        **more,
    )


def fill(erp: BusinessCentralSimulator) -> dict[str, str]:
    """Five customers a minute apart, a company contact with two persons, an item."""
    erp.clock.set(START + timedelta(hours=23))
    ids = {}
    names = ("O'Hara Tools", "Søby Marine", "Tilden Tools", "Vance Paint", "Yardley")
    for number, name in enumerate(names, 1):
        ids[f"C{number}"] = erp.put(
            "customers",
            {
                "number": f"C{number}",
                "displayName": name,
                "email": f"info@{name.split()[-1].lower()}.com",
                "creditLimit": Decimal(number * 100),
                "currencyCode": "USD",
                "taxLiable": number % 2 == 0,
                "blocked": "All" if number == 3 else " ",
            },
            modified=START + timedelta(minutes=number),
        )
    erp.put("customers", {"id": ids["C1"], "email": "pay@ohara.com"}, modified=START)
    ids["firm"] = erp.put(
        "contacts",
        {
            "number": "CT1",
            "type": "Company",
            "displayName": "O'Hara Tools",
            "companyNumber": "CT1",
            "contactBusinessRelation": "Customer",
            "email": "pay@ohara.com",
            "phoneNumber": "555 1",
        },
        inner={"customer_id": ids["C1"]},
        modified=START,
    )
    for name, email in (("Ann", "pay@ohara.com"), ("Bob", "bob@ohara.com")):
        ids[name] = erp.put(
            "contacts",
            {
                "number": f"CT-{name}",
                "type": "Person",
                "displayName": f"{name} Reilly",
                "companyNumber": "CT1",
                "companyName": "O'Hara Tools",
                "contactBusinessRelation": "Customer",
                "email": email,
            },
            inner={"first_name": name, "surname": "Reilly"},
            modified=START,
        )
    ids["lamp"] = erp.put(
        "items",
        {"number": "LAMP", "displayName": "Lamp", "inventory": Decimal(10)},
        modified=START,
    )
    erp.clock.set(START + timedelta(days=1))
    return ids


@pytest.fixture
def erp() -> Iterator[BusinessCentralSimulator]:
    with BusinessCentralSimulator() as simulator:
        simulator.webhooks.automatic = False
        simulator.clock.freeze()
        yield simulator


@pytest.fixture
def ids(erp: BusinessCentralSimulator) -> dict[str, str]:
    return fill(erp)


@pytest.fixture
def client(erp: BusinessCentralSimulator, ids: dict[str, str]) -> Client:  # noqa: ARG001 - its rows
    return Client(erp)


@pytest.fixture
def client_of() -> type[Client]:
    return Client


@pytest.fixture
def refusal() -> Callable[[requests.Response], tuple[int, str]]:
    return error


@pytest.fixture
def line() -> Callable[..., LineInput]:
    return item_line


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def hooks(client: Any) -> Hooks:
    return Hooks(client)


@pytest.fixture
def hooks_of() -> type[Hooks]:
    return Hooks


@pytest.fixture
def emails(erp: BusinessCentralSimulator, ids: dict[str, str]) -> Callable[[], dict[str, Any]]:
    """Returns the addresses of a customer, its contact and its people, as they are now."""

    def now() -> dict[str, Any]:
        found = {name: erp.get("contacts", ids[name])["email"] for name in ("firm", "Ann", "Bob")}
        return {**found, "C1": erp.get("customers", ids["C1"])["email"]}

    return now
