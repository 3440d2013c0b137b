"""Settings are checked in plain words, each named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from source_acumatica.endpoint.manifest import specification
from source_acumatica.errors import ConfigError
from source_acumatica.settings import Settings, instance_url, with_defaults

SPECIFICATION = specification()["connection_specification"]


def complete(config: dict[str, Any]) -> dict[str, Any]:
    return with_defaults(config, SPECIFICATION)


def test_defaults_come_from_the_specification(config: dict[str, Any]) -> None:
    settings = Settings.of(complete(config))
    assert settings.endpoint.version == "24.200.001"
    assert settings.overlap == timedelta(minutes=10)
    assert settings.lag == timedelta(minutes=2)
    assert settings.window == timedelta(days=90)
    assert settings.start == datetime(2026, 9, 1, tzinfo=UTC)


def test_a_null_counts_as_absent(config: dict[str, Any]) -> None:
    assert complete({**config, "endpoint_version": None})["endpoint_version"] == "24.200.001"


def test_zero_is_a_setting(config: dict[str, Any]) -> None:
    settings = Settings.of(complete({**config, "lag_seconds": 0, "overlap_minutes": 0}))
    assert settings.lag == settings.overlap == timedelta()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://erp.example.com/Site/", "https://erp.example.com/Site"),
        (" https://erp.example.com ", "https://erp.example.com"),
        ("http://10.0.0.5/MYOB", "http://10.0.0.5/MYOB"),
    ],
)
def test_the_address_loses_what_surrounds_it(given: str, expected: str) -> None:
    assert instance_url({"instance_url": given}) == expected


@pytest.mark.parametrize(
    "given",
    [
        "",
        "erp.example.com",
        "ftp://erp.example.com",
        "https://",
        "https://erp.example.com/Site/entity/Default/24.200.001",
        "https://erp.example.com/Site/Main?CompanyID=Company",
    ],
)
def test_an_address_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(ConfigError, match="`instance_url`"):
        instance_url({"instance_url": given})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start_date", "yesterday"),
        ("start_date", None),
        ("overlap_minutes", -1),
        ("lag_seconds", "two"),
        ("window_days", 0),
        ("window_days", True),
        ("endpoint_version", "26.200.001"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    config: dict[str, Any], name: str, value: object
) -> None:
    with pytest.raises(ConfigError, match=f"`{name}`"):
        Settings.of(complete({**config, name: value}))


def test_a_start_without_offset_is_utc(config: dict[str, Any]) -> None:
    settings = Settings.of(complete({**config, "start_date": "2026-09-01"}))
    assert settings.start == datetime(2026, 9, 1, tzinfo=UTC)


def test_every_secret_is_marked_and_every_setting_has_words() -> None:
    for option in SPECIFICATION["properties"]["credentials"]["oneOf"]:
        for name in ("client_secret", "refresh_token", "password", "access_token"):
            assert option["properties"].get(name, {"airbyte_secret": True})["airbyte_secret"], name
    for name, setting in SPECIFICATION["properties"].items():
        assert setting["title"], name
        assert setting["description"].endswith("."), name
    orders = [setting["order"] for setting in SPECIFICATION["properties"].values()]
    assert orders == list(range(len(orders)))
