from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulators.business_central import BusinessCentralSimulator
from simulators.business_central.signin.assertion import ASSERTION_TYPE

SCOPE = "https://api.businesscentral.dynamics.com/.default"


def ask(erp: BusinessCentralSimulator, tenant: str | None = None, **changes: str | None) -> Any:
    application = erp.application
    form = {
        "grant_type": "client_credentials",
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "scope": SCOPE,
        **changes,
    }
    given = {name: value for name, value in form.items() if value is not None}
    url = f"{erp.token_url}/{tenant or application.tenant_id}/oauth2/v2.0/token"
    return requests.post(url, data=given, timeout=5)


def claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def part(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def assertion(erp: BusinessCentralSimulator, *, algorithm: str = "PS256", **changes: Any) -> str:
    application = erp.application
    sha1, sha256 = application.thumbprints()
    header = {"alg": algorithm, "typ": "JWT", "x5t": sha1, "x5t#S256": sha256}
    claims = {
        "aud": f"{erp.token_url}/{application.tenant_id}/oauth2/v2.0/token",
        "iss": application.client_id,
        "sub": application.client_id,
        "jti": "1",
        "nbf": int(time.time()),
        "exp": int(time.time()) + 600,
        **{name: value for name, value in changes.items() if name not in header},
    }
    header |= {name: value for name, value in changes.items() if name in header}
    key = serialization.load_pem_private_key(application.private_key.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signed = f"{part(header)}.{part(claims)}"
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    scheme = pss if algorithm == "PS256" else padding.PKCS1v15()
    return f"{signed}.{part(key.sign(signed.encode(), scheme, hashes.SHA256()))}"


def with_certificate(erp: BusinessCentralSimulator, token: str) -> Any:
    return ask(
        erp, client_secret=None, client_assertion=token, client_assertion_type=ASSERTION_TYPE
    )


def test_a_secret_gives_a_token_with_roles(erp: BusinessCentralSimulator) -> None:
    body = ask(erp).json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3852)
    claims = claims_of(body["access_token"])
    assert claims["roles"] == ["API.ReadWrite.All"]
    assert (claims["tid"], claims["aud"]) == (
        erp.application.tenant_id,
        "https://api.businesscentral.dynamics.com",
    )
    assert ask(erp, erp.application.domain).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", "AADSTS7000215"),
        ({"client_secret": None}, 401, "invalid_client", "AADSTS7000216"),
        ({"client_id": "other"}, 400, "unauthorized_client", "AADSTS700016"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", "AADSTS70003"),
        ({"scope": None}, 400, "invalid_request", "AADSTS90014"),
        ({"scope": None, "scopes": SCOPE}, 400, "invalid_request", "AADSTS90014"),
        ({"scope": "Financials.ReadWrite.All"}, 400, "invalid_scope", "AADSTS1002012"),
    ],
)
def test_what_entra_refuses(
    erp: BusinessCentralSimulator,
    changes: dict[str, str | None],
    status: int,
    error: str,
    number: str,
) -> None:
    answer = ask(erp, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].startswith(number)
    assert "planted" not in answer.text


