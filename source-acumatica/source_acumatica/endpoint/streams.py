"""The streams: which entity each one reads, and what identifies a row there."""

from collections.abc import Mapping
from typing import Final

STREAMS: Final[Mapping[str, str]] = {
    "customers": "Customer",
    "contacts": "Contact",
    "stock_items": "StockItem",
    "non_stock_items": "NonStockItem",
    "sales_invoices": "SalesInvoice",
}
"""Stream -> entity."""

FORMS: Final[Mapping[str, str]] = {
    "Customer": "AR303000",
    "Contact": "CR302000",
    "StockItem": "IN202500",
    "NonStockItem": "IN202000",
    "SalesInvoice": "SO303000",
}
"""Entity -> the form whose rights decide what a user may read of it."""

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "Customer": ("CustomerID",),
    "Contact": ("ContactID",),
    "StockItem": ("InventoryID",),
    "NonStockItem": ("InventoryID",),
    "SalesInvoice": ("Type", "ReferenceNbr"),
}
"""Entity -> the fields that name a row on its form."""

WITH_LINES: Final = frozenset({"SalesInvoice"})
"""Entities whose rows carry lines, so that fewer of them fit on a page."""
