from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulators.mailchimp import AUDIENCE_ID, MailchimpSimulator, NotificationKind

ADDRESS = {"addr1": "1 Pier Road", "city": "Bath", "state": "ME", "zip": "04530"}


def test_a_put_creates_and_the_answer_is_what_a_get_shows(api: Any) -> None:
    made = api.put(
        "Urist.McVankab@freddiesjokes.com",
        {"merge_fields": {"FNAME": "Ann", "LNAME": "Quay"}, "language": "en"},
    )
    assert made["id"] == "62eeb292278cc15f5817cb78f7790b08", "the hash of Mailchimp's own guide"
    assert made["email_address"] == "Urist.McVankab@freddiesjokes.com"
    assert made["full_name"] == "Ann Quay"
    assert made["merge_fields"] == {
        "FNAME": "Ann",
        "LNAME": "Quay",
        "ADDRESS": "",
        "PHONE": "",
        "BIRTHDAY": "",
    }
    assert made["timestamp_signup"] == ""
    assert made["ip_opt"] == "127.0.0.1"
    assert "unsubscribe_reason" not in made
    assert api.member("urist.mcvankab@freddiesjokes.com") == made


def test_a_member_is_found_by_hash_address_and_contact_id(api: Any, audience: str) -> None:
    made = api.put("ann@quay.com")
    for identifier in ("ann@quay.com", "ANN%40QUAY.com", made["contact_id"], made["id"].upper()):
        assert api.get(f"{audience}/members/{identifier}")["id"] == made["id"]
    assert api.refused("GET", api.member_path("nobody@quay.com"))["title"] == "Resource Not Found"


def test_a_put_without_status_keeps_the_status_and_the_fields_not_sent(api: Any) -> None:
    api.put(
        "ann@quay.com",
        {"status_if_new": "unsubscribed", "merge_fields": {"FNAME": "Ann", "PHONE": "1"}},
    )
    kept = api.put("ann@quay.com", {"merge_fields": {"FNAME": "", "NOSUCHTAG": "x"}})
    assert kept["status"] == "unsubscribed"
    assert kept["merge_fields"]["FNAME"] == ""
    assert kept["merge_fields"]["PHONE"] == "1"
    assert "NOSUCHTAG" not in kept["merge_fields"]


def test_only_a_real_change_moves_last_changed(api: Any, mc: MailchimpSimulator) -> None:
    mc.clock.freeze()
    made = api.put("ann@quay.com", {"merge_fields": {"FNAME": "Ann"}})
    mc.clock.advance(timedelta(hours=1))
    assert (
        api.put("ann@quay.com", {"merge_fields": {"FNAME": "Ann"}})["last_changed"]
        == made["last_changed"]
    )
    assert (
        api.put("ann@quay.com", {"merge_fields": {"FNAME": "Anne"}})["last_changed"]
        > made["last_changed"]
    )


def test_an_unsubscribe_by_the_api_can_be_undone_by_the_api(api: Any) -> None:
    api.put("ann@quay.com")
    left = api.ok("PUT", api.member_path("ann@quay.com"), {"status": "unsubscribed"})
    assert left["unsubscribe_reason"] == "N/A (Unsubscribed by admin)"
    back = api.ok("PATCH", api.member_path("ann@quay.com"), {"status": "subscribed"})
    assert back["status"] == "subscribed"
    assert "unsubscribe_reason" not in back


