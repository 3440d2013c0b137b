"""The read-only OData service, and the list of deletions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from simulators.acumatica import AcumaticaSimulator
from simulators.wholesaler import Wholesaler

NOON = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)


class Service:
    """A signed-in reader of the service."""

    def __init__(self, erp: AcumaticaSimulator) -> None:
        self.erp = erp
        self.base = f"{erp.url}/t/{erp.account.tenant}/api/odata/dac"
        token = erp.sign_in.grant("api offline_access").access_token
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **parameters: str | int) -> requests.Response:
        query = {f"${name}": value for name, value in parameters.items()}
        return self.session.get(f"{self.base}{path}", params=query, timeout=30)

    def values(self, path: str, **parameters: str | int) -> list[dict[str, Any]]:
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    def deleted(self, dac: str, **parameters: str | int) -> list[dict[str, Any]]:
        return self.values(f"/{dac}/px.GetDeletedRecords()", **parameters)


@pytest.fixture
def service(erp: AcumaticaSimulator) -> Service:
    erp.clock.freeze()
    erp.clock.set(NOON)
    return Service(erp)


@pytest.fixture
def shop(data: Wholesaler) -> Iterator[Service]:
    with AcumaticaSimulator(data) as simulator:
        yield Service(simulator)


def test_the_service_lists_its_sets(service: Service) -> None:
    answer = service.get("").json()
    assert answer["@odata.context"] == f"{service.base}/$metadata"
    assert {
        "name": "PX_Objects_AR_Customer",
        "kind": "EntitySet",
        "url": "PX_Objects_AR_Customer",
    } in (answer["value"])


def test_rows_are_database_columns_in_the_order_of_their_keys(service: Service) -> None:
    rows = service.values("/PX_Objects_AR_Customer")
    assert [row["AcctCD"] for row in rows] == ["C1", "C2", "C3", "C4", "C5"]
    first = rows[0]
    assert first["AcctName"] == "O'Hara Tools"
    assert first["Status"] == "A"
    assert first["LastModifiedDateTime"] == "2024-03-01T12:00:00"
    assert first["NoteID"] == service.erp.get("Customer", "C1")["id"]
    assert "EMail" not in first
    assert "Email" not in first


@pytest.mark.parametrize("name", ["PX_Objects_AR_Customer", "Customer", "customer"])
def test_a_set_has_a_long_and_a_short_name(service: Service, name: str) -> None:
    assert len(service.values(f"/{name}")) == 5
    legacy = f"{service.erp.url}/odatav4/Wholesale/{name}"
    assert len(service.session.get(legacy, timeout=5).json()["value"]) == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LastModifiedDateTime ge 2024-03-01T12:03:00Z", ["C4", "C5"]),
        ("LastModifiedDateTime ge 2024-03-01T15:03:00+03:00", ["C4", "C5"]),
        ("LastModifiedDateTime gt 2024-03-01 and AcctCD lt 'C3'", ["C1", "C2"]),
        ("Status eq 'A'", ["C1"]),
        ("Status eq 'Active'", []),
        ("Status eq 'I' or AcctCD eq 'C5'", ["C2", "C5"]),
        ("contains(AcctName,'Tools')", ["C1", "C3"]),
        ("startswith(AcctName,'V')", ["C4"]),
    ],
)
def test_filters_take_bare_values_and_stored_codes(
    service: Service, text: str, expected: list[str]
) -> None:
    found = service.values("/PX_Objects_AR_Customer", filter=text, select="AcctCD")
    assert [row["AcctCD"] for row in found] == expected
    assert all(set(row) == {"AcctCD"} for row in found)


def test_order_and_pages(service: Service) -> None:
    def codes(**parameters: str | int) -> list[str]:
        rows = service.values("/Customer", select="AcctCD", **parameters)
        return [row["AcctCD"] for row in rows]

    assert codes(orderby="AcctName desc", top=2) == ["C5", "C4"]
    assert codes(skip=1, top=2) == ["C2", "C3"]
    assert codes(orderby="Status,AcctCD desc") == ["C5", "C4", "C3", "C1", "C2"]
    service.erp.tracking.page_size = 2
    first = service.get("/Customer", select="AcctCD", top=3).json()
    assert len(first["value"]) == 2
    rest = service.session.get(first["@odata.nextLink"], timeout=5).json()
    assert [row["AcctCD"] for row in rest["value"]] == ["C3"]
    assert "@odata.nextLink" not in rest


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": "LastModifiedDateTime ge datetimeoffset'2024-03-01T12:03:00Z'"},
        {"filter": "LastModifiedDateTime ge 2024-03-01T12:03:00"},
        {"filter": "LastModifiedDateTime ge 2024-13-01T12:03:00Z"},
        {"filter": "substringof('x', AcctName)"},
        {"filter": "Nonsense eq 1"},
        {"filter": "AcctCD eq 5"},
        {"select": "Nonsense"},
        {"orderby": "Nonsense"},
        {"orderby": "AcctCD up"},
        {"top": "many"},
        {"apply": "aggregate(x)"},
    ],
)
def test_what_is_not_understood_is_refused(service: Service, parameters: dict[str, str]) -> None:
    answer = service.get("/Customer", **parameters)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_the_sets_of_a_whole_wholesaler(shop: Service, data: Wholesaler) -> None:
    items = shop.values("/InventoryItem", select="InventoryCD,ItemStatus")
    assert len(items) == len(data.stock_items) + len(data.non_stock_items)
    assert {row["ItemStatus"] for row in items} == {"AC", "IN", "NS"}
    documents = shop.values("/ARInvoice", select="DocType,RefNbr,Status,NoteID")
    assert len(documents) == len(data.invoices) + 40
    assert len({row["NoteID"] for row in documents}) == len(documents)
    assert {"INV", "CRM", "DRM", "CSL"} <= {row["DocType"] for row in documents}
    assert len(shop.values("/SOOrder", top=10)) == 10
    assert len(shop.values("/Contact", filter="ContactID eq 100001")) == 1
    assert shop.get("/PX_Objects_GL_Account").status_code == 404


def test_signing_in(service: Service) -> None:
    path, erp = f"{service.base}/Customer", service.erp
    user = (erp.account.username, erp.account.password)
    assert requests.get(path, timeout=5).status_code == 401
    assert requests.get(path, auth=user, timeout=5).status_code == 200
    assert requests.get(path, auth=("sync", "wrong"), timeout=5).status_code == 401
    assert requests.get(path, headers={"Authorization": "Basic !"}, timeout=5).status_code == 401
    elsewhere = path.replace("/t/Wholesale", "/t/Other")
    assert service.session.get(elsewhere, timeout=5).status_code == 401


def test_basic_sign_in_takes_no_seat_and_a_token_does(service: Service) -> None:
    erp = service.erp
    erp.sign_in.session_limit = 1
    requests.get(
        f"{service.base}/Customer", auth=(erp.account.username, erp.account.password), timeout=5
    )
    assert erp.sign_in.seats_taken() == 0
    assert service.values("/Customer")
    assert erp.sign_in.seats_taken() == 1


def test_no_rights_to_the_form(service: Service) -> None:
    service.erp.track_deletions("Customer")
    service.erp.rights.forbid("AR303000")
    for path in ("/Customer", "/PX_Objects_AR_Customer/px.GetDeletedRecords()"):
        answer = service.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "403")
    assert service.get("/Contact").status_code == 200


def test_archived_documents_show_only_on_request(service: Service) -> None:
    erp = service.erp
    erp.put("SalesInvoice", {"Type": "Invoice", "ReferenceNbr": "OLD"}, archived=True)
    assert len(service.values("/ARInvoice")) == 1
    service.session.headers["PX-ApiArchive"] = "SHOW"
    assert len(service.values("/ARInvoice")) == 2


def test_deletions_of_listed_dacs(service: Service) -> None:
    erp = service.erp
    ids = {code: erp.get("Customer", code)["id"] for code in ("C1", "C2", "C3")}
    erp.clock.advance(timedelta(minutes=-1))
    erp.delete("Customer", "C1")
    erp.clock.advance(timedelta(minutes=1))
    erp.track_deletions("PX_Objects_AR_Customer")
    assert service.deleted("PX_Objects_AR_Customer") == []
    erp.clock.advance(timedelta(minutes=1))
    erp.delete("Customer", "C2")
    erp.clock.advance(timedelta(minutes=1))
    erp.delete("Customer", "C3")
    both = service.deleted("PX_Objects_AR_Customer")
    assert both == [
        {"RefNoteID": ids["C2"], "DeleteDate": "2025-06-01T12:01:00"},
        {"RefNoteID": ids["C3"], "DeleteDate": "2025-06-01T12:02:00"},
    ]
    since = "DeleteDate ge 2025-06-01T12:02:00Z"
    assert service.deleted("Customer", filter=since) == both[1:]
    window = "DeleteDate ge 2025-06-01T12:00:00Z and DeleteDate lt 2025-06-01T12:02:00Z"
    assert service.deleted("Customer", filter=window) == both[:1]
    assert service.deleted("Customer", orderby="DeleteDate desc", top=1) == both[1:]
    assert service.deleted("Customer", skip=1, select="RefNoteID") == [{"RefNoteID": ids["C3"]}]


def test_what_is_deleted_over_the_api_is_tracked_too(service: Service) -> None:
    erp = service.erp
    erp.track_deletions("ARInvoice", "Contact")
    record = f"{erp.url}/entity/Default/24.200.001/SalesInvoice/Invoice/000001"
    gone = erp.get("SalesInvoice", "Invoice", "000001")["id"]
    assert service.session.delete(record, timeout=5).status_code == 204
    assert [row["RefNoteID"] for row in service.deleted("ARInvoice")] == [gone]
    assert service.deleted("Contact") == []


def test_a_dac_that_is_not_listed_is_refused(service: Service) -> None:
    answer = service.get("/Customer/px.GetDeletedRecords()")
    assert answer.status_code == 400
    assert "SM207010" in answer.json()["error"]["message"]
    assert service.get("/Nonsense/px.GetDeletedRecords()").status_code == 404
    with pytest.raises(KeyError, match="no DAC Nonsense"):
        service.erp.track_deletions("Nonsense")


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": "RefNoteID eq 'x'"},
        {"filter": "DeleteDate ge 'x'"},
        {"filter": "DeleteDate ge datetimeoffset'2025-06-01T12:00:00Z'"},
        {"select": "Name"},
        {"orderby": "Name"},
    ],
)
def test_deletions_know_two_columns(service: Service, parameters: dict[str, str]) -> None:
    service.erp.track_deletions("Customer")
    assert service.get("/Customer/px.GetDeletedRecords()", **parameters).status_code == 400


def test_a_record_that_is_made_again_stays_among_the_deleted(service: Service) -> None:
    service.erp.track_deletions("Customer")
    service.erp.delete("Customer", "C2")
    again = service.erp.put("Customer", {"CustomerID": "C2"})
    assert [row["RefNoteID"] for row in service.deleted("Customer")] == [again]
