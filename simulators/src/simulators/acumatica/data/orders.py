"""The wholesaler's sales orders and payments as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from simulators.acumatica.data.building import MONEY, PRICE, address_record, build_row, money
from simulators.acumatica.records.receivables import RELEASED
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import to_micros
from simulators.wholesaler import Invoice, InvoiceLine, Wholesaler

_OPEN_ORDERS: Final = 60
_DAY: Final = timedelta(days=1)
_SESSION_TIME: Final = "%m/%d/%Y %H:%M:%S"


def order_rows(data: Wholesaler) -> list[Row]:
    """The orders behind the invoices, and some that are not invoiced yet."""
    invoiced = [_order(of, str(of.order_number)) for of in data.invoices if of.order_number]
    newest = sorted(data.invoices, key=lambda of: of.created)[-_OPEN_ORDERS:]
    return invoiced + [
        _order(of, f"SO9{number:05d}", invoiced=False) for number, of in enumerate(newest, 1)
    ]


def _order(of: Invoice, number: str, *, invoiced: bool = True) -> Row:
    created = to_micros(of.created - _DAY if invoiced else of.created)
    address = address_record(of.bill_to_address)
    contact = {"BusinessName": of.bill_to_name, "Email": of.bill_to_email}
    record: dict[str, object] = {
        "OrderType": "SO",
        "OrderNbr": number,
        "Status": "Completed" if invoiced else "Open",
        "Date": of.issued,
        "CustomerID": of.customer,
        "CurrencyID": of.currency,
        "BaseCurrencyID": "USD",
        "Approved": True,
        "Hold": False,
        "CreditHold": False,
        "OrderTotal": money(of.amount),
        "TaxTotal": money(of.tax),
        "OrderedQty": _quantity(of.lines),
        "BillToContact": contact,
        "BillToAddress": address,
        "ShipToContact": {"BusinessName": of.bill_to_name},
        "ShipToAddress": address,
        "FinancialSettings": {"Branch": "MAIN", "Terms": "NET30"},
        "Totals": _totals(of, invoiced=invoiced),
        "Details": [_line(of, line, invoiced=invoiced) for line in of.lines],
        "DiscountDetails": _discounts(of),
        "TaxDetails": _taxes(of, number),
        "Shipments": [_shipment(of)] if invoiced else [],
    }
    return build_row("SalesOrder", record, created, created)


def _totals(of: Invoice, *, invoiced: bool) -> dict[str, object]:
    return {
        "LineTotalAmount": money(sum((line.amount for line in of.lines), Decimal(0))),
        "MiscTotalAmount": MONEY,
        "DiscountTotal": money(of.discount),
        "Freight": money(of.freight),
        "TaxTotal": money(of.tax),
        "UnbilledAmount": MONEY if invoiced else money(of.amount),
        "UnbilledQty": Decimal(0).quantize(PRICE) if invoiced else _quantity(of.lines),
        "UnpaidBalance": MONEY if invoiced else money(of.amount),
    }


def _quantity(lines: Sequence[InvoiceLine]) -> Decimal:
    return sum((line.quantity for line in lines), Decimal(0)).quantize(PRICE)


def _line(of: Invoice, line: InvoiceLine, *, invoiced: bool) -> dict[str, object]:
    quantity = line.quantity.quantize(PRICE)
    return {
        "LineNbr": line.number,
        "InventoryID": line.item,
        "LineDescription": line.description,
        "OrderQty": quantity,
        "OpenQty": Decimal(0).quantize(PRICE) if invoiced else quantity,
        "UOM": line.unit,
        "UnitPrice": line.unit_price.quantize(PRICE),
        "DiscountAmount": money(line.discount),
        "DiscountPercent": line.discount_percent.quantize(PRICE),
        "ExtendedPrice": money(line.amount + line.discount),
        "Amount": money(line.amount),
        "WarehouseID": "MAIN",
        "Branch": "MAIN",
        "Completed": invoiced,
        "FreeItem": False,
        "LastModifiedDate": of.created.strftime(_SESSION_TIME),
    }


def _discounts(of: Invoice) -> list[dict[str, object]]:
    if not of.discount:
        return []
    return [{"DiscountCode": "DOCDISC", "Type": "Document", "DiscountAmount": money(of.discount)}]


def _taxes(of: Invoice, number: str) -> list[dict[str, object]]:
    if not of.tax:
        return []
    return [
        {
            "OrderType": "SO",
            "OrderNbr": number,
            "TaxID": "SALESTAX",
            "TaxRate": Decimal("7.250000"),
            "TaxAmount": money(of.tax),
        }
    ]


def _shipment(of: Invoice) -> dict[str, object]:
    return {
        "ShipmentNbr": f"SH{of.number[-6:]}",
        "ShipmentType": "Shipment",
        "ShipmentDate": of.issued,
        "ShippedQty": _quantity(of.lines),
        "InvoiceNbr": of.number,
        "InvoiceType": of.kind,
        "Status": "Completed",
    }


def payment_rows(data: Wholesaler) -> list[Row]:
    """What customers paid on released invoices."""
    paid = (
        of
        for of in data.invoices
        if of.kind == "Invoice" and of.status in RELEASED and of.balance < of.amount
    )
    return [_payment(number, of) for number, of in enumerate(paid, 1)]


def _payment(number: int, of: Invoice) -> Row:
    amount = money(of.amount - of.balance)
    applied = {
        "DisplayDocType": of.kind,
        "DisplayRefNbr": of.number,
        "AmountPaid": amount,
        "Date": of.issued,
        "DueDate": of.due,
        "Customer": of.customer,
        "CurrencyID": of.currency,
    }
    record: dict[str, object] = {
        "Type": "Payment",
        "ReferenceNbr": f"{number:06d}",
        "Status": "Closed",
        "ApplicationDate": of.due,
        "CustomerID": of.customer,
        "CurrencyID": of.currency,
        "PaymentAmount": amount,
        "AppliedToDocuments": amount,
        "AvailableBalance": MONEY,
        "PaymentMethod": "CHECK",
        "PaymentRef": f"CHK{number:05d}",
        "CashAccount": "10200",
        "Branch": "MAIN",
        "Hold": False,
        "ApplicationHistory": [applied],
    }
    return build_row("Payment", record, to_micros(of.modified), to_micros(of.modified))
