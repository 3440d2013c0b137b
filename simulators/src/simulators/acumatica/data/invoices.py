"""The wholesaler's sales invoices as rows, and the documents of the receivables module."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from simulators.acumatica.data.building import (
    MONEY,
    PRICE,
    address_record,
    build_row,
    draw,
    money,
)
from simulators.acumatica.records.receivables import receivable
from simulators.acumatica.records.rows import Row, Values
from simulators.acumatica.records.values import to_micros
from simulators.wholesaler import Invoice, InvoiceLine, Wholesaler

_AR_ONLY: Final = 40


def invoice_rows(data: Wholesaler) -> list[Row]:
    """Sales invoices (SO303000)."""
    return [_invoice(of) for of in data.invoices]


def receivable_rows(data: Wholesaler, sales: Iterable[Row]) -> list[Row]:
    """Documents on the AR form (AR301000): released sales invoices, and some made there."""
    shown = (receivable(row) for row in sales)
    made = [_ar_invoice(number, of) for number, of in enumerate(data.invoices[:_AR_ONLY], 1)]
    return [row for row in shown if row is not None] + made


def _invoice(of: Invoice) -> Row:
    address = address_record(of.bill_to_address)
    contact = {"BusinessName": of.bill_to_name, "Email": of.bill_to_email}
    detail_total = sum((line.amount for line in of.lines), Decimal(0))
    record: dict[str, object] = {
        "Type": of.kind,
        "ReferenceNbr": of.number,
        "Status": of.status,
        "Date": of.issued,
        "DueDate": of.due,
        "CustomerID": of.customer,
        "CustomerOrder": None,
        "Currency": of.currency,
        "Hold": of.status == "On Hold",
        "CreditHold": False,
        "Amount": money(of.amount),
        "Balance": money(of.balance),
        "DetailTotal": money(detail_total),
        "DiscountTotal": money(of.discount),
        "TaxTotal": money(of.tax),
        "FreightPrice": money(of.freight),
        "PaymentTotal": money(of.amount - of.balance),
        "CashDiscount": MONEY,
        "VATExemptTotal": MONEY,
        "VATTaxableTotal": MONEY,
        "BillingSettings": {"BillToContact": contact, "BillToAddress": address},
        "ShipToContact": {"BusinessName": of.bill_to_name},
        "ShipToAddress": address,
        "FinancialDetails": {"Branch": "MAIN"},
        "Details": [_line(of, line) for line in of.lines],
        "DiscountDetails": _discounts(of, detail_total),
        "TaxDetails": _taxes(of, detail_total),
        "FreightDetails": _freight(of, detail_total),
        "Document.FinPeriodID": of.issued.strftime("%m%Y"),
    }
    return build_row("SalesInvoice", record, to_micros(of.modified), to_micros(of.created))


def _line(invoice: Invoice, line: InvoiceLine) -> Values:
    return {
        "LineNbr": line.number,
        "InventoryID": line.item,
        "TransactionDescr": line.description,
        "Description": "Sales Revenue",
        "Qty": line.quantity.quantize(PRICE),
        "UOM": line.unit,
        "UnitPrice": line.unit_price.quantize(PRICE),
        "DiscountAmount": money(line.discount),
        "DiscountPercent": line.discount_percent.quantize(PRICE),
        "Amount": money(line.amount),
        "OrderType": "SO" if invoice.order_number else None,
        "OrderNbr": invoice.order_number,
        "WarehouseID": "MAIN",
        "BranchID": "MAIN",
    }


def _discounts(of: Invoice, goods: Decimal) -> list[dict[str, object]]:
    if not of.discount:
        return []
    return [
        {
            "DiscountCode": "DOCDISC",
            "SequenceID": "1",
            "Type": "Document",
            "DiscountableAmount": money(goods),
            "DiscountAmount": money(of.discount),
            "ManualDiscount": False,
            "SkipDiscount": False,
        }
    ]


def _taxes(of: Invoice, goods: Decimal) -> list[dict[str, object]]:
    if not of.tax:
        return []
    taxable = money(goods - of.discount)
    return [{"TaxID": "SALESTAX", "TaxableAmount": taxable, "TaxAmount": money(of.tax)}]


def _freight(of: Invoice, goods: Decimal) -> list[dict[str, object]]:
    if not of.freight:
        return []
    return [
        {
            "ShipmentNbr": f"SH{of.number[-6:]}",
            "ShipmentType": "Shipment",
            "Description": "Freight Revenue",
            "LineTotal": money(goods),
            "FreightAmount": money(of.freight),
            "TotalFreightAmount": money(of.freight),
        }
    ]


def _ar_invoice(number: int, like: Invoice) -> Row:
    """A document without goods, typed in on the AR form."""
    due = timedelta(days=30)
    amount = money(Decimal(20 + draw(str(number), "overdue", 300)))
    overdue = number % 4 == 0
    line = {
        "LineNbr": 1,
        "TransactionDescription": "Overdue charge" if overdue else "Service contract",
        "Qty": Decimal(1).quantize(PRICE),
        "UnitPrice": amount.quantize(PRICE),
        "ExtendedPrice": amount,
        "Amount": amount,
        "DiscountAmount": MONEY,
        "Branch": "MAIN",
    }
    record: dict[str, object] = {
        "Type": "Overdue Charge" if overdue else "Invoice",
        "ReferenceNbr": f"AR{number:06d}",
        "Status": ("Open", "Balanced", "Closed", "Scheduled")[number % 4],
        "Date": like.issued,
        "DueDate": like.issued + due,
        "Customer": like.customer,
        "PostPeriod": like.issued.strftime("%m%Y"),
        "Amount": amount,
        "Balance": MONEY if number % 4 == 2 else amount,  # noqa: PLR2004 - Closed
        "TaxTotal": MONEY,
        "Hold": False,
        "LinkBranch": "MAIN",
        "BillToContact": {"BusinessName": like.bill_to_name, "Email": like.bill_to_email},
        "Details": [line],
        "Document.CuryID": "USD",
    }
    row = build_row("Invoice", record, to_micros(like.modified), to_micros(like.created))
    return replace(row, modified=row.modified + 60_000_000)
