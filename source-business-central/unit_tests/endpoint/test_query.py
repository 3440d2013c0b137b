"""What is asked for: filters, order, lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_business_central.endpoint.manifest import specification, stream_parameters
from source_business_central.endpoint.plan import plan_of, schema_of
from source_business_central.endpoint.query import (
    EARLIEST,
    any_of,
    literal,
    options,
    quoted,
    stamps_from,
)
from source_business_central.settings import Settings, with_defaults


def settings_of(**given: Any) -> Settings:
    credentials = {"auth_type": "client_secret", "client_id": "app", "client_secret": "planted"}
    needed = {"tenant_id": "contoso.com", "environment": "Production", "credentials": credentials}
    return Settings.of(with_defaults(needed | given, specification()["connection_specification"]))


SETTINGS = settings_of()
START = datetime(2020, 1, 1, tzinfo=UTC)
KNOWN = datetime(2026, 11, 21, 12, 0, 0, 907_999, tzinfo=UTC)
TEN = timedelta(minutes=10)


def test_a_first_read_without_a_start_asks_for_all_rows() -> None:
    assert stamps_from(None, None, TEN) == ""


def test_a_first_read_asks_for_rows_without_a_stamp_too() -> None:
    assert stamps_from(None, START, TEN) == (
        "(lastModifiedDateTime ge 2020-01-01T00:00:00.000Z"
        " or lastModifiedDateTime eq 0001-01-01T00:00:00Z)"
    )


def test_a_later_read_reaches_back_by_the_overlap_and_includes_the_border() -> None:
    """Fifty milliseconds more, since the database rounds stamps and the answer rounds again."""
    assert stamps_from(KNOWN, None, TEN) == "lastModifiedDateTime ge 2026-11-21T11:50:00.857Z"


def test_a_later_read_does_not_reach_back_beyond_the_start() -> None:
    just_before = KNOWN - timedelta(minutes=1)
    assert literal(just_before) in stamps_from(KNOWN, just_before, TEN)


@pytest.mark.parametrize("known", [EARLIEST, EARLIEST + timedelta(minutes=1)])
def test_no_moment_is_asked_for_that_the_database_cannot_hold(known: datetime) -> None:
    assert stamps_from(known, None, TEN) == "lastModifiedDateTime ge 1753-01-01T00:00:00.000Z"


@given(st.datetimes(min_value=datetime(1753, 1, 2), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - the zone comes below
def test_a_literal_is_never_later_than_its_moment(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)
    written = datetime.fromisoformat(literal(moment))
    assert timedelta() <= moment - written < timedelta(milliseconds=1)


def test_texts_are_quoted() -> None:
    assert quoted("O'Neil") == "'O''Neil'"
    assert any_of("number", ["A", "B'C"]) == "(number eq 'A' or number eq 'B''C')"


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("customers", {"$orderby": "lastModifiedDateTime"}),
        ("general_ledger_entries", {"$orderby": "entryNumber"}),
        ("customer_contacts", {}),
        (
            "sales_invoices",
            {
                "$filter": "(status eq 'Open' or status eq 'Paid' or status eq 'Canceled' or status eq 'Corrective')",
                "$orderby": "lastModifiedDateTime",
                "$expand": "salesInvoiceLines",
            },
        ),
        (
            "sales_orders",
            {
                "$filter": "(status eq 'Open')",
                "$orderby": "lastModifiedDateTime",
                "$expand": "salesOrderLines",
            },
        ),
    ],
)
def test_the_options_of_a_list(stream: str, expected: dict[str, str]) -> None:
    assert options(plan_of(stream, SETTINGS), "") == expected


@pytest.mark.parametrize("stream", list(stream_parameters()))
def test_no_list_of_documents_holds_drafts(stream: str) -> None:
    plan = plan_of(stream, SETTINGS)
    asked = options(plan, "").get("$filter", "")
    assert ("status eq" in asked) == ("status" in plan.schema["properties"])
    assert "Draft" not in asked


def test_statuses_follow_the_setting() -> None:
    settings = settings_of(invoice_statuses=["Paid"])
    assert plan_of("sales_invoices", settings).statuses == ("Paid",)
    assert plan_of("sales_orders", settings).statuses == ("Open",)


def test_documents_come_in_smaller_pages() -> None:
    assert plan_of("customers", SETTINGS).page_size == 5000
    assert plan_of("sales_invoices", SETTINGS).page_size == 500
    smallest = settings_of(page_size=1)
    assert plan_of("sales_invoices", smallest).page_size == 1


@pytest.mark.parametrize("stream", list(stream_parameters()))
def test_each_schema_types_every_field(stream: str) -> None:
    fields = schema_of(stream)["properties"]
    assert {"id", "companyId", "companyName", "localCurrencyCode"} <= set(fields)
    assert all(field.get("type") for field in fields.values())
    lines = [field for field in fields.values() if "items" in field]
    assert all(
        part.get("type") for field in lines for part in field["items"]["properties"].values()
    )
