from __future__ import annotations

from typing import Any

import pytest

from simulators.mailchimp import MailchimpSimulator


def row(address: str, **more: Any) -> dict[str, Any]:
    return {"email_address": address, "status": "transactional", **more}


def test_new_members_are_created_and_known_ones_reported(
    api: Any, mc: MailchimpSimulator, audience: str
) -> None:
    mc.subscribe("ann@quay.com")
    before = api.member("ann@quay.com")
    result = api.ok(
        "POST",
        audience,
        {"members": [row("ANN@quay.com"), row("ben@quay.com")], "update_existing": False},
    )
    assert [member["email_address"] for member in result["new_members"]] == ["ben@quay.com"]
    assert result["new_members"][0]["status"] == "transactional"
    (error,) = result["errors"]
    assert error == {
        "email_address": "ANN@quay.com",
        "error": "ANN@quay.com is already a list member, do you want to update? please provide update_existing:true in the request body",
        "error_code": "ERROR_CONTACT_EXISTS",
        "field": "",
        "field_message": "",
    }
    assert (result["total_created"], result["total_updated"], result["error_count"]) == (1, 0, 1)
    assert api.member("ann@quay.com") == before


def test_all_rows_may_fail_with_200(api: Any, mc: MailchimpSimulator, audience: str) -> None:
    api.ok("POST", f"{audience}/merge-fields", {"name": "Age", "tag": "AGE", "type": "number"})
    mc.subscribe("gone@quay.com")
    mc.erase("gone@quay.com")
    rows = [
        row("nonsense"),
        row("a@example.com"),
        row("gone@quay.com"),
        row("b@quay.com", merge_fields={"AGE": "old"}),
    ]
    result = api.ok("POST", audience, {"members": rows})
    assert result["error_count"] == 4
    assert {error["error_code"] for error in result["errors"]} == {"ERROR_GENERIC"}
    assert result["errors"][2]["error"].startswith("gone@quay.com was permanently deleted")
    assert result["errors"][3] | {"error": ""} == {
        "email_address": "b@quay.com",
        "error": "",
        "error_code": "ERROR_GENERIC",
        "field": "AGE",
        "field_message": "Please enter a number",
    }
    assert not mc.members()


def test_update_existing_overwrites_status_but_never_resubscribes_who_left(
    api: Any, mc: MailchimpSimulator, audience: str
) -> None:
    mc.subscribe("ann@quay.com")
    mc.subscribe("ben@quay.com")
    mc.unsubscribe_as_person("ben@quay.com")
    rows = [
        row("ann@quay.com", status="unsubscribed"),
        row("ben@quay.com", status="subscribed", merge_fields={"FNAME": "Ben"}),
    ]
    result = api.ok("POST", audience, {"members": rows, "update_existing": True})
    assert [member["status"] for member in result["updated_members"]] == [
        "unsubscribed",
        "unsubscribed",
    ]
    assert result["errors"] == []
    assert api.member("ben@quay.com")["merge_fields"]["FNAME"] == "Ben"


def test_tags_are_added_or_made_equal(api: Any, audience: str) -> None:
    def send(tags: list[str], **flags: bool) -> list[str]:
        api.ok(
            "POST",
            audience,
            {"members": [row("ann@quay.com", tags=tags)], "update_existing": True, **flags},
        )
        return sorted(tag["name"] for tag in api.member("ann@quay.com")["tags"])

    assert send(["one", "two"]) == ["one", "two"]
    assert send(["three"]) == ["one", "three", "two"]
    assert send(["TWO"], sync_tags=True) == ["two"]


def test_duplicates_and_required_fields(client_of: Any, audience: str) -> None:
    with MailchimpSimulator(required_merge_fields=("FNAME",)) as simulator:
        api = client_of(simulator)
        twice = {
            "members": [
                row("ann@quay.com", merge_fields={"FNAME": "First"}),
                row("Ann@quay.com", merge_fields={"FNAME": "Last"}),
            ]
        }
        assert api.refused("POST", audience, twice)["status"] == 400
        api.ok("POST", audience, twice, skip_duplicate_check="true")
        assert api.member("ann@quay.com")["merge_fields"]["FNAME"] == "First"
        assert (
            api.ok("POST", audience, {"members": [row("ben@quay.com")]})["errors"][0][
                "field_message"
            ]
            == "Please enter a value"
        )
        assert (
            api.ok(
                "POST", audience, {"members": [row("ben@quay.com")]}, skip_merge_validation="true"
            )["total_created"]
            == 1
        )


def test_five_hundred_and_one_is_too_many(api: Any, mc: MailchimpSimulator, audience: str) -> None:
    rows = [row(f"p{number}@quay.com") for number in range(501)]
    assert api.refused("POST", audience, {"members": rows})["errors"][0]["field"] == "members"
    assert not mc.members()
    assert api.ok("POST", audience, {"members": rows[:500]})["total_created"] == 500


@pytest.mark.breaks_contract
def test_a_row_that_fails_the_schema_fails_alone(api: Any, audience: str) -> None:
    result = api.ok(
        "POST",
        audience,
        {
            "members": [
                {"status": "subscribed"},
                row("ann@quay.com", vip="yes"),
                row("ben@quay.com"),
            ]
        },
    )
    assert [error["field"] for error in result["errors"]] == ["", "vip"]
    assert result["total_created"] == 1


def test_an_archived_member_comes_back_as_new(
    api: Any, mc: MailchimpSimulator, audience: str
) -> None:
    mc.subscribe("ann@quay.com")
    mc.archive("ann@quay.com")
    result = api.ok("POST", audience, {"members": [row("ann@quay.com", status="subscribed")]})
    assert result["new_members"][0]["status"] == "subscribed"
