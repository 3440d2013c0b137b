from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from simulators.acumatica import AcumaticaSimulator, bulk_customers, bulk_invoices
from simulators.acumatica.data.bulk import BulkCustomers

SELECT = "CustomerID,Email,LastModifiedDateTime,MainContact/Email,MainContact/Address/City"
EXPAND = "MainContact,MainContact/Address"
ALL = "LastModifiedDateTime ge datetimeoffset'2000-01-01T00:00:00Z'"


def test_every_customer_is_read_once(client_of: type[Any]) -> None:
    with AcumaticaSimulator(bulk_customers(2_300)) as erp:
        client = client_of(erp)
        codes: list[str] = []
        for skip in range(0, 2_500, 500):
            codes += client.values("Customer", "CustomerID", filter=ALL, top=500, skip=skip)
    assert sorted(codes) == [f"B{number:07d}" for number in range(2_300)]
    assert codes != sorted(codes)


def test_a_row_is_the_same_every_time_and_rows_go_forward_in_time() -> None:
    source = BulkCustomers(100)
    assert source.row(7) == source.row(7)
    assert [source.modified(n) for n in range(100)] == sorted(
        source.modified(n) for n in range(100)
    )
    assert all(source.row(n).modified == source.modified(n) for n in range(100))


def test_bulk_customers_can_be_changed(client_of: type[Any]) -> None:
    with AcumaticaSimulator(bulk_customers(1_000)) as erp:
        client = client_of(erp)
        erp.change_email("B0000007", "new@firm-7.com")
        assert client.values("Customer", "Email", filter="CustomerID eq 'B0000007'") == [
            "new@firm-7.com"
        ]
        erp.clock.set(datetime(2026, 2, 1, tzinfo=UTC))
        erp.put("Customer", {"CustomerID": "B0000008", "Status": "Inactive"})
        newest = "LastModifiedDateTime ge datetimeoffset'2026-01-16T00:00:00Z'"
        assert client.values("Customer", "CustomerID", filter=newest) == ["B0000008"]
        assert len(client.rows("Customer", select="CustomerID")) == 1_000


def test_bulk_invoices_carry_their_lines(client_of: type[Any]) -> None:
    with AcumaticaSimulator(bulk_invoices(120, lines=5)) as erp:
        rows = client_of(erp).rows("SalesInvoice", expand="Details", top=100, skip=100)
    assert len(rows) == 20
    lines = rows[0]["Details"]
    assert [line["LineNbr"]["value"] for line in lines] == [1, 2, 3, 4, 5]
    assert sum(line["Amount"]["value"] for line in lines) == rows[0]["Amount"]["value"] == 50
