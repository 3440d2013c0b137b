"""Documents of accounts receivable, told in the words of sales invoices.

`Invoice` (form AR301000) and `SalesInvoice` (form SO303000) are two entities for one document, and
name the same things differently. Whoever has no sales orders reads `Invoice`; the records of the
stream `sales_invoices` keep their one shape, and what `Invoice` lacks is null.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from source_acumatica.endpoint.fields import Schema, paths

Row = Mapping[str, Any]

CURRENCY: Final = "Currency"
CURRENCY_VIEW: Final = "Document.CuryID"
"""View and field behind the currency, which `Invoice` does not map in any version."""

_RENAMED: Final[Mapping[str, str]] = {
    "CustomerID": "Customer",
    "CreatedDate": "CreatedDateTime",
    "BillingSettings/CustomerLocation": "LocationID",
    "FinancialDetails/Branch": "LinkBranch",
    "Details/TransactionDescr": "Details/TransactionDescription",
    "Details/BranchID": "Details/Branch",
}
"""Path in a sales invoice -> path in an invoice."""

_MOVED: Final[Mapping[str, str]] = {"BillingSettings/BillToContact": "BillToContact"}
"""Part of a sales invoice -> part of an invoice; below it the names agree."""

_LACKING: Final = frozenset(
    {"ExternalRef", "DetailTotal", "DiscountTotal", "FreightPrice", "PaymentTotal", "CreditHold"}
    | {CURRENCY, "Details/DiscountPercent", "Details/WarehouseID", "Details/ShipmentNbr"}
    | {"Details/OrderType", "Details/OrderNbr", "Details/OrderLineNbr"}
    | {"Details/OrigInvType", "Details/OrigInvNbr"}
)
_LACKING_PARTS: Final = ("BillingSettings/BillToAddress/", "ShipToAddress/", "FreightDetails/")


def invoice_paths(schema: Schema) -> Iterator[str]:
    """List what is asked of `Invoice` to fill the records of a schema.

    Args:
        schema: The schema of `sales_invoices`.
    """
    for path in paths(schema):
        if path not in _LACKING and not path.startswith(_LACKING_PARTS):
            part, slash, name = path.rpartition("/")
            yield _RENAMED.get(path) or invoice_part(part) + slash + name


def invoice_part(path: str) -> str:
    """Return what a linked entity or details of a sales invoice are called in an invoice.

    Args:
        path: Their path in a sales invoice.
    """
    return _MOVED.get(path, path)


def as_sales_invoice(row: Row) -> dict[str, Any]:
    """Rename the fields of an `Invoice` row to those of a `SalesInvoice` row.

    Args:
        row: The row as Acumatica writes it.
    """
    return {
        **row,
        "CustomerID": row.get("Customer"),
        "CreatedDate": row.get("CreatedDateTime"),
        "BillingSettings": {
            "CustomerLocation": row.get("LocationID"),
            "BillToContact": row.get("BillToContact"),
        },
        "FinancialDetails": {"Branch": row.get("LinkBranch")},
        "Details": _lines(row.get("Details")),
    }


def _lines(lines: list[Row] | None) -> list[dict[str, Any]] | None:
    if lines is None:
        return None
    return [
        {
            **line,
            "TransactionDescr": line.get("TransactionDescription"),
            "BranchID": line.get("Branch"),
        }
        for line in lines
    ]
