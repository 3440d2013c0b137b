from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from destination_mailchimp.application import Mailchimp
from destination_mailchimp.settings import ApiKey, Settings, read_settings
from kit.protocol.errors import ConfigError
from kit.protocol.handshake import SPEC_PROPERTY

KEY = "0123456789abcdef0123456789abcdef-us21"


def _config(**changes: Any) -> dict[str, Any]:
    config: dict[str, Any] = {
        "credentials": {"auth_type": "api_key", "api_key": KEY},
        "audience": "Wholesale",
        "new_member_status": "transactional",
    }
    return {name: value for name, value in (config | changes).items() if value is not ...}


def test_the_least_that_works() -> None:
    settings = read_settings(_config())
    assert isinstance(settings.credentials, ApiKey)
    assert settings.credentials.data_centre == "us21"
    assert (settings.connections, settings.ecommerce_scope) == (8, "existing_members")


@pytest.mark.parametrize(
    ("changes", "setting", "words"),
    [
        ({"new_member_status": ...}, "new_member_status", "missing: choose what people"),
        ({"new_member_status": "cleaned"}, "new_member_status", "is wrong"),
        ({"audience": ...}, "audience", "exact name"),
        ({"audience": " "}, "audience", "is wrong"),
        ({"credentials": ...}, "credentials", "enter an API key"),
        ({"credentials": {"auth_type": "password"}}, "credentials.auth_type", "`api_key` or `oauth`"),
        ({"credentials": {"auth_type": "api_key"}}, "credentials.api_key", "is missing"),
        ({"credentials": {"auth_type": "api_key", "api_key": KEY[:32]}}, "credentials.api_key", "data centre such as `-us1`"),
        ({"credentials": {"auth_type": "api_key", "api_key": "two words-us1"}}, "credentials.api_key", "blanks"),
        ({"connections": 11}, "connections", "is wrong"),
        ({"nonsense": 8}, "nonsense", "There is no setting `nonsense`"),
        ({"base_url": "us1.api.mailchimp.com"}, "base_url", "https://"),
        ({"store": {"id_prefix": "x", "name": "{shop}"}}, "store.name", "{company} and {currency}"),
        ({"store": {"id_prefix": "x", "name": "{"}}, "store.name", "{company} and {currency}"),
        ({"store": {}}, "store.id_prefix", "is missing"),
    ],
)  # fmt: skip
def test_one_sentence_names_the_setting_and_the_fix(
    changes: dict[str, Any], setting: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_settings(_config(**changes))
    assert caught.value.setting == setting
    assert f"`{setting}`" in str(caught.value)
    assert words in str(caught.value)
    assert KEY[:32] not in str(caught.value)


def test_a_key_without_a_data_centre_will_do_where_the_address_is_given() -> None:
    settings = read_settings(
        _config(
            credentials={"auth_type": "api_key", "api_key": KEY[:32]},
            base_url="https://proxy.test/3.0/",
        )
    )
    assert settings.base_url == "https://proxy.test/3.0"


def test_a_secret_is_not_shown() -> None:
    assert KEY[:32] not in repr(read_settings(_config()))


def test_the_spec_and_the_model_agree() -> None:
    schema = Mailchimp().spec()["connectionSpecification"]
    assert set(schema["properties"]) - {"_glue"} == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        assert (name in schema["required"]) == field.is_required(), name
        if not field.is_required() and field.default is not None:
            assert schema["properties"][name]["default"] == field.default, name
    assert schema["properties"]["_glue"] == dict(SPEC_PROPERTY)
    assert "default" not in schema["properties"]["new_member_status"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"_glue": {"run_id": "x"}},
        {"credentials": {"auth_type": "oauth", "access_token": "t"}},
        {"store": {"id_prefix": "w", "name": "{company}"}, "dry_run": True, "connections": 10},
        {"base_url": None},
    ],
)
def test_what_the_model_takes_the_spec_takes(changes: dict[str, Any]) -> None:
    jsonschema.validate(_config(**changes), Mailchimp().spec()["connectionSpecification"])
    read_settings(_config(**changes))


def test_the_form_reads_in_order_with_titles_and_masked_secrets() -> None:
    schema = Mailchimp().spec()["connectionSpecification"]
    shown = {name: each for name, each in schema["properties"].items() if name != "_glue"}
    assert sorted(each["order"] for each in shown.values()) == list(range(len(shown)))
    assert all(each["title"] and each["description"] for each in shown.values())
    for variant, secret in zip(
        shown["credentials"]["oneOf"], ("api_key", "access_token"), strict=True
    ):
        assert variant["properties"][secret]["airbyte_secret"] is True
