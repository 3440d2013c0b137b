from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from simulators.acumatica import AcumaticaSimulator
from simulators.wholesaler import Wholesaler, wholesaler


class Client:
    """A signed-in reader of one endpoint version."""

    def __init__(self, erp: AcumaticaSimulator) -> None:
        self.erp = erp
        self.version = "24.200.001"
        self.session = requests.Session()
        self.sign_in()

    def sign_in(self) -> None:
        token = self.erp.sign_in.grant("api offline_access").access_token
        self.session.headers["Authorization"] = f"Bearer {token}"

    def url(self, path: str) -> str:
        return f"{self.erp.url}/entity/Default/{self.version}/{path}"

    def get(self, path: str, **parameters: str | int) -> requests.Response:
        query = {f"${name}": value for name, value in parameters.items()}
        return self.session.get(self.url(path), params=query, timeout=30)

    def rows(self, path: str, **parameters: str | int) -> list[dict[str, Any]]:
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def values(self, entity: str, field: str, **parameters: str | int) -> list[Any]:
        rows = self.rows(entity, select=field, **parameters)
        return [row[field].get("value") for row in rows]


@pytest.fixture(scope="session")
def data() -> Wholesaler:
    return wholesaler()


@pytest.fixture
def erp() -> Iterator[AcumaticaSimulator]:
    """Five customers, one minute apart, and a document."""
    with AcumaticaSimulator() as simulator:
        fill(simulator)
        yield simulator


def fill(simulator: AcumaticaSimulator) -> None:
    start = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
    customers: list[Mapping[str, object]] = [
        {"CustomerID": "C1", "CustomerName": "O'Hara Tools", "Status": "Active"},
        {"CustomerID": "C2", "CustomerName": "Søby Marine", "Status": "Inactive"},
        {"CustomerID": "C3", "CustomerName": "Tilden Tools", "CreditLimit": Decimal("5.0000")},
        {"CustomerID": "C4", "CustomerName": "Vance Paint", "IsGuestCustomer": True},
        {"CustomerID": "C5", "CustomerName": "Yardley", "MainContact": {"Email": "y@yard.co.uk"}},
    ]
    for minute, record in enumerate(customers):
        simulator.put("Customer", record, modified=start + timedelta(minutes=minute))
    simulator.put(
        "SalesInvoice",
        {
            "Type": "Invoice",
            "ReferenceNbr": "000001",
            "Status": "Balanced",
            "Date": datetime(2024, 2, 5, tzinfo=UTC).date(),
            "CustomerID": "C1",
            "Amount": Decimal("70.0000"),
            "Balance": Decimal("70.0000"),
            "Hold": False,
            "BillingSettings": {"BillToContact": {"Email": "pay@ohara.com"}},
            "Details": [
                {"LineNbr": 1, "InventoryID": "A", "Amount": Decimal("50.0000")},
                {"LineNbr": 2, "InventoryID": "B/1#2", "Amount": Decimal("20.0000")},
            ],
        },
        modified=start,
    )


@pytest.fixture
def client(erp: AcumaticaSimulator) -> Client:
    return Client(erp)


@pytest.fixture
def client_of() -> type[Client]:
    return Client
