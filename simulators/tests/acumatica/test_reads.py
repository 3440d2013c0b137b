from __future__ import annotations

import re
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator
from simulators.wholesaler import Wholesaler

CUSTOMERS = ["C1", "C2", "C3", "C4", "C5"]
ALL = "LastModifiedDateTime ge datetimeoffset'2024-03-01T12:00:00Z'"


def test_values_are_wrapped_and_empty_ones_are_empty_objects(client: Any) -> None:
    (row,) = client.rows("Customer", filter="CustomerID eq 'C5'")
    assert row["CustomerName"] == {"value": "Yardley"}
    assert row["Email"] == {"value": "y@yard.co.uk"}
    assert row["Terms"] == {}
    assert row["custom"] == {}
    assert row["NoteID"] == {"value": row["id"]}
    assert "MainContact" not in row
    assert "Contacts" not in row
    assert list(row)[:3] == ["id", "rowNumber", "note"]


def test_select_and_nested_expand(client: Any) -> None:
    (row,) = client.rows(
        "Customer",
        filter="CustomerID eq 'C5'",
        select="CustomerID,MainContact/Email,MainContact/Address/City",
        expand="MainContact,MainContact/Address",
    )
    assert set(row) == {"id", "rowNumber", "note", "CustomerID", "MainContact", "custom"}
    contact = row["MainContact"]
    assert contact["Email"] == {"value": "y@yard.co.uk"}
    assert contact["Address"]["City"] == {}
    assert "DisplayName" not in contact


def test_a_nested_select_without_expand_shows_nothing_nested(client: Any) -> None:
    (row,) = client.rows(
        "Customer", filter="CustomerID eq 'C5'", select="CustomerID,MainContact/Email"
    )
    assert "MainContact" not in row


def test_expanded_details_are_arrays_with_ids_of_their_own(client: Any) -> None:
    (row,) = client.rows(
        "SalesInvoice",
        select="ReferenceNbr,Date,Details/LineNbr,Details/InventoryID,Details/Amount,"
        "BillingSettings/BillToContact/Email",
        expand="Details,BillingSettings,BillingSettings/BillToContact",
    )
    assert row["Date"] == {"value": "2024-02-05T00:00:00+00:00"}
    assert [line["InventoryID"]["value"] for line in row["Details"]] == ["A", "B/1#2"]
    assert [line["rowNumber"] for line in row["Details"]] == [1, 2]
    assert len({line["id"] for line in row["Details"]} | {row["id"]}) == 3
    assert row["BillingSettings"]["BillToContact"]["Email"] == {"value": "pay@ohara.com"}


def test_decimals_keep_their_zeros(client: Any) -> None:
    text = client.get("SalesInvoice", select="Amount").text
    assert '"Amount":{"value":70.0000}' in text


