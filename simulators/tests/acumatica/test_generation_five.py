"""Contract version 5, which release 2026 R2 adds: a client of version 4 is told that it is one."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator
from simulators.acumatica.contract.endpoints import VERSIONS


@pytest.fixture
def newer(erp: AcumaticaSimulator, client: Any) -> Any:
    erp.versions = (*VERSIONS, "26.200.001")
    client.version = "26.200.001"
    return client


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": "LastModifiedDateTime ge datetimeoffset'2024-03-01T12:03:00Z'"},
        {"filter": "substringof('Tools', CustomerName)"},
        {"filter": "cf.String(f='BAccount.AcctCD') eq 'C2'"},
        {"custom": "DefContact.LastModifiedDateTime"},
        {"expand": "MainContact,MainContact/Address"},
    ],
)
def test_the_manners_of_version_four_are_refused(newer: Any, parameters: dict[str, str]) -> None:
    assert newer.get("Customer", **parameters).status_code == 500
    newer.version = "25.200.001"
    assert newer.get("Customer", **parameters).status_code == 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LastModifiedDateTime ge 2024-03-01T12:03:00Z", ["C4", "C5"]),
        ("contains(CustomerName, 'Tools')", ["C1", "C3"]),
    ],
)
def test_its_own_manners_are_taken(newer: Any, text: str, expected: list[str]) -> None:
    assert sorted(newer.values("Customer", "CustomerID", filter=text)) == expected


@pytest.mark.breaks_contract
def test_older_endpoints_do_not_take_them(newer: Any) -> None:
    newer.version = "25.200.001"
    for text in ("LastModifiedDateTime ge 2024-03-01T12:03:00Z", "contains(CustomerName, 'x')"):
        assert newer.get("Customer", filter=text).status_code == 500


def test_it_names_its_contract_version(newer: Any) -> None:
    document = newer.session.get(newer.url("swagger.json"), timeout=5).json()
    assert document["info"] == {"title": "Default/26.200.001", "version": "5"}
