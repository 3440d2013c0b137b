"""Settings are read once, and told in one sentence where they cannot be used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from source_business_central.endpoint.manifest import specification
from source_business_central.errors import ConfigError
from source_business_central.settings import Settings, service_url, with_defaults

SECRET = {"auth_type": "client_secret", "client_id": "app", "client_secret": "planted"}
BASIC = {"auth_type": "basic", "username": "SYNC", "web_service_key": "planted"}


def complete(**settings: Any) -> dict[str, Any]:
    given = {"tenant_id": "contoso.com", "environment": "Production", "credentials": SECRET}
    return with_defaults(given | settings, specification()["connection_specification"])


def test_defaults_are_those_of_the_specification() -> None:
    settings = Settings.of(complete())
    assert settings == Settings(
        service_url="https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production",
        companies=(),
        start=None,
        overlap=timedelta(minutes=10),
        lag=timedelta(minutes=2),
        page_size=5000,
        invoice_statuses=("Open", "Paid", "Canceled", "Corrective"),
        local_currency="",
        read_deletions=False,
    )


def test_a_null_counts_as_absent() -> None:
    assert Settings.of(complete(page_size=None, start_date=None)).page_size == 5000


def test_a_start_without_an_offset_is_utc() -> None:
    settings = Settings.of(complete(start_date="2020-01-01T00:00:00"))
    assert settings.start == datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"environment": "My Sandbox"},
            "https://api.businesscentral.dynamics.com/v2.0/contoso.com/My%20Sandbox",
        ),
        (
            {"base_url": "https://bc.example.cn/"},
            "https://bc.example.cn/v2.0/contoso.com/Production",
        ),
        (
            {
                "environment": "",
                "credentials": BASIC,
                "base_url": "https://erp.example.com:7048/BC",
            },
            "https://erp.example.com:7048/BC",
        ),
        (
            {"environment": "", "base_url": "https://erp.example.com:7048/BC"},
            "https://erp.example.com:7048/BC",
        ),
    ],
)
def test_where_the_service_is(settings: dict[str, Any], expected: str) -> None:
    assert service_url(complete(**settings)) == expected


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"environment": " "}, "`environment` is missing"),
        ({"tenant_id": ""}, "`tenant_id` is missing"),
        ({"tenant_id": "a/b"}, "`tenant_id` must be"),
        ({"base_url": "api.example.com"}, "`base_url` must be a full address"),
        ({"base_url": "https://api.example.com/api/v2.0"}, "`base_url` holds too much"),
        ({"base_url": "https://api.example.com?x=1"}, "`base_url` holds too much"),
        ({"credentials": {"auth_type": "oauth"}}, "`credentials.auth_type` must be one of"),
        ({"credentials": None}, "`credentials.auth_type` must be one of"),
        ({"credentials": "planted"}, "`credentials.auth_type` must be one of"),
        ({"read_deletions": "no"}, "`read_deletions` must be true or false"),
        ({"credentials": BASIC}, "takes no user name and web service key"),
        ({"companies": "CRONUS"}, "`companies` must be a list of texts"),
        ({"start_date": "yesterday"}, "`start_date` must be a date and time"),
        ({"overlap_minutes": -1}, "`overlap_minutes` must be a whole number of 0 or more"),
        ({"lag_seconds": "x"}, "`lag_seconds` must be a whole number"),
        ({"page_size": 0}, "`page_size` must be a whole number from 1 to 20000"),
        ({"page_size": 20_001}, "`page_size` must be a whole number from 1 to 20000"),
        ({"page_size": True}, "`page_size` must be a whole number"),
        ({"num_workers": 6}, "`num_workers` must be a whole number from 1 to 5"),
        ({"invoice_statuses": ["Draft"]}, "Drafts are never read"),
        ({"invoice_statuses": []}, "`invoice_statuses` must name one or more"),
    ],
)
def test_what_cannot_be_used_is_told(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as failure:
        Settings.of(complete(**settings))
    assert sentence in str(failure.value)


def test_the_specification_marks_secrets() -> None:
    choices = specification()["connection_specification"]["properties"]["credentials"]["oneOf"]
    secret = {
        name
        for choice in choices
        for name, field in choice["properties"].items()
        if field.get("airbyte_secret")
    }
    assert secret == {"client_secret", "private_key", "web_service_key"}
