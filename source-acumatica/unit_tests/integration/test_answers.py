"""What goes wrong at an instance: told in one sentence, retried where it passes, never looped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]
CUSTOMERS = ("customers",)
STREAMS = ("customers", "contacts", "stock_items", "non_stock_items", "sales_invoices")


def token_posts(erp: AcumaticaSimulator) -> int:
    return sum(exchange.method == "POST" for exchange in erp.requests)


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("as_list", [False, True])
def test_check_lists_the_versions_on_offer(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, *, html: bool, as_list: bool
) -> None:
    erp.versions = ("20.200.001", "23.200.001")
    if as_list:
        erp.faults.on("endpoint_list_array")
    if html:
        erp.faults.on("html_404")
    out = source("check", make_config(erp))
    assert out.status["status"] == "FAILED"
    assert "`endpoint_version`" in out.status["message"]
    assert "23.200.001, 20.200.001" in out.status["message"]
    assert token_posts(erp) == 0


def test_an_endpoint_that_is_not_there(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("check", make_config(erp, endpoint_name="Mine", endpoint_version="1.0"))
    assert "`endpoint_name`" in out.status["message"]
    assert "Default" in out.status["message"]


@pytest.mark.parametrize("verb", ["check", "read"])
def test_a_host_that_is_not_there(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, verb: str
) -> None:
    config = make_config(erp)
    erp.stop()
    out = source(verb, config, CUSTOMERS)
    told = out.status["message"] if verb == "check" else out.errors[-1]
    assert "`instance_url`" in told
    assert "Traceback" not in out.text


@pytest.mark.parametrize("folder", ["/Elsewhere", ""])
def test_a_wrong_site_folder(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, folder: str
) -> None:
    out = source("check", {**make_config(erp), "instance_url": f"{erp.base_url}{folder}"})
    assert out.status["status"] == "FAILED"
    assert "`instance_url`" in out.status["message"]


@pytest.mark.breaks_contract
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("forbidden", "AR303000"),
        ("setup_missing", "AR303000"),
        ("cannot_optimize", "(view "),
        ("top_ignored", "rows of Customer where 50 were asked for"),
        ("endpoints_broken", "`instance_url`"),
    ],
)
def test_what_a_person_has_to_mend(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, fault: str, sentence: str
) -> None:
    erp.faults.on(fault)
    out = source("read", make_config(erp), CUSTOMERS)
    assert out.code == 1
    assert "Traceback" not in out.text
    assert any(sentence in error for error in out.errors), out.errors
    assert out.states.get("customers", {}).get("LastModifiedDateTime", "2020")[:4] == "2020"


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("rate_limited", {"retry_after": 1}),
        ("deadlock", {}),
        ("sql_timeout", {}),
        ("answer", {"status": 502}),
        ("answer", {"status": 504}),
        ("drop_answer", {}),
        ("truncate_answer", {}),
    ],
)
def test_what_passes_is_asked_again(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    source: Any,
    naps: list[float],
    fault: str,
    options: dict[str, int],
) -> None:
    erp.faults.on(fault, count=1, skip=1, path="/Customer", **options)
    out = source("read", make_config(erp), CUSTOMERS)
    assert out.code == 0, out.errors
    assert len(out.records("customers")) == erp.counts()["Customer"]
    assert [nap for nap in naps if nap >= 1], "it waited before it asked again"


def test_one_stream_that_fails_leaves_the_others(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("forbidden", path="/Contact")
    out = source("read", make_config(erp))
    assert out.code == 1
    assert out.records("contacts") == []
    assert len(out.records("customers")) == erp.counts()["Customer"]
    assert any("CR302000" in error for error in out.errors)


def test_an_instance_that_went_away_is_waited_for_once_and_not_in_every_window(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, naps: list[float]
) -> None:
    erp.faults.on("drop_request", path="/entity/Default/.*/")
    out = source("read", make_config(erp), STREAMS)
    assert out.code == 1
    asked = [exchange for exchange in erp.requests if exchange.method == "GET"]
    waits = [nap for nap in naps if nap >= 1]
    assert len(waits) == 5, "the retries of one request"
    assert len(asked) > len(waits) + 1, "other windows are tried too, once each"
