from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
import requests
import requests_mock

from kit.destination.http import Caller, Exhausted, Halted, Request, Unconfirmed
from kit.destination.limiter import Limiter
from kit.destination.retry import Backoff, Breaker, Verdict
from kit.protocol.errors import FatalError

URL = "https://api.test/thing"


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def make(waits: list[float]) -> Callable[..., Caller]:
    def caller(**changes: Any) -> Caller:
        settings: dict[str, Any] = {
            "headers": {"Authorization": "Bearer token"},
            "limiter": Limiter(8),
            "breaker": Breaker(100),
            "backoff": Backoff(attempts=4, base=1, draw=lambda: 1.0),
            "sleep": waits.append,
        }
        return Caller(**(settings | changes))

    return caller


def test_headers_body_and_answer(make: Callable[..., Caller]) -> None:
    with requests_mock.Mocker() as mock:
        mock.put(URL, json={"ok": True})
        answer = make().call(Request("PUT", URL, b'{"a":1}', headers={"X-One": "1"}))
    sent = mock.request_history[0]
    assert answer.ok
    assert answer.body == {"ok": True}
    assert sent.headers["Authorization"] == "Bearer token"
    assert sent.headers["X-One"] == "1"
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.body == b'{"a":1}'


@pytest.mark.parametrize("failure", [{"status_code": 408}, {"status_code": 500, "json": {}}, {"status_code": 502, "text": "<html>"}, {"status_code": 429}, {"status_code": 403}, {"exc": requests.exceptions.ReadTimeout}, {"exc": requests.exceptions.ConnectionError}])  # fmt: skip
def test_a_passing_fault_is_tried_again(
    make: Callable[..., Caller], waits: list[float], failure: dict[str, Any]
) -> None:
    caller = make()
    with requests_mock.Mocker() as mock:
        mock.get(URL, [failure, failure, {"json": {}}])
        assert caller.call(Request("GET", URL)).status == 200
    assert waits == [1, 2]
    assert caller.take_calls() == 3
    assert caller.take_calls() == 0


@pytest.mark.parametrize("status", [400, 401, 404, 405, 414, 422])
def test_a_refusal_is_an_answer_and_never_repeated(
    make: Callable[..., Caller], status: int
) -> None:
    with requests_mock.Mocker() as mock:
        mock.get(URL, status_code=status, json={"title": "no"})
        assert make().call(Request("GET", URL)).status == status
    assert mock.call_count == 1


def test_a_403_with_a_body_is_no_throttle(make: Callable[..., Caller]) -> None:
    with requests_mock.Mocker() as mock:
        mock.get(URL, status_code=403, json={"title": "Forbidden"})
        assert make().call(Request("GET", URL)).status == 403
    assert mock.call_count == 1


@pytest.mark.parametrize("failure", [{"status_code": 502, "text": "<html>"}, {"status_code": 500, "json": {}}, {"exc": requests.exceptions.ReadTimeout}, {"exc": requests.exceptions.ConnectionError("reset")}])  # fmt: skip
def test_what_may_have_been_applied_is_not_repeated_blindly(
    make: Callable[..., Caller], failure: dict[str, Any]
) -> None:
    with requests_mock.Mocker() as mock:
        mock.post(URL, [failure, {"json": {}}])
        with pytest.raises(Unconfirmed):
            make().call(Request("POST", URL, b"{}", repeatable=False))
    assert mock.call_count == 1


@pytest.mark.parametrize("failure", [{"status_code": 429}, {"status_code": 403}, {"exc": requests.exceptions.ConnectTimeout}])  # fmt: skip
def test_what_never_arrived_is_repeated_whatever_it_is(
    make: Callable[..., Caller], failure: dict[str, Any]
) -> None:
    with requests_mock.Mocker() as mock:
        mock.post(URL, [failure, {"json": {}}])
        assert make().call(Request("POST", URL, b"{}", repeatable=False)).ok


def test_an_unreachable_host_is_told_from_a_broken_answer(make: Callable[..., Caller]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Exhausted) as caught:
        make().call(Request("POST", f"http://127.0.0.1:{port}/", b"{}", repeatable=False))
    assert caught.value.verdict is Verdict.UNREACHABLE


def test_attempts_come_to_an_end(make: Callable[..., Caller], waits: list[float]) -> None:
    with requests_mock.Mocker() as mock:
        mock.get(URL, status_code=500, json={"detail": "canary@person.test"})
        with pytest.raises(Exhausted) as caught:
            make().call(Request("GET", URL))
    assert mock.call_count == 4
    assert waits == [1, 2, 4]
    assert "canary" not in str(caught.value)


def test_retry_after_is_honoured(make: Callable[..., Caller], waits: list[float]) -> None:
    with requests_mock.Mocker() as mock:
        mock.get(URL, [{"status_code": 429, "headers": {"Retry-After": "30"}}, {"json": {}}])
        make().call(Request("GET", URL))
    assert waits == [30]


def test_a_throttle_halves_the_limit(make: Callable[..., Caller]) -> None:
    limiter = Limiter(8)
    with requests_mock.Mocker() as mock:
        mock.get(URL, [{"status_code": 429}, {"json": {}}])
        make(limiter=limiter).call(Request("GET", URL))
    assert limiter.limit == 4


def test_too_many_failures_in_a_row_stop_everything(make: Callable[..., Caller]) -> None:
    caller = make(breaker=Breaker(6))
    with requests_mock.Mocker() as mock:
        mock.get(URL, status_code=500, json={})
        with pytest.raises(Exhausted):
            caller.call(Request("GET", URL))
        with pytest.raises(FatalError):
            caller.call(Request("GET", URL))
    assert mock.call_count == 6


def test_nothing_is_repeated_once_the_run_stops(make: Callable[..., Caller]) -> None:
    with requests_mock.Mocker() as mock:
        mock.get(URL, status_code=500, json={})
        with pytest.raises(Halted):
            make(halted=lambda: True).call(Request("GET", URL))
    assert mock.call_count == 1
