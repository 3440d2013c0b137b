"""What goes wrong in a service: retried where it passes, told in a sentence where it does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator

MakeConfig = Callable[..., dict[str, Any]]
CUSTOMERS = ("customers",)


def token_posts(erp: BusinessCentralSimulator) -> int:
    return sum(exchange.method == "POST" for exchange in erp.requests)


def assert_told(out: Any, sentence: str, kind: str = "config_error") -> None:
    """A person is told what to mend: exit code 1, no traceback anywhere."""
    assert out.code == 1
    assert "Traceback" not in out.text
    assert any(sentence in error for error in out.errors), out.errors
    kinds = [
        message["trace"]["error"]["failure_type"]
        for message in out.of("TRACE")
        if message["trace"]["type"] == "ERROR"
    ]
    assert kind in kinds


def test_what_does_not_pass_is_given_up_once_for_all_streams(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any, naps: list[float]
) -> None:
    erp.faults.on("rate_limited", path="/(customers|contacts|items)$")
    out = source("read", make_config(erp, num_workers=1), ("customers", "contacts", "items"))
    assert_told(out, "was busy when asked for", "transient_error")
    assert sum(naps) < 2 * 340
    assert "429" in " ".join(out.errors)


@pytest.mark.parametrize("verb", ["check", "discover", "read"])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"credentials.client_secret": "wrong"}, "`credentials.client_secret`"),
        (
            {"credentials.client_id": "11111111-0000-0000-0000-000000000000"},
            "`credentials.client_id`",
        ),
        ({"tenant_id": "nobody.example"}, "`tenant_id`"),
        ({"environment": "Renamed"}, "`environment`"),
        ({"scope": "https://other.example/.default"}, "`scope`"),
        ({"companies": ["Nobody"]}, "On offer: Hollis Europe GmbH"),
        ({"base_url": "http://127.0.0.1:9"}, "`base_url`"),
        ({"login_url": "http://127.0.0.1:9"}, "`login_url`"),
    ],
)
def test_a_wrong_setting_is_told_by_every_verb(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    naps: list[float],
    changes: dict[str, Any],
    sentence: str,
    verb: str,
) -> None:
    config = make_config(erp)
    for name, value in changes.items():
        part, _, inner = name.rpartition(".")
        (config[part] if part else config)[inner] = value
    out = source(verb, config, CUSTOMERS)
    if verb == "check":
        assert out.status["status"] == "FAILED"
        assert sentence in out.status["message"]
        assert "Traceback" not in out.text
    else:
        assert_told(out, sentence)
    assert token_posts(erp) <= 2
    assert sum(naps) < 20


def test_a_token_that_dies_while_reading_is_replaced_once(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("unauthorized", count=1, skip=3, path="/customers$")
    out = source("read", make_config(erp), CUSTOMERS)
    assert out.code == 0, out.errors
    assert token_posts(erp) == 2
    assert len(out.records("customers")) == erp.counts()["customers"]


def test_a_token_is_shared_by_all_streams(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    assert source("read", make_config(erp, num_workers=5)).code == 0
    assert token_posts(erp) == 1


def test_a_token_is_replaced_before_it_ends(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("source_business_central.signin.tokens._EARLY", timedelta(days=1))
    monkeypatch.setattr("source_business_central.signin.tokens._SHORTEST_LIFE", 1)
    erp.clock.advance(timedelta(minutes=1))
    out = source("read", make_config(erp), CUSTOMERS)
    assert out.code == 0
    assert not [exchange for exchange in erp.requests if exchange.status == 401]


def test_a_table_that_may_not_be_read_is_named(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.rights.no_table = {"contacts"}
    out = source("read", make_config(erp), ("customers", "contacts"))
    assert_told(out, "may not read contacts of company")
    assert any("(table Contact)" in error for error in out.errors)
    assert len(out.records("customers")) == erp.counts()["customers"]


def test_a_set_that_an_old_version_lacks_is_named(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.missing_sets = {"itemVariants"}
    out = source("read", make_config(erp), ("items", "item_variants"))
    assert_told(out, "does not serve itemVariants")
    assert len(out.records("items")) == erp.counts()["items"]


def test_an_extension_that_stops_a_read_is_told(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("dialog", path="/customers$")
    out = source("read", make_config(erp), CUSTOMERS)
    assert_told(out, "perhaps an extension", "system_error")
    assert any("correlation id" in error for error in out.errors)


def test_no_company_that_may_be_read_is_told(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.rights.no_company = {company.id for company in erp.companies}
    out = source("read", make_config(erp), CUSTOMERS)
    assert_told(out, "None of the companies can be read")


def test_a_stream_that_is_not_offered_is_told(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", make_config(erp), ("customers", "living_ids"))
    assert_told(out, "`read_deletions`")
    assert erp.requests == []


def test_a_server_whose_api_is_off_is_told(
    goods: Any, make_config: MakeConfig, source: Any
) -> None:
    with BusinessCentralSimulator(goods, on_premises="BC") as server:
        server.api_enabled = False
        out = source("check", make_config(server))
        assert out.status["status"] == "FAILED"
        assert "Enable API Services" in out.status["message"]


@pytest.mark.breaks_contract
def test_a_web_page_instead_of_an_answer_is_told(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("answer", path="/companies$", status=200, body="<html>", content_type="text/html")
    out = source("check", make_config(erp))
    assert "web page instead of data" in out.status["message"]


@pytest.mark.breaks_contract
def test_a_link_that_lost_the_lines_stops_the_read(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Whether links repeat what was asked for is nowhere published."""
    company = erp.companies[0]
    body = json.dumps({"value": [{"id": "x", "number": "1", "status": "Paid"}]})
    erp.faults.on(
        "answer",
        path=f"{company.id}\\)/salesInvoices$",
        status=200,
        body=body,
        content_type="application/json",
    )
    out = source("read", make_config(erp), ("sales_invoices",))
    assert_told(out, "left the lines out", "system_error")


@pytest.mark.breaks_contract
def test_a_link_that_lost_the_filter_brings_no_drafts(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    company = erp.companies[0]
    rows = [
        {"id": f"{status}", "number": "1", "status": status, "salesInvoiceLines": []}
        for status in ("Draft", "Paid", "In_x0020_Review")
    ]
    erp.faults.on(
        "answer",
        path=f"{company.id}\\)/salesInvoices$",
        status=200,
        body=json.dumps({"value": rows}),
        content_type="application/json",
    )
    out = source("read", make_config(erp, companies=[company.id]), ("sales_invoices",))
    assert [row["id"] for row in out.records("sales_invoices")] == ["Paid"]
    assert any("was not asked for" in text for text in out.warnings)