def test_an_unknown_tenant(erp: BusinessCentralSimulator) -> None:
    answer = ask(erp, "nobody.onmicrosoft.com")
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
def test_a_certificate_stands_for_the_secret(erp: BusinessCentralSimulator, algorithm: str) -> None:
    assert with_certificate(erp, assertion(erp, algorithm=algorithm)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"iss": "other"}, 700021),
        ({"sub": "other"}, 700021),
        ({"aud": "https://elsewhere/token"}, 700023),
        ({"exp": 1_000_000_000}, 700024),
        ({"nbf": 4_000_000_000, "exp": 4_000_000_600}, 700024),
        ({"x5t": "other", "x5t#S256": "other"}, 700027),
        ({"alg": "none"}, 5002738),
        ({"alg": "RS256"}, 700027),
    ],
)
def test_an_assertion_that_is_not_right(
    erp: BusinessCentralSimulator, changes: dict[str, Any], number: int
) -> None:
    answer = with_certificate(erp, assertion(erp, **changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["error_codes"] == [number]


@pytest.mark.parametrize("token", ["x", "a.b.c", f"{part(b'[]')}.{part({})}.x"])
def test_an_assertion_that_is_none(erp: BusinessCentralSimulator, token: str) -> None:
    assert with_certificate(erp, token).json()["error_codes"] == [50027]


def refused(erp: BusinessCentralSimulator, token: str, url: str | None = None) -> tuple[int, str]:
    answer = requests.get(
        url or f"{erp.api_url}/companies", headers={"Authorization": f"Bearer {token}"}, timeout=5
    )
    if answer.status_code == 200:
        return 200, ""
    return answer.status_code, answer.json()["error"]["code"]


UNAUTHORIZED = (401, "Authentication_InvalidCredentials")


def test_a_token_lives_as_long_as_it_says(erp: BusinessCentralSimulator) -> None:
    token = erp.entra.give()
    erp.clock.advance(timedelta(seconds=3850))
    assert refused(erp, token) == (200, "")
    erp.clock.advance(timedelta(seconds=3))
    assert refused(erp, token) == UNAUTHORIZED


def test_who_is_not_let_in(erp: BusinessCentralSimulator) -> None:
    good = erp.entra.give()
    application = erp.application
    assert refused(erp, "unknown") == UNAUTHORIZED
    assert refused(erp, erp.entra.give("https://graph.microsoft.com")) == UNAUTHORIZED
    elsewhere = f"{erp.api_url}/companies".replace(application.tenant_id, "contoso.com")
    assert refused(erp, good, elsewhere) == UNAUTHORIZED
    application.enabled = False
    assert refused(erp, good) == UNAUTHORIZED
    application.enabled, application.registered = True, False
    assert refused(erp, good) == UNAUTHORIZED
    application.registered = True
    application.roles = ()
    assert refused(erp, erp.entra.give()) == UNAUTHORIZED
    assert "roles" not in claims_of(erp.entra.give())
    assert refused(erp, good) == (200, "")
    assert requests.get(f"{erp.api_url}/companies", timeout=5).status_code == 401


def test_the_tenant_may_come_from_the_token(erp: BusinessCentralSimulator) -> None:
    url = f"{erp.url}/v2.0/Production/api/v2.0/companies"
    assert refused(erp, erp.entra.give(), url) == (200, "")
    basic = requests.get(url, auth=("SYNC", "planted-webservice-key"), timeout=5)
    assert basic.status_code == 401


def test_some_gateways_refuse_in_xml(erp: BusinessCentralSimulator) -> None:
    erp.faults.on("wrong_tenant_xml", count=1)
    answer = requests.get(f"{erp.api_url}/companies", timeout=5)
    assert answer.status_code == 401
    assert "credentials provided are incorrect" in answer.text


@pytest.fixture
def on_premises() -> Iterator[BusinessCentralSimulator]:
    with BusinessCentralSimulator(on_premises="BC") as simulator:
        yield simulator


def test_on_premises_takes_a_web_service_key(on_premises: BusinessCentralSimulator) -> None:
    erp = on_premises
    url = f"{erp.url}/api/v2.0/companies"
    assert url.endswith("/BC/api/v2.0/companies")
    key = (erp.credentials()["username"], erp.credentials()["web_service_key"])
    answer = requests.get(url, auth=key, timeout=5)
    assert [row["name"] for row in answer.json()["value"]] == ["My Company"]
    assert requests.get(url, auth=("SYNC", "wrong"), timeout=5).status_code == 401
    broken = requests.get(url, headers={"Authorization": "Basic x"}, timeout=5)
    assert broken.status_code == 401
    assert requests.get(f"{erp.base_url}/NAV/api/v2.0", auth=key, timeout=5).status_code == 404
    erp.api_enabled = False
    assert requests.get(url, auth=key, timeout=5).status_code == 405


def test_rights_of_a_company_and_of_a_table(erp: BusinessCentralSimulator) -> None:
    token = erp.entra.give()
    company = erp.company().id
    below = f"{erp.api_url}/companies({company})/customers"
    assert refused(erp, token, below) == (200, "")
    erp.rights.no_table.add("customers")
    assert refused(erp, token, below) == (403, "Internal_ServerError")
    erp.rights.no_company.add(company)
    assert refused(erp, token, below) == UNAUTHORIZED
    assert refused(erp, token) == (200, "")


def test_without_a_right_documents_are_left_out_silently(
    erp: BusinessCentralSimulator, client: Any, line: Any
) -> None:
    documents = erp.documents()
    posted = documents.draft("C1", [line()])
    number = documents.post(posted)
    draft = documents.draft("C2", [line()])
    both = [number, erp.get("salesInvoices", draft)["number"]]
    assert sorted(client.values("salesInvoices", "number")) == sorted(both)
    erp.rights.posted_documents = False
    assert client.values("salesInvoices", "number") == [both[1]]
    assert client.rows("salesInvoices", filter="status eq 'Paid' or status eq 'Open'") == []
    assert client.get(f"salesInvoices({posted})").status_code == 404
    erp.rights.posted_documents, erp.rights.open_documents = True, False
    assert client.values("salesInvoices", "number") == [number]
    assert client.get("salesInvoices/$count").text == "1"
