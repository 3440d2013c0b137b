from __future__ import annotations

import base64
import hashlib
import json
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulators.acumatica import AcumaticaSimulator, RefreshLife


def token(erp: AcumaticaSimulator, **fields: str) -> requests.Response:
    account = erp.account
    form = {"client_id": account.client_id, "client_secret": account.client_secret, **fields}
    return requests.post(f"{erp.url}/identity/connect/token", data=form, timeout=5)


def refresh(erp: AcumaticaSimulator, refresh_token: str) -> requests.Response:
    return token(erp, grant_type="refresh_token", refresh_token=refresh_token)


def read(erp: AcumaticaSimulator, access_token: str) -> int:
    return requests.get(
        f"{erp.url}/entity/Default/24.200.001/Customer?$top=1",
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=5,
    ).status_code


def log_in(erp: AcumaticaSimulator, session: requests.Session, **changes: str) -> requests.Response:
    account = erp.account
    body = {"name": account.username, "password": account.password, "tenant": account.tenant}
    return session.post(f"{erp.url}/entity/auth/login", json=body | changes, timeout=5)


def test_discovery_names_the_endpoints(erp: AcumaticaSimulator) -> None:
    found = requests.get(f"{erp.url}/identity/.well-known/openid-configuration", timeout=5).json()
    assert found["token_endpoint"] == f"{erp.url}/identity/connect/token"
    assert "client_credentials" not in found["grant_types_supported"]


def test_a_refresh_token_works_once(erp: AcumaticaSimulator) -> None:
    first = erp.new_refresh_token()
    answer = refresh(erp, first).json()
    assert answer["expires_in"] == 3600
    assert answer["token_type"] == "Bearer"
    assert read(erp, answer["access_token"]) == 200
    again = refresh(erp, first)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    assert refresh(erp, answer["refresh_token"]).status_code == 200
    assert read(erp, answer["access_token"]) == 401


def test_an_access_token_lives_an_hour_and_the_chain_thirty_days(erp: AcumaticaSimulator) -> None:
    erp.clock.freeze()
    answer = refresh(erp, erp.new_refresh_token()).json()
    erp.clock.advance(timedelta(minutes=59))
    assert read(erp, answer["access_token"]) == 200
    erp.clock.advance(timedelta(minutes=1))
    assert read(erp, answer["access_token"]) == 401
    erp.clock.advance(timedelta(days=20))
    answer = refresh(erp, answer["refresh_token"]).json()
    erp.clock.advance(timedelta(days=10))
    assert refresh(erp, answer["refresh_token"]).json() == {"error": "invalid_grant"}


def test_the_password_grant(erp: AcumaticaSimulator) -> None:
    user = {"grant_type": "password", "username": "sync", "password": "planted-password"}
    answer = token(erp, **user, scope="api").json()
    assert "refresh_token" not in answer
    assert read(erp, answer["access_token"]) == 200
    assert token(erp, **user, scope="api offline_access").json()["refresh_token"]
    assert token(erp, **user, scope="openid").json() == {"error": "invalid_scope"}
    wrong = token(erp, **{**user, "password": "x"}, scope="api")
    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize("field", ["client_id", "client_secret"])
def test_a_wrong_client_or_tenant_is_refused(erp: AcumaticaSimulator, field: str) -> None:
    client_id = erp.account.client_id.partition("@")[0] + "@Other"
    value = client_id if field == "client_id" else "wrong"
    answer = token(erp, grant_type="refresh_token", refresh_token="x", **{field: value})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})


def test_the_client_may_prove_itself_by_basic_authentication(erp: AcumaticaSimulator) -> None:
    account = erp.account
    answer = requests.post(
        f"{erp.url}/identity/connect/token",
        data={"grant_type": "refresh_token", "refresh_token": erp.new_refresh_token()},
        auth=(account.client_id, account.client_secret),
        timeout=5,
    )
    assert answer.status_code == 200
    broken = {"Authorization": "Basic !"}
    url = f"{erp.url}/identity/connect/token"
    assert requests.post(url, headers=broken, timeout=5).json() == {"error": "invalid_client"}


def test_client_credentials_are_no_flow(erp: AcumaticaSimulator) -> None:
    answer = token(erp, grant_type="client_credentials", scope="api")
    assert answer.json() == {"error": "unsupported_grant_type"}


