"""Many simple customers and invoices, made on demand: for benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from simulators.acumatica.contract.tables import tables
from simulators.acumatica.records.rows import Row, Values
from simulators.acumatica.records.store import RowSource
from simulators.acumatica.records.values import from_micros, sql_micros, to_micros

_END: Final = to_micros(datetime(2026, 1, 15, 18, 0, tzinfo=UTC))
_STEP: Final = 611_353_333
_MIX: Final = 2_654_435_761
_MASK: Final = 0xFFFFFFFF
_CENTS: Final = Decimal("0.0000")
_CITIES: Final = (("Columbus", "OH"), ("Boise", "ID"), ("Portland", "ME"), ("Tucson", "AZ"))
_NAME: Final = tables().entities["Customer"].canonical("MainContact/DisplayName")
_EMAIL: Final = tables().entities["Customer"].canonical("Email")


@dataclass(frozen=True, slots=True)
class BulkCustomers:
    """`count` active customers, each with an address of its own, ten minutes apart in time."""

    count: int

    def __len__(self) -> int:
        """How many."""
        return self.count

    def modified(self, index: int) -> int:
        """The last change; the highest index is the newest."""
        return sql_micros(_END - (self.count - index) * _STEP)

    def row(self, index: int) -> Row:
        """One customer, the same every time."""
        name = f"Customer {index}"
        city, state = _CITIES[index % len(_CITIES)]
        modified = _END - (self.count - index) * _STEP
        return Row(
            f"{(index * _MIX) & _MASK:08x}-b01c-4c0d-8e00-{index:012x}",
            {
                "CustomerID": f"B{index:07d}",
                "CustomerName": name,
                "CustomerClass": "DEFAULT",
                "Status": "Active",
                "CurrencyID": "USD",
                "Terms": "NET30",
                _NAME: name,
                _EMAIL: f"buyer{index}@firm-{index % 9973}.com",
                "MainContact/Phone1": f"+1 555 {index:07d}",
                "MainContact/Address/AddressLine1": f"{index % 900 + 1} Main St",
                "MainContact/Address/City": city,
                "MainContact/Address/State": state,
                "MainContact/Address/PostalCode": f"{index % 99999:05d}",
                "MainContact/Address/Country": "US",
                "DefContact.LastModifiedDateTime": from_micros(sql_micros(modified)),
            },
            modified,
            modified,
        )


@dataclass(frozen=True, slots=True)
class BulkInvoices:
    """`count` open invoices of `lines` lines each, ten minutes apart in time."""

    count: int
    lines: int

    def __len__(self) -> int:
        """How many."""
        return self.count

    def modified(self, index: int) -> int:
        """The last change; the highest index is the newest."""
        return sql_micros(_END - (self.count - index) * _STEP)

    def row(self, index: int) -> Row:
        """One invoice, the same every time."""
        modified = _END - (self.count - index) * _STEP
        total = Decimal(10 * self.lines).quantize(_CENTS)
        return Row(
            f"{(index * _MIX) & _MASK:08x}-b01c-4c0d-8e01-{index:012x}",
            {
                "Type": "Invoice",
                "ReferenceNbr": f"{index:08d}",
                "Status": "Open",
                "CustomerID": f"B{index:07d}",
                "Currency": "USD",
                "Amount": total,
                "Balance": total,
                "BillingSettings/BillToContact/Email": f"buyer{index}@firm-{index % 9973}.com",
            },
            modified,
            modified,
            {"Details": [_line(number) for number in range(1, self.lines + 1)]},
        )


def _line(number: int) -> Values:
    return {
        "LineNbr": number,
        "InventoryID": f"ITEM{number:04d}",
        "TransactionDescr": f"Item {number}",
        "Qty": Decimal(2).quantize(_CENTS),
        "UOM": "EA",
        "UnitPrice": Decimal(5).quantize(_CENTS),
        "Amount": Decimal(10).quantize(_CENTS),
    }


def bulk_invoices(count: int, lines: int) -> Mapping[str, RowSource]:
    """Data for `AcumaticaSimulator(data=...)`: nothing but `count` invoices."""
    return {"SalesInvoice": BulkInvoices(count, lines)}


def bulk_customers(count: int) -> Mapping[str, RowSource]:
    """Data for `AcumaticaSimulator(data=...)`: nothing but `count` customers."""
    return {"Customer": BulkCustomers(count)}
