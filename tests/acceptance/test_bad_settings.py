"""A wrong setting: one sentence that names it and the fix, exit code 1, nothing written."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.acceptance.conftest import CONNECTION

CASES: dict[str, tuple[str, dict[str, Any], dict[str, str], tuple[str, ...]]] = {
    "wrong version": (
        "acumatica",
        {"endpoint_version": "19.200.001"},
        {},
        ("endpoint_version", "24.200.001", "23.200.001"),
    ),
    "contract version 5": (
        "acumatica",
        {"endpoint_version": "26.200.001"},
        {},
        ("endpoint_version", "26.200.001"),
    ),
    "wrong client secret": (
        "acumatica",
        {},
        {"ACUMATICA_CLIENT_SECRET": "wrong-hush"},
        ("client_secret",),
    ),
    "spent refresh token": (
        "acumatica",
        {},
        {"ACUMATICA_REFRESH_TOKEN": "spent-hush"},
        ("refresh_token",),
    ),
    "no such host": (
        "acumatica",
        {"instance_url": "http://127.0.0.1:9/Wholesale"},
        {},
        ("instance_url",),
    ),
    "wrong api key": ("mailchimp", {}, {"MAILCHIMP_API_KEY": "f" * 32 + "-us9"}, ("api_key",)),
    "api key without a data centre": (
        "mailchimp",
        {"base_url": None},
        {"MAILCHIMP_API_KEY": "f" * 32},
        ("api_key", "-us"),
    ),
    "wrong audience": (
        "mailchimp",
        {"audience": "Nobody"},
        {},
        ("audience", "Nobody", "Newsletter"),
    ),
    "mailchimp unreachable": (
        "mailchimp",
        {"base_url": "http://127.0.0.1:9/3.0"},
        {},
        ("base_url",),
    ),
    "missing setting": ("mailchimp", {"new_member_status": None}, {}, ("new_member_status",)),
    "missing variable": (
        "mailchimp",
        {"audience": "${env:NOT_SET_ANYWHERE}"},
        {},
        ("NOT_SET_ANYWHERE",),
    ),
    "unknown setting": ("acumatica", {"start_dat": "2020-01-01"}, {}, ("start_dat",)),
}


ALSO_WHEN_PLANNING = ("wrong client secret", "wrong api key", "missing setting")


@pytest.mark.parametrize(
    ("verb", "case"),
    [("check", case) for case in CASES] + [("plan", case) for case in ALSO_WHEN_PLANNING],
)
def test_a_wrong_setting_is_one_sentence(world: Any, verb: str, case: str) -> None:
    connector, settings, environment, phrases = CASES[case]
    world.configure(connector, **settings)
    world.environment |= environment
    world.mailchimp.refused_keys.add("f" * 32 + "-us9")

    result = world.types(verb, CONNECTION)

    assert result.code == 1, result.text
    for phrase in phrases:
        assert phrase in result.sentence(), result.text
    assert "Traceback" not in result.text
    assert "hush" not in result.text
    assert not world.writes()


def test_wrong_password(world: Any) -> None:
    world.configure(
        "acumatica",
        credentials={
            "auth_type": "password",
            "client_id": world.erp.account.client_id,
            "client_secret": "${env:ACUMATICA_CLIENT_SECRET}",
            "username": "sync",
            "password": "wrong-hush",
        },
    )
    result = world.types("check", CONNECTION)
    assert result.code == 1
    assert "password" in result.sentence()
    assert "hush" not in result.text
    assert "Traceback" not in result.text


def test_a_broken_catalog_names_file_line_and_field(world: Any) -> None:
    broken = world.folder / "mine.yaml"
    broken.write_text(
        "version: 1\nstreams:\n  members:\n    from: customers\n    to: members\n    fields:\n"
        "      email_address: {from: Email, steps: [trimm]}\n"
    )
    content = yaml.safe_load(world.path.read_text())
    content["connections"][CONNECTION]["catalog"] = "mine.yaml"
    world.path.write_text(yaml.safe_dump(content))

    result = world.types("check", CONNECTION)

    assert result.code == 1
    assert "mine.yaml:" in result.sentence(), result.text
    assert "Traceback" not in result.text


def test_no_connections_file(world: Any) -> None:
    world.path.unlink()
    result = world.types("check")
    assert result.code == 1
    assert "glue.yaml" in result.text
    assert "glue init" in result.text


def test_a_connection_that_does_not_exist_lists_those_that_do(world: Any) -> None:
    result = world.types("run", "acumatica-to-mailchump")
    assert result.code == 1
    assert CONNECTION in result.text


def test_a_key_of_the_file_that_nobody_knows(world: Any) -> None:
    world.path.write_text(world.path.read_text() + "\nconections: {}\n")
    result = world.types("check")
    assert result.code == 1
    assert "conections" in result.text
    assert "Traceback" not in result.text
