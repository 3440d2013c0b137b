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
        "https://sync:planted-password@erp.example.com/Site",
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
        ("start_date", "2999-01-01T00:00:00Z"),
        ("overlap_minutes", -1),
        ("lag_seconds", "two"),
        ("window_days", 0),
        ("window_days", True),
        ("endpoint_version", "26.200.001"),
        ("invoices_from", "Invoices"),
        ("read_archived", "yes"),
        ("custom_fields", {"stream": "customers"}),
        ("custom_fields", ["customers"]),
        ("custom_fields", [{"stream": "custommers", "fields": ["BAccount.UsrX"]}]),
        ("custom_fields", [{"stream": "customers", "fields": ["UsrX"]}]),
        ("custom_fields", [{"stream": "customers", "fields": "BAccount.UsrX"}]),
        ("other_entities", [{"name": "payments"}]),
        ("other_entities", [{"entity": "Payment", "name": "my payments"}]),
        ("other_entities", [{"entity": "Payment", "expand": ["A B"]}]),
        ("other_entities", [{"entity": "Payment", "cursor": "a/b"}]),
        ("other_entities", [{"entity": "Customer", "name": "customers"}]),
        ("other_entities", [{"entity": "Payment", "name": "deleted_records"}]),
        ("other_entities", [{"entity": "Payment"}, {"entity": "Payment"}]),
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


@pytest.mark.parametrize(
    ("entity", "stream"),
    [("Payment", "payment"), ("SalesPerson", "sales_person"), ("ARInvoice2", "ar_invoice2")],
)
def test_a_stream_without_a_name_has_the_entitys(
    config: dict[str, Any], entity: str, stream: str
) -> None:
    settings = Settings.of(complete({**config, "other_entities": [{"entity": entity}]}))
    assert list(settings.choices.others) == [stream]


def test_entries_for_one_stream_are_joined_and_repeats_dropped(config: dict[str, Any]) -> None:
    entries = [
        {"stream": "customers", "fields": ["BAccount.UsrA", "BAccount.UsrB"]},
        {"stream": "customers", "fields": ["BAccount.UsrB", "MainContact/DefContact.UsrC"]},
    ]
    choices = Settings.of(complete({**config, "custom_fields": entries})).choices
    assert choices.custom_of("customers") == (
        "BAccount.UsrA",
        "BAccount.UsrB",
        "MainContact/DefContact.UsrC",
    )
    assert choices.custom_of("contacts") == ()


def test_headers_say_which_rows_are_seen(config: dict[str, Any]) -> None:
    assert Settings.of(complete(config)).headers == {}
    seen = complete({**config, "branch": " MAIN ", "read_archived": True})
    assert Settings.of(seen).headers == {"PX-CbApiBranch": "MAIN", "PX-ApiArchive": "SHOW"}


@pytest.mark.parametrize("branch", ["MA\r\nIN", 7])
def test_a_branch_that_cannot_be_one_is_refused(config: dict[str, Any], branch: object) -> None:
    with pytest.raises(ConfigError, match="`branch`"):
        Settings.of(complete({**config, "branch": branch}))


def test_every_setting_is_in_a_group_of_the_form() -> None:
    groups = [group["id"] for group in SPECIFICATION["groups"]]
    order = [setting["group"] for setting in SPECIFICATION["properties"].values()]
    assert order == sorted(order, key=groups.index)
    assert set(order) == set(groups)


def test_every_secret_is_marked_and_every_setting_has_words() -> None:
    for option in SPECIFICATION["properties"]["credentials"]["oneOf"]:
        for name in ("client_secret", "refresh_token", "password", "access_token"):
            assert option["properties"].get(name, {"airbyte_secret": True})["airbyte_secret"], name
    for name, setting in SPECIFICATION["properties"].items():
        assert setting["title"], name
        assert setting["description"].endswith("."), name
    orders = [setting["order"] for setting in SPECIFICATION["properties"].values()]
    assert orders == list(range(len(orders)))
