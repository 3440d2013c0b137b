"""What each answer means; every category of error codes is sorted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests

from source_business_central.answers.faults import (
    Action,
    Answer,
    Fault,
    Verdict,
    judge,
    judge_silence,
    parse,
)
from source_business_central.answers.pauses import MAX_RETRIES, pause_before_retry, retries_of
from source_business_central.answers.sentences import tell
from source_business_central.errors import ConfigError, NoRightError, NotServedError, PassingError
from source_business_central.protocol import FailureType

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CORRELATION = "233b73c2-6ffd-4d0e-8c65-0ae5f29de9a0"


def error(status: int, code: str = "", message: str = "planted") -> Answer:
    body = f'{{"error":{{"code":"{code}","message":"{message}  CorrelationId:  {CORRELATION}."}}}}'
    return Answer(status, "application/json", body)


@pytest.mark.parametrize(
    ("answer", "action", "fault"),
    [
        (Answer(200), Action.USE, None),
        (Answer(200, "application/json", whole=False), Action.RETRY, Fault.BROKEN_OFF),
        (Answer(200, "text/html", whole=False), Action.STOP, Fault.WEB_PAGE),
        (error(429), Action.RETRY, Fault.BUSY),
        (error(502), Action.RETRY, Fault.BUSY),
        (error(503, "Internal_TenantUnavailable"), Action.RETRY, Fault.BUSY),
        (error(408), Action.HALVE, Fault.TOO_SLOW),
        (error(413), Action.HALVE, Fault.TOO_SLOW),
        (Answer(504, "text/html", "<html>"), Action.HALVE, Fault.TOO_SLOW),
        (error(401, "Authentication_InvalidCredentials"), Action.RENEW_TOKEN, Fault.SIGN_IN),
        (Answer(401), Action.RENEW_TOKEN, Fault.SIGN_IN),
        (error(401, "Authorization_InsufficientPermissions"), Action.STOP, Fault.NO_RIGHT),
        (Answer(403), Action.STOP, Fault.NO_RIGHT),
        (error(404, "BadRequest_ResourceNotFound"), Action.STOP, Fault.NOT_SERVED),
        (error(404, "Internal_RecordNotFound"), Action.STOP, Fault.NOT_SERVED),
        (error(404, "Internal_CompanyNotFound"), Action.STOP, Fault.NO_COMPANY),
        (Answer(404, "text/html", "<html>"), Action.STOP, Fault.WEB_PAGE),
        (error(405, "BadRequest_MethodNotAllowed"), Action.STOP, Fault.API_OFF),
        (Answer(405), Action.STOP, Fault.API_OFF),
        (error(409, "Request_EntityChanged"), Action.RETRY, Fault.LOCKED),
        (error(400, "BadRequest_InvalidToken"), Action.STOP, Fault.BAD_REQUEST),
        (error(400, "BadRequest_InvalidOperation"), Action.STOP, Fault.BAD_REQUEST),
        (error(400), Action.STOP, Fault.BAD_REQUEST),
        (error(400, "Application_DialogException"), Action.STOP, Fault.EXTENSION),
        (error(400, "Application_CallbackNotAllowed"), Action.STOP, Fault.EXTENSION),
        (error(400, "Unknown", "Service busy. Please try again later."), Action.RETRY, Fault.BUSY),
        (error(400, "Unknown"), Action.RETRY, Fault.INTERNAL),
        (error(500, "Internal_ServerError"), Action.RETRY, Fault.INTERNAL),
        (Answer(500), Action.RETRY, Fault.INTERNAL),
        (error(400, "Internal_X", "was deadlocked with another user"), Action.RETRY, Fault.LOCKED),
        (
            error(400, "Internal_X", "a record was locked by another user."),
            Action.RETRY,
            Fault.LOCKED,
        ),
        (Answer(418), Action.STOP, Fault.BAD_REQUEST),
    ],
)
def test_an_answer_is_sorted(answer: Answer, action: Action, fault: Fault | None) -> None:
    verdict = judge(answer)
    assert (verdict.action, verdict.fault) == (action, fault)


def test_a_missing_right_names_the_table() -> None:
    told = "You do not have the following permissions on TableData Sales Invoice Header: Read."
    verdict = judge(error(500, "Internal_ServerError", told))
    assert verdict == Verdict(Action.STOP, Fault.NO_RIGHT, 500, "Sales Invoice Header", CORRELATION)
    other = "The current permissions prevented the action. (TableData 18 Customer Read: Base)"
    assert judge(error(400, "Internal_X", other)).name == "Customer"


@pytest.mark.parametrize(
    ("name", "status", "fault", "told"),
    [
        ("error.no-environment.xml", 404, Fault.NO_ENVIRONMENT, ""),
        ("error.unknown-segment.json", 404, Fault.NOT_SERVED, ""),
        ("error.unknown-property.json", 400, Fault.UNKNOWN_PROPERTY, "lastModifiedDateTime"),
    ],
)
def test_live_errors_are_understood(
    contracts_dir: Path, name: str, status: int, fault: Fault, told: str
) -> None:
    text = (contracts_dir / "business-central" / "live" / name).read_text()
    kind = "application/xml" if name.endswith("xml") else "application/json"
    verdict = judge(Answer(status, kind, text))
    assert (verdict.action, verdict.fault, verdict.name) == (Action.STOP, fault, told)


@pytest.mark.parametrize(
    ("raised", "action", "fault"),
    [
        (requests.ReadTimeout(), Action.HALVE, Fault.TOO_SLOW),
        (requests.exceptions.ChunkedEncodingError(), Action.RETRY, Fault.BROKEN_OFF),
        (requests.ConnectionError("Connection aborted"), Action.RETRY, Fault.BROKEN_OFF),
        (requests.ConnectionError("Connection refused"), Action.RETRY, Fault.UNREACHABLE),
        (requests.ConnectionError("Failed to resolve 'x'"), Action.STOP, Fault.UNREACHABLE),
        (requests.exceptions.SSLError(), Action.STOP, Fault.UNREACHABLE),
        (requests.exceptions.InvalidURL(), Action.STOP, Fault.UNREACHABLE),
    ],
)
def test_silence_is_sorted(raised: requests.RequestException, action: Action, fault: Fault) -> None:
    verdict = judge_silence(raised)
    assert (verdict.action, verdict.fault) == (action, fault)


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_is_told_with_what_to_do(fault: Fault) -> None:
    failure = tell(Verdict(Action.STOP, fault, 400, "Customer"), "customers of company CRONUS")
    sentence = str(failure)
    assert "{" not in sentence
    assert sentence.endswith(".")
    assert any(
        word in sentence
        for word in (
            "run again",
            "run the connection check",
            "Check",
            "Give",
            "Leave",
            "report",
            "Register",
            "Switch",
            "allow",
        )
    )


@pytest.mark.parametrize(
    ("fault", "kind", "failure_type"),
    [
        (Fault.BUSY, PassingError, FailureType.transient_error),
        (Fault.LOCKED, PassingError, FailureType.transient_error),
        (Fault.NO_RIGHT, NoRightError, FailureType.config_error),
        (Fault.NOT_SERVED, NotServedError, FailureType.config_error),
        (Fault.NO_ENVIRONMENT, ConfigError, FailureType.config_error),
    ],
)
def test_a_fault_concerns_who_can_mend_it(
    fault: Fault, kind: type[Exception], failure_type: FailureType
) -> None:
    failure = tell(Verdict(Action.STOP, fault, 400), "customers")
    assert isinstance(failure, kind)
    assert failure.failure_type is failure_type


def test_the_correlation_id_is_told() -> None:
    failure = tell(judge(error(500, "Internal_ServerError")), "customers")
    assert CORRELATION in str(failure)
    assert "planted" not in str(failure)


@pytest.mark.parametrize(
    ("attempt", "header", "seconds"),
    [
        (1, None, 2),
        (3, None, 8),
        (99, None, 60),
        (1, "7", 7),
        (1, "0", 1),
        (1, "99999", 600),
        (2, "soon", 4),
        (1, format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30),
    ],
)
def test_how_long_to_wait(attempt: int, header: str | None, seconds: float) -> None:
    assert pause_before_retry(attempt, header, NOW) == seconds


def test_a_throttle_is_waited_for_as_long_as_its_window() -> None:
    pauses = [pause_before_retry(n, None, NOW) for n in range(1, retries_of(Fault.BUSY) + 1)]
    assert sum(pauses) >= 300
    assert retries_of(Fault.UNREACHABLE) < MAX_RETRIES
    assert retries_of(None) == 0


def test_json_that_is_cut_is_none() -> None:
    assert parse(b'{"value":[]}') == {"value": []}
    assert parse(b'{"value":[{"id":') is None
