"""Released sales invoices as the receivables module shows them: one document, two forms."""

from __future__ import annotations

from typing import Final

from simulators.acumatica.records.rows import Row, Values
from simulators.acumatica.records.values import from_micros

RELEASED: Final = frozenset({"Open", "Closed", "Canceled", "Reserved"})
_KINDS: Final = frozenset({"Invoice", "Credit Memo", "Debit Memo"})
_FIELDS: Final = {
    "Type": "Type",
    "ReferenceNbr": "ReferenceNbr",
    "Status": "Status",
    "Date": "Date",
    "DueDate": "DueDate",
    "CustomerID": "Customer",
    "CustomerOrder": "CustomerOrder",
    "Description": "Description",
    "Amount": "Amount",
    "Balance": "Balance",
    "TaxTotal": "TaxTotal",
    "Hold": "Hold",
    "IsTaxValid": "IsTaxValid",
    "Project": "Project",
    "FinancialDetails/Branch": "LinkBranch",
    "Document.FinPeriodID": "PostPeriod",
    "Currency": "Document.CuryID",
    "BillingSettings/BillToContact/Attention": "BillToContact/Attention",
    "BillingSettings/BillToContact/BusinessName": "BillToContact/BusinessName",
    "BillingSettings/BillToContact/Email": "BillToContact/Email",
    "BillingSettings/BillToContact/Phone1": "BillToContact/Phone1",
    "ShipToContact/Attention": "ShipToContact/Attention",
    "ShipToContact/BusinessName": "ShipToContact/BusinessName",
    "ShipToContact/Email": "ShipToContact/Email",
    "ShipToContact/Phone1": "ShipToContact/Phone1",
}
_LINES: Final = {
    "LineNbr": "LineNbr",
    "InventoryID": "InventoryID",
    "TransactionDescr": "TransactionDescription",
    "Qty": "Qty",
    "UOM": "UOM",
    "UnitPrice": "UnitPrice",
    "DiscountAmount": "DiscountAmount",
    "Amount": "Amount",
    "Account": "Account",
    "SubAccount": "Subaccount",
    "BranchID": "Branch",
    "TaxCategory": "TaxCategory",
}
_DETAILS: Final = ("DiscountDetails", "TaxDetails")


def receivable(invoice: Row) -> Row | None:
    """The AR document of a sales invoice, with the same id and stamps; None if not released.

    Cash sales have a form of their own.
    """
    values = invoice.values
    if values.get("Status") not in RELEASED or values.get("Type") not in _KINDS:
        return None
    details: dict[str, list[Values]] = {
        "Details": [_line(line, invoice) for line in invoice.details.get("Details", ())]
    }
    details.update((name, invoice.details[name]) for name in _DETAILS if name in invoice.details)
    return Row(
        invoice.id,
        {theirs: values[ours] for ours, theirs in _FIELDS.items() if ours in values},
        invoice.modified,
        invoice.created,
        details,
        archived=invoice.archived,
        note=invoice.note,
    )


def _line(line: Values, invoice: Row) -> Values:
    amount, discount = line.get("Amount"), line.get("DiscountAmount")
    shown: Values = {theirs: line[ours] for ours, theirs in _LINES.items() if ours in line}
    if amount is not None and discount is not None:
        shown["ExtendedPrice"] = amount + discount  # type: ignore[operator] # both are decimals
    shown["LastModifiedDateTime"] = from_micros(invoice.modified)
    return shown
