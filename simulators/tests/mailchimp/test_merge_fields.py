from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.mailchimp import MailchimpSimulator
from simulators.mailchimp.merge_fields import MergeField, parse

ADDRESS = {"addr1": "1 Pier Road", "city": "Bath", "state": "ME", "zip": "04530"}


def add(api: Any, audience: str, **body: Any) -> Any:
    return api.ok("POST", f"{audience}/merge-fields", {"name": body.get("tag", "A field"), **body})


def test_ten_rows_unless_more_are_asked_for(api: Any, audience: str) -> None:
    for number in range(8):
        add(api, audience, tag=f"T{number}", type="text")
    path = f"{audience}/merge-fields"
    page = api.get(path)
    assert (len(page["merge_fields"]), page["total_items"]) == (10, 13)
    assert len(api.get(path, count=1000)["merge_fields"]) == 13
    assert [each["tag"] for each in api.get(path, count=2, offset=1)["merge_fields"]] == [
        "LNAME",
        "ADDRESS",
    ]
    assert [each["tag"] for each in api.get(path, type="address")["merge_fields"]] == ["ADDRESS"]
    assert api.get(audience)["stats"]["merge_field_count"] == 13


def test_create_change_delete(api: Any, audience: str) -> None:
    api.put("ann@quay.com")
    made = add(api, audience, tag="erpid", name="ERP number", type="text")
    assert made["tag"] == "ERPID"
    api.put("ann@quay.com", {"merge_fields": {"ERPID": "C1"}})
    path = f"{audience}/merge-fields/{made['merge_id']}"
    changed = api.ok("PATCH", path, {"name": "Number", "tag": "ERPNO", "required": True})
    assert (changed["tag"], changed["type"], changed["required"]) == ("ERPNO", "text", True)
    assert api.member("ann@quay.com")["merge_fields"]["ERPNO"] == "C1"
    assert api.get(path) == changed
    api.ok("DELETE", path)
    assert "ERPNO" not in api.member("ann@quay.com")["merge_fields"]
    assert api.refused("GET", path)["status"] == 404
    assert add(api, audience, name="No tag", type="text")["tag"] == "MMERGE7"


@pytest.mark.parametrize("tag", ["TOOLONGATAG", "BAD-TAG", "EMAIL"])
def test_tags_that_are_refused(api: Any, audience: str, tag: str) -> None:
    problem = api.refused(
        "POST", f"{audience}/merge-fields", {"name": "x", "tag": tag, "type": "text"}
    )
    assert problem["errors"][0]["field"] == "tag"


def test_a_tag_is_taken_once(api: Any, audience: str, mc: MailchimpSimulator) -> None:
    problem = api.refused(
        "POST", f"{audience}/merge-fields", {"name": "x", "tag": "FNAME", "type": "text"}
    )
    assert problem["detail"] == 'A Merge Field with the tag "FNAME" already exists for this list.'
    mc.rules.max_merge_fields = 5
    assert (
        api.refused("POST", f"{audience}/merge-fields", {"name": "x", "type": "text"})["status"]
        == 400
    )


@pytest.mark.parametrize(
    ("kind", "options", "good", "stored", "bad", "message"),
    [
        ("number", {}, "3.5", 3.5, "many", "Please enter a number"),
        ("number", {}, 12, 12, {"a": "b"}, "Please enter a number"),
        ("date", {}, "31-12-2025", "2025-12-31", "31/12/2025", "Please enter a valid date"),
        (
            "date",
            {},
            "12/31/2025",
            "2025-12-31",
            "2025-12-31T10:00:00Z",
            "Please enter a valid date",
        ),
        ("birthday", {}, "02/29", "02/29", "13/01", "Please enter a valid birthday"),
        (
            "dropdown",
            {"choices": ["Gold", "Tin"]},
            "Tin",
            "Tin",
            "tin",
            "Please select a valid option",
        ),
        ("radio", {"choices": ["1"]}, 1, "1", {"a": "b"}, "Please select a valid option"),
        ("zip", {}, "04101", "04101", "AB1 2CD", "Please enter a zip code (5 digits)"),
        ("url", {}, "https://quay.com/a", "https://quay.com/a", "quay", "Please enter a valid URL"),
        (
            "imageurl",
            {},
            "http://quay.com/a.png",
            "http://quay.com/a.png",
            "a.png",
            "Please enter a valid URL",
        ),
        (
            "address",
            {},
            ADDRESS,
            ADDRESS | {"addr2": "", "country": "US"},
            {"addr1": "1 Pier Road"},
            "Please enter a complete address",
        ),
        ("text", {}, 501, "501", {"a": "b"}, "Please enter a value"),
    ],
)
def test_values_by_type(
    api: Any, audience: str, kind: str, options: Any, good: Any, stored: Any, bad: Any, message: str
) -> None:
    add(api, audience, tag="X", type=kind, options=options)
    assert api.put("ann@quay.com", {"merge_fields": {"X": good}})["merge_fields"]["X"] == stored
    problem = api.refused(
        "PUT", api.member_path("ann@quay.com"), {"merge_fields": {"X": bad, "FNAME": "Ann"}}
    )
    assert problem["detail"] == "Your merge fields were invalid."
    assert problem["errors"] == [{"field": "X", "message": message}]
    kept = api.member("ann@quay.com")
    assert (kept["merge_fields"]["X"], kept["merge_fields"]["FNAME"]) == (stored, ""), (
        "all or nothing"
    )
    assert api.put("ann@quay.com", {"merge_fields": {"X": ""}})["merge_fields"]["X"] == ""


def test_a_nonsense_phone_passes(api: Any) -> None:
    assert (
        api.put("ann@quay.com", {"merge_fields": {"PHONE": "000"}})["merge_fields"]["PHONE"]
        == "000"
    )


@given(st.text())
def test_text_is_cut_at_255_bytes_between_characters(text: str) -> None:
    stored = parse(MergeField(1, "X", "x", "text"), text)
    assert isinstance(stored, str)
    assert text.startswith(stored)
    assert len(stored.encode("utf-8", "surrogatepass")) <= 255
    assert stored == text or len(text[: len(stored) + 1].encode("utf-8", "surrogatepass")) > 255


def test_required_fields_and_how_to_skip_them(client_of: Any) -> None:
    with MailchimpSimulator(required_merge_fields=("LNAME", "ERPID")) as simulator:
        api = client_of(simulator)
        body = {"email_address": "ann@quay.com", "status_if_new": "subscribed"}
        problem = api.refused("PUT", api.member_path("ann@quay.com"), body)
        assert problem["detail"] == "Your merge fields were invalid."
        assert problem["errors"] == [
            {"field": "LNAME", "message": "Please enter a value"},
            {"field": "ERPID", "message": "Please enter a value"},
        ]
        assert api.put("ann@quay.com", skip_merge_validation="true")["status"] == "subscribed"
        half = api.put(
            "ann@quay.com",
            {"merge_fields": {"ADDRESS": {"addr1": "1 Pier Road"}}},
            skip_merge_validation="true",
        )
        assert half["merge_fields"]["ADDRESS"] == "", (
            "an incomplete address is dropped without a word"
        )
