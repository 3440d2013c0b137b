from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


def etag(client: Any, path: str, **headers: str) -> str:
    tag: str = client.body(path, headers)["@odata.etag"]
    return tag


def test_a_field_is_changed_and_the_whole_record_comes_back(
    client: Any, ids: dict[str, str]
) -> None:
    path = f"contacts({ids['Bob']})"
    tag = etag(client, path)
    answer = client.patch(path, {"jobTitle": "Buyer"}, If_Match=tag)
    assert answer.status_code == 200
    assert answer.json()["jobTitle"] == "Buyer"
    assert answer.json()["@odata.etag"] != tag
    assert client.body(path)["jobTitle"] == "Buyer"


@pytest.mark.parametrize("tag", [None, "JzE5Ow", "'x'", ""])
def test_if_match_is_needed(
    client: Any, ids: dict[str, str], refusal: Any, tag: str | None
) -> None:
    headers = {} if tag is None else {"If_Match": tag}
    answer = client.patch(f"contacts({ids['Bob']})", {"jobTitle": "Buyer"}, **headers)
    assert refusal(answer) == (400, "BadRequest_InvalidToken")


def test_a_stale_tag_is_a_conflict_and_a_star_is_not(
    client: Any, erp: Any, ids: dict[str, str], refusal: Any
) -> None:
    path = f"contacts({ids['Bob']})"
    tag = etag(client, path)
    erp.put("contacts", {"id": ids["Bob"], "city": "Boise"})
    assert refusal(client.patch(path, {"jobTitle": "x"}, If_Match=tag)) == (
        409,
        "Request_EntityChanged",
    )
    assert client.patch(path, {"jobTitle": "x"}, If_Match="*").status_code == 200


def test_other_preconditions_are_412(client: Any, ids: dict[str, str]) -> None:
    answer = client.patch(
        f"contacts({ids['Bob']})", {"jobTitle": "x"}, If_Match="*", If_None_Match="*"
    )
    assert answer.status_code == 412


def test_a_replica_hands_out_old_tags(
    client: Any, erp: Any, ids: dict[str, str], refusal: Any
) -> None:
    path = f"contacts({ids['Bob']})"
    erp.clock.advance(timedelta(minutes=1))
    client.body(path)
    erp.database.replica_lag = timedelta(seconds=30)
    erp.put("contacts", {"id": ids["Bob"], "city": "Boise"})
    stale = etag(client, path)
    assert refusal(client.patch(path, {"jobTitle": "x"}, If_Match=stale))[0] == 409
    fresh = etag(client, path, **{"Data-Access-Intent": "ReadWrite"})
    assert client.patch(path, {"jobTitle": "x"}, If_Match=fresh).status_code == 200


def test_an_equal_value_does_not_stamp(client: Any, erp: Any, ids: dict[str, str]) -> None:
    path = f"contacts({ids['Bob']})"
    before = client.body(path)
    erp.clock.advance(timedelta(minutes=1))
    answer = client.patch(path, {"email": "bob@ohara.com"}, If_Match="*").json()
    assert answer["lastModifiedDateTime"] == before["lastModifiedDateTime"]
    assert etag(client, path) == before["@odata.etag"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "a" * 70 + "@example.com"}, 400, "Application_StringExceededLength"),
        ({"displayName": "x" * 101}, 400, "Application_StringExceededLength"),
        ({"phoneNumber": "call me"}, 400, "Application_FieldValidationException"),
        ({"mobilePhoneNumber": "1" * 31}, 400, "Application_StringExceededLength"),
        ({"email": "nobody"}, 400, "Application_DialogException"),
        ({"email": "a@firm.com;nobody"}, 400, "Application_DialogException"),
        ({"lastInteractionDate": "2026-01-01"}, 400, "BadRequest_InvalidOperation"),
        ({"lastModifiedDateTime": "2026-01-01T00:00:00Z"}, 400, "BadRequest_InvalidOperation"),
        ({"contactBusinessRelation": "None"}, 400, "BadRequest_InvalidOperation"),
        ({"id": "00000000-0000-0000-0000-00000000000a"}, 400, "BadRequest_InvalidOperation"),
        ({"type": "Robot"}, 400, "Unknown"),
        ({"privacyBlocked": "yes"}, 400, "BadRequest"),
        ({"displayName": 5}, 400, "BadRequest"),
        ({"number": "CT1"}, 400, "Internal_EntityWithSameKeyExists"),
    ],
)
def test_what_a_contact_may_not_become(
    client: Any, ids: dict[str, str], refusal: Any, body: Any, status: int, code: str
) -> None:
    path = f"contacts({ids['Bob']})"
    before = client.body(path)
    assert refusal(client.patch(path, body, If_Match="*")) == (status, code)
    assert client.body(path) == before


