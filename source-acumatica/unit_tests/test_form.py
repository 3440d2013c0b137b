"""A config of the wrong form is told in plain words, whatever the setting."""

from typing import Any

import pytest

from source_acumatica.checking.form import refuse_misshapen
from source_acumatica.endpoint.manifest import specification
from source_acumatica.errors import ConfigError

SCHEMA = specification()["connection_specification"]


def test_a_config_of_the_right_form_passes(
    config: dict[str, Any], password_config: dict[str, Any]
) -> None:
    for right in (config, password_config):
        refuse_misshapen(right | {"branch": None, "something_else": 7}, SCHEMA)


@pytest.mark.parametrize("name", ["instance_url", "credentials", "start_date"])
@pytest.mark.parametrize("nothing", [None, "", {}])
def test_a_missing_setting_is_named(config: dict[str, Any], name: str, nothing: object) -> None:
    with pytest.raises(ConfigError, match=rf"^Setting `{name}` is missing\. .+\."):
        refuse_misshapen(config | {name: nothing}, SCHEMA)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("instance_url", 7, "a text"),
        ("branch", ["MAIN"], "a text"),
        ("page_size", "500", "a whole number from 1 to 5000"),
        ("page_size", 0, "a whole number from 1 to 5000"),
        ("page_size", True, "a whole number from 1 to 5000"),
        ("page_size", 10.5, "a whole number from 1 to 5000"),
        ("num_workers", 9, "a whole number from 1 to 8"),
        ("overlap_minutes", -1, "a whole number of 0 or more"),
        ("credentials", "planted-secret", "a group of settings"),
    ],
)
def test_a_setting_of_the_wrong_kind_is_named_without_its_value(
    config: dict[str, Any], name: str, value: object, wanted: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        refuse_misshapen(config | {name: value}, SCHEMA)
    assert str(raised.value) == f"Setting `{name}` must be {wanted}."


def test_a_way_to_sign_in_that_is_not_there(config: dict[str, Any]) -> None:
    config["credentials"]["auth_type"] = "cookie"
    with pytest.raises(ConfigError, match=r"`credentials\.auth_type` must be oauth or password\."):
        refuse_misshapen(config, SCHEMA)


def test_a_credential_of_the_wrong_kind(config: dict[str, Any]) -> None:
    config["credentials"]["client_secret"] = 12345
    with pytest.raises(ConfigError, match=r"`credentials\.client_secret` must be a text\."):
        refuse_misshapen(config, SCHEMA)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([{"a": "x", "b": 1}], "Setting `list[1].b` must be a text."),
        (["x"], "Setting `list[1]` must be a group of settings."),
        ({}, "Setting `list` must be a list."),
    ],
)
def test_what_stands_in_a_list_is_named_by_its_place(value: object, sentence: str) -> None:
    item = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    schema = {"properties": {"list": {"type": "array", "items": item}}}
    with pytest.raises(ConfigError) as raised:
        refuse_misshapen({"list": value}, schema)
    assert str(raised.value) == sentence


def test_a_choice_lists_what_can_be_chosen() -> None:
    schema = {"properties": {"way": {"type": "string", "enum": ["auto", "off"]}}}
    with pytest.raises(ConfigError, match=r"`way` must be one of auto, off\."):
        refuse_misshapen({"way": "on"}, schema)
