"""The wholesaler's records as rows of Acumatica's entities."""

from __future__ import annotations

from simulators.acumatica.data.invoices import invoice_rows, receivable_rows
from simulators.acumatica.data.items import non_stock_item_rows, stock_item_rows
from simulators.acumatica.data.orders import order_rows, payment_rows
from simulators.acumatica.data.people import (
    contact_rows,
    customer_class_rows,
    customer_rows,
    salesperson_rows,
)
from simulators.acumatica.records.rows import Row
from simulators.wholesaler import Wholesaler


def wholesale_rows(data: Wholesaler) -> dict[str, list[Row]]:
    """Rows per entity name."""
    sales = invoice_rows(data)
    return {
        "Customer": customer_rows(data),
        "Contact": contact_rows(data),
        "CustomerClass": customer_class_rows(data),
        "StockItem": stock_item_rows(data),
        "NonStockItem": non_stock_item_rows(data),
        "SalesInvoice": sales,
        "Invoice": receivable_rows(data, sales),
        "SalesOrder": order_rows(data),
        "Payment": payment_rows(data),
        "Salesperson": salesperson_rows(data),
    }
