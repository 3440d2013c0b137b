from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulators.mailchimp import AUDIENCE_ID, MailchimpSimulator

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NEW_AUDIENCE: dict[str, Any] = {
    "name": "Trade",
    "contact": {
        "company": "Quay",
        "address1": "1 Pier Road",
        "city": "Bath",
        "state": "ME",
        "zip": "04530",
        "country": "US",
    },
    "permission_reminder": "You buy from us.",
    "campaign_defaults": {
        "from_name": "Quay",
        "from_email": "news@quay.com",
        "subject": "",
        "language": "en",
    },
    "email_type_option": False,
    "double_optin": True,
}


@pytest.fixture
def people(mc: MailchimpSimulator) -> MailchimpSimulator:
    """Six members of six statuses, a minute apart."""
    mc.clock.freeze()
    for number, status in enumerate(
        ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
    ):
        mc.clock.set(START + timedelta(minutes=number))
        mc.seed([(f"p{number}@quay.com", status)])
    return mc


def addresses(page: Any) -> list[str]:
    return [member["email_address"][:2] for member in page["members"]]


def test_members_by_status_and_without(api: Any, audience: str, people: MailchimpSimulator) -> None:
    path = f"{audience}/members"
    assert addresses(api.get(path)) == ["p0", "p1", "p2", "p3", "p4"]
    assert addresses(api.get(path, status="archived")) == ["p5"]
    assert addresses(api.get(path, status="transactional")) == ["p4"]
    people.rules.lists_archived = True
    assert api.get(path)["total_items"] == 6


def test_members_by_time_in_order_and_by_page(
    api: Any, audience: str, people: MailchimpSimulator
) -> None:
    path = f"{audience}/members"
    window = {
        "since_last_changed": "2026-01-05T09:00:00+00:00",
        "before_last_changed": "2026-01-05T10:04:00+01:00",
    }
    assert addresses(api.get(path, **window)) == ["p1", "p2", "p3"]
    assert addresses(
        api.get(path, sort_field="last_changed", sort_dir="DESC", count=2, offset=1)
    ) == ["p3", "p2"]
    plus_not_encoded = api.call("GET", f"{path}?since_last_changed=2026-01-05T09:02:00+00:00")
    assert addresses(plus_not_encoded.json()) == ["p3", "p4"]
    people.add_member("p0@quay.com", "subscribed", merge_fields={"FNAME": "Ann"})
    assert addresses(api.get(path, sort_field="last_changed", sort_dir="DESC", count=1)) == [
        "p0"
    ], "the kept answer is dropped"


def test_unsubscribed_since_needs_the_status(
    api: Any, audience: str, people: MailchimpSimulator
) -> None:
    assert people.members()
    since = "2026-01-05T09:00:30Z"
    assert addresses(
        api.get(f"{audience}/members", status="unsubscribed", unsubscribed_since=since)
    ) == ["p1"]
    assert (
        api.refused("GET", f"{audience}/members", None, unsubscribed_since=since)["title"]
        == "Invalid Resource"
    )


def test_members_by_their_ids_and_kinds(api: Any, audience: str) -> None:
    one = api.put("ann@quay.com", {"vip": True, "email_type": "text"})
    api.put("ben@quay.com")
    path = f"{audience}/members"
    assert addresses(api.get(path, unique_email_id=one["unique_email_id"])) == ["an"]
    assert addresses(api.get(path, vip_only="true")) == ["an"]
    assert addresses(api.get(path, email_type="html")) == ["be"]
    assert (
        addresses(
            api.get(
                path,
                since_timestamp_opt="2020-01-01T00:00:00Z",
                before_timestamp_opt="2020-01-02T00:00:00Z",
            )
        )
        == []
    )


@pytest.mark.parametrize(
    "query",
    [
        {"count": 1001},
        {"count": "many"},
        {"offset": -1},
        {"status": "nobody"},
        {"sort_field": "id"},
        {"since_last_changed": "yesterday"},
    ],
)
@pytest.mark.breaks_contract
def test_queries_that_are_refused(api: Any, audience: str, query: Any) -> None:
    assert api.refused("GET", f"{audience}/members", None, **query)["errors"][0]["field"] == next(
        iter(query)
    )