@pytest.mark.breaks_contract
@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_a_body_that_is_none(client: Any, ids: dict[str, str], refusal: Any, body: bytes) -> None:
    url, headers = client.url(f"contacts({ids['Bob']})"), {"If-Match": "*"}
    answer = client.session.patch(url, data=body, headers=headers, timeout=5)
    assert refusal(answer) == (400, "BadRequest")


def test_what_a_customer_may_not_become(client: Any, ids: dict[str, str], refusal: Any) -> None:
    path = f"customers({ids['C1']})"
    for body, code in (
        ({"displayName": " "}, "BadRequest_RequiredParamNotProvided"),
        ({"balanceDue": 5}, "BadRequest_InvalidOperation"),
        ({"taxAreaId": "x"}, "Application_InvalidGUID"),
        ({"creditLimit": "five"}, "BadRequest"),
    ):
        assert refusal(client.patch(path, body, If_Match="*")) == (400, code)
    good = {
        "creditLimit": 12.5,
        "blocked": "_x0020_",
        "taxLiable": True,
        "taxAreaId": ids["C2"],
        "salespersonCode": "ab",
    }
    row = client.patch(path, good, If_Match="*").json()
    assert (row["creditLimit"], row["salespersonCode"]) == (12.5, "AB")


@pytest.mark.breaks_contract
def test_an_unknown_property_is_refused(client: Any, ids: dict[str, str], refusal: Any) -> None:
    answer = client.patch(f"contacts({ids['Bob']})", {"firstName": "B"}, If_Match="*")
    assert refusal(answer) == (400, "BadRequest")
    assert "Could not find a property named 'firstName'" in answer.text


def test_writes_that_are_refused(client: Any, erp: Any, ids: dict[str, str], refusal: Any) -> None:
    assert refusal(client.patch(f"items({ids['lamp']})", {"displayName": "x"}, If_Match="*")) == (
        405,
        "BadRequest_MethodNotAllowed",
    )
    gone = "00000000-0000-0000-0000-00000000000a"
    assert refusal(client.patch(f"contacts({gone})", {"city": "x"}, If_Match="*"))[0] == 404
    assert refusal(client.patch("contacts", {"city": "x"}, If_Match="*"))[0] == 405
    for method in ("post", "delete", "put"):
        call = getattr(client.session, method)
        assert call(client.url("customers"), timeout=5).status_code == 405
    companies = f"{erp.api_url}/companies({client.company.id})"
    assert client.session.patch(companies, timeout=5).status_code == 405
    path, body = f"contacts({ids['Bob']})", {"city": "x"}
    intent = client.patch(path, body, If_Match="*", Data_Access_Intent="ReadOnly")
    assert refusal(intent) == (400, "BadRequest")
    erp.rights.write_contacts = False
    assert refusal(client.patch(path, body, If_Match="*")) == (403, "Internal_ServerError")
    erp.rights.write_customers = False
    assert client.patch(f"customers({ids['C1']})", body, If_Match="*").status_code == 403


# What one write does to the others.


def emails(erp: Any, ids: dict[str, str]) -> dict[str, Any]:
    found = {name: erp.get("contacts", ids[name])["email"] for name in ("firm", "Ann", "Bob")}
    return {**found, "C1": erp.get("customers", ids["C1"])["email"]}


