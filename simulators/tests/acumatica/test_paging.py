"""Pages of a list: records that change between them, equal stamps, the price of a deep skip."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator

NOON = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
OLD = "LastModifiedDateTime lt datetimeoffset'2025-06-01T00:00:00Z'"


def codes(client: Any, **parameters: str | int) -> list[str]:
    found: list[str] = client.values("Customer", "CustomerID", **parameters)
    return found


def test_a_record_that_changes_between_pages_shifts_the_window(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.clock.set(NOON)
    order = codes(client, filter=OLD)
    change = {"CustomerID": order[0], "Status": "On Hold"}
    erp.after_page("Customer", 1, lambda: erp.put("Customer", change))
    first = codes(client, filter=OLD, top=2)
    second = codes(client, filter=OLD, top=2, skip=2)
    assert first == order[:2]
    assert second == order[3:]
    assert codes(client, filter=OLD, top=2, skip=2) == order[3:]


def test_changes_wait_for_their_own_page(erp: AcumaticaSimulator, client: Any) -> None:
    seen: list[str] = []
    erp.after_page("Customer", 2, lambda: seen.append("second"))
    erp.after_page("SalesInvoice", 1, lambda: seen.append("invoice"))
    client.rows("Customer", top=1)
    client.get("Customer/C1")
    assert seen == []
    client.rows("SalesInvoice")
    client.rows("Customer", top=1)
    client.rows("Customer", top=1)
    assert seen == ["invoice", "second"]
    with pytest.raises(ValueError, match="has the number 1"):
        erp.after_page("Customer", 0, lambda: None)


def test_a_mass_update_gives_all_one_stamp(erp: AcumaticaSimulator, client: Any) -> None:
    assert erp.touch("Customer", NOON) == 5
    assert set(client.values("Customer", "LastModifiedDateTime")) == {"2025-06-01T12:00:00+00:00"}
    window = (
        "LastModifiedDateTime ge datetimeoffset'2025-06-01T12:00:00Z' and "
        "LastModifiedDateTime lt datetimeoffset'2025-06-01T12:00:00.003Z'"
    )
    pages = [codes(client, filter=window, top=2, skip=skip) for skip in (0, 2, 4)]
    assert sorted(code for page in pages for code in page) == ["C1", "C2", "C3", "C4", "C5"]


def test_a_deep_skip_costs_time_if_told(erp: AcumaticaSimulator, client: Any) -> None:
    erp.clear_requests()
    client.rows("Customer", top=1, skip=40)
    erp.paging.skip_seconds = 0.001
    client.rows("Customer", top=1, skip=40)
    client.rows("Customer", top=1)
    free, deep, near = (exchange.seconds for exchange in erp.requests)
    assert deep >= 0.04
    assert free < deep
    assert near < deep