def test_the_authorization_code_flow(erp: AcumaticaSimulator) -> None:
    asked = {
        "response_type": "code",
        "client_id": erp.account.client_id,
        "redirect_uri": "http://localhost:8765/callback",
        "scope": "api offline_access",
        "state": "s 1",
    }
    url = f"{erp.url}/identity/connect/authorize"
    answer = requests.get(url, params=asked, allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["s 1"]
    form = {"grant_type": "authorization_code", "code": back["code"][0]}
    assert token(erp, **form, redirect_uri="http://elsewhere").json() == {"error": "invalid_grant"}
    assert token(erp, **form, redirect_uri=asked["redirect_uri"]).json() == {
        "error": "invalid_grant"
    }
    answer = requests.get(url, params=asked, allow_redirects=False, timeout=5)
    form["code"] = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    tokens = token(erp, **form, redirect_uri=asked["redirect_uri"]).json()
    assert read(erp, tokens["access_token"]) == 200
    for wrong in ({"client_id": "x"}, {"redirect_uri": ""}, {"response_type": "token"}):
        refused = requests.get(url, params=asked | wrong, allow_redirects=False, timeout=5)
        assert refused.status_code == 400


def test_a_code_challenge_must_be_answered(erp: AcumaticaSimulator) -> None:
    verifier = "v" * 50
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": erp.account.client_id,
        "redirect_uri": "http://localhost:8765/callback",
        "scope": "api offline_access",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }

    def exchange(**proof: str) -> requests.Response:
        url = f"{erp.url}/identity/connect/authorize"
        answer = requests.get(url, params=asked, allow_redirects=False, timeout=5)
        code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        return token(
            erp,
            grant_type="authorization_code",
            code=code,
            redirect_uri=asked["redirect_uri"],
            **proof,
        )

    assert exchange().json() == {"error": "invalid_grant"}
    assert exchange(code_verifier="w" * 50).json() == {"error": "invalid_grant"}
    assert exchange(code_verifier=verifier).status_code == 200


def consent(erp: AcumaticaSimulator, **changes: str) -> requests.Response:
    asked = {
        "response_type": "code",
        "client_id": erp.account.client_id,
        "redirect_uri": "http://localhost:8765/callback",
        "scope": "api offline_access",
        "state": "s1",
    }
    url = f"{erp.url}/identity/connect/authorize"
    return requests.get(url, params=asked | changes, allow_redirects=False, timeout=5)


def sent_back(answer: requests.Response) -> dict[str, str]:
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def by_code(erp: AcumaticaSimulator, code: str) -> requests.Response:
    return token(
        erp,
        grant_type="authorization_code",
        code=code,
        redirect_uri="http://localhost:8765/callback",
    )


def test_a_person_clicks_on_a_page(erp: AcumaticaSimulator) -> None:
    erp.consents_at_once = False
    page = consent(erp)
    assert page.status_code == 200
    assert "<li>offline_access</li>" in page.text
    user = {"username": erp.account.username, "password": erp.account.password}

    def click(**fields: str) -> requests.Response:
        return requests.post(page.url, data=fields, allow_redirects=False, timeout=5)

    denied = sent_back(click(decision="deny", **user))
    assert denied == {"error": "access_denied", "state": "s1"}
    assert click(decision="allow", username="sync", password="wrong").status_code == 401
    allowed = sent_back(click(decision="allow", **user))
    assert allowed["state"] == "s1"
    assert by_code(erp, allowed["code"]).json()["refresh_token"]


def test_a_redirect_address_is_registered_to_the_letter(erp: AcumaticaSimulator) -> None:
    for wrong in ("http://localhost:8765/callback/", "http://127.0.0.1:8765/callback"):
        refused = consent(erp, redirect_uri=wrong)
        assert (refused.status_code, refused.json()) == (400, {"error": "invalid_request"})
    erp.sign_in.redirect_uris.add("http://127.0.0.1:9/back?a=1")
    given = consent(erp, redirect_uri="http://127.0.0.1:9/back?a=1").headers["Location"]
    assert given.startswith("http://127.0.0.1:9/back?a=1&code=")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "api everything"}, "invalid_scope"),
        ({"scope": "offline_access"}, "invalid_scope"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
    ],
)
def test_what_the_application_may_not_ask(
    erp: AcumaticaSimulator, changes: dict[str, str], error: str
) -> None:
    assert sent_back(consent(erp, **changes)) == {"error": error, "state": "s1"}


def test_a_code_is_good_once_and_for_five_minutes(erp: AcumaticaSimulator) -> None:
    erp.clock.freeze()
    first, second = (sent_back(consent(erp))["code"] for _ in range(2))
    erp.clock.advance(timedelta(minutes=4, seconds=59))
    assert by_code(erp, first).status_code == 200
    assert by_code(erp, first).json() == {"error": "invalid_grant"}
    erp.clock.advance(timedelta(seconds=1))
    assert by_code(erp, second).json() == {"error": "invalid_grant"}


def test_the_password_grant_knows_its_scopes(erp: AcumaticaSimulator) -> None:
    user = {"grant_type": "password", "username": "sync", "password": "planted-password"}
    assert token(erp, **user, scope="api everything").json() == {"error": "invalid_scope"}


def test_sliding_expiration(erp: AcumaticaSimulator) -> None:
    erp.clock.freeze()
    erp.sign_in.refresh_life = RefreshLife(chain=None, sliding=timedelta(days=10))
    answer = refresh(erp, erp.new_refresh_token()).json()
    for _ in range(6):
        erp.clock.advance(timedelta(days=9))
        answer = refresh(erp, answer["refresh_token"]).json()
    erp.clock.advance(timedelta(days=10))
    assert refresh(erp, answer["refresh_token"]).json() == {"error": "invalid_grant"}