def test_a_company_contact_overwrites_its_customer_and_its_people(
    client: Any, erp: Any, ids: dict[str, str]
) -> None:
    stamp = erp.get("customers", ids["C1"])["lastModifiedDateTime"]
    erp.put("customers", {"id": ids["C1"], "website": "ohara.example"}, modified=stamp)
    client.patch(f"contacts({ids['firm']})", {"email": "new@ohara.com"}, If_Match="*")
    assert emails(erp, ids) == {
        "firm": "new@ohara.com",
        "C1": "new@ohara.com",
        "Ann": "new@ohara.com",  # she had the old one
        "Bob": "bob@ohara.com",
    }
    customer = erp.get("customers", ids["C1"])
    assert customer["website"] == ""  # all shared fields go across, not the changed one alone
    assert customer["lastModifiedDateTime"] > stamp


def test_without_inheritance_people_keep_theirs(client: Any, erp: Any, ids: dict[str, str]) -> None:
    erp.company().inherit = False
    client.patch(f"contacts({ids['firm']})", {"email": "new@ohara.com"}, If_Match="*")
    assert emails(erp, ids)["Ann"] == "pay@ohara.com"


def test_a_customer_overwrites_its_contact_and_so_its_people(
    client: Any, erp: Any, ids: dict[str, str]
) -> None:
    answer = client.patch(f"customers({ids['C1']})", {"email": "new@ohara.com"}, If_Match="*")
    assert answer.status_code == 200
    found = emails(erp, ids)
    assert (found["C1"], found["firm"], found["Ann"]) == ("new@ohara.com",) * 3
    assert erp.get("contacts", ids["firm"])["phoneNumber"] == ""


def test_a_person_changes_alone(client: Any, erp: Any, ids: dict[str, str]) -> None:
    before = emails(erp, ids)
    client.patch(f"contacts({ids['Bob']})", {"email": "b@ohara.com;bob@home.com"}, If_Match="*")
    assert emails(erp, ids) == {**before, "Bob": "b@ohara.com;bob@home.com"}


def test_the_privacy_lock_travels_to_the_customer(
    client: Any, erp: Any, ids: dict[str, str]
) -> None:
    client.patch(f"contacts({ids['firm']})", {"privacyBlocked": True}, If_Match="*")
    row = erp.company().tables["customers"].primary.find(ids["C1"])
    assert row.inner["privacy_blocked"] is True


def test_a_renamed_company_contact_keeps_its_people(client: Any, ids: dict[str, str]) -> None:
    client.patch(
        f"contacts({ids['firm']})", {"number": "CT9", "displayName": "O'Hara & Co"}, If_Match="*"
    )
    person = client.body(f"contacts({ids['Bob']})")
    assert (person["companyNumber"], person["companyName"]) == ("CT9", "O'Hara & Co")
    assert len(client.rows("customerContacts")) == 2


def test_a_customer_contact_is_a_person(client: Any, erp: Any, ids: dict[str, str]) -> None:
    path = f"customerContacts({ids['Bob']})"
    tag = etag(client, path)
    body = {"id": ids["Bob"], "firstName": "Robert", "email": "r@ohara.com"}
    row = client.patch(path, body, If_Match=tag).json()
    assert (row["firstName"], row["lastName"], row["customerId"]) == ("Robert", "Reilly", ids["C1"])
    contact = erp.get("contacts", ids["Bob"])
    assert (contact["displayName"], contact["email"]) == ("Robert Reilly", "r@ohara.com")
    assert client.patch(path, {"email": "x@y.zz"}, If_Match=tag).status_code == 409


def test_another_customer_id_moves_the_person(client: Any, erp: Any, ids: dict[str, str]) -> None:
    erp.put(
        "contacts",
        {"number": "CT2", "type": "Company", "displayName": "Søby Marine", "companyNumber": "CT2"},
        inner={"customer_id": ids["C2"]},
    )
    path = f"customerContacts({ids['Bob']})"
    row = client.patch(path, {"customerId": ids["C2"]}, If_Match="*").json()
    assert row["customerName"] == "Søby Marine"
    assert erp.get("contacts", ids["Bob"])["companyNumber"] == "CT2"
