"""Neither secrets nor personal data reach the log, at any level and with any failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]
CANARY = "canary@planted.example"


def lines_that_are_no_data(out: Any) -> str:
    """All output but records and the config that is handed back."""
    kept = []
    for line in out.text.splitlines():
        try:
            kind = json.loads(line).get("type")
        except ValueError:
            kind = None
        if kind not in {"RECORD", "CONTROL"}:
            kept.append(line)
    return "\n".join(kept)


BODY = json.dumps(
    {
        "message": CANARY,
        "exceptionMessage": f"Something about {CANARY}",
        "exceptionType": "PX.Data.PXException",
        "stackTrace": CANARY,
        "innerException": {"message": CANARY},
    }
)


@pytest.mark.breaks_contract
@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, BODY),
        (400, BODY),
        (403, BODY),
        (404, f"<html>{CANARY}</html>"),
        (200, f"<html>{CANARY}</html>"),
        (200, f'{{"odd": "{CANARY}"}}'),
        (200, f"[{CANARY}"),
        (500, f"<html>{CANARY}</html>"),
        (401, BODY),
        (429, BODY),
        (503, BODY),
        (200, BODY),
        (200, f'[{{"id": "{CANARY}", "CustomerID": "{CANARY}"}}]'),
        (200, f'[{{"id": "1", "MainContact": "{CANARY}"}}]'),
        (200, f'["{CANARY}"]'),
        (200, f'[{{"id": "1", "CustomerID": {{"value": "{CANARY}"}}'),
        (500, BODY.replace("PX.Data.PXException", "NoEntitySatisfiesTheConditionException")),
        (500, BODY.replace("Something about", "deadlock")),
        (500, BODY.replace("Something about", "There is a BqlDelegate in view X")),
    ],
)
def test_no_answer_is_repeated(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    source: Any,
    naps: list[float],  # noqa: ARG001 - nobody waits
    status: int,
    body: str,
    level: str,
) -> None:
    kind = "text/html" if body.startswith("<") else "application/json"
    erp.faults.on("answer", path="/Customer", status=status, body=body, content_type=kind)
    for verb in ("read", "check", "discover"):
        out = source(verb, make_config(erp), ("customers",), LOG_LEVEL=level)
        assert CANARY not in out.text
        if verb == "read":
            assert out.code == 1


def test_records_are_not_logged(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.put("Customer", {"CustomerID": "CANARY", "MainContact": {"Email": CANARY}})
    config = make_config(erp)
    out = source("read", config, ("customers",), LOG_LEVEL="DEBUG")
    assert CANARY in out.text
    logged = lines_that_are_no_data(out)
    assert CANARY not in logged
    renewed = out.new_configs[-1]["credentials"]
    for name in ("client_secret", "refresh_token"):
        assert config["credentials"][name] not in logged
    for name in ("access_token", "refresh_token"):
        assert renewed[name] not in logged


@pytest.mark.breaks_contract
def test_a_refused_token_request_repeats_nothing(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    erp.faults.on("answer", path="/connect/token", status=500, body=BODY)
    config = make_config(erp)
    for verb in ("check", "read"):
        out = source(verb, config, ("customers",), LOG_LEVEL="DEBUG")
        assert CANARY not in out.text
        assert config["credentials"]["refresh_token"] not in out.text
