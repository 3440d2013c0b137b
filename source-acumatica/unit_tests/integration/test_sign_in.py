"""Signing in: no login loop, no lost token, one sentence where a person has to act."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
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


def test_a_lost_refresh_token_names_the_next_command(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Expired, revoked or used before: the same sentence, for every verb."""
    config = make_config(erp)
    erp.clock.advance(timedelta(days=31))
    for verb in ("check", "discover", "read"):
        out = source(verb, config, CUSTOMERS)
        told = out.status["message"] if verb == "check" else out.errors[-1]
        command = (
            f"source-acumatica authorize --instance-url {erp.url} "
            f"--client-id {erp.account.client_id}"
        )
        assert f"Run `{command}` and paste what it prints." in told
        assert "Traceback" not in out.text
    assert token_posts(erp) == 3


@pytest.mark.parametrize("verb", ["check", "discover", "read"])
def test_the_new_refresh_token_is_out_before_anything_is_asked_with_the_new_token(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    process: Any,
    source: Any,
    files: Any,
    verb: str,
) -> None:
    """A process that is killed after its first message has not lost the token."""
    erp.faults.on("slow", path="/entity/Default/", seconds=60)
    running = process.start(*files.arguments(verb, make_config(erp), CUSTOMERS))
    kinds = (json.loads(line) for line in running.stdout)
    control = next(message for message in kinds if message["type"] == "CONTROL")
    running.kill()
    running.wait(timeout=20)
    assert not [e for e in erp.requests if "/entity/Default/" in e.path], "none was answered"
    erp.faults.off()
    out = source("check", control["control"]["connectorConfig"]["config"])
    assert out.status["status"] == "SUCCEEDED"


def test_access_token_and_expiry_are_reused_across_processes(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    (config,) = source("check", make_config(erp)).new_configs
    for verb in ("discover", "read"):
        out = source(verb, config, CUSTOMERS)
        assert out.code == 0, out.errors
        assert out.new_configs == []
    assert token_posts(erp) == 1


@pytest.mark.parametrize("workers", [1, 8])
def test_sign_ins_are_few_however_often_a_token_is_refused(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    source: Any,
    naps: list[float],  # noqa: ARG001 - nobody waits
    workers: int,
) -> None:
    """Half of all requests are refused with 401, for a whole read of many windows."""
    erp.faults.on("unauthorized", probability=0.5)
    source("read", make_config(erp, window_days=30, num_workers=workers), STREAMS)
    assert len([e for e in erp.requests if e.method == "GET"]) > 5
    assert token_posts(erp) <= 1 + 3


def test_a_wrong_password_is_sent_once_in_a_process_by_every_verb(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    config = by_password(erp, make_config(erp, num_workers=8), "planted-and-wrong")
    for count, verb in enumerate(("check", "discover", "read"), 1):
        out = source(verb, config)
        told = out.status["message"] if verb == "check" else out.errors[-1]
        assert "`credentials.password`" in told
        assert token_posts(erp) == count


def test_a_wrong_password_at_500_is_no_passing_fault(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, naps: list[float]
) -> None:
    """As recorded: HTTP 500 with `Invalid credentials`. Asked again, it would lock the account."""
    body = json.dumps(
        {
            "message": "An error has occurred.",
            "exceptionMessage": "Error: Invalid credentials. Please try again.",
            "exceptionType": "PX.Data.PXException",
        }
    )
    erp.faults.on(
        "answer", path="/connect/token", status=500, body=body, content_type="application/json"
    )
    out = source("read", by_password(erp, make_config(erp), erp.account.password))
    assert_one_sentence(out, "`credentials.password`")
    assert token_posts(erp) == 1
    assert [nap for nap in naps if nap >= 1] == []


def test_a_seat_that_is_missing_ends_all_sign_ins(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    body, kind = "API Login Limit", "text/plain"
    erp.faults.on("answer", path="/connect/token", status=429, body=body, content_type=kind)
    assert_one_sentence(source("read", make_config(erp)), "SM604000")
    assert token_posts(erp) == 1
