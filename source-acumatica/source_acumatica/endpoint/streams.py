"""The streams that the connector knows by itself: which entity each one reads.

Chart of accounts, bills and vendors are left out on purpose: nothing in them concerns a customer.
Whoever needs one names it in the setting `other_entities`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CUSTOMERS: Final = "customers"
CUSTOMERS_BY_CONTACT: Final = "customers_by_contact"
SALES_INVOICES: Final = "sales_invoices"


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of the endpoint `Default`.

    Attributes:
        name: Its name in the address.
        form: The form whose rights decide what a user may read of it.
        keys: The fields that name a row on the form.
        changed: View and field behind the time of the last change, for endpoints that do not map
            it.
        has_lines: Whether its rows carry lines, so that fewer of them fit on a page.
    """

    name: str
    form: str
    keys: tuple[str, ...]
    changed: str
    has_lines: bool = False


_CUSTOMER: Final = Entity(
    "Customer", "AR303000", ("CustomerID",), "CurrentCustomer.LastModifiedDateTime"
)

INVOICE: Final = Entity(
    "Invoice", "AR301000", ("Type", "ReferenceNbr"), "Document.LastModifiedDateTime", has_lines=True
)
"""What `sales_invoices` reads where the setting `invoices_from` says so."""

ENTITIES: Final[Mapping[str, Entity]] = {
    CUSTOMERS: _CUSTOMER,
    "contacts": Entity("Contact", "CR302000", ("ContactID",), "Contact.LastModifiedDateTime"),
    "customer_classes": Entity(
        "CustomerClass", "AR201000", ("ClassID",), "CustomerClassRecord.LastModifiedDateTime"
    ),
    "stock_items": Entity("StockItem", "IN202500", ("InventoryID",), "Item.LastModifiedDateTime"),
    "non_stock_items": Entity(
        "NonStockItem", "IN202000", ("InventoryID",), "Item.LastModifiedDateTime"
    ),
    SALES_INVOICES: Entity(
        "SalesInvoice",
        "SO303000",
        ("Type", "ReferenceNbr"),
        "Document.LastModifiedDateTime",
        has_lines=True,
    ),
    "sales_orders": Entity(
        "SalesOrder",
        "SO301000",
        ("OrderType", "OrderNbr"),
        "Document.LastModifiedDateTime",
        has_lines=True,
    ),
    CUSTOMERS_BY_CONTACT: _CUSTOMER,
}
"""Stream -> entity."""

CONTACT_CHANGED: Final = "DefContact.LastModifiedDateTime"
"""View and field behind the time when a customer's main contact was changed."""

FORMS: Final[Mapping[str, str]] = {
    entity.name: entity.form for entity in (*ENTITIES.values(), INVOICE)
}
"""Entity -> form."""
