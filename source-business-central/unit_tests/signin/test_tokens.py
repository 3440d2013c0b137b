"""One token for a process: asked for once, kept while it is good, a refusal never repeated."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import requests
import requests_mock as requests_mocker
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from freezegun import freeze_time

from source_business_central.errors import BusinessCentralError, ConfigError, PassingError
from source_business_central.signin.grants import Grant
from source_business_central.signin.refusals import explain
from source_business_central.signin.tokens import forget_keepers, keeper_for

URL = "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token"
Complete = Callable[..., dict[str, Any]]


@pytest.fixture
def web() -> Iterator[requests_mocker.Mocker]:
    with requests_mocker.Mocker() as mocker:
        yield mocker


def pem(key: Any) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def certificate_of(key: Any) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "planted")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    return certificate_of(key)


def by_certificate(key_text: str, certificate: x509.Certificate) -> dict[str, str]:
    return {
        "auth_type": "client_certificate",
        "client_id": "app",
        "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "private_key": key_text,
    }


def test_the_request_sends_scope_and_not_scopes(
    web: requests_mocker.Mocker, complete: Complete
) -> None:
    web.post(URL, json={"access_token": "planted-access", "expires_in": 3852})
    assert keeper_for(complete()).header() == "Bearer planted-access"
    form = parse_qs(web.last_request.text)
    assert form == {
        "grant_type": ["client_credentials"],
        "client_id": ["app"],
        "client_secret": ["planted"],
        "scope": ["https://api.businesscentral.dynamics.com/.default"],
    }


def test_other_clouds_have_their_own_login_and_scope(
    web: requests_mocker.Mocker, complete: Complete
) -> None:
    url = "https://login.partner.example.cn/contoso.com/oauth2/v2.0/token"
    web.post(url, json={"access_token": "x", "expires_in": 60})
    config = complete(
        login_url="https://login.partner.example.cn/", scope="https://bc.example.cn/.default"
    )
    keeper_for(config).header()
    assert parse_qs(web.last_request.text)["scope"] == ["https://bc.example.cn/.default"]


def test_a_token_is_shared_and_replaced_before_it_ends(
    web: requests_mocker.Mocker, complete: Complete
) -> None:
    web.post(URL, [{"json": {"access_token": f"t{n}", "expires_in": 3600}} for n in range(3)])
    with freeze_time("2026-11-24T12:00:00Z") as clock:
        assert keeper_for(complete()).header() == "Bearer t0"
        clock.tick(timedelta(minutes=54))
        assert keeper_for(complete()).header() == "Bearer t0"
        clock.tick(timedelta(minutes=2))
        assert keeper_for(complete()).header() == "Bearer t1"
    assert web.call_count == 2


def test_a_token_without_a_told_life_is_kept_for_a_moment(
    web: requests_mocker.Mocker, complete: Complete
) -> None:
    web.post(URL, json={"access_token": "t"})
    keeper = keeper_for(complete())
    assert keeper.header() == keeper.header()
    assert web.call_count == 1


def test_a_refused_token_is_replaced(web: requests_mocker.Mocker, complete: Complete) -> None:
    web.post(URL, [{"json": {"access_token": f"t{n}", "expires_in": 3600}} for n in range(2)])
    keeper = keeper_for(complete())
    keeper.header()
    keeper.renew()
    assert keeper.header() == "Bearer t1"


def test_an_assertion_is_signed_as_entra_wants_it(
    web: requests_mocker.Mocker,
    complete: Complete,
    key: rsa.RSAPrivateKey,
    certificate: x509.Certificate,
) -> None:
    web.post(URL, json={"access_token": "t", "expires_in": 60})
    credentials = by_certificate(pem(key), certificate)
    keeper_for(complete(credentials=credentials)).header()
    form = parse_qs(web.last_request.text)
    assert "client_secret" not in form
    (kind,) = form["client_assertion_type"]
    assert kind == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    (assertion,) = form["client_assertion"]
    header = jwt.get_unverified_header(assertion)
    der = certificate.public_bytes(serialization.Encoding.DER)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    assert header == {"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}
    claims = jwt.decode(assertion, key.public_key(), algorithms=["PS256"], audience=URL)
    assert claims["iss"] == claims["sub"] == "app"
    assert claims["exp"] - claims["nbf"] == 300
    assert claims["jti"]


@pytest.mark.parametrize("broken", [" ", "\\n", "\r\n"])
def test_a_key_survives_a_form_field_of_one_line(
    complete: Complete, key: rsa.RSAPrivateKey, certificate: x509.Certificate, broken: str
) -> None:
    text = pem(key).strip().replace("\n", broken)
    grant = Grant.of(complete(credentials=by_certificate(text, certificate)))
    assert "client_assertion" in grant.form(datetime.now(UTC))


def test_what_is_no_pair_is_told(
    complete: Complete, key: rsa.RSAPrivateKey, certificate: x509.Certificate
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    curve = ec.generate_private_key(ec.SECP256R1())
    cases = [
        (by_certificate(pem(other), certificate), "do not belong together"),
        (by_certificate(pem(curve), certificate_of(curve)), "do not belong together"),
        (by_certificate("nonsense", certificate), "`credentials.private_key` is no private key"),
        (
            by_certificate(pem(key), certificate) | {"certificate": "nonsense"},
            "`credentials.certificate` is no certificate",
        ),
        (by_certificate("", certificate), "`credentials.private_key` is missing"),
    ]
    for credentials, sentence in cases:
        with pytest.raises(ConfigError, match=sentence):
            keeper_for(complete(credentials=credentials))


def test_a_grant_shows_no_secret(
    complete: Complete, key: rsa.RSAPrivateKey, certificate: x509.Certificate
) -> None:
    assert "planted" not in repr(Grant.of(complete()))
    shown = repr(Grant.of(complete(credentials=by_certificate(pem(key), certificate))))
    assert "PRIVATE" not in shown


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (7000215, "`credentials.client_secret`"),
        (7000222, "secret has expired"),
        (700016, "`credentials.client_id`"),
        (90002, "`tenant_id`"),
        (700027, "refuses the certificate"),
        (500011, "`scope`"),
        (900144, "`scope`"),
        (65001, "API.ReadWrite.All"),
        (1, "`tenant_id` and `credentials`"),
    ],
)
def test_a_refusal_is_told_and_not_repeated(
    web: requests_mocker.Mocker, complete: Complete, number: int, sentence: str
) -> None:
    body = {
        "error": "x",
        "error_description": f"AADSTS{number}: planted text",
        "error_codes": [number],
    }
    web.post(URL, status_code=401, json=body)
    for _ in range(2):
        with pytest.raises(ConfigError) as failure:
            keeper_for(complete()).header()
        assert sentence in str(failure.value)
        assert "planted text" not in str(failure.value)
    assert web.call_count == 1


def test_a_refusal_is_told_by_its_description_or_its_name() -> None:
    assert "tenant" in str(explain(400, {"error_description": "AADSTS90002: Tenant not found."}))
    assert "credentials" in str(explain(401, {"error": "invalid_client"}))
    assert "HTTP 418" in str(explain(418, {}))


def test_a_busy_token_service_is_asked_again(
    web: requests_mocker.Mocker, complete: Complete, naps: list[float]
) -> None:
    busy = {"status_code": 503, "headers": {"Retry-After": "7"}}
    web.post(URL, [busy, {"status_code": 429}, {"json": {"access_token": "t", "expires_in": 60}}])
    assert keeper_for(complete()).header() == "Bearer t"
    assert naps == [7, 4]


def test_a_token_service_that_stays_busy_is_told(
    web: requests_mocker.Mocker, complete: Complete, naps: list[float]
) -> None:
    web.post(URL, status_code=503)
    with pytest.raises(PassingError, match="busy"):
        keeper_for(complete()).header()
    assert len(naps) == 3


def test_a_token_service_that_is_not_there_is_told(
    web: requests_mocker.Mocker, complete: Complete, naps: list[float]
) -> None:
    web.post(URL, exc=requests.ConnectionError)
    with pytest.raises(ConfigError, match="`login_url`"):
        keeper_for(complete()).header()
    assert len(naps) == 1


@pytest.mark.parametrize("answer", [{"json": {}}, {"text": "<html>"}])
def test_an_answer_without_a_token_is_told(
    web: requests_mocker.Mocker, complete: Complete, answer: dict[str, Any]
) -> None:
    web.post(URL, **answer)
    with pytest.raises(BusinessCentralError, match="without a token"):
        keeper_for(complete()).header()


def test_the_roles_of_a_token(web: requests_mocker.Mocker, complete: Complete) -> None:
    some = jwt.encode({"roles": ["API.ReadWrite.All"]}, "x" * 32, algorithm="HS256")
    none = jwt.encode({"sub": "app"}, "x" * 32, algorithm="HS256")
    for token, roles in ((some, ("API.ReadWrite.All",)), (none, ()), ("opaque", None)):
        forget_keepers()
        web.post(URL, json={"access_token": token, "expires_in": 60})
        assert keeper_for(complete()).roles() == roles


def test_a_web_service_key_is_sent_as_it_is(complete: Complete) -> None:
    credentials = {"auth_type": "basic", "username": "SYNC", "web_service_key": "planted:key"}
    config = complete(environment="", base_url="https://erp.test/BC", credentials=credentials)
    keeper = keeper_for(config)
    name, _, value = keeper.header().partition(" ")
    assert (name, base64.b64decode(value)) == ("Basic", b"SYNC:planted:key")
    keeper.renew()
    assert keeper.roles() is None
    assert keeper_for(config) is keeper


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_a_missing_credential_is_told(complete: Complete, name: str) -> None:
    credentials = json.loads(json.dumps(complete()["credentials"]))
    credentials[name] = " "
    with pytest.raises(ConfigError, match=f"`credentials.{name}` is missing"):
        keeper_for(complete(credentials=credentials))
