"""The simulator and its watchdog against the published shapes, samples, live and recorded files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from simulators.business_central import BusinessCentralSimulator
from simulators.business_central.odata.entities import Kind, entities
from simulators.common import Exchange
from tests.contracts.business_central import SHAPES, BusinessCentralContract

KINDS = {
    "GUID": {Kind.GUID},
    "string": {Kind.TEXT, Kind.CODE},
    "decimal": {Kind.DECIMAL},
    "boolean": {Kind.BOOLEAN},
    "integer": {Kind.INTEGER},
    "int64": {Kind.LONG},
    "date": {Kind.DATE},
    "datetime": {Kind.DATETIME},
    "stream": {Kind.STREAM},
}
LIVE_ERRORS = {
    "error.unknown-segment.json": ("contact", {}, 404),
    "error.unknown-property.json": (
        "salesInvoiceLines",
        {"filter": "lastModifiedDateTime gt 2026-01-01T00:00:00Z"},
        400,
    ),
}


@pytest.fixture(scope="module")
def folder(contracts_dir: Path) -> Path:
    return contracts_dir / "business-central"


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("entity_set", sorted(SHAPES))
def test_an_entity_has_the_properties_and_types_of_its_shape(folder: Path, entity_set: str) -> None:
    shape = read(folder / "shapes" / f"{SHAPES[entity_set]}.shape.json")
    properties = entities()[entity_set].properties
    assert set(properties) == set(shape)
    for name, type_name in shape.items():
        of = properties[name]
        if type_name.startswith("NAV."):
            assert (of.kind, f"NAV.{of.enum}") == (Kind.ENUM, type_name)
        else:
            assert of.kind in KINDS[type_name], name


@pytest.mark.parametrize(
    ("file", "entity_set"),
    [
        ("live/customers.page1.json", "customers"),
        ("live/contact.created.json", "contacts"),
        ("recorded/customers.list.json", "customers"),
        ("recorded/items.list.expanded.json", "items"),
        ("recorded/salesInvoices.list.expanded.json", "salesInvoices"),
        ("recorded/salesOrders.list.expanded.json", "salesOrders"),
        ("recorded/companyInformation.list.json", "companyInformation"),
        ("recorded/companies.list.json", "companies"),
    ],
)
def test_properties_come_in_the_order_of_real_answers(
    folder: Path, file: str, entity_set: str
) -> None:
    content = read(folder / file)
    record = content["value"][0] if "value" in content else content
    real = [name for name in record if name in entities()[entity_set].properties]
    ours = [
        name for name, of in entities()[entity_set].properties.items() if of.kind is not Kind.STREAM
    ]
    assert real == ours


@pytest.fixture
def recorded(contracts_dir: Path) -> Iterator[BusinessCentralSimulator]:
    with BusinessCentralSimulator.from_recorded(contracts_dir) as simulator:
        yield simulator


def test_live_records_are_served_as_they_were(
    recorded: BusinessCentralSimulator, client_of: Any, folder: Path
) -> None:
    client = client_of(recorded, "CRONUS Live")
    page = read(folder / "live" / "customers.page1.json")["value"]
    contact = read(folder / "live" / "contact.created.json")
    ours = [*client.rows("customers"), client.body(f"contacts({contact['id']})")]
    for real, shown in zip([*page, contact], ours, strict=True):
        assert {**shown, "@odata.etag": "", "@odata.context": ""} == {
            **real,
            "@odata.etag": "",
            "@odata.context": "",
        }


def test_a_live_page_leads_to_an_empty_one(
    recorded: BusinessCentralSimulator, client_of: Any, folder: Path
) -> None:
    client = client_of(recorded, "CRONUS Live")
    real = read(folder / "live" / "customers.page1.json")
    ours = client.body("customers", {"Prefer": "odata.maxpagesize=2"})
    tail = real["@odata.nextLink"].rpartition("/")[2]
    assert ours["@odata.nextLink"].rpartition("/")[2] == tail
    last = client.session.get(ours["@odata.nextLink"], timeout=5).json()
    assert last["value"] == read(folder / "live" / "customers.page2.json")["value"] == []
    assert "@odata.nextLink" not in last


def test_recorded_records_keep_their_stamps_and_lines(
    recorded: BusinessCentralSimulator, client_of: Any, folder: Path
) -> None:
    client = client_of(recorded, "CRONUS USA, Inc.")
    for name, lines in (("salesInvoices", "salesInvoiceLines"), ("salesOrders", "salesOrderLines")):
        real = read(folder / "recorded" / f"{name}.list.expanded.json")["value"]
        ours = {row["id"]: row for row in client.rows(name, expand=lines)}
        assert [ours[row["id"]]["lastModifiedDateTime"] for row in real] == [
            row["lastModifiedDateTime"] for row in real
        ]
        assert [len(ours[row["id"]][lines]) for row in real] == [len(row[lines]) for row in real]
        assert [ours[row["id"]]["totalTaxAmount"] for row in real] == [
            row["totalTaxAmount"] for row in real
        ]


@pytest.mark.breaks_contract
@pytest.mark.parametrize("file", sorted(LIVE_ERRORS))
def test_errors_have_the_form_of_live_ones(client: Any, folder: Path, file: str) -> None:
    path, query, status = LIVE_ERRORS[file]
    live = read(folder / "live" / file)["error"]
    answer = client.get(path, **query)
    ours = answer.json()["error"]
    assert (answer.status_code, set(ours), ours["code"]) == (status, set(live), live["code"])
    text, _, correlation = ours["message"].partition("  CorrelationId:  ")
    assert len(correlation) == len("64c04b4f-edf8-4fda-836a-df76af0b519d.")
    assert text.split("'")[0] == live["message"].split("'")[0]


# The watchdog itself.


@pytest.fixture
def contract(contracts_dir: Path) -> BusinessCentralContract:
    return BusinessCentralContract(contracts_dir)


@pytest.fixture
def good(client: Any, erp: Any) -> Exchange:
    client.rows("customers", filter="number eq 'C1' and creditLimit gt 1.5", orderby="id desc")
    exchange: Exchange = erp.requests[-1]
    return exchange


def with_record(exchange: Exchange, **changes: Any) -> Exchange:
    content = exchange.response_json()
    record = {**content["value"][0], **changes}
    content["value"] = [{name: value for name, value in record.items() if value != "gone"}]
    return replace(exchange, response_body=orjson.dumps(content))


def test_the_contract_has_nothing_against_a_good_exchange(
    contract: BusinessCentralContract, good: Exchange
) -> None:
    assert contract.violations(good) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "gone"},
        {"number": 5},
        {"creditLimit": "5"},
        {"id": "X"},
        {"blocked": " "},
        {"taxLiable": "true"},
        {"lastModifiedDateTime": "2026-01-05 12:00:00"},
        {"nickname": "x"},
        {"lines": [{"id": "x"}]},
    ],
)
def test_the_contract_notices_a_wrong_record(
    contract: BusinessCentralContract, good: Exchange, changes: dict[str, Any]
) -> None:
    assert len(contract.violations(with_record(good, **changes))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"query": "$filter=email2%20eq%20'x'"},
        {"query": "$select=nickname"},
        {"query": "$orderby=nickname"},
        {"response_body": b'{"value":[]}'},
        {"method": "PATCH", "request_body": b"{"},
        {"method": "PATCH", "request_body": b'{"nickname":"x"}'},
        {"status": 400, "response_body": b'{"message":"x"}'},
        {"status": 400, "response_body": b'{"error":{"code":1,"message":"x"}}'},
    ],
)
def test_the_contract_notices_a_wrong_exchange(
    contract: BusinessCentralContract, good: Exchange, changes: dict[str, Any]
) -> None:
    assert contract.violations(replace(good, **changes))


@pytest.mark.breaks_contract
def test_a_request_of_a_test_is_watched(contract: BusinessCentralContract, erp: Any) -> None:
    found: list[str] = []
    erp.on_exchange(lambda exchange: found.extend(contract.violations(exchange)))
    erp.faults.on("answer", status=200, body='{"value": 1}', content_type="application/json")
    requests.get(f"{erp.api_url}/companies", timeout=5)
    assert found == ["GET companies: an answer has no @odata.context"]
