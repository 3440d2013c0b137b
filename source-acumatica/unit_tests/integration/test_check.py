"""What the connection check tells: in short lines, with one sign-in and one row of each stream."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]
ENTITIES = (
    "Customer",
    "Contact",
    "CustomerClass",
    "StockItem",
    "NonStockItem",
    "SalesInvoice",
    "SalesOrder",
)


def lines(out: Any) -> list[str]:
    assert out.status["status"] == "SUCCEEDED", out.status
    return list(out.status["message"].splitlines())


def line(out: Any, beginning: str) -> str:
    found = [text for text in lines(out) if text.startswith(beginning)]
    assert len(found) == 1, out.status["message"]
    return found[0]


def sign_ins(erp: AcumaticaSimulator) -> int:
    return sum(exchange.method == "POST" for exchange in erp.requests)


def test_it_tells_instance_tenant_and_versions(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.versions = ("20.200.001", "24.200.001")
    told = lines(source("check", make_config(erp)))
    build = "25.093.0036"
    assert told[0] == f"Acumatica {build} at {erp.url}, tenant {erp.account.tenant}."
    assert told[1] == (
        "Endpoint Default/24.200.001, contract version 4. On offer: 24.200.001, 20.200.001."
    )


def test_it_notes_a_version_that_is_not_read_yet(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.versions = ("24.200.001", "26.200.001")
    endpoint = line(source("check", make_config(erp)), "Endpoint ")
    assert "26.200.001: contract version 5, not read yet." in endpoint


def test_it_asks_for_one_row_of_each_stream_and_signs_in_once(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("check", make_config(erp, email_changes="off"))
    assert line(out, "Can be read: ").count(",") == len(ENTITIES) - 1
    reads = [exchange for exchange in erp.requests if "/Default/" in exchange.path]
    assert sorted(read.segments[-1] for read in reads) == sorted(ENTITIES)
    assert {read.parameter("$top") for read in reads} == {"1"}
    assert sign_ins(erp) == 1


def test_the_config_that_goes_out_is_the_users_own_with_new_tokens(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp)
    (renewed,) = source("check", config).new_configs
    names = ("access_token", "token_expiry_date", "refresh_token")
    assert {**renewed, "credentials": None} == {**config, "credentials": None}
    assert {k: v for k, v in renewed["credentials"].items() if k not in names} == {
        k: v for k, v in config["credentials"].items() if k not in names
    }


def test_a_stream_that_may_not_be_read_is_named_with_its_form(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("forbidden", path="/SalesInvoice")
    out = source("check", make_config(erp))
    refused = line(out, "Cannot be read: sales_invoices. ")
    assert "SO303000" in refused
    assert "sales_invoices" not in line(out, "Can be read: ")


def test_where_nothing_can_be_read_the_check_fails_with_each_form(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("forbidden", path="/Default/")
    out = source("check", make_config(erp))
    assert out.status["status"] == "FAILED"
    told = out.status["message"]
    assert told.startswith("None of the streams can be read. The user may not read Customer.")
    for form in ("AR303000", "CR302000", "AR201000", "IN202500", "SO303000", "SO301000"):
        assert form in told


def test_a_branch_that_is_not_there_is_suspected(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("check", make_config(erp, branch="NOWHERE"))
    assert out.status["status"] == "FAILED"
    assert "Check the setting `branch` too: is NOWHERE a branch" in out.status["message"]


def test_a_list_that_cannot_be_optimized_is_told(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("cannot_optimize", path="/Contact$")
    out = source("check", make_config(erp))
    assert line(out, "Read row by row").endswith("contacts.")
    assert "contacts" in line(out, "Can be read: ")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "found by the stream customers_by_contact"),
        ({"email_changes": "full_compare", "full_compare_hours": 6}, "all customers every 6 hours"),
        ({"email_changes": "off"}, "not looked for"),
    ],
)
def test_it_tells_how_changed_addresses_are_found(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    source: Any,
    settings: dict[str, Any],
    told: str,
) -> None:
    assert told in line(source("check", make_config(erp, **settings)), "Changed e-mail addresses")


@pytest.mark.breaks_contract
def test_it_tells_that_the_second_pass_is_not_answered(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    body = '{"message": "An error has occurred.", "exceptionMessage": "DefContact"}'
    kind = "application/json"
    erp.faults.on(
        "answer", path="/Customer$", skip=1, count=1, status=500, body=body, content_type=kind
    )
    told = line(source("check", make_config(erp)), "Changed e-mail addresses")
    assert "does not answer customers_by_contact" in told
    assert "every 24 hours" in told


def test_all_streams_empty_is_suspicious(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Failure mode 11: a 200 with `[]` may also mean that the user sees no branch."""
    erp.faults.on("empty_list")
    told = line(source("check", make_config(erp)), "Look at this: ")
    for setting in ("`branch`", "`start_date`", "tenant"):
        assert setting in told


