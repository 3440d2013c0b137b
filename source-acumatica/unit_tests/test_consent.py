"""The consent: what is asked, and which answers to it are believed."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from source_acumatica.errors import ConfigError
from source_acumatica.signin.consent import Consent

REDIRECT = "http://localhost:8765/callback"
CONSENT = Consent("GUID@Company", REDIRECT, "planted-state", "planted-verifier")


def test_the_address_asks_for_a_code_with_pkce() -> None:
    address = CONSENT.address("http://erp.test/Site/identity/connect/authorize")
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    digest = hashlib.sha256(b"planted-verifier").digest()
    assert query == {
        "response_type": "code",
        "client_id": "GUID@Company",
        "redirect_uri": REDIRECT,
        "scope": "api offline_access",
        "state": "planted-state",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert "planted-verifier" not in address


def test_each_consent_has_its_own_secrets() -> None:
    one, other = Consent.begin("GUID@Company", REDIRECT), Consent.begin("GUID@Company", REDIRECT)
    assert one.state != other.state
    assert one.verifier != other.verifier
    assert 43 <= len(one.verifier) <= 128, "RFC 7636, 4.1"


@pytest.mark.parametrize("host", [REDIRECT, "/callback"])
def test_the_code_is_taken_from_the_address(host: str) -> None:
    assert CONSENT.code_in(f"{host}?code=abc&state=planted-state&scope=api") == "abc"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("code=abc&state=planted-other", "the state differs"),
        ("code=abc", "the state differs"),
        ("code=abc&state=plänted", "the state differs"),
        ("", "holds no code"),
        ("state=planted-state", "holds no code"),
        ("error=access_denied&state=planted-state", "was denied"),
        ("error=invalid_scope", "SM303010"),
        ("error=unauthorized_client", "Authorization Code"),
        ("error=server_error", "(server_error)"),
        ("error=<b>canary@planted.example</b>", "(an unknown error)"),
    ],
)
def test_other_answers_are_told_in_one_sentence(query: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        CONSENT.code_in(f"{REDIRECT}?{query}")
    assert sentence in str(raised.value)
    assert "canary" not in str(raised.value)
