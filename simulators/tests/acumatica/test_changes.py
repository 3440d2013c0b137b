from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from simulators.acumatica import AcumaticaSimulator

NOW = datetime(2025, 6, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_nine(erp: AcumaticaSimulator) -> None:
    erp.clock.freeze()
    erp.clock.set(NOW)


def changed_since(
    client: Any, entity: str, field: str, moment: str = "2025-06-01T09:00:00Z"
) -> list[Any]:
    text = f"LastModifiedDateTime ge datetimeoffset'{moment}'"
    found: list[Any] = client.values(entity, field, filter=text)
    return found


def test_an_update_moves_the_stamp_and_keeps_the_rest(erp: AcumaticaSimulator, client: Any) -> None:
    before = erp.get("Customer", "C1")
    erp.put("Customer", {"CustomerID": "C1", "Status": "Credit Hold"})
    after = erp.get("Customer", "C1")
    assert after["id"] == before["id"]
    assert after["CustomerName"] == "O'Hara Tools"
    assert after["LastModifiedDateTime"] == NOW
    assert changed_since(client, "Customer", "Status") == ["Credit Hold"]


def test_a_changed_address_of_the_contact_does_not_move_the_customers_stamp(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.change_email("C5", "new@yard.co.uk")
    erp.change_address("C5", City="Leeds")
    assert changed_since(client, "Customer", "CustomerID") == []
    assert client.values("Customer", "Email", filter="CustomerID eq 'C5'") == ["new@yard.co.uk"]
    by_contact = (
        "cf.DateTime(f='DefContact.LastModifiedDateTime') ge datetimeoffset'2025-06-01T09:00:00Z'"
    )
    assert client.values("Customer", "CustomerID", filter=by_contact) == ["C5"]
    (row,) = client.rows(
        "Customer",
        filter="CustomerID eq 'C5'",
        expand="MainContact",
        custom="MainContact/DefContact.LastModifiedDateTime",
    )
    stamp = row["MainContact"]["custom"]["DefContact"]["LastModifiedDateTime"]
    assert stamp["value"] == "2025-06-01T09:00:00+00:00"


def test_an_invoice_is_posted_paid_and_cancelled(erp: AcumaticaSimulator) -> None:
    erp.post_invoice("000001")
    posted = erp.get("SalesInvoice", "Invoice", "000001")
    assert (posted["Status"], posted["Balance"]) == ("Open", Decimal("70.0000"))
    assert posted["LastModifiedDateTime"] == NOW
    erp.pay_invoice("000001")
    assert erp.get("SalesInvoice", "Invoice", "000001")["Status"] == "Closed"
    erp.cancel_invoice("000001")
    cancelled = erp.get("SalesInvoice", "Invoice", "000001")
    assert (cancelled["Status"], cancelled["Balance"], cancelled["Details"]) == ("Canceled", 0, 2)
    with pytest.raises(KeyError, match="no SalesInvoice Invoice/NONE"):
        erp.post_invoice("NONE")


def test_a_late_commit_becomes_visible_behind_readers_that_have_passed(
    erp: AcumaticaSimulator, client: Any
) -> None:
    late = timedelta(seconds=30)
    erp.put("Customer", {"CustomerID": "C6"}, visible_after=late)
    erp.put("Customer", {"CustomerID": "C1", "Status": "Inactive"}, visible_after=late)
    assert changed_since(client, "Customer", "CustomerID") == []
    assert client.get("Customer/C6").status_code == 500
    assert erp.get("Customer", "C1")["Status"] == "Active"
    erp.clock.advance(late)
    assert sorted(changed_since(client, "Customer", "CustomerID")) == ["C1", "C6"]
    assert client.values("Customer", "LastModifiedDateTime", filter="CustomerID eq 'C6'") == [
        "2025-06-01T09:00:00+00:00"
    ]


def test_deleted_records_are_gone(erp: AcumaticaSimulator, client: Any) -> None:
    assert len(client.rows("Customer")) == 5
    erp.delete("Customer", "C2")
    erp.delete("Customer", "NOBODY")
    assert sorted(client.values("Customer", "CustomerID")) == ["C1", "C3", "C4", "C5"]
    assert erp.counts() == {"Customer": 4, "SalesInvoice": 1}
    assert client.get("Customer/C2").status_code == 500
    erp.put("Customer", {"CustomerID": "C2"})
    assert len(client.rows("Customer")) == 5


def test_unknown_fields_are_refused_in_python(erp: AcumaticaSimulator) -> None:
    with pytest.raises(KeyError, match="Customer has no field Nonsense"):
        erp.put("Customer", {"CustomerID": "C1", "Nonsense": 1})
    with pytest.raises(KeyError):
        erp.put("Nonsense", {})


def test_put_inserts_and_updates(erp: AcumaticaSimulator, client: Any) -> None:
    made = client.session.put(
        client.url("Customer"),
        params={"$expand": "MainContact", "$select": "CustomerID,CustomerName,MainContact/Email"},
        json={
            "CustomerName": {"value": "ACME"},
            "MainContact": {"Email": {"value": "info@acme-hardware.com"}},
        },
        timeout=5,
    )
    assert made.status_code == 200
    code = made.json()["CustomerID"]["value"]
    assert made.json()["MainContact"]["Email"] == {"value": "info@acme-hardware.com"}
    updated = client.session.put(
        client.url("Customer"),
        json={"CustomerID": {"value": code}, "CreditLimit": {"value": 12.5}},
        timeout=5,
    )
    assert updated.json()["id"] == made.json()["id"]
    assert updated.json()["CustomerName"] == {"value": "ACME"}
    assert erp.get("Customer", code)["CreditVerificationRules/CreditLimit"] == Decimal("12.5000")


def test_put_with_details_and_preconditions(erp: AcumaticaSimulator, client: Any) -> None:
    body = {
        "Type": {"value": "Invoice"},
        "ReferenceNbr": {"value": "000002"},
        "Details": [{"InventoryID": {"value": "A"}, "Qty": {"value": 2}}],
    }
    url = client.url("SalesInvoice")
    only_new = {"If-None-Match": "*"}
    only_old = {"If-Match": "*"}
    assert client.session.put(url, json=body, headers=only_old, timeout=5).status_code == 412
    assert client.session.put(url, json=body, headers=only_new, timeout=5).status_code == 200
    assert client.session.put(url, json=body, headers=only_new, timeout=5).status_code == 412
    assert erp.get("SalesInvoice", "Invoice", "000002")["Details"] == 1


@pytest.mark.breaks_contract
def test_put_of_a_wrong_type_is_422_with_the_error_beside_the_field(client: Any) -> None:
    body = {"CustomerID": {"value": "C1"}, "CreditLimit": {"value": "much"}}
    answer = client.session.put(client.url("Customer"), json=body, timeout=5)
    assert answer.status_code == 422
    assert "DecimalValue" in answer.json()["CreditLimit"]["error"]
    assert answer.json()["CustomerID"] == {"value": "C1"}


def test_put_without_a_body_is_answered_as_recorded(client: Any) -> None:
    answer = client.session.put(client.url("Customer"), timeout=5)
    assert answer.status_code == 400
    assert answer.json()["modelState"] == {"": ["The request body should not be empty."]}


def test_delete_over_http(client: Any) -> None:
    assert client.session.delete(client.url("Customer/C1"), timeout=5).status_code == 204
    assert client.session.delete(client.url("Customer/C1"), timeout=5).status_code == 500


def test_the_data_path_shows_and_changes_records(erp: AcumaticaSimulator) -> None:
    data = f"{erp.base_url}/_simulator/data"
    assert requests.get(data, timeout=5).json() == {"Customer": 5, "SalesInvoice": 1}
    record = {"CustomerID": "C7", "CreditLimit": 3, "MainContact": {"Email": "c7@seven.com"}}
    assert requests.put(f"{data}/Customer", json=record, timeout=5).json()["id"]
    shown = requests.get(f"{data}/Customer/C7", timeout=5).json()
    assert shown["MainContact/Email"] == "c7@seven.com"
    assert shown["LastModifiedDateTime"] == "2025-06-01T09:00:00+00:00"
    assert requests.delete(f"{data}/Customer/C7", timeout=5).status_code == 204
    assert requests.get(f"{data}/Customer/C7", timeout=5).status_code == 404
    for entity, bad in (
        ("Customer", {"Nonsense": 1}),
        ("Customer", {"CreditLimit": "much"}),
        ("Nonsense", {}),
    ):
        answer = requests.put(f"{data}/{entity}", json=bad, timeout=5)
        assert answer.status_code == 400, entity
        assert answer.json()["error"]
