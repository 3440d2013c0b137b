"""The failures that users of other connectors report, by their number in our list of facts.

Numbers 4 to 8 and 11 are about writing and webhooks, which a source has not.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator
from simulators.business_central.business.amounts import LineInput
from source_business_central.endpoint.plan import schema_of

MakeConfig = Callable[..., dict[str, Any]]


def test_1_stock_does_not_move_the_item(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """So its schema says it, and a read without a state brings the new sum."""
    config = make_config(erp)
    first = source("read", config, ("items",))
    item = first.records("items")[0]
    erp.documents(item["companyId"]).move_stock(item["id"], Decimal(7))
    again = source("read", config, ("items",))
    sums = {(row["companyId"], row["id"]): row["inventory"] for row in again.records("items")}
    assert sums[item["companyId"], item["id"]] == item["inventory"] + 7
    assert (
        "do not move lastModifiedDateTime"
        in schema_of("items")["properties"]["inventory"]["description"]
    )


@pytest.mark.parametrize("trailing", [True, False])
def test_2_and_3_all_pages_are_read_and_top_is_never_sent(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any, *, trailing: bool
) -> None:
    erp.paging.trailing_empty_page = trailing
    erp.paging.default = 7
    out = source("read", make_config(erp, page_size=11))
    counts = erp.counts()
    for stream, entity_set in (
        ("customers", "customers"),
        ("contacts", "contacts"),
        ("items", "items"),
    ):
        assert len(out.records(stream)) == counts[entity_set]
    assert not [exchange for exchange in erp.requests if exchange.parameter("$top")]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"roles": ()}, "does not carry the role API.ReadWrite.All"),
        ({"registered": False}, "page Microsoft Entra Applications"),
        ({"enabled": False}, "with State Enabled"),
    ],
)
def test_9_a_good_token_that_is_refused_names_the_missing_step(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    change: dict[str, Any],
    sentence: str,
) -> None:
    for name, value in change.items():
        setattr(erp.application, name, value)
    out = source("check", make_config(erp))
    assert out.status["status"] == "FAILED"
    assert sentence in out.status["message"]


def test_10_posted_invoices_that_the_api_does_not_list_are_counted(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    empty.put("customers", {"number": "C1", "displayName": "Buyer"})
    documents = empty.documents()
    lines = [LineInput("Account", "40100", "Goods", Decimal(1), Decimal(10))]
    ids = [documents.draft("C1", lines) for _ in range(4)]
    for one in ids:
        documents.post(one)
        documents.pay(one)
    config = make_config(empty)
    assert "API Data Upgrade" not in source("check", config).status["message"]
    for one in ids[:2]:
        empty.delete("salesInvoices", one)
    message = source("check", config).status["message"]
    assert "2 of 4 invoices posted in the last 31 days are not in the list" in message
    assert "API Data Upgrade" in message


def test_12_locks_are_waited_for_and_none_are_made(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any, naps: list[float]
) -> None:
    erp.faults.on("deadlock", count=2, path="/salesInvoices$")
    out = source("read", make_config(erp, num_workers=5), ("sales_invoices", "sales_orders"))
    assert out.code == 0, out.errors
    assert naps
    assert erp.limits.most_parallel <= 5
    for exchange in erp.requests:
        if exchange.path.endswith(("salesInvoices", "salesOrders")):
            assert exchange.request_headers["data-access-intent"] == "ReadOnly"
            assert "status eq 'Open'" in (exchange.parameter("$filter") or "")


def test_lines_are_never_listed_by_themselves(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """A list of lines without its document is refused, with 400."""
    out = source("read", make_config(erp, read_deletions=True))
    assert out.code == 0
    assert not [exchange for exchange in erp.requests if exchange.path.endswith("Lines")]
    assert not [exchange for exchange in erp.requests if exchange.status == 400]


def test_a_missing_right_that_shortens_a_list_is_told_by_the_check(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp)
    assert "no paid invoice" not in source("check", config).status["message"]
    erp.rights.posted_documents = False
    checked = source("check", config)
    assert checked.status["status"] == "SUCCEEDED"
    assert "no paid invoice is to be seen" in checked.status["message"]
    assert "D365 READ" in checked.status["message"]
