"""Neither secrets nor personal data reach the log, at any level and with any failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator

MakeConfig = Callable[..., dict[str, Any]]
CANARY = "canary@planted.example"


def lines_that_are_no_data(out: Any) -> str:
    """All output but records."""
    kept = []
    for line in out.text.splitlines():
        try:
            kind = json.loads(line).get("type")
        except ValueError:
            kind = None
        if kind != "RECORD":
            kept.append(line)
    return "\n".join(kept)


def error(code: str) -> str:
    return json.dumps({"error": {"code": code, "message": f"Something about {CANARY}"}})


@pytest.mark.breaks_contract
@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, error("Application_DialogException")),
        (400, error("BadRequest")),
        (
            400,
            f'{{"error":{{"code":"BadRequest","message":"TableData {CANARY}, you do not have the following permissions"}}}}',
        ),
        (401, error("Authorization_X")),
        (403, error("Authorization_X")),
        (404, f"<error><code>{CANARY}</code></error>"),
        (500, error("Internal_ServerError")),
        (500, f"<html>{CANARY}</html>"),
        (504, error("Unknown")),
        (200, f"<html>{CANARY}</html>"),
        (200, f'{{"odd": "{CANARY}"}}'),
        (200, f'{{"value": [{{"email": "{CANARY}"'),
    ],
)
def test_no_answer_is_repeated(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    naps: list[float],
    status: int,
    body: str,
    level: str,
) -> None:
    kind = "text/html" if body.startswith("<html") else "application/json"
    erp.faults.on("answer", path="/customers$", status=status, body=body, content_type=kind)
    out = source("read", make_config(erp, num_workers=1), ("customers",), LOG_LEVEL=level)
    assert out.code == 1
    assert CANARY not in out.text
    assert out.errors
    assert naps is not None


def test_records_and_secrets_are_not_logged(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.put("customers", {"number": "CANARY", "displayName": "x", "email": CANARY})
    config = make_config(erp)
    out = source("read", config, ("customers",), LOG_LEVEL="DEBUG")
    assert CANARY in out.text
    logged = lines_that_are_no_data(out)
    assert CANARY not in logged
    assert config["credentials"]["client_secret"] not in logged
    assert "Bearer " not in logged
    (grant,) = [e for e in erp.requests if e.path.endswith("/token")]
    assert grant.response_json()["access_token"] not in logged


@pytest.mark.breaks_contract
@pytest.mark.parametrize("verb", ["check", "discover", "read"])
def test_a_refused_token_request_repeats_nothing(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any, verb: str
) -> None:
    body = json.dumps({"error": "invalid_client", "error_description": CANARY})
    erp.faults.on("answer", path="/token$", status=401, body=body, content_type="application/json")
    config = make_config(erp)
    out = source(verb, config, ("customers",), LOG_LEVEL="DEBUG")
    assert CANARY not in out.text
    assert config["credentials"]["client_secret"] not in out.text


def test_a_certificate_and_its_key_are_not_logged(
    erp: BusinessCentralSimulator, make_config: MakeConfig, source: Any
) -> None:
    application = erp.application
    credentials = {
        "auth_type": "client_certificate",
        "client_id": application.client_id,
        "certificate": application.certificate,
        "private_key": application.private_key,
    }
    out = source(
        "read", make_config(erp, credentials=credentials), ("currencies",), LOG_LEVEL="DEBUG"
    )
    assert out.code == 0
    assert application.private_key.splitlines()[1] not in out.text
    assert "client_assertion" not in out.text


@pytest.mark.parametrize("verb", ["check", "discover", "read"])
@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        (
            {"auth_type": "client_secret", "client_id": "app", "client_secrt": CANARY},
            "`credentials.client_secret` is missing",
        ),
        (
            {"auth_type": "secret", "client_id": "app", "client_secrt": CANARY},
            "`credentials.auth_type` must be one of",
        ),
    ],
)
def test_a_secret_under_a_misspelt_name_is_not_repeated(
    erp: BusinessCentralSimulator,
    make_config: MakeConfig,
    source: Any,
    verb: str,
    credentials: dict[str, str],
    told: str,
) -> None:
    out = source(verb, make_config(erp, credentials=credentials))
    assert CANARY not in out.text
    assert told in (out.status["message"] if verb == "check" else out.errors[0])
    assert not erp.requests
