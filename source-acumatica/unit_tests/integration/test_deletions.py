"""Deleted records: a stream of their own, where the setting wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator
from source_acumatica.components import DeletionRetriever
from source_acumatica.errors import ConfigError

MakeConfig = Callable[..., dict[str, Any]]

ALL_DACS = ("Customer", "Contact", "InventoryItem", "ARInvoice", "SOOrder")


def test_deleted_records_come_with_the_id_they_had(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.track_deletions(*ALL_DACS)
    gone = {
        "Customer": erp.put("Customer", {"CustomerID": "GONE01", "CustomerName": "x"}),
        "Contact": erp.put("Contact", {"ContactID": 990_001, "LastName": "x"}),
        "InventoryItem": erp.put("StockItem", {"InventoryID": "GONE01", "Description": "x"}),
    }
    for entity, key in (("Customer", "GONE01"), ("Contact", "990001"), ("StockItem", "GONE01")):
        erp.delete(entity, key)
    erp.clock.advance(timedelta(seconds=1))
    config = make_config(erp, read_deletions=True, overlap_minutes=0)
    out = source("read", config, ("deleted_records",))
    assert out.code == 0, out.errors
    rows = out.records("deleted_records")
    assert {row["entity"]: row["id"] for row in rows} == gone
    assert all(datetime.fromisoformat(row["DeleteDate"]).tzinfo is not None for row in rows)
    assert {row["dac"] for row in rows} == {
        "PX_Objects_AR_Customer", "PX_Objects_CR_Contact", "PX_Objects_IN_InventoryItem",
    }  # fmt: skip
    quiet = source("read", out.new_configs[-1], ("deleted_records",), out.states)
    assert quiet.records("deleted_records") == []
    assert (
        quiet.states["deleted_records"]["DeleteDate"] >= out.states["deleted_records"]["DeleteDate"]
    )


def test_the_servers_own_pages_are_followed(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.track_deletions(*ALL_DACS)
    erp.tracking.page_size = 3
    for number in range(10):
        erp.put("Customer", {"CustomerID": f"GONE{number:02}", "CustomerName": "x"})
        erp.delete("Customer", f"GONE{number:02}")
    out = source("read", make_config(erp, read_deletions=True), ("deleted_records",))
    assert out.code == 0, out.errors
    assert len({row["id"] for row in out.records("deleted_records")}) == 10


def test_a_page_on_another_host_does_not_get_the_token() -> None:
    retriever = DeletionRetriever(
        requester=None,  # type: ignore[arg-type]  # nothing is asked
        config={"instance_url": "https://erp.test/Site"},
        parameters={},
    )
    assert retriever._next("https://erp.test/Site/t/next") == "https://erp.test/Site/t/next"
    with pytest.raises(ConfigError, match="another address"):
        retriever._next("https://elsewhere.test/Site/t/next")


def test_a_record_type_that_is_not_listed_is_left_out_and_told_once(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.track_deletions("Customer")
    erp.put("Customer", {"CustomerID": "GONE01", "CustomerName": "x"})
    erp.delete("Customer", "GONE01")
    config = make_config(erp, read_deletions=True, window_days=30)
    out = source("read", config, ("deleted_records",))
    assert out.code == 0, out.errors
    assert len({row["id"] for row in out.records("deleted_records")}) == 1
    warnings = [m["log"]["message"] for m in out.of("LOG") if m["log"]["level"] == "WARN"]
    assert len([text for text in warnings if "SM207010" in text]) == 4


def test_no_record_type_at_all_is_an_error(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp, read_deletions=True)
    out = source("read", config, ("deleted_records",))
    assert out.code == 1
    assert "SM207010" in out.errors[0]


def test_deleted_records_are_a_stream_only_where_the_setting_says_so(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    for wanted in (False, True):
        out = source("discover", make_config(erp, read_deletions=wanted))
        names = [stream["name"] for stream in out.of("CATALOG")[0]["catalog"]["streams"]]
        assert ("deleted_records" in names) is wanted
