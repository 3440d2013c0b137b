"""The failures that users of other connectors report, by their number in our list of facts.

Each test bears the number in its name, and fails without the counter-measure that it is about.
Numbers 4 to 7 and 11 are about writing and webhooks, which a source has not: they stand with the
simulator's tests. Number 8 takes a run into Mailchimp: it stands with the acceptance tests.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator
from source_business_central.endpoint.plan import schema_of

MakeConfig = Callable[..., dict[str, Any]]
Buy = Callable[..., str]


def lists(erp: BusinessCentralSimulator) -> list[Any]:
    """The GETs of lists, without those of tokens."""
    return [exchange for exchange in erp.requests if "/api/" in exchange.path]


def test_01_stock_does_not_move_the_item(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """So its schema says it: a later run misses the new sum, a read without a state brings it."""
    config = make_config(erp)
    first = source("read", config, ("items",))
    item = first.records("items")[0]
    erp.documents(item["companyId"]).move_stock(item["id"], Decimal(7))

    def sums(out: Any) -> dict[tuple[str, str], float]:
        return {(row["companyId"], row["id"]): row["inventory"] for row in out.records("items")}

    key = item["companyId"], item["id"]
    assert key not in sums(source("read", config, ("items",), first.states))
    assert sums(source("read", config, ("items",)))[key] == item["inventory"] + 7
    described = schema_of("items")["properties"]["inventory"]["description"]
    assert "do not move lastModifiedDateTime" in described


@pytest.mark.parametrize("trailing", [True, False])
def test_02_all_pages_are_read(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any, *, trailing: bool
) -> None:
    """The last one may be empty, or there may be no link to an empty one."""
    erp.paging.trailing_empty_page = trailing
    out = source("read", make_config(erp, page_size=11), ("customers", "contacts", "items"))
    counts = erp.counts()
    for name in ("customers", "contacts", "items"):
        assert len(out.records(name)) == counts[name] > 3 * 11


def test_03_pages_are_cut_by_preference_and_never_by_top(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """`$top` takes the link to the next page away."""
    out = source("read", make_config(erp, page_size=11))
    assert len(out.records("customers")) == erp.counts()["customers"]
    assert lists(erp)
    for exchange in lists(erp):
        assert not exchange.parameter("$top")
        assert not exchange.parameter("$skip")
        assert exchange.request_headers["prefer"].startswith("odata.maxpagesize=")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"roles": ()}, "does not carry the role API.ReadWrite.All"),
        ({"registered": False}, "page Microsoft Entra Applications"),
        ({"enabled": False}, "with State Enabled"),
    ],
)
def test_09_a_good_token_that_is_refused_names_the_missing_step(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    change: dict[str, Any],
    sentence: str,
) -> None:
    """The answer is vague on purpose; the token itself tells which half of the set-up is there."""
    for name, value in change.items():
        setattr(erp.application, name, value)
    out = source("check", make_config(erp))
    assert out.status["status"] == "FAILED"
    assert sentence in out.status["message"]


def test_10_posted_invoices_that_the_api_does_not_list_are_counted(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, buy: Buy
) -> None:
    """Old or migrated documents are missing until the job API Data Upgrade has run."""
    documents = empty.documents()
    ids = [buy(empty, "10.00") for _ in range(4)]
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


@pytest.mark.parametrize("fault", ["locked", "deadlock"])
def test_12_locks_are_waited_for(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    naps: list[float],
    fault: str,
) -> None:
    """Longer than a failure of the service is: somebody posts a large batch."""
    erp.faults.on(fault, count=7, path="/salesInvoices$")
    out = source("read", make_config(erp, num_workers=1), ("sales_invoices",))
    assert out.code == 0, out.errors
    assert len([nap for nap in naps if nap >= 2]) == 7


@pytest.mark.parametrize(("settings", "most"), [({}, 4), ({"num_workers": 5}, 5)])
def test_12_few_requests_run_side_by_side(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    settings: dict[str, Any],
    most: int,
) -> None:
    """One place of the app's five stays free for others, unless a setting says otherwise."""
    erp.limits.service_seconds = 0.01
    source("read", make_config(erp, **settings))
    assert 2 <= erp.limits.most_parallel <= most


def test_12_lists_are_read_from_the_replica(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Where nobody posts; and errors come in English."""
    source("read", make_config(erp, read_deletions=True))
    assert lists(erp)
    for exchange in lists(erp):
        assert exchange.request_headers["data-access-intent"] == "ReadOnly"
        assert exchange.request_headers["accept-language"] == "en-US"


def test_12_drafts_are_neither_asked_for_nor_read(
    empty: BusinessCentralSimulator, make_config: MakeConfig, source: Any, buy: Buy
) -> None:
    """Reading a draft recalculates its discounts: a read would write."""
    empty.rights.write_sales_header = True
    documents = empty.documents()
    draft = buy(empty, "10.00", "20.00", discount_percent=Decimal(10))
    documents.change_line(draft, 0, quantity=Decimal(3))
    waiting = buy(empty, "5.00")
    documents.send_for_approval(waiting)
    memo = buy(empty, "5.00", entity_set="salesCreditMemos")
    before = empty.get("salesInvoices", draft)
    streams = ("sales_invoices", "sales_credit_memos", "sales_orders")
    out = source("read", make_config(empty), streams)
    assert out.code == 0, out.errors
    assert [row for stream in streams for row in out.records(stream)] == []
    assert empty.get("salesInvoices", draft) == before
    sent = {
        row["id"]
        for exchange in lists(empty)
        if exchange.path.endswith(("salesInvoices", "salesCreditMemos", "salesOrders"))
        for row in exchange.response_json()["value"]
    }
    assert not sent & {draft, waiting, memo}
