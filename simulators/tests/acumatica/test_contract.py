"""The contract validator: silent about what the definitions allow, loud about what they do not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from simulators.common import Exchange
from tests.contracts.acumatica import AcumaticaContract

ENTITY = "/site/entity/Default/24.200.001"


@pytest.fixture(scope="module")
def contract(contracts_dir: Path) -> AcumaticaContract:
    return AcumaticaContract(contracts_dir)


def exchange(
    path: str,
    query: str = "",
    *,
    body: object = None,
    status: int = 200,
    method: str = "GET",
    sent: object = None,
) -> Exchange:
    return Exchange(
        method=method,
        path=path,
        query=query,
        request_headers={},
        request_body=b"" if sent is None else orjson.dumps(sent),
        status=status,
        response_headers={"content-type": "application/json; charset=utf-8"},
        response_body=orjson.dumps([] if body is None else body),
        at=datetime(2025, 1, 1, tzinfo=UTC),
        seconds=0.0,
    )


GOOD = {
    "id": "0eaa2628-2945-ea11-817f-eb1af000b4cf",
    "rowNumber": 1,
    "note": None,
    "CustomerID": {"value": "C1"},
    "CreditLimit": {"value": 1.5},
    "OrderPriority": {"value": 0},
    "IsGuestCustomer": {"value": False},
    "LastModifiedDateTime": {"value": "2020-05-19T22:50:36.837+00:00"},
    "MainContact": {"Email": {}, "Address": {"City": {"value": "Oslo"}}, "custom": {}},
    "Contacts": [{"ContactID": {"value": 5}}],
    "custom": {},
}


@pytest.mark.parametrize(
    "allowed",
    [
        exchange(f"{ENTITY}/Customer", body=[GOOD]),
        exchange(f"{ENTITY}/Customer/C1", body=GOOD),
        exchange(f"{ENTITY}/Customer/$adHocSchema", body={"CustomerID": {"type": "StringValue"}}),
        exchange(f"{ENTITY}/Customer", method="PUT", sent=GOOD, body=GOOD),
        exchange(
            f"{ENTITY}/Customer",
            "$select=CustomerID,MainContact/Email&$expand=MainContact,MainContact/Address&$top=5"
            "&$skip=0&$custom=BAccount.AcctCD&$filter=LastModifiedDateTime%20ge%20datetimeoffset"
            "'2024-01-01T00:00:00Z'%20and%20(substringof('Nonsense%20''x''',CustomerName)%20or%20"
            "cf.String(f='BAccount.AcctCD')%20eq%20'x'%20or%20CreditLimit%20gt%205.0m)",
        ),
        exchange("/site/entity/Default/23.200.001/SalesInvoice", "$select=LastModifiedDateTime"),
        exchange("/site/entity/Default/25.200.001/SalesInvoice", "$select=LastModifiedDate"),
        exchange("/site/identity/connect/token", method="POST"),
        exchange("/site/entity"),
        exchange(f"{ENTITY}/swagger.json", body={}),
        exchange("/site/entity/Default/99.200.001/Customer", status=404),
        exchange("/site/entity/Own/1.0.0/Thing", body=[{"Anything": 1}]),
        exchange("/site/entity/Default/26.200.001/Customer", "$expand=MainContact($select=Email)"),
        exchange("/t/Tenant/api/odata/dac/Customer", body={"@odata.context": "x", "value": []}),
        exchange("/t/Tenant/api/odata/dac/Customer", status=403, body={"error": {}}),
        exchange(f"{ENTITY}/Customer", status=500, body={"message": "An error has occurred."}),
        exchange(f"{ENTITY}/Customer", status=422, method="PUT", body={"x": 1}),
    ],
)
def test_what_is_allowed_is_not_reported(contract: AcumaticaContract, allowed: Exchange) -> None:
    assert contract.violations(allowed) == []


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (exchange(f"{ENTITY}/Customers"), "no such entity"),
        (exchange("/t/Tenant/api/odata/dac/Customer", method="POST"), "only reads"),
        (exchange("/t/Tenant/api/odata/dac/Customer", body=[]), "names no context"),
        (exchange("/odatav4/Tenant/Customer", body={"@odata.context": "x"}), "no list of values"),
        (exchange(f"{ENTITY}/Customer", "$select=Mail"), "$select names Mail, which is not in"),
        (
            exchange(f"{ENTITY}/Customer", "$select=MainContact/Mail"),
            "$select names MainContact/Mail",
        ),
        (exchange(f"{ENTITY}/Customer", "$expand=Main"), "$expand names Main, which is not in"),
        (exchange(f"{ENTITY}/Customer", "$expand=Status"), "which is a value"),
        (exchange(f"{ENTITY}/Customer", "$filter=Mail eq 'x'"), "$filter names Mail"),
        (exchange(f"{ENTITY}/Customer", "$filter=MainContact eq 'x'"), "which is no value"),
        (exchange(f"{ENTITY}/Customer", "$filter=cf.Text(f='A.B') eq 'x'"), "cf.Text is no kind"),
        (exchange(f"{ENTITY}/Customer", "$custom=Mail"), "$custom names no view"),
        (exchange(f"{ENTITY}/Customer", "$orderby=Status"), "$orderby is no parameter"),
        (exchange(f"{ENTITY}/Customer", "$top=all"), "$top is no number"),
        (exchange(f"{ENTITY}/Customer", method="POST"), "no operation POST"),
        (
            exchange("/entity/Default/22.200.001/SalesInvoice", "$select=LastModifiedDateTime"),
            "not in the metadata of 22.200.001",
        ),
        (exchange(f"{ENTITY}/Customer", body={}), "answers no array"),
        (exchange(f"{ENTITY}/Customer", body=[5]), "is no object"),
        (
            exchange(f"{ENTITY}/Customer", body=[{"Mail": {"value": "x"}}]),
            "Customer.Mail is not in the OpenAPI of Default/24.200.001",
        ),
        (
            exchange("/entity/Default/22.200.001/Customer", body=[{"Email": {}}]),
            "Customer.Email is not in the metadata of 22.200.001",
        ),
        (exchange(f"{ENTITY}/Customer", body=[{"Status": "Active"}]), "is no StringValue"),
        (exchange(f"{ENTITY}/Customer", body=[{"Status": {"value": 5}}]), "is no StringValue: 5"),
        (exchange(f"{ENTITY}/Customer", body=[{"Status": {"value": None}}]), "null value"),
        (exchange(f"{ENTITY}/Customer", body=[{"Status": {"text": ""}}]), "is no StringValue"),
        (
            exchange(f"{ENTITY}/Customer", body=[{"CreditLimit": {"value": "5"}}]),
            "is no DecimalValue",
        ),
        (
            exchange(
                f"{ENTITY}/Customer", body=[{"CreatedDateTime": {"value": "2024-01-01T00:00:00"}}]
            ),
            "is no DateTimeValue",
        ),
        (exchange(f"{ENTITY}/Customer", body=[{"NoteID": {"value": "x"}}]), "is no GuidValue"),
        (exchange(f"{ENTITY}/Customer", body=[{"Contacts": {}}]), "Customer.Contacts is no array"),
        (
            exchange(f"{ENTITY}/Customer", body=[{"MainContact": {"Mail": {}}}]),
            "Contact.Mail is not in",
        ),
        (
            exchange(f"{ENTITY}/Customer", body=[{"Contacts": [{"Mail": {}}]}]),
            "CustomerContact.Mail is not in",
        ),
        (
            exchange(f"{ENTITY}/Customer", method="PUT", sent={"Mail": {}}, body=GOOD),
            "sent Customer.Mail is not in",
        ),
        (exchange(f"{ENTITY}/Customer", status=500, body=[]), "an error is no object"),
        (exchange(f"{ENTITY}/Customer", status=500, body={"message": 5}), "HttpError.message"),
    ],
)
def test_what_is_not_allowed_is_reported(
    contract: AcumaticaContract, broken: Exchange, complaint: str
) -> None:
    found = contract.violations(broken)
    assert any(complaint in problem for problem in found), found


def test_recorded_answers_keep_the_contract_of_their_version(
    contract: AcumaticaContract, contracts_dir: Path
) -> None:
    for name, path in (
        ("customer-list-top1", "Customer"),
        ("stockitem-list-top1", "StockItem"),
        ("salesorder-list-top1", "SalesOrder"),
        ("customer-put-ok", "Customer/C1165"),
        ("salesorder-put-expand-details", "SalesOrder/SO/S20-100149"),
    ):
        content = orjson.loads((contracts_dir / "acumatica/recorded" / f"{name}.json").read_bytes())
        recorded = exchange(f"/entity/Default/20.200.001/{path}", body=content)
        assert contract.violations(recorded) == []


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        (f"{ENTITY}/Customer", True),
        (f"{ENTITY}/Customer/$adHocSchema", True),
        ("/site/entity/Default/20.200.001/Payment/Payment/000001", True),
        (f"{ENTITY}/swagger.json", False),
        ("/site/entity", False),
        ("/site/entity/auth/login", False),
        ("/site/identity/connect/token", False),
        ("/site/t/Tenant/api/odata/dac/PX_Objects_AR_Customer/px.GetDeletedRecords()", False),
        ("/site/odatav4/Tenant/Customer", False),
        ("/site/entity/Default/26.200.001/Customer", False),
        ("/site/entity/Own/1.0/Customer", False),
    ],
)
def test_what_no_description_covers_names_its_source(
    contract: AcumaticaContract, path: str, *, covered: bool
) -> None:
    assert (contract.uncovered(path) is None) is covered