def test_fields_cut_a_page_and_a_single_document(api: Any, audience: str) -> None:
    api.put("ann@quay.com", {"merge_fields": {"FNAME": "Ann"}})
    path = f"{audience}/members"
    page = api.get(path, fields="members.email_address,members.merge_fields.FNAME,total_items")
    assert page == {
        "members": [{"email_address": "ann@quay.com", "merge_fields": {"FNAME": "Ann"}}],
        "total_items": 1,
    }
    assert set(api.get(path, exclude_fields="members,_links")) == {"list_id", "total_items"}
    kept = api.get(path, exclude_fields="members.merge_fields.FNAME")["members"][0]
    assert "FNAME" not in kept["merge_fields"]
    assert "LNAME" in kept["merge_fields"]
    assert api.get(path, fields="total_items") == {"total_items": 1}
    assert api.get(api.member_path("ann@quay.com"), fields="id,status") == {
        "id": kept["id"],
        "status": "subscribed",
    }
    assert api.get("/lists", fields="lists.id,lists.stats.member_count") == {
        "lists": [{"id": AUDIENCE_ID, "stats": {"member_count": 1}}]
    }


def test_an_audience_shows_its_numbers(api: Any, audience: str, people: MailchimpSimulator) -> None:
    shown = api.get(audience, include_total_contacts="true")
    assert shown["name"] == "Newsletter"
    assert shown["double_optin"] is False
    counted = {
        name: shown["stats"][name]
        for name in ("member_count", "unsubscribe_count", "cleaned_count", "total_contacts")
    }
    assert counted == {
        "member_count": 1,
        "unsubscribe_count": 1,
        "cleaned_count": 1,
        "total_contacts": 6,
    }
    assert api.get("/")["total_subscribers"] == 1
    assert people.counts()["members"] == 6


def test_audiences_are_made_listed_changed_and_deleted(api: Any) -> None:
    made = api.ok("POST", "/lists", NEW_AUDIENCE)
    assert made["double_optin"] is True
    path = f"/lists/{made['id']}"
    assert {each["tag"] for each in api.get(f"{path}/merge-fields")["merge_fields"]} >= {
        "FNAME",
        "LNAME",
        "ADDRESS",
        "PHONE",
    }
    assert [each["name"] for each in api.get("/lists", count=1, offset=1)["lists"]] == ["Trade"]
    assert api.get("/lists")["total_items"] == 2
    changed = api.ok("PATCH", path, {**NEW_AUDIENCE, "name": "Trade news"})
    assert changed["name"] == "Trade news"
    assert changed["contact"]["city"] == "Bath"
    api.ok("DELETE", path)
    assert api.refused("GET", path)["detail"] == "The requested resource could not be found."
    assert api.refused("GET", f"{path}/members")["status"] == 404


@pytest.mark.breaks_contract
def test_an_audience_needs_its_fields(api: Any) -> None:
    body = {**NEW_AUDIENCE, "contact": {**NEW_AUDIENCE["contact"], "zip": 4530}}
    del body["permission_reminder"], body["email_type_option"]
    assert api.refused("POST", "/lists", body)["errors"] == [
        {
            "field": "",
            "message": "Required fields were not provided: permission_reminder, email_type_option",
        },
        {"field": "contact.zip", "message": "Schema describes string, integer found instead"},
    ]


def test_search_by_address_and_name(api: Any) -> None:
    api.put("ann@quay.com", {"merge_fields": {"LNAME": "Harbour"}})
    api.put("ben@quay.com")
    found = api.get("/search-members", query="ann@quay.com")
    assert (found["exact_matches"]["total_items"], found["full_search"]["total_items"]) == (1, 1)
    assert (
        api.get("/search-members", query="harb", list_id=AUDIENCE_ID)["full_search"]["members"][0][
            "email_address"
        ]
        == "ann@quay.com"
    )


def test_what_an_audience_has_none_of_is_empty(api: Any, audience: str) -> None:
    for name, key in (
        ("segments", "segments"),
        ("interest-categories", "categories"),
        ("growth-history", "history"),
    ):
        assert api.get(f"{audience}/{name}")[key] == []
    assert api.get(f"{audience}/tag-search", name="x")["tags"] == []


def test_webhooks_show_their_secret_once(api: Any, audience: str) -> None:
    body: dict[str, Any] = {
        "url": "https://hooks.quay.com/mc",
        "events": {"unsubscribe": True},
        "sources": {"user": True, "admin": True, "api": False},
    }
    made = api.ok("POST", f"{audience}/webhooks", body)
    assert len(made["signing_secret"]) == 64
    assert made["events"] == {
        "subscribe": False,
        "unsubscribe": True,
        "profile": False,
        "cleaned": False,
        "upemail": False,
        "campaign": False,
    }
    path = f"{audience}/webhooks/{made['id']}"
    assert api.get(path)["signing_secret"] == ""
    assert api.get(path)["signing_enabled"] is True
    assert (
        api.refused("POST", f"{audience}/webhooks", {**body, "url": body["url"] + "?other=1"})[
            "errors"
        ][0]["field"]
        == "url"
    )
    assert api.ok("PATCH", path, {"events": {"cleaned": True}})["events"]["cleaned"] is True
    api.ok("DELETE", path)
    assert api.get(f"{audience}/webhooks")["webhooks"] == []
