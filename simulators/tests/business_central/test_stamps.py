from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.business_central.odata.values import (
    UNSTAMPED,
    from_ticks,
    guid_order,
    stamp_text,
    to_ticks,
)


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "12:00:00Z"),
        (500_000, "12:00:00.5Z"),
        (440_000, "12:00:00.44Z"),
        (683_000, "12:00:00.683Z"),
        (907_000, "12:00:00.907Z"),
        (999_999, "12:00:01Z"),
    ],
)
def test_fractions_have_up_to_three_digits(micros: int, text: str) -> None:
    moment = datetime(2026, 1, 5, 12, 0, 0, micros, tzinfo=UTC)
    assert stamp_text(to_ticks(moment)) == f"2026-01-05T{text}"


@settings(deadline=None)
@given(st.integers(min_value=UNSTAMPED, max_value=2 * 10**13))
def test_every_stamp_ends_in_a_zero_a_three_or_a_seven(ticks: int) -> None:
    text = stamp_text(ticks)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,2}|\.\d\d[37])?Z", text)
    assert to_ticks(from_ticks(ticks)) == ticks
    assert re.fullmatch(r".{19}\.\d{7}Z", stamp_text(ticks, 7))


def test_rows_of_an_old_import_have_no_stamp(client: Any, erp: Any) -> None:
    erp.put("customers", {"number": "OLD"}, modified=datetime(1, 1, 1, tzinfo=UTC))
    (row,) = client.rows("customers", filter="number eq 'OLD'")
    assert row["lastModifiedDateTime"] == "0001-01-01T00:00:00Z"
    since = "lastModifiedDateTime ge 2000-01-01T00:00:00Z"
    assert "OLD" not in client.values("customers", "number", filter=since)
    both = f"{since} or lastModifiedDateTime eq 0001-01-01T00:00:00Z"
    assert "OLD" in client.values("customers", "number", filter=both)


def test_only_a_real_change_moves_the_stamp(client: Any, erp: Any, ids: dict[str, str]) -> None:
    before = client.body(f"customers({ids['C1']})")
    erp.clock.advance(timedelta(minutes=1))
    erp.put("customers", {"id": ids["C1"], "displayName": "O'Hara Tools"})
    assert client.body(f"customers({ids['C1']})") == before
    erp.put("customers", {"id": ids["C1"], "displayName": "O'Hara & Sons"})
    after = client.body(f"customers({ids['C1']})")
    assert after["lastModifiedDateTime"] > before["lastModifiedDateTime"]
    assert after["@odata.etag"] != before["@odata.etag"]


def test_stock_moves_do_not_stamp(client: Any, erp: Any, ids: dict[str, str]) -> None:
    from decimal import Decimal  # noqa: PLC0415 - here alone

    before = client.body(f"items({ids['lamp']})")
    erp.clock.advance(timedelta(minutes=1))
    erp.documents().move_stock(ids["lamp"], Decimal(-3))
    after = client.body(f"items({ids['lamp']})")
    assert (before["inventory"], after["inventory"]) == (10, 7)
    assert {**after, "inventory": 10} == before
    (entry,) = client.rows("itemLedgerEntries")
    assert (entry["itemNumber"], entry["quantity"]) == ("LAMP", -3)


def test_a_late_commit_turns_up_with_an_old_stamp(client: Any, erp: Any) -> None:
    began = erp.clock.now()
    erp.put("items", {"number": "LATE"}, visible_after=timedelta(minutes=8))
    late = "number eq 'LATE'"
    erp.clock.advance(timedelta(minutes=7))
    assert client.rows("items", filter=late) == []
    erp.clock.advance(timedelta(minutes=1))
    (row,) = client.rows("items", filter=late)
    stamp = datetime.fromisoformat(row["lastModifiedDateTime"])
    assert abs(stamp - began) < timedelta(milliseconds=4)


@pytest.mark.parametrize(("intent", "sees"), [(None, 0), ("ReadOnly", 0), ("ReadWrite", 1)])
def test_a_replica_lags(client: Any, erp: Any, intent: str | None, sees: int) -> None:
    erp.database.replica_lag = timedelta(seconds=3)
    headers = {"Data-Access-Intent": intent} if intent else {}
    erp.put("items", {"number": "NEW"})
    new = "number eq 'NEW'"
    assert len(client.rows("items", headers, filter=new)) == sees
    erp.clock.advance(timedelta(seconds=4))
    assert len(client.rows("items", headers, filter=new)) == 1


def test_a_deletion_lags_too_and_a_sandbox_has_no_replica(
    client: Any, erp: Any, ids: dict[str, str]
) -> None:
    erp.database.replica_lag = timedelta(seconds=3)
    erp.delete("customers", ids["C1"])
    assert "C1" in client.values("customers", "number")
    erp.database.sandbox = True
    assert "C1" not in client.values("customers", "number")


def test_ids_sort_like_the_database_sorts_them() -> None:
    texts = ["00000000-0000-0000-0000-000000000002", "ffffffff-ffff-ffff-ffff-000000000001"]
    assert sorted(texts, key=guid_order) == texts[::-1]
