from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from kit.protocol.messages import Other, parse
from simulators.mailchimp import MailchimpSimulator

Make = Callable[..., Any]


def _check(runner: Any, **changes: Any) -> tuple[str, str]:
    status = runner.verb("check", **changes).messages[-1]["connectionStatus"]
    return status["status"], status["message"]


def test_check_says_what_it_found(make_runner: Make, product: Make) -> None:
    with MailchimpSimulator(double_optin=True, required_merge_fields=["VATID"]) as mc:
        runner = make_runner(mc)
        status, message = _check(runner, new_member_status="subscribed")
        assert status == "SUCCEEDED"
        for words in (
            "role owner",
            "`Newsletter`",
            "double opt-in",
            "VATID",
            "become subscribed",
            "would not be asked to confirm",
            "`wholesale-…` are made",
        ):
            assert words in message
        runner.write([product()])
        assert "`wholesale-main-usd` in USD" in _check(runner)[1]
        assert {each.method for each in runner.calls(path="/3.0/")} >= {"GET"}


def test_check_without_a_store(runner: Any) -> None:
    assert "would be refused" in _check(runner, store=None)[1]


def test_the_audience_may_be_named_by_its_id(runner: Any, mc: MailchimpSimulator) -> None:
    assert _check(runner, audience=mc.main_audience_id)[0] == "SUCCEEDED"


def test_a_wrong_audience_lists_those_on_offer(runner: Any) -> None:
    status, message = _check(runner, audience="newsletter")
    assert status == "FAILED"
    assert "`audience`" in message
    assert "`Newsletter` (a1b2c3d4e5)" in message


def test_a_name_that_two_audiences_have(runner: Any, mc: MailchimpSimulator) -> None:
    settings = mc.audience().settings
    mc.account.add_audience(settings, "ffffffffff")
    status, message = _check(runner)
    assert status == "FAILED"
    assert "enter the id" in message


@pytest.mark.parametrize("auth", ["api_key", "oauth"])
def test_a_refused_credential(make_runner: Make, auth: str) -> None:
    key = "f" * 32 + "-us1"
    with MailchimpSimulator(refused_keys=[key]) as mc:
        name = "api_key" if auth == "api_key" else "access_token"
        credentials = {"auth_type": auth, name: key}
        status, message = _check(make_runner(mc), credentials=credentials)
        assert status == "FAILED"
        assert f"`credentials.{name}`" in message
        assert key not in message


def test_a_role_that_may_not_write(runner: Any, mc: MailchimpSimulator) -> None:
    mc.rules.role = "viewer"
    status, message = _check(runner)
    assert status == "FAILED"
    assert "viewer" in message


def test_an_unreachable_host(runner: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/3.0"
    status, message = _check(runner, base_url=url)
    assert status == "FAILED"
    assert "gives no answer" in message
    assert "`base_url`" in message


@pytest.mark.breaks_contract
def test_something_else_at_the_address(runner: Any, mc: MailchimpSimulator) -> None:
    mc.faults.on("answer", status=200, body="<html>", content_type="text/html")
    status, message = _check(runner)
    assert status == "FAILED"
    assert "not what Mailchimp's API answers" in message


@pytest.mark.parametrize("changes", [{"audience": "wrong"}, {"new_member_status": None}])
def test_a_wrong_setting_writes_nothing(
    runner: Any, mc: MailchimpSimulator, member: Make, changes: dict[str, Any]
) -> None:
    ran = runner.write([member("ann@shop.test")], **changes)
    assert ran.code == 1
    assert ran.error["failure_type"] == "config_error"
    assert "internal_message" not in ran.error
    assert mc.members() == []
    assert runner.sent == []


def test_an_oauth_token_finds_its_data_centre(
    runner: Any, mc: MailchimpSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("destination_mailchimp.client.METADATA_URL", f"{mc.url}/oauth2/metadata")
    credentials = {"auth_type": "oauth", "access_token": "0123456789abcdef0123456789abcdef"}
    status, message = _check(runner, base_url=None, credentials=credentials)
    assert status == "SUCCEEDED", message


def test_a_dead_oauth_token_gets_status_200_and_a_plain_sentence(
    make_runner: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MailchimpSimulator(refused_keys=["dead"]) as mc:
        monkeypatch.setattr(
            "destination_mailchimp.client.METADATA_URL", f"{mc.url}/oauth2/metadata"
        )
        credentials = {"auth_type": "oauth", "access_token": "dead"}
        status, message = _check(make_runner(mc), base_url=None, credentials=credentials)
        assert status == "FAILED"
        assert "`credentials.access_token`" in message
        assert "dead" not in message


def test_discover_offers_four_objects_with_the_audiences_own_fields(
    runner: Any, mc: MailchimpSimulator
) -> None:
    mc.audience().add_merge_field("TIER", "Tier", "text")
    (message,) = runner.verb("discover").messages
    operations = {
        each["object_name"]: each for each in message["destination_catalog"]["operations"]
    }
    assert list(operations) == ["members", "products", "customers", "orders"]
    fields = operations["members"]["json_schema"]["properties"]["merge_fields"]["properties"]
    assert {"FNAME", "ADDRESS", "TIER"} <= set(fields)
    for each in operations.values():
        jsonschema.Draft7Validator.check_schema(each["json_schema"])
        assert each["sync_mode"] == "append_dedup"
        keys = {key for path in each["matching_keys"] for key in path}
        assert keys <= set(each["json_schema"]["required"])
    assert isinstance(parse(b'{"type": "DESTINATION_CATALOG", "destination_catalog": {}}'), Other)


def test_the_rows_of_the_tests_fit_the_schemas(
    runner: Any, product: Make, member: Make, customer: Make, order: Make
) -> None:
    (message,) = runner.verb("discover").messages
    schemas = {
        each["object_name"]: each["json_schema"]
        for each in message["destination_catalog"]["operations"]
    }
    for row in (product(), member("a@b.test"), customer("a@b.test"), order()):
        jsonschema.validate(row[1], schemas[row[0]])


def test_without_a_store_only_members_are_on_offer(runner: Any) -> None:
    (message,) = runner.verb("discover", store=None).messages
    assert [each["object_name"] for each in message["destination_catalog"]["operations"]] == [
        "members"
    ]
