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


def test_other_preconditions_are_412(client: Any, ids: dict[str, str]) -> None:
    answer = client.patch(
        f"contacts({ids['Bob']})", {"jobTitle": "x"}, If_Match="*", If_None_Match="*"
    )
    assert answer.status_code == 412


def test_an_equal_value_does_not_stamp(client: Any, erp: Any, ids: dict[str, str]) -> None:
    path = f"contacts({ids['Bob']})"
    before = client.body(path)
    erp.clock.advance(timedelta(minutes=1))
    answer = client.patch(path, {"email": "bob@ohara.com"}, If_Match="*").json()
    assert answer["lastModifiedDateTime"] == before["lastModifiedDateTime"]
    assert etag(client, path) == before["@odata.etag"]


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
