"""`$custom` and `cf.`: fields of the forms that no contract has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator, Kind

BY_CONTACT = "cf.DateTime(f='DefContact.LastModifiedDateTime') ge datetimeoffset'{}'"


@pytest.mark.parametrize(
    ("kind", "value", "name", "shown"),
    [
        (Kind.STRING, "North", "CustomStringField", "North"),
        (Kind.INTEGER, 7, "CustomIntField", 7),
        (Kind.SHORT, 7, "CustomShortField", 7),
        (Kind.DECIMAL, Decimal("1.5000"), "CustomDecimalField", 1.5),
        (Kind.BOOLEAN, True, "CustomBooleanField", True),
        (Kind.DATETIME, date(2025, 5, 1), "CustomDateTimeField", "2025-05-01T00:00:00+00:00"),
        (Kind.GUID, "0eaa2628-2945-ea11-817f-eb1af000b4cf", "CustomGuidField", None),
    ],
)
def test_a_field_of_each_kind(
    erp: AcumaticaSimulator, client: Any, kind: Kind, value: Any, name: str, shown: Any
) -> None:
    erp.add_custom_field("Customer", "CurrentCustomer.UsrExtra", kind)
    erp.put("Customer", {"CustomerID": "C1", "CurrentCustomer.UsrExtra": value})
    custom = "CurrentCustomer.UsrExtra"
    row = client.get("Customer/C1", select="CustomerID", custom=custom).json()
    expected = {"type": name, "value": value if shown is None else shown}
    assert row["custom"] == {"CurrentCustomer": {"UsrExtra": expected}}
    empty = client.get("Customer/C2", select="CustomerID", custom=custom).json()
    assert empty["custom"] == {"CurrentCustomer": {"UsrExtra": {"type": name}}}
    assert client.get("Customer/C1").json()["custom"] == {}


def test_a_field_of_a_line_needs_the_line(erp: AcumaticaSimulator, client: Any) -> None:
    erp.add_custom_field("SalesInvoice", "Transactions.UsrBatch")
    lines = [{"LineNbr": 1, "Transactions.UsrBatch": "B-7"}, {"LineNbr": 2}]
    erp.put("SalesInvoice", {"Type": "Invoice", "ReferenceNbr": "000001", "Details": lines})
    asked = {"select": "Details/LineNbr", "custom": "Details/Transactions.UsrBatch"}
    row = client.get("SalesInvoice/Invoice/000001", expand="Details", **asked).json()
    fields = [line["custom"]["Transactions"]["UsrBatch"] for line in row["Details"]]
    assert fields == [{"type": "CustomStringField", "value": "B-7"}, {"type": "CustomStringField"}]
    assert "Details" not in client.get("SalesInvoice/Invoice/000001", **asked).json()


def test_a_field_that_no_form_has_is_left_out(client: Any) -> None:
    row = client.get("Customer/C1", custom="CurrentCustomer.Nonsense,BAccount.AcctCD").json()
    assert row["custom"] == {"BAccount": {"AcctCD": {"type": "CustomStringField", "value": "C1"}}}


def test_a_filter_needs_a_field_of_its_own_kind(erp: AcumaticaSimulator, client: Any) -> None:
    erp.add_custom_field("Customer", "CurrentCustomer.UsrStops", Kind.INTEGER)
    erp.put("Customer", {"CustomerID": "C2", "CurrentCustomer.UsrStops": 4})
    found = client.values(
        "Customer", "CustomerID", filter="cf.Int(f='CurrentCustomer.UsrStops') gt 3"
    )
    assert found == ["C2"]
    for wrong in ("cf.String(f='CurrentCustomer.UsrStops') eq 'x'", "cf.Int(f='A.Nothing') eq 1"):
        assert client.get("Customer", filter=wrong).status_code == 500


def test_a_field_must_be_put_on_a_form(erp: AcumaticaSimulator) -> None:
    with pytest.raises(ValueError, match=r"write View\.Field"):
        erp.add_custom_field("Customer", "UsrRoute")
    with pytest.raises(KeyError):
        erp.add_custom_field("Nonsense", "A.B")


def test_the_contacts_stamp_is_that_of_the_customer_until_the_address_changes(
    erp: AcumaticaSimulator, client: Any
) -> None:
    assert len(client.rows("Customer", filter=BY_CONTACT.format("2024-03-01T12:00:00Z"))) == 5
    erp.clock.set(datetime(2025, 6, 1, 9, 0, tzinfo=UTC))
    erp.change_email("C2", "new@soby.com")
    later = BY_CONTACT.format("2025-06-01T09:00:00Z")
    assert client.values("Customer", "CustomerID", filter=later) == ["C2"]
    own = "LastModifiedDateTime ge datetimeoffset'2025-06-01T09:00:00Z'"
    assert client.rows("Customer", filter=own) == []
    for custom in (
        "DefContact.LastModifiedDateTime",
        "MainContact/DefContact.LastModifiedDateTime",
    ):
        (row,) = client.rows("Customer", filter=later, custom=custom, expand="MainContact")
        part = row["MainContact"] if "/" in custom else row
        stamp = part["custom"]["DefContact"]["LastModifiedDateTime"]
        assert stamp["value"].startswith("2025-06-01T09:00:00")


def test_both_stamps_move_when_both_rows_change(erp: AcumaticaSimulator, client: Any) -> None:
    erp.clock.set(datetime(2025, 6, 1, 9, 0, tzinfo=UTC))
    erp.put("Customer", {"CustomerID": "C2", "Status": "Active", "MainContact": {"Phone1": "1"}})
    both = BY_CONTACT.format("2025-06-01T09:00:00Z")
    own = "LastModifiedDateTime ge datetimeoffset'2025-06-01T09:00:00Z'"
    assert client.values("Customer", "CustomerID", filter=both) == ["C2"]
    assert client.values("Customer", "CustomerID", filter=own) == ["C2"]


def test_an_instance_that_does_not_answer_such_a_filter(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.faults.on("custom_filter_refused", fields=["DefContact.LastModifiedDateTime"])
    assert client.get("Customer", filter=BY_CONTACT.format("2024-03-01Z")).status_code == 500
    assert (
        client.get("Customer", filter=BY_CONTACT.format("2024-03-01T12:00:00Z"))
        .json()["exceptionType"]
        .endswith("KeyNotFoundException")
    )
    other = "cf.DateTime(f='CurrentCustomer.LastModifiedDateTime') ge datetimeoffset'2024-03-01Z'"
    assert client.get("Customer", filter=other.replace("01Z", "01T00:00:00Z")).status_code == 200
    assert client.get("Customer", custom="DefContact.LastModifiedDateTime").status_code == 200
    erp.faults.on("custom_filter_refused")
    assert client.get("Customer", filter=other.replace("01Z", "01T00:00:00Z")).status_code == 500
