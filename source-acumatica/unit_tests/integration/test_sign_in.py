"""Signing in: no login loop, no lost token, one sentence where a person has to act."""

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


def with_credentials(config: dict[str, Any], **changes: str) -> dict[str, Any]:
    return {**config, "credentials": {**config["credentials"], **changes}}


def by_password(erp: AcumaticaSimulator, config: dict[str, Any], password: str) -> dict[str, Any]:
    account = erp.account
    credentials = {
        "auth_type": "password",
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "username": account.username,
        "password": password,
    }
    return {**config, "credentials": credentials}


def assert_one_sentence(out: Any, sentence: str) -> None:
    """A person is told what to mend: exit code 1, no traceback anywhere, nothing read."""
    assert out.code == 1
    assert "Traceback" not in out.text
    assert any(sentence in error for error in out.errors), out.errors
    kinds = [
        message["trace"]["error"]["failure_type"]
        for message in out.of("TRACE")
        if message["trace"]["type"] == "ERROR"
    ]
    assert set(kinds) == {"config_error"}
    assert out.of("RECORD") == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"refresh_token": "planted-and-wrong"}, "`credentials.refresh_token`"),
        ({"client_secret": "planted-and-wrong"}, "`credentials.client_secret`"),
        ({"client_id": "GUID@Elsewhere"}, "`credentials.client_id`"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "read"])
def test_wrong_credentials(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    source: Any,
    changes: dict[str, str],
    sentence: str,
    verb: str,
) -> None:
    out = source(verb, with_credentials(make_config(erp), **changes))
    if verb == "check":
        assert out.status["status"] == "FAILED"
        assert sentence in out.status["message"]
        assert "Traceback" not in out.text
    else:
        assert_one_sentence(out, sentence)
    assert token_posts(erp) == 1
    assert "planted-and-wrong" not in out.text


def test_a_wrong_password_is_sent_once(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    out = source("read", by_password(erp, make_config(erp), "planted-and-wrong"))
    assert_one_sentence(out, "`credentials.password`")
    assert token_posts(erp) == 1


def test_a_right_password_shares_one_session_over_processes(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.sign_in.session_limit = 1
    checked = source("check", by_password(erp, make_config(erp), erp.account.password))
    assert checked.status["status"] == "SUCCEEDED"
    out = source("read", checked.new_configs[-1], CUSTOMERS)
    assert out.code == 0, out.errors
    assert token_posts(erp) == 1
    assert out.new_configs == []


def test_a_rotated_refresh_token_goes_out_before_anything_else(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = make_config(erp)
    out = source("read", config, CUSTOMERS)
    kinds = [message["type"] for message in out.messages if message["type"] != "LOG"]
    assert kinds[0] == "CONTROL"
    renewed = out.new_configs[0]["credentials"]
    assert renewed["refresh_token"] != config["credentials"]["refresh_token"]
    again = source("read", {**out.new_configs[0]}, CUSTOMERS)
    assert again.code == 0
    assert token_posts(erp) == 1
    stale = source("read", config, CUSTOMERS)
    assert_one_sentence(stale, "`credentials.refresh_token`")


def test_a_token_that_dies_while_reading_is_renewed(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    first = source("read", make_config(erp), CUSTOMERS)
    erp.sign_in.revoke_access()
    erp.clear_requests()
    out = source("read", first.new_configs[-1], CUSTOMERS)
    assert out.code == 0, out.errors
    assert len(out.records("customers")) == erp.counts()["Customer"]
    assert token_posts(erp) == 1
    assert len(out.new_configs) == 1


def test_a_token_that_is_always_refused_ends_the_read(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("unauthorized")
    out = source("read", make_config(erp), STREAMS)
    assert_one_sentence(out, "refuses the access token")
    assert token_posts(erp) == 2, "one sign-in, and one more after the refusal, for all streams"