def test_a_mapped_but_never_filled_field_stays_empty(client: Any) -> None:
    (row,) = client.rows("Customer", filter="CustomerID eq 'C5'", expand="MainContact")
    assert row["MainContact"]["LastModifiedDateTime"] == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ALL, CUSTOMERS),
        ("LastModifiedDateTime gt datetimeoffset'2024-03-01T12:00:00Z'", CUSTOMERS[1:]),
        ("LastModifiedDateTime le datetimeoffset'2024-03-01T12:01:00Z'", CUSTOMERS[:2]),
        (f"{ALL} and LastModifiedDateTime lt datetimeoffset'2024-03-01T12:03:00Z'", CUSTOMERS[:3]),
        ("LastModifiedDateTime ge datetimeoffset'2024-03-01T15:03:00+03:00'", CUSTOMERS[3:]),
        ("LastModifiedDateTime eq datetimeoffset'2024-03-01T12:03:00Z'", ["C4"]),
        ("CustomerName eq 'O''Hara Tools'", ["C1"]),
        ("CustomerName eq 'o''hara tools'", ["C1"]),
        ("substringof('Tools', CustomerName)", ["C1", "C3"]),
        ("substringof('Tools', CustomerName) eq true and Status eq 'Active'", ["C1"]),
        ("startswith(CustomerName, 'V') or endswith(CustomerName, 'Marine')", ["C2", "C4"]),
        ("IsGuestCustomer eq true", ["C4"]),
        ("CreditLimit gt 4.99m", ["C3"]),
        ("CreditLimit ge 5", ["C3"]),
        ("MainContact/Email eq 'y@yard.co.uk'", ["C5"]),
        ("Email ne null", ["C5"]),
        ("CustomerID gt 'C2' and (CustomerID lt 'C4' or CustomerID eq 'C5')", ["C3", "C5"]),
        (
            "cf.DateTime(f='CurrentCustomer.LastModifiedDateTime') ge datetimeoffset'2024-03-01T12:04:00Z'",
            ["C5"],
        ),
        ("cf.String(f='BAccount.AcctCD') eq 'C2'", ["C2"]),
        ("'C2' eq CustomerID", ["C2"]),
    ],
)
def test_filters(client: Any, text: str, expected: list[str]) -> None:
    assert sorted(client.values("Customer", "CustomerID", filter=text)) == expected


def test_a_filter_on_details_and_dates(client: Any) -> None:
    assert client.rows("SalesInvoice", filter="Details/InventoryID eq 'A'")
    assert client.rows("SalesInvoice", filter="Date ge date'2024-02-05'")
    assert client.rows("SalesInvoice", filter="Date gt date'2024-02-05'") == []


def test_an_id_can_be_filtered_as_a_guid(client: Any) -> None:
    (row,) = client.rows("Customer", filter="CustomerID eq 'C1'")
    found = client.rows("Customer", filter=f"NoteID eq guid'{row['id']}'")
    assert found[0]["CustomerID"] == {"value": "C1"}


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("Status eq 5", "'Edm.String' and 'Edm.Int32' for operator kind 'Equal'"),
        ("LastModifiedDateTime gt '2024-03-01T12:00:00Z'", "'Edm.DateTimeOffset' and 'Edm.String'"),
        ("CreditLimit gt 4.99", "'Edm.Decimal' and 'Edm.Double'"),
        ("IsGuestCustomer eq 'true'", "'Edm.Boolean' and 'Edm.String'"),
        ("substringof('x', CreditLimit)", "substringof"),
    ],
)
def test_a_literal_of_the_wrong_type_is_500(client: Any, text: str, types: str) -> None:
    answer = client.get("Customer", filter=text)
    assert answer.status_code == 500
    assert types in answer.json()["exceptionMessage"]


@pytest.mark.breaks_contract
@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": "Nonsense eq 1"},
        {"filter": "Status eq"},
        {"filter": "Status eq 'A' or"},
        {"filter": "LastModifiedDateTime ge datetimeoffset'2024-03-01T15:03:00 03:00'"},
        {"filter": "cf.DateTime(f='x') ge datetimeoffset'2024-03-01T15:03:00Z'"},
        {"filter": "Status has 'A'"},
        {"filter": "MainContact eq 'A'"},
        {"select": "Nonsense"},
        {"select": "MainContact/Nonsense", "expand": "MainContact"},
        {"expand": "Nonsense"},
        {"custom": "Nonsense"},
        {"top": "many"},
        {"skip": "-1"},
    ],
)
def test_what_cannot_be_read_is_500(client: Any, parameters: dict[str, str]) -> None:
    answer = client.get("Customer", **parameters)
    assert answer.status_code == 500
    assert answer.json()["message"] == "An error has occurred."


