"""Refusals that pass: what a read meets, by number (see also `test_ideas_rows`).

Number 7: 429 without `Retry-After`, 503 with it, 504 until the page is halved, 200 with cut JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator

MakeConfig = Callable[..., dict[str, Any]]
CUSTOMERS = ("customers",)


def all_are_read_once(out: Any, erp: BusinessCentralSimulator) -> bool:
    keys = [(row["companyId"], row["id"]) for row in out.records("customers")]
    return len(keys) == len(set(keys)) == erp.counts()["customers"]


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("rate_limited", {}),
        ("rate_limited", {"retry_after": 17}),
        ("unavailable", {"retry_after": 17}),
        ("bad_gateway", {"retry_after": 17}),
        ("try_again_later", {}),
        ("tenant_unavailable", {}),
        ("internal_error", {}),
        ("drop_answer", {}),
        ("truncate_answer", {}),
    ],
)
def test_07_what_passes_is_waited_for(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    naps: list[float],
    fault: str,
    options: dict[str, Any],
) -> None:
    """As long as `Retry-After` says; where it says nothing, longer each time."""
    erp.faults.on(fault, count=3, skip=2, path="/customers$", **options)
    out = source("read", make_config(erp, num_workers=1), CUSTOMERS)
    assert out.code == 0, out.errors
    assert all_are_read_once(out, erp)
    first, second, third = (nap for nap in naps if nap >= 1)
    if options:
        assert 17 <= first == second == third < 20
    else:
        assert 2 <= first < second < third < 20


@pytest.mark.parametrize("fault", ["gateway_timeout", "operation_timeout", "too_large"])
def test_07_a_page_that_is_too_slow_is_halved_and_the_read_goes_on(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    naps: list[float],
    fault: str,
) -> None:
    erp.faults.on(fault, above_rows=20, path="/customers$")
    out = source("read", make_config(erp, page_size=100), CUSTOMERS)
    assert out.code == 0, out.errors
    assert all_are_read_once(out, erp)
    pages = [exchange for exchange in erp.requests if exchange.path.endswith("/customers")]
    sizes = {page.request_headers["prefer"].partition("=")[2] for page in pages}
    assert sizes == {"100", "50", "25", "12"}
    assert naps


@pytest.mark.breaks_contract
def test_07_an_answer_that_is_cut_is_asked_for_again(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any, naps: list[float]
) -> None:
    """Answers are streamed: one that fails midway began with 200."""
    erp.faults.on("cut_json", count=2, skip=1, path="/customers$")
    out = source("read", make_config(erp), CUSTOMERS)
    assert out.code == 0, out.errors
    assert all_are_read_once(out, erp)
    assert len(naps) >= 2
