"""The whole conversation with an instance, over all verbs and ways of reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]
CUSTOMERS = ("customers",)


def test_the_erp_sees_gets_and_the_token_service_alone_is_posted_to(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Every verb, every way of reading: nothing is ever written."""
    erp.track_deletions("PX_Objects_AR_Customer")
    settings: list[dict[str, Any]] = [
        {},
        {"endpoint_version": "22.200.001", "invoices_from": "Invoice", "email_changes": "off"},
        {"read_deletions": True, "read_archived": True, "branch": "MAIN", "num_workers": 4},
        {"other_entities": [{"entity": "Payment"}]},
    ]
    for some in settings:
        config = make_config(erp, **some)
        config = source("check", config).new_configs[-1]
        out = source("discover", config)
        assert out.code == 0, out.errors
        names = [stream["name"] for stream in out.of("CATALOG")[0]["catalog"]["streams"]]
        out = source("read", config, tuple(names))
        assert out.code == 0, out.errors
    erp.faults.on("cannot_optimize", fields=["MainContact/Email"])
    source("read", make_config(erp), CUSTOMERS)
    sent = {(exchange.method, exchange.path) for exchange in erp.requests}
    token = f"/{erp.url.rpartition('/')[2]}/identity/connect/token"
    assert {path for method, path in sent if method != "GET"} == {token}
    assert {method for method, _ in sent} == {"GET", "POST"}