def test_a_field_of_a_later_version_is_unknown(client: Any) -> None:
    client.version = "22.200.001"
    assert "LastModifiedDateTime" not in client.rows("SalesInvoice")[0]
    found = client.rows(
        "SalesInvoice",
        filter="cf.DateTime(f='Document.LastModifiedDateTime') ge "
        "datetimeoffset'2024-03-01T12:00:00Z'",
        custom="Document.LastModifiedDateTime",
    )
    assert found[0]["custom"]["Document"]["LastModifiedDateTime"] == {
        "type": "CustomDateTimeField",
        "value": "2024-03-01T12:00:00+00:00",
    }


@pytest.mark.breaks_contract
def test_the_cursor_of_a_later_version_is_refused(client: Any) -> None:
    client.version = "22.200.001"
    assert client.get("SalesInvoice", filter=ALL).status_code == 500
    assert client.get("Customer", select="Email").status_code == 500


def test_a_literal_without_offset_is_read_in_the_session_zone(client: Any) -> None:
    at_noon = "LastModifiedDateTime ge datetimeoffset'2024-03-01T12:00:00'"
    assert client.values("Customer", "CustomerID", filter=at_noon) == []
    in_zone = "LastModifiedDateTime ge datetimeoffset'2024-03-01T04:00:00'"
    assert len(client.values("Customer", "CustomerID", filter=in_zone)) == 5


def test_top_and_skip_walk_the_rows_in_a_stable_disorder(
    data: Wholesaler, client_of: type[Any]
) -> None:
    with AcumaticaSimulator(data) as erp:
        client = client_of(erp)
        field = "LastModifiedDateTime"
        pages = [client.values("Contact", field, top=500, skip=n) for n in range(0, 2000, 500)]
        again = client.values("Contact", field, top=500, skip=500)
    stamps = [stamp for page in pages for stamp in page]
    assert [len(page) for page in pages] == [500, 500, 500, 300]
    assert pages[1] == again
    assert stamps != sorted(stamps)
    everything = sorted(contact.modified for contact in data.contacts)
    assert len(stamps) == len(everything)


def test_without_top_every_row_comes_back(client: Any) -> None:
    assert sorted(client.values("Customer", "CustomerID")) == CUSTOMERS
    assert client.rows("Customer", top=0) == []
    assert client.rows("Customer", skip=5) == []


def test_unknown_parameters_and_orderby_change_nothing(
    erp: AcumaticaSimulator, client: Any
) -> None:
    plain = client.values("Customer", "CustomerID")
    answer = client.session.get(
        client.url("Customer"), params={"$select": "CustomerID", "inlinecount": "1"}, timeout=5
    )
    assert [row["CustomerID"]["value"] for row in answer.json()] == plain
    assert len(erp.requests) == 2


def test_single_reads_by_key_and_by_id(client: Any) -> None:
    by_key = client.get("SalesInvoice/Invoice/000001", expand="Details").json()
    assert by_key["Details"][1]["Amount"] == {"value": 20.0}
    by_id = client.get(f"SalesInvoice/{by_key['id']}").json()
    assert by_id["ReferenceNbr"] == {"value": "000001"}
    assert client.get("Customer/c1").json()["CustomerID"] == {"value": "C1"}


def test_a_key_with_a_slash_needs_the_other_separator(erp: AcumaticaSimulator, client: Any) -> None:
    record_id = erp.put("SalesInvoice", {"Type": "Invoice", "ReferenceNbr": "25/0815#B"})
    assert client.get("SalesInvoice/Invoice/25/0815%23B").status_code == 500
    assert client.get("SalesInvoice/Invoice/25%2F0815%23B").status_code == 500
    assert client.get("SalesInvoice/Invoice|25/0815%23B").json()["id"] == record_id
    assert client.get(f"SalesInvoice/{record_id}").json()["id"] == record_id


def test_a_missing_record_is_500_by_key_and_an_empty_list_by_filter(client: Any) -> None:
    answer = client.get("Customer/NOBODY")
    assert answer.status_code == 500
    assert answer.json()["exceptionType"].endswith("NoEntitySatisfiesTheConditionException")
    assert client.rows("Customer", filter="CustomerID eq 'NOBODY'") == []


