"""Recorded answers of a real instance become records that keep to their schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simulators.acumatica import AcumaticaSimulator
from source_acumatica.endpoint.plan import plan_stream
from source_acumatica.endpoint.versions import Endpoint

RECORDED_VERSION = Endpoint.named("Default", "20.200.001")


@pytest.mark.parametrize(
    ("stream", "name", "expected"),
    [
        (
            "customers",
            "customer-list-top1.json",
            {
                "id": "0eaa2628-2945-ea11-817f-eb1af000b4cf",
                "CustomerID": "C1001",
                "CustomerName": "National Power",
                "CreatedDateTime": "2020-02-01T19:29:55.120000Z",
                "LastModifiedDateTime": "2020-05-19T22:50:36.837000Z",
                "ParentRecord": None,
                "MainContact": None,
            },
        ),
        (
            "stock_items",
            "stockitem-list-top1.json",
            {
                "InventoryID": "#12-796524",
                "MSRP": 280.0,
                "ImageUrl": "Stock Items (#12-796524)\\MCSFB profile.jpg",
                "LastModified": "2020-02-06T18:03:19.213000Z",
            },
        ),
        (
            "sales_orders",
            "salesorder-list-top1.json",
            {"OrderType": "SO", "Details": None, "Totals": None},
        ),
    ],
)
def test_a_recorded_row_becomes_a_record(
    contracts: Path, stream: str, name: str, expected: dict[str, Any]
) -> None:
    plan = plan_stream(stream, RECORDED_VERSION)
    row = json.loads((contracts / "recorded" / name).read_text())[0]
    record = plan.convert(row)
    jsonschema.Draft7Validator(plan.schema).validate(record)
    assert {field: record[field] for field in expected} == expected
    assert set(record) == set(plan.schema["properties"])


def test_a_recorded_order_with_its_lines_becomes_a_record(contracts: Path) -> None:
    plan = plan_stream("sales_orders", RECORDED_VERSION)
    row = json.loads((contracts / "recorded" / "salesorder-put-expand-details.json").read_text())
    record = plan.convert(row)
    jsonschema.Draft7Validator(plan.schema).validate(record)
    assert (record["Date"], record["CustomerID"]) == ("2023-12-14", "C1001")
    (line,) = record["Details"]
    assert line["LineDescription"] == "Dollar sale!"
    assert line["RequestedOn"] == "2023-12-14"
    assert line["UnitPrice"] == row["Details"][0]["UnitPrice"]["value"]


def test_a_recorded_instance_is_read(
    contracts: Path, make_config: Callable[..., dict[str, Any]], source: Any
) -> None:
    with AcumaticaSimulator.from_recorded(contracts.parent) as erp:
        config = make_config(erp, endpoint_version="20.200.001", start_date="2019-01-01T00:00:00Z")
        out = source("read", config)
        assert out.code == 0, out.errors
        assert "C1001" in [row["CustomerID"] for row in out.records("customers")]
        assert "#12-796524" in [row["InventoryID"] for row in out.records("stock_items")]
        for stream in ("customers", "stock_items"):
            check = jsonschema.Draft7Validator(plan_stream(stream, RECORDED_VERSION).schema)
            for row in out.records(stream):
                check.validate(row)
