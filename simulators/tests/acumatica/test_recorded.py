"""The recorded answers of a real instance, served again byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator


@pytest.fixture
def erp(contracts_dir: Path) -> Iterator[AcumaticaSimulator]:
    with AcumaticaSimulator.from_recorded(contracts_dir) as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("path", "parameters", "name"),
    [
        ("Customer", {"filter": "CustomerID eq 'C1001'", "top": 1}, "customer-list-top1"),
        ("Customer/C1165", {}, "customer-put-ok"),
        ("StockItem", {"filter": "InventoryID eq '#12-796524'", "top": 1}, "stockitem-list-top1"),
        ("StockItem/<NEW>", {}, "stockitem-put-ok"),
        ("SalesOrder", {"filter": "OrderNbr eq 'S20-100001'", "top": 1}, "salesorder-list-top1"),
        ("SalesOrder/SO/S20-100149", {"expand": "Details"}, "salesorder-put-expand-details"),
    ],
)
def test_an_answer_is_the_recorded_one(
    client: Any, contracts_dir: Path, path: str, parameters: dict[str, str], name: str
) -> None:
    client.version = "20.200.001"
    recorded = contracts_dir / "acumatica" / "recorded" / f"{name}.json"
    answer = client.get(path.replace("#", "%23"), **parameters)
    assert answer.content == recorded.read_bytes()


def test_recorded_records_are_served_by_newer_versions_too(client: Any) -> None:
    client.version = "24.200.001"
    (row,) = client.rows("Customer", filter="CustomerID eq 'C1001'")
    assert row["LastModifiedDateTime"] == {"value": "2020-05-19T22:50:36.837+00:00"}
    assert row["Email"] == {}