@pytest.mark.parametrize("ended", ["unsubscribe_as_person", "complain", "clean"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_nobody_who_left_or_bounced_is_subscribed_by_the_api(
    api: Any, mc: MailchimpSimulator, audience: str, ended: str, method: str
) -> None:
    mc.subscribe("ann@quay.com")
    getattr(mc, ended)("ann@quay.com")
    before = api.member("ann@quay.com")
    path = f"{audience}/members" if method == "POST" else api.member_path("ann@quay.com")
    body = {
        "email_address": "ann@quay.com",
        "status": "subscribed",
        "merge_fields": {"FNAME": "Ann"},
    }
    problem = api.refused(method, path, body)
    assert problem["title"] == "Member In Compliance State"
    assert (
        problem["detail"]
        == "ann@quay.com is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
    )
    assert "type" not in problem
    assert api.member("ann@quay.com") == before


def test_an_unsubscribe_on_top_does_not_lift_the_protection(
    api: Any, mc: MailchimpSimulator
) -> None:
    mc.subscribe("ann@quay.com")
    mc.clean("ann@quay.com")
    api.ok("PATCH", api.member_path("ann@quay.com"), {"status": "unsubscribed"})
    assert (
        api.refused("PATCH", api.member_path("ann@quay.com"), {"status": "subscribed"})["status"]
        == 400
    )


def test_pending_asks_a_person_who_left_once_and_is_counted_as_mail(
    api: Any, mc: MailchimpSimulator
) -> None:
    mc.subscribe("ann@quay.com")
    mc.unsubscribe_as_person("ann@quay.com")
    for _ in range(2):
        assert (
            api.ok("PATCH", api.member_path("ann@quay.com"), {"status": "pending"})["status"]
            == "pending"
        )
    api.put("ben@quay.com", {"status_if_new": "pending"})
    assert [(mail.kind, mail.address) for mail in mc.notifications] == [
        (NotificationKind.CONFIRMATION, "ann@quay.com"),
        (NotificationKind.CONFIRMATION, "ben@quay.com"),
    ]


def test_an_erased_address_never_comes_back_by_the_api(
    api: Any, mc: MailchimpSimulator, audience: str
) -> None:
    api.put("ann@quay.com")
    path = api.member_path("ann@quay.com")
    api.ok("POST", f"{path}/actions/delete-permanent")
    assert api.refused("GET", path)["status"] == 404
    for method, where, name in (
        ("PUT", path, "status_if_new"),
        ("POST", f"{audience}/members", "status"),
    ):
        sent = {"email_address": "ann@quay.com", name: "subscribed"}
        problem = api.refused(method, where, sent)
        assert problem["title"] == "Forgotten Email Not Subscribed"
        assert problem["detail"].startswith(
            "ann@quay.com was permanently deleted and cannot be re-imported."
        )
        assert "type" not in problem
    mc.subscribe("ann@quay.com")
    assert api.member("ann@quay.com")["status"] == "subscribed"


def test_a_new_address_on_the_old_hash_renames(api: Any) -> None:
    made = api.put("ann@quay.com", {"merge_fields": {"FNAME": "Ann"}})
    renamed = api.ok(
        "PUT",
        api.member_path("ann@quay.com"),
        {"email_address": "ann@pier.com", "status_if_new": "subscribed"},
    )
    assert renamed["id"] != made["id"]
    assert renamed["unique_email_id"] != made["unique_email_id"]
    for kept in ("contact_id", "web_id", "timestamp_opt", "merge_fields"):
        assert renamed[kept] == made[kept]
    assert api.refused("GET", api.member_path("ann@quay.com"))["status"] == 404
    assert api.member("ann@pier.com")["contact_id"] == made["contact_id"]


def test_a_rename_onto_a_member_is_refused(api: Any) -> None:
    api.put("ann@quay.com")
    api.put("ben@quay.com")
    problem = api.refused(
        "PUT",
        api.member_path("ann@quay.com"),
        {"email_address": "Ben@Quay.com", "status_if_new": "subscribed"},
    )
    assert problem["title"] == "Member Exists"
    assert (
        problem["detail"]
        == "Ben@Quay.com is already a list member. Use PUT to insert or update list members."
    )
    assert "type" not in problem
    assert api.member("ann@quay.com")["email_address"] == "ann@quay.com"


def test_a_put_on_an_unknown_hash_creates_the_address_of_the_body(api: Any) -> None:
    made = api.ok(
        "PUT",
        api.member_path("other@quay.com"),
        {"email_address": "ann@quay.com", "status_if_new": "subscribed"},
    )
    assert made["id"] == api.member("ann@quay.com")["id"]
    assert api.refused("GET", api.member_path("other@quay.com"))["status"] == 404


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("not an address", "Please provide a valid email address."),
        ("ann@quay", "Please provide a valid email address."),
        ("ann@@quay.com", "Please provide a valid email address."),
        (".ann@quay.com", "Please provide a valid email address."),
        ("ann@quay..com", "Please provide a valid email address."),
        (
            "ann@example.com",
            "ann@example.com looks fake or invalid, please enter a real email address.",
        ),
        (
            "ann@eu.example.org",
            "ann@eu.example.org looks fake or invalid, please enter a real email address.",
        ),
        (
            "busy@quay.com",
            "busy@quay.com has signed up to a lot of lists very recently; we're not allowing more signups for now",
        ),
    ],
)
def test_addresses_that_are_refused(
    api: Any, mc: MailchimpSimulator, audience: str, address: str, detail: str
) -> None:
    mc.addresses.overused.add("busy@quay.com")
    problem = api.refused(
        "POST", f"{audience}/members", {"email_address": address, "status": "subscribed"}
    )
    assert (problem["title"], problem["detail"]) == ("Invalid Resource", detail)
    assert not mc.members()


@pytest.mark.breaks_contract
def test_null_and_boolean_fail_the_schema_stage(api: Any) -> None:
    body = {
        "email_address": None,
        "status_if_new": "subscribed",
        "merge_fields": {"FNAME": None, "LNAME": True},
    }
    problem = api.refused("PUT", api.member_path("ann@quay.com"), body)
    assert (
        problem["detail"]
        == "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
    )
    assert problem["errors"] == [
        {"field": "email_address", "message": "Schema describes string, NULL found instead"},
        {
            "field": "merge_fields.FNAME",
            "message": "Data did not match any of the schemas described in anyOf.",
        },
        {
            "field": "merge_fields.LNAME",
            "message": "Data did not match any of the schemas described in anyOf.",
        },
    ]


