"""The connection check tells what can be read, and what cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators.business_central import BusinessCentralSimulator

MakeConfig = Callable[..., dict[str, Any]]


def test_it_names_the_companies_and_their_ids(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    status = source("check", make_config(erp)).status
    assert status["status"] == "SUCCEEDED"
    for company in erp.companies:
        assert f"{company.data.name} ({company.id})" in status["message"]


def test_it_names_companies_that_may_not_be_read(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    shut = erp.companies[1]
    erp.rights.no_company = {shut.id}
    status = source("check", make_config(erp)).status
    assert status["status"] == "SUCCEEDED"
    assert f"Left out, since the app may not read them: {shut.data.name}" in status["message"]


def test_it_names_streams_that_cannot_be_read(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.rights.no_table = {"contacts"}
    erp.missing_sets = {"itemVariants"}
    message = source("check", make_config(erp)).status["message"]
    assert "contacts (no right)" in message
    assert "item_variants (not in this version)" in message


def test_it_fails_where_no_stream_can_be_read(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    everything = {
        "customers",
        "contacts",
        "items",
        "itemVariants",
        "itemCategories",
        "salesInvoices",
        "salesCreditMemos",
        "salesOrders",
        "postedSalesInvoices",
        "accounts",
        "generalLedgerEntries",
        "currencies",
    }
    erp.missing_sets = everything
    status = source("check", make_config(erp)).status
    assert status["status"] == "FAILED"
    assert "No stream of company" in status["message"]


def test_it_costs_little(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    source("check", make_config(erp))
    assert len(erp.requests) < 25 * len(erp.companies)
    rows = sum(
        len(e.response_json().get("value", []))
        for e in erp.requests
        if "/api/" in e.path and "$select" not in e.query
    )
    assert rows < 25 * len(erp.companies)
