"""The wholesaler's sales documents as rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from simulators.acumatica.data.building import PRICE, address_record, build_row
from simulators.acumatica.records.rows import Row, Values
from simulators.acumatica.records.values import to_micros
from simulators.wholesaler import Invoice, InvoiceLine

_MONEY: Final = Decimal("0.0000")


def invoice_row(of: Invoice) -> Row:
    """A sales invoice with its lines."""
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
        "Amount": of.amount.quantize(_MONEY),
        "Balance": of.balance.quantize(_MONEY),
        "DetailTotal": detail_total.quantize(_MONEY),
        "DiscountTotal": of.discount.quantize(_MONEY),
        "TaxTotal": of.tax.quantize(_MONEY),
        "FreightPrice": of.freight.quantize(_MONEY),
        "PaymentTotal": (of.amount - of.balance).quantize(_MONEY),
        "CashDiscount": _MONEY,
        "VATExemptTotal": _MONEY,
        "VATTaxableTotal": _MONEY,
        "BillingSettings": {"BillToContact": contact, "BillToAddress": address},
        "FinancialDetails": {"Branch": "MAIN"},
        "Details": [_invoice_line(of, line) for line in of.lines],
    }
    row = build_row("SalesInvoice", record, to_micros(of.modified), to_micros(of.created))
    row.values["Document.FinPeriodID"] = of.issued.strftime("%m%Y")
    return row


def _invoice_line(invoice: Invoice, line: InvoiceLine) -> Values:
    return {
        "LineNbr": line.number,
        "InventoryID": line.item,
        "TransactionDescr": line.description,
        "Description": "Sales Revenue",
        "Qty": line.quantity.quantize(PRICE),
        "UOM": line.unit,
        "UnitPrice": line.unit_price.quantize(PRICE),
        "DiscountAmount": line.discount.quantize(_MONEY),
        "DiscountPercent": line.discount_percent.quantize(PRICE),
        "Amount": line.amount.quantize(_MONEY),
        "OrderType": "SO" if invoice.order_number else None,
        "OrderNbr": invoice.order_number,
        "WarehouseID": "MAIN",
        "BranchID": "MAIN",
    }


def order_row(of: Invoice) -> Row:
    """The sales order that an invoice was made from."""
    created = to_micros(of.created) - 86_400_000_000
    record: dict[str, object] = {
        "OrderType": "SO",
        "OrderNbr": of.order_number,
        "Status": "Completed",
        "Date": of.issued,
        "CustomerID": of.customer,
        "CurrencyID": of.currency,
        "BaseCurrencyID": "USD",
        "Approved": True,
        "Hold": False,
        "CreditHold": False,
        "OrderTotal": of.amount.quantize(_MONEY),
        "TaxTotal": of.tax.quantize(_MONEY),
        "OrderedQty": sum((line.quantity for line in of.lines), Decimal(0)).quantize(PRICE),
        "Details": [
            {
                "LineNbr": line.number,
                "InventoryID": line.item,
                "LineDescription": line.description,
                "OrderQty": line.quantity.quantize(PRICE),
                "UOM": line.unit,
                "UnitPrice": line.unit_price.quantize(PRICE),
                "DiscountAmount": line.discount.quantize(_MONEY),
                "Amount": line.amount.quantize(_MONEY),
                "LastModifiedDate": of.created.strftime("%m/%d/%Y %H:%M:%S"),
            }
            for line in of.lines
        ],
    }
    return build_row("SalesOrder", record, created, created)