@pytest.mark.breaks_contract
def test_an_invalid_ip_a_missing_field_and_a_body_that_is_no_json(api: Any, audience: str) -> None:
    problem = api.refused(
        "PUT",
        api.member_path("ann@quay.com"),
        {"email_address": "ann@quay.com", "status_if_new": "subscribed", "ip_signup": "999.1.1.1"},
    )
    assert problem["errors"][0]["field"] == "ip_signup"
    problem = api.refused("POST", f"{audience}/members", {"email_address": "ann@quay.com"})
    assert problem["errors"] == [
        {"field": "", "message": "Required fields were not provided: status"}
    ]
    answer = api.http.put(api.base + api.member_path("ann@quay.com"), data=b"{", timeout=5)
    assert (answer.status_code, answer.json()["title"]) == (400, "JSON Parse Error")


def test_archive_then_archive_again_then_revive(
    api: Any, mc: MailchimpSimulator, audience: str
) -> None:
    mc.clock.freeze()
    made = api.put("ann@quay.com")
    path = api.member_path("ann@quay.com")
    mc.clock.advance(timedelta(days=1))
    api.ok("DELETE", path)
    assert api.member("ann@quay.com")["status"] == "archived"
    answer = api.call("DELETE", path)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, PUT"
    assert (
        answer.json()["detail"]
        == "This list member cannot be removed. Can not archive a contact that is bounced, pending or archived"
    )
    assert api.put("ann@quay.com")["status"] == "archived", "status_if_new does not revive"
    revived = api.ok(
        "POST", f"{audience}/members", {"email_address": "ann@quay.com", "status": "subscribed"}
    )
    assert revived["status"] == "subscribed"
    assert revived["contact_id"] == made["contact_id"]
    assert revived["timestamp_opt"] > made["timestamp_opt"]
    assert (
        api.refused(
            "POST", f"{audience}/members", {"email_address": "ann@quay.com", "status": "subscribed"}
        )["title"]
        == "Member Exists"
    )


def test_tags_are_added_removed_and_compared_without_case(api: Any, mc: MailchimpSimulator) -> None:
    mc.clock.freeze()
    before = api.put("ann@quay.com")["last_changed"]
    mc.clock.advance(timedelta(minutes=1))
    path = api.member_path("ann@quay.com")
    tags = [
        {"name": "Trade", "status": "active"},
        {"name": "VIP", "status": "active"},
        {"name": "never", "status": "inactive"},
    ]
    assert api.ok("POST", f"{path}/tags", {"tags": tags}) is None
    api.ok(
        "POST",
        f"{path}/tags",
        {"tags": [{"name": "trade", "status": "active"}, {"name": "vip", "status": "inactive"}]},
    )
    member = api.member("ann@quay.com")
    assert [tag["name"] for tag in member["tags"]] == ["Trade"]
    assert member["last_changed"] > before
    assert api.get(f"{path}/tags")["tags"][0]["name"] == "Trade"
    api.ok("DELETE", path)
    api.ok("POST", f"{path}/tags", {"tags": [{"name": "gone", "status": "active"}]})
    assert api.member("ann@quay.com")["tags_count"] == 2
    assert (
        api.refused("POST", api.member_path("no@quay.com") + "/tags", {"tags": tags})["status"]
        == 404
    )


def test_notes_and_activity(api: Any, mc: MailchimpSimulator) -> None:
    api.put("ann@quay.com")
    path = api.member_path("ann@quay.com")
    note = api.ok("POST", f"{path}/notes", {"note": "Called."})
    assert api.member("ann@quay.com")["last_note"]["note"] == "Called."
    api.ok("PATCH", f"{path}/notes/{note['id']}", {"note": "Called twice."})
    assert api.get(f"{path}/notes/{note['id']}")["note"] == "Called twice."
    api.ok("DELETE", f"{path}/notes/{note['id']}")
    assert api.get(f"{path}/notes")["total_items"] == 0
    mc.complain("ann@quay.com")
    assert [each["action"] for each in api.get(f"{path}/activity", action="abuse")["activity"]] == [
        "abuse"
    ]
    assert api.get(f"{path}/activity-feed")["activity"][0]["activity_type"] == "abuse"
    assert api.get(f"{path}/goals")["goals"] == api.get(f"{path}/events")["events"] == []
    (report,) = api.get(f"/lists/{AUDIENCE_ID}/abuse-reports")["abuse_reports"]
    assert report["email_address"] == "ann@quay.com"
    assert api.get(f"/lists/{AUDIENCE_ID}/abuse-reports/{report['id']}") == report


def test_every_documented_key_of_a_member_is_there(api: Any, contracts_dir: Any) -> None:
    from tests.contracts.mailchimp import MailchimpContract  # noqa: PLC0415 - reads megabytes

    document = MailchimpContract(contracts_dir)._document
    operation = document["paths"]["/lists/{listId}/members/{subscriberHash}"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    documented = set(
        document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["properties"]
    )
    shown = set(api.put("ann@quay.com"))
    assert documented - shown == {"unsubscribe_reason", "last_note"}, "absent in recorded answers"
    assert shown <= documented