def test_a_stream_that_is_empty_is_named_without_suspicion(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("empty_list", path="/SalesOrder")
    out = source("check", make_config(erp))
    assert line(out, "No rows changed since 2020-01-01: ").endswith("sales_orders.")
    assert not [text for text in lines(out) if text.startswith("Look at this")]


@pytest.mark.parametrize("form", ["500", "429", "text"])
def test_a_licence_without_a_seat_fails_it_at_once(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, form: str
) -> None:
    erp.login_limit_form = form
    erp.sign_in.session_limit = 0
    out = source("check", make_config(erp))
    assert out.status["status"] == "FAILED"
    assert "SM604000" in out.status["message"]
    assert sign_ins(erp) == 1
    assert len([e for e in erp.requests if "/Default/" in e.path]) == 1


def test_it_tells_that_a_session_is_held(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.sign_in.session_limit = 1
    assert "holds one" in line(source("check", make_config(erp)), "API sessions: ")


def test_a_dead_token_in_the_config_is_replaced_once(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    (config,) = source("check", make_config(erp)).new_configs
    erp.sign_in.revoke_access()
    erp.clear_requests()
    lines(source("check", config))
    assert sign_ins(erp) == 1


def test_a_token_that_is_always_refused_fails_it_after_one_more_sign_in(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("unauthorized")
    out = source("check", make_config(erp))
    assert out.status["status"] == "FAILED"
    assert "refuses the access token" in out.status["message"]
    assert sign_ins(erp) == 2


@pytest.mark.parametrize("verb", ["check", "discover", "read"])
def test_a_start_in_the_future_is_refused_and_leaves_the_state_alone(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, verb: str
) -> None:
    start = f"{datetime.now(UTC).year + 5}-01-01T00:00:00Z"
    state = {"customers": {"LastModifiedDateTime": "2026-11-01T00:00:00.000Z"}}
    out = source(verb, make_config(erp, start_date=start), ("customers",), state)
    told = out.status["message"] if verb == "check" else out.errors[-1]
    assert "`start_date` is in the future" in told
    assert out.states == {}


def test_another_tenant_than_the_client_ids_is_refused_before_anything_is_sent(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("check", make_config(erp, tenant="Elsewhere"))
    assert out.status["status"] == "FAILED"
    assert "`tenant`" in out.status["message"]
    assert "`credentials.client_id`" in out.status["message"]
    assert erp.requests == []
    assert lines(source("check", make_config(erp, tenant=erp.account.tenant.upper())))


@pytest.mark.parametrize("verb", ["check", "discover", "read"])
@pytest.mark.parametrize("name", ["instance_url", "credentials", "start_date"])
def test_a_missing_setting_is_told_in_our_own_sentence(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, verb: str, name: str
) -> None:
    config = make_config(erp)
    del config[name]
    out = source(verb, config)
    told = out.status["message"] if verb == "check" else out.errors[-1]
    assert told.startswith(f"Setting `{name}` is missing. ")
    assert "Traceback" not in out.text
    assert erp.requests == []