@pytest.mark.parametrize(
    "path",
    ["Default/26.200.001/Customer", "Default/24.200.001/Vendors", "Other/24.200.001/Customer"],
)
def test_a_wrong_version_entity_or_endpoint_is_404(
    erp: AcumaticaSimulator, client: Any, path: str
) -> None:
    answer = client.session.get(f"{erp.url}/entity/{path}", timeout=5)
    assert answer.status_code == 404
    assert answer.json()["message"]
    erp.faults.on("html_404")
    answer = client.session.get(f"{erp.url}/entity/{path}", timeout=5)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_archived_documents_show_only_on_request(erp: AcumaticaSimulator, client: Any) -> None:
    erp.put("SalesInvoice", {"Type": "Invoice", "ReferenceNbr": "OLD"}, archived=True)
    assert client.values("SalesInvoice", "ReferenceNbr") == ["000001"]
    client.session.headers["PX-ApiArchive"] = "SHOW"
    assert sorted(client.values("SalesInvoice", "ReferenceNbr")) == ["000001", "OLD"]


def test_the_branch_header_is_accepted(client: Any) -> None:
    client.session.headers["PX-CbApiBranch"] = "MAIN"
    assert len(client.rows("Customer")) == 5


def test_stamps_end_in_0_3_or_7_and_lose_trailing_zeros(
    data: Wholesaler, client_of: type[Any]
) -> None:
    with AcumaticaSimulator(data) as erp:
        stamps = client_of(erp).values("Customer", "LastModifiedDateTime")
    pattern = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?\+00:00$")
    assert all(pattern.match(stamp) for stamp in stamps)
    thousandths = {
        stamp[22] for stamp in stamps if len(stamp) == len("2020-01-01T00:00:00.123+00:00")
    }
    assert thousandths == {"3", "7"}


def test_an_echoed_stamp_can_miss_its_own_row(erp: AcumaticaSimulator, client: Any) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - one moment

    erp.put("Customer", {"CustomerID": "C9"}, modified=datetime(2024, 4, 1, 0, 0, 0, 7000, UTC))
    (echoed,) = client.values("Customer", "LastModifiedDateTime", filter="CustomerID eq 'C9'")
    assert echoed == "2024-04-01T00:00:00.007+00:00"
    literal = f"datetimeoffset'{echoed}'"
    for operator, expected in (("eq", []), ("ge", []), ("le", [*CUSTOMERS, "C9"])):
        found = client.values(
            "Customer", "CustomerID", filter=f"LastModifiedDateTime {operator} {literal}"
        )
        assert sorted(found) == expected


def test_the_list_of_endpoints_is_open_and_has_two_shapes(erp: AcumaticaSimulator) -> None:
    import requests  # noqa: PLC0415 - without a session

    first = requests.get(f"{erp.url}/entity", timeout=5).json()
    assert first["version"]["acumaticaBuildVersion"]
    assert {
        "name": "Default",
        "version": "24.200.001",
        "href": "/Wholesale/entity/Default/24.200.001/",
    } in first["endpoints"]
    erp.faults.on("endpoint_list_array")
    assert requests.get(f"{erp.url}/entity", timeout=5).json() == first["endpoints"]


def test_the_openapi_document_and_the_ad_hoc_schema(erp: AcumaticaSimulator, client: Any) -> None:
    document = client.session.get(client.url("swagger.json"), timeout=5).json()
    assert document["openapi"] == "3.0.1"
    assert document["servers"] == [{"url": f"{erp.url}/entity/Default/24.200.001"}]
    customer = document["components"]["schemas"]["Customer"]["allOf"][1]["properties"]
    assert customer["Email"] == {"$ref": "#/components/schemas/StringValue"}
    assert client.get("Customer/$adHocSchema").json()["CustomerID"] == {}
