from __future__ import annotations

import pytest

from glue.masking import Masker, secret_names, secret_values, without_secrets

SPEC = {
    "properties": {
        "url": {"type": "string"},
        "credentials": {
            "oneOf": [
                {"properties": {"code": {"airbyte_secret": True}, "user": {}}},
                {"properties": {"pin": {"airbyte_secret": True}}},
            ]
        },
    }
}
CONFIG = {"url": "http://x", "credentials": {"code": "abcd", "user": "me", "refresh_token": "efgh"}}


def test_secrets_are_found_by_the_spec_and_by_telling_names() -> None:
    names = secret_names(SPEC)
    assert names == {"code", "pin"}
    assert set(secret_values(CONFIG, names)) == {"abcd", "efgh"}
    assert without_secrets(CONFIG, names) == {"url": "http://x", "credentials": {"user": "me"}}


def test_secrets_are_masked_also_where_they_are_encoded() -> None:
    mask = Masker()
    mask.add(["pass word/1", "pass word/12", "ab"])
    assert mask("a pass word/12 b") == "a **** b"
    assert mask("x=pass%20word%2F1&y=pass+word%2F1") == "x=****&y=****"
    assert mask("ab stays: it is too short") == "ab stays: it is too short"


@pytest.mark.parametrize(
    "address", ["anna@example.com", "Anna.B+x@sub.example.co.uk", "ö@ü.de", "a%40b.com"]
)
def test_addresses_are_masked(address: str) -> None:
    assert Masker()(f'refused "{address}", sorry <{address}>') == 'refused "****", sorry <****>'


def test_other_text_stays() -> None:
    text = "GET https://erp.example.com/entity at 12:00, 5 @ 3.50"
    assert Masker()(text) == text
