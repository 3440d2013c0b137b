"""Answers are sorted by text and status, and no sentence repeats what an answer says."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from source_acumatica.answers.answer import Answer, Kind, answer_of
from source_acumatica.answers.faults import Action, judge, judge_silence
from source_acumatica.answers.patience import MAX_RETRIES, pause_before_retry
from source_acumatica.errors import AcumaticaError, CannotOptimizeError, ConfigError, PassingError

CANARY = "canary@planted.example"


def verdict(
    status: int, body: str = "", content_type: str = "application/json"
) -> tuple[Action, AcumaticaError]:
    found = judge(Answer(status, content_type, body, "Customer"))
    assert found.failure is not None
    return found.action, found.failure


def error(text: str, kind: str = "PX.Data.PXException") -> str:
    return json.dumps(
        {
            "message": "An error has occurred.",
            "exceptionMessage": text,
            "exceptionType": kind,
            "stackTrace": f"at {CANARY}",
        }
    )


def answered(status: int, body: bytes, content_type: str) -> Answer:
    response = requests.Response()
    response.status_code, response._content = status, body
    response.headers["Content-Type"] = content_type
    return answer_of(response, "Customer")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", ""])
@pytest.mark.parametrize(
    "body", [b"[]", b' [{"id":"1"}]\r\n', b'{"id":"1","message":{"value":"API Login Limit"}}']
)
def test_json_is_used(content_type: str, body: bytes) -> None:
    found = answered(200, body, content_type)
    assert found.kind is Kind.DATA
    assert found.body == ""
    assert judge(found).action is Action.USE


@pytest.mark.parametrize("body", [b"[", b'[{"id":"1"},', b'{"id":', b'[{"id":"1"}'])
def test_json_that_is_cut_is_asked_for_again(body: bytes) -> None:
    found = judge(answered(200, body, "application/json"))
    assert found.action is Action.RETRY
    assert isinstance(found.failure, PassingError)
    assert "cut off" in str(found.failure)


@pytest.mark.parametrize(
    ("body", "content_type", "sentence"),
    [
        (b'{"message":"API Login Limit"}', "application/json", "SM604000"),
        (b'{"exceptionMessage":"API Login Limit"}', "application/json", "SM604000"),
        (b'"API Login Limit"', "application/json", "SM604000"),
        (b"API Login Limit", "", "SM604000"),
        (b"<html>canary@planted.example</html>", "application/json", "`instance_url`"),
        (b"<html>canary@planted.example</html>", "", "`instance_url`"),
        (b"", "application/json", "HTTP 200"),
        (b'{"message":"canary@planted.example"}', "application/json", "HTTP 200"),
    ],
)
def test_a_success_that_holds_no_data_is_no_success(
    body: bytes, content_type: str, sentence: str
) -> None:
    found = judge(answered(200, body, content_type))
    assert found.action is Action.STOP
    assert sentence in str(found.failure)
    assert CANARY not in str(found.failure)


@pytest.mark.parametrize(
    ("status", "body", "content_type", "kind", "sentence"),
    [
        (500, error("Error: Invalid credentials. Please try again."), "application/json", ConfigError, "`credentials.password`"),
        (400, '{"error":"invalid_grant"}', "application/json", ConfigError, "`credentials.password`"),
        (500, error("API Login Limit"), "application/json", ConfigError, "SM604000"),
        (429, "API Login Limit", "text/plain", ConfigError, "API Login Limit"),
        (200, "<p>API Login Limit</p>", "text/html", ConfigError, "API Login Limit"),
        (500, error("x", "PX.Data.PXUndefinedCompanyException"), "application/json", ConfigError, "`credentials.client_id`"),
        (500, error("x", "PX.Data.PXSetupNotEnteredException"), "application/json", ConfigError, "AR303000"),
        (403, "{}", "application/json", ConfigError, "AR303000"),
        (404, "{}", "application/json", ConfigError, "`endpoint_version`"),
        (404, "<html></html>", "text/html", ConfigError, "`endpoint_version`"),
        (200, "<html>Sign in</html>", "text/html", ConfigError, "`instance_url`"),
        (500, "<html>Oops</html>", "text/html", ConfigError, "`instance_url`"),
        (500, error("Something odd."), "application/json", AcumaticaError, "HTTP 500, PX.Data.PXException"),
        (400, "{}", "application/json", AcumaticaError, "HTTP 400"),
    ],
)  # fmt: skip
def test_what_a_person_has_to_mend_stops_with_one_sentence(
    status: int, body: str, content_type: str, kind: type[AcumaticaError], sentence: str
) -> None:
    action, failure = verdict(status, body, content_type)
    assert action is Action.STOP
    assert isinstance(failure, kind)
    assert sentence in str(failure)


@pytest.mark.parametrize("status", [429, 502, 503, 504, 408])
def test_a_busy_server_is_asked_again(status: int) -> None:
    action, failure = verdict(status, "<html>busy</html>", "text/html")
    assert action is Action.RETRY
    assert isinstance(failure, PassingError)


@pytest.mark.parametrize(
    "text",
    [
        "Transaction (Process ID 63) was deadlocked on lock resources with another process",
        "Execution Timeout Expired.",
    ],
)
def test_a_passing_500_is_asked_again(text: str) -> None:
    assert verdict(500, error(text))[0] is Action.RETRY


def test_other_500s_are_not_asked_again() -> None:
    assert verdict(500, error("Anything else."))[0] is Action.STOP


def test_a_refused_token_is_renewed() -> None:
    action, failure = verdict(401)
    assert action is Action.RENEW_TOKEN
    assert "SM303010" in str(failure)


def test_fields_that_cannot_be_listed_are_named() -> None:
    text = (
        "Optimization cannot be performed.The following fields cause the error:\r\n"
        f"Attributes: View Answers has BQL delegate\r\nEmail: View DefContact has BQL delegate\r\n{CANARY}"
    )
    action, failure = verdict(
        500, error(text, "PX.Api.ContractBased.OptimizedExport.CannotOptimizeException")
    )
    assert action is Action.STOP
    assert isinstance(failure, CannotOptimizeError)
    assert failure.entity == "Customer"
    assert failure.fields == ("Attributes (view Answers)", "Email (view DefContact)")
    assert "Attributes (view Answers), Email (view DefContact)" in str(failure)
    assert CANARY not in str(failure)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("There is a BqlDelegate in view TaxDetails.", ("a field of view TaxDetails",)),
        ("The given key was not present in the dictionary.", ()),
    ],
)
def test_other_words_for_a_list_that_cannot_be_optimized(
    text: str, fields: tuple[str, ...]
) -> None:
    action, failure = verdict(500, error(f"{text} {CANARY}", "System.Exception"))
    assert action is Action.STOP
    assert isinstance(failure, CannotOptimizeError)
    assert failure.fields == fields


def test_the_recorded_wrong_password_is_recognised(contracts: Path) -> None:
    body = (contracts / "recorded" / "login-bad-password-500.json").read_text()
    action, failure = verdict(500, body)
    assert action is Action.STOP
    assert "`credentials.password`" in str(failure)


@given(
    st.integers(min_value=300, max_value=599),
    st.text(max_size=40),
    st.sampled_from(["application/json", "text/html", "text/plain", ""]),
)
def test_no_sentence_repeats_an_answer(status: int, text: str, content_type: str) -> None:
    _, failure = verdict(status, f"{text} {CANARY} {error(CANARY)}", content_type)
    assert CANARY not in str(failure)


@pytest.mark.parametrize(
    ("raised", "action", "sentence"),
    [
        (requests.ReadTimeout(CANARY), Action.RETRY, "did not answer in time"),
        (requests.ConnectionError("refused"), Action.RETRY, "`instance_url`"),
        (requests.ConnectionError("Failed to resolve 'x'"), Action.STOP, "`instance_url`"),
        (requests.exceptions.SSLError(CANARY), Action.STOP, "`instance_url`"),
        (requests.exceptions.ChunkedEncodingError(CANARY), Action.RETRY, "`instance_url`"),
    ],
)
def test_silence_is_sorted(
    raised: requests.RequestException, action: Action, sentence: str
) -> None:
    found = judge_silence(raised, "Customer")
    assert found.action is action
    assert isinstance(found.failure, PassingError if action is Action.RETRY else ConfigError)
    assert sentence in str(found.failure)
    assert CANARY not in str(found.failure)


def test_pauses_grow_and_stay_bearable() -> None:
    assert [pause_before_retry(n, None) for n in range(1, MAX_RETRIES + 2)] == [2, 4, 8, 16, 32, 60]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7),
        ("0", 0),
        ("9000", 600),
        ("Wed, 21 Oct 2020 07:28:00 GMT", 0),
        ("soon", 2),
        ("-5", 2),
        ("", 2),
    ],
)
def test_retry_after_is_obeyed(header: str, expected: float) -> None:
    assert pause_before_retry(1, header) == expected


def test_retry_after_may_be_a_date() -> None:
    header = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 < pause_before_retry(1, header) <= 90
