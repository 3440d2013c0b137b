"""One token for a process, renewed in time, announced at once, and never asked for in a loop."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from requests_mock import Mocker

from source_acumatica.errors import AcumaticaError, ConfigError, PassingError
from source_acumatica.signin.grant import Grant
from source_acumatica.signin.tokens import TokenKeeper, keeper_for

TOKEN_URL = "http://erp.test/Site/identity/connect/token"


def keeper(config: dict[str, Any]) -> tuple[TokenKeeper, list[dict[str, Any]]]:
    announced: list[dict[str, Any]] = []
    return TokenKeeper(Grant.of(config), config, announced.append), announced


def form(web: Mocker, call: int = -1) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(web.request_history[call].text).items()}


def test_a_refresh_token_is_exchanged_once(web: Mocker, config: dict[str, Any]) -> None:
    kept, announced = keeper(config)
    assert {kept.access_token() for _ in range(5)} == {"planted-access-1"}
    assert web.call_count == 1
    assert form(web) == {
        "grant_type": "refresh_token",
        "client_id": "GUID@Company",
        "client_secret": "planted-secret",
        "refresh_token": "planted-refresh-1",
    }
    assert len(announced) == 1


def test_the_new_config_is_the_whole_old_one_with_new_tokens(
    web: Mocker,  # noqa: ARG001 - answers the request
    config: dict[str, Any],
) -> None:
    kept, announced = keeper(config)
    kept.access_token()
    expiry = announced[0]["credentials"].pop("token_expiry_date")
    assert datetime.fromisoformat(expiry) - datetime.now(UTC) > timedelta(minutes=59)
    credentials = {
        **config["credentials"],
        "refresh_token": "planted-refresh-2",
        "access_token": "planted-access-1",
    }
    assert announced[0] == {**config, "credentials": credentials}
    assert config["credentials"]["refresh_token"] == "planted-refresh-1"


def test_the_next_exchange_gives_the_newest_refresh_token(
    web: Mocker, config: dict[str, Any]
) -> None:
    kept, _ = keeper(config)
    token = kept.access_token()
    kept.accepted()
    kept.replace(token)
    assert form(web)["refresh_token"] == "planted-refresh-2"


def test_a_service_that_keeps_the_refresh_token_is_fine(
    web: Mocker, config: dict[str, Any]
) -> None:
    web.post(TOKEN_URL, json={"access_token": "planted-access", "expires_in": 60})
    kept, announced = keeper(config)
    kept.access_token()
    assert announced[0]["credentials"]["refresh_token"] == "planted-refresh-1"


def test_a_password_is_asked_with_the_scope_api(
    web: Mocker, password_config: dict[str, Any]
) -> None:
    kept, announced = keeper(password_config)
    kept.access_token()
    assert form(web) == {
        "grant_type": "password",
        "scope": "api",
        "client_id": "GUID@Company",
        "client_secret": "planted-secret",
        "username": "sync",
        "password": "planted-password",
    }
    assert announced[0]["credentials"]["access_token"] == "planted-access-1"
    assert "refresh_token" not in announced[0]["credentials"]


@pytest.mark.parametrize("ends", [timedelta(minutes=30), timedelta(minutes=2)])
def test_a_known_token_is_used_while_it_is_good(
    web: Mocker, config: dict[str, Any], ends: timedelta
) -> None:
    config["credentials"] |= {
        "access_token": "planted-known",
        "token_expiry_date": (datetime.now(UTC) + ends).isoformat(),
    }
    kept, announced = keeper(config)
    assert kept.access_token() == "planted-known"
    assert web.call_count == len(announced) == 0


@pytest.mark.parametrize(
    "expiry", [None, "", "soon", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00"]
)
def test_a_known_token_that_ends_is_replaced(
    web: Mocker, config: dict[str, Any], expiry: str | None
) -> None:
    config["credentials"] |= {"access_token": "planted-known", "token_expiry_date": expiry}
    kept, _ = keeper(config)
    assert kept.access_token() == "planted-access-1"
    assert web.call_count == 1


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (400, {"error": "invalid_grant"}, "`credentials.refresh_token`: it is expired"),
        (400, {"error": "invalid_client"}, "`credentials.client_id`"),
        (400, {"error": "unauthorized_client"}, "`credentials.client_id`"),
        (404, {}, "`instance_url`"),
        (302, {}, "`instance_url`"),
        (500, {"exceptionMessage": "API Login Limit"}, "API Login Limit"),
    ],
)
def test_a_refusal_is_told_once_and_not_provoked_again(
    web: Mocker, config: dict[str, Any], status: int, body: dict[str, str], sentence: str
) -> None:
    web.post(TOKEN_URL, status_code=status, json=body)
    kept, announced = keeper(config)
    for _ in range(5):
        with pytest.raises(ConfigError, match=sentence):
            kept.access_token()
    with pytest.raises(ConfigError, match=sentence):
        kept.replace("planted-dead")
    assert web.call_count == 1
    assert announced == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_grant", "error_description": "invalid_username_or_password"}),
        (500, {"exceptionMessage": "Error: Invalid credentials. Please try again."}),
    ],
)
def test_a_wrong_password_is_tried_once(
    web: Mocker, password_config: dict[str, Any], status: int, body: dict[str, str]
) -> None:
    web.post(TOKEN_URL, status_code=status, json=body)
    kept, _ = keeper(password_config)
    for _ in range(5):
        with pytest.raises(ConfigError, match=r"`credentials\.password`"):
            kept.access_token()
    assert web.call_count == 1


def test_a_busy_token_service_is_asked_again(
    web: Mocker, config: dict[str, Any], naps: list[float]
) -> None:
    answers = [
        {"status_code": 429, "headers": {"Retry-After": "3"}},
        {"status_code": 503},
        {"json": {"access_token": "planted-access-9", "refresh_token": "planted-refresh-9"}},
    ]
    web.post(TOKEN_URL, answers)
    kept, _ = keeper(config)
    assert kept.access_token() == "planted-access-9"
    assert naps == [3, 4]


def test_a_passing_fault_is_not_remembered(
    web: Mocker,
    config: dict[str, Any],
    naps: list[float],  # noqa: ARG001 - nobody waits
) -> None:
    web.post(TOKEN_URL, status_code=503)
    kept, _ = keeper(config)
    with pytest.raises(PassingError, match="busy"):
        kept.access_token()
    web.post(TOKEN_URL, json={"access_token": "planted-access-9"})
    assert kept.access_token() == "planted-access-9"


def test_a_host_that_is_not_there_is_told_soon(
    web: Mocker, config: dict[str, Any], naps: list[float]
) -> None:
    web.post(TOKEN_URL, exc=requests.ConnectionError)
    kept, _ = keeper(config)
    with pytest.raises(ConfigError, match="`instance_url`"):
        kept.access_token()
    assert len(naps) == 1


@pytest.mark.parametrize("body", [{}, [], {"access_token": ""}, {"access_token": 7}])
def test_an_answer_without_a_token_is_told(
    web: Mocker, config: dict[str, Any], body: object
) -> None:
    web.post(TOKEN_URL, json=body)
    kept, _ = keeper(config)
    with pytest.raises(AcumaticaError, match="without a token"):
        kept.access_token()


@pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token"])
def test_a_missing_credential_is_named(config: dict[str, Any], name: str) -> None:
    del config["credentials"][name]
    with pytest.raises(ConfigError, match=rf"`credentials\.{name}` is missing"):
        Grant.of(config)


@pytest.mark.parametrize("name", ["username", "password"])
def test_a_missing_part_of_a_password_sign_in_is_named(
    password_config: dict[str, Any], name: str
) -> None:
    password_config["credentials"][name] = " "
    with pytest.raises(ConfigError, match=rf"`credentials\.{name}` is missing"):
        Grant.of(password_config)


def test_all_streams_share_one_keeper(config: dict[str, Any]) -> None:
    assert keeper_for(config) is keeper_for({**config, "page_size": 1})


def test_another_password_is_another_keeper(password_config: dict[str, Any]) -> None:
    first = keeper_for(password_config)
    password_config["credentials"] = {**password_config["credentials"], "password": "planted-new"}
    assert keeper_for(password_config) is not first


def test_threads_share_one_exchange(web: Mocker, config: dict[str, Any]) -> None:
    kept, _ = keeper(config)
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(kept.access_token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["planted-access-1"] * 8
    assert web.call_count == 1