def test_access_that_is_taken_away(erp: AcumaticaSimulator) -> None:
    refresh_token = erp.new_refresh_token()
    erp.sign_in.revoke_refresh()
    assert refresh(erp, refresh_token).json() == {"error": "invalid_grant"}


def test_by_hand_a_person_clicks() -> None:
    assert not AcumaticaSimulator.by_hand(seed=0, empty=True).consents_at_once


def test_without_a_token_nothing_is_read(erp: AcumaticaSimulator) -> None:
    assert read(erp, "unknown") == 401
    answer = requests.get(f"{erp.url}/entity/Default/24.200.001/Customer", timeout=5)
    assert answer.json() == {"message": "Authorization has been denied for this request."}


def test_a_cookie_login_reads_until_it_logs_out(erp: AcumaticaSimulator) -> None:
    session = requests.Session()
    answer = log_in(erp, session)
    assert (answer.status_code, answer.content) == (204, b"")
    assert {".ASPXAUTH", "ASP.NET_SessionId"} <= set(session.cookies.keys())
    url = f"{erp.url}/entity/Default/24.200.001/Customer"
    assert session.get(url, timeout=5).status_code == 200
    assert session.post(f"{erp.url}/entity/auth/logout", timeout=5).status_code == 204
    assert session.get(url, timeout=5).status_code == 401


def test_a_log_out_without_content_length_is_411(erp: AcumaticaSimulator) -> None:
    with socket.create_connection(("127.0.0.1", erp.port), timeout=5) as raw:
        raw.sendall(b"POST /Wholesale/entity/auth/logout HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 411")


def test_a_wrong_password_is_500_as_recorded(erp: AcumaticaSimulator, contracts_dir: Path) -> None:
    answer = log_in(erp, requests.Session(), password="wrong")
    recorded = json.loads(
        (contracts_dir / "acumatica" / "recorded" / "login-bad-password-500.json").read_text()
    )
    assert answer.status_code == 500
    assert answer.json() | {"stackTrace": ""} == recorded | {"stackTrace": ""}


def test_an_unknown_tenant(erp: AcumaticaSimulator) -> None:
    answer = log_in(erp, requests.Session(), tenant="Nowhere")
    assert answer.json()["exceptionType"].endswith("PXUndefinedCompanyException")
    assert log_in(erp, requests.Session(), tenant="").status_code == 204
    erp.several_tenants = False
    assert log_in(erp, requests.Session(), tenant="Nowhere").status_code == 204


def test_a_login_without_a_body_is_refused(erp: AcumaticaSimulator) -> None:
    assert requests.post(f"{erp.url}/entity/auth/login", timeout=5).status_code == 400


@pytest.mark.parametrize(
    ("form", "status", "kind"),
    [
        ("500", 500, "application/json"),
        ("429", 429, "application/json"),
        ("text", 429, "text/plain"),
    ],
)
def test_a_grant_without_a_seat_is_refused(
    erp: AcumaticaSimulator, form: str, status: int, kind: str
) -> None:
    erp.sign_in.session_limit = 2
    erp.login_limit_form = form
    first, second, third = (erp.sign_in.grant("api offline_access") for _ in range(3))
    assert read(erp, first.access_token) == 200
    assert read(erp, second.access_token) == 200
    answer = requests.get(
        f"{erp.url}/entity/Default/24.200.001/Customer",
        headers={"Authorization": f"Bearer {third.access_token}"},
        timeout=5,
    )
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(kind)
    assert "API Login Limit" in answer.text
    assert "API Login Limit" in log_in(erp, requests.Session()).text
    assert read(erp, first.access_token) == 200


def test_refreshing_keeps_the_seat_and_signing_out_frees_it(erp: AcumaticaSimulator) -> None:
    erp.sign_in.session_limit = 1
    one = refresh(erp, erp.new_refresh_token()).json()
    assert read(erp, one["access_token"]) == 200
    one = refresh(erp, one["refresh_token"]).json()
    assert read(erp, one["access_token"]) == 200
    other = erp.sign_in.grant("api").access_token
    assert read(erp, other) == 500
    requests.post(
        f"{erp.url}/entity/auth/logout",
        headers={"Authorization": f"Bearer {one['access_token']}"},
        timeout=5,
    )
    assert read(erp, other) == 200
    erp.clock.advance(timedelta(hours=1))
    assert erp.sign_in.seats_taken() == 0


def test_a_restart_of_the_site_frees_the_seats(erp: AcumaticaSimulator) -> None:
    erp.sign_in.session_limit = 1
    one, two = (erp.sign_in.grant("api").access_token for _ in range(2))
    assert [read(erp, one), read(erp, two)] == [200, 500]
    erp.sign_in.free_seats()
    assert read(erp, two) == 200
    erp.sign_in.revoke_access()
    assert read(erp, two) == 401


def test_the_printed_credentials_work(erp: AcumaticaSimulator) -> None:
    given: dict[str, Any] = dict(erp.credentials())
    assert given["instance_url"] == erp.url
    assert given["client_id"].endswith("@Wholesale")
    assert refresh(erp, given["refresh_token"]).status_code == 200
