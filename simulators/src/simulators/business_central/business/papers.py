"""A sales document as it is written down, and the rows that the API shows of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from simulators.business_central.business.amounts import (
    ZERO,
    LineAmounts,
    LineInput,
    Totals,
    calculate,
)
from simulators.business_central.odata.entities import entities
from simulators.business_central.odata.values import NO_ID, Value
from simulators.business_central.store.company import new_id
from simulators.business_central.store.rows import Row, full_values

LINE_SETS: Final[Mapping[str, str]] = {
    "salesInvoices": "salesInvoiceLines",
    "salesCreditMemos": "salesCreditMemoLines",
    "salesOrders": "salesOrderLines",
}
_DATE_NAMES: Final[Mapping[str, str]] = {
    "salesInvoices": "invoiceDate",
    "salesCreditMemos": "creditMemoDate",
    "salesOrders": "orderDate",
}
_STEP: Final = 10_000
_DUE: Final = timedelta(days=30)
_ADDRESS: Final = {
    "AddressLine1": "addressLine1",
    "AddressLine2": "addressLine2",
    "City": "city",
    "Country": "country",
    "State": "state",
    "PostCode": "postalCode",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """What a document says.

    Attributes:
        buyer: the customer's row when it was written: names, addresses and e-mail are copies.
        currency: code and id; the code is empty for the local currency.
        invoice_discount: as the prices: with tax, or without.
        discount_percent: the invoice discount as a part of the goods; 0 = a fixed amount.
        corrects: id and number of the document that this one takes back.
    """

    buyer: Row
    day: date
    lines: tuple[LineInput, ...]
    currency: str = ""
    currency_id: str = NO_ID
    prices_include_tax: bool = False
    invoice_discount: Decimal = ZERO
    discount_percent: Decimal = ZERO
    external_number: str = ""
    reference: str = ""
    email: str | None = None
    order_id: str = NO_ID
    order_number: str = ""
    salesperson: str = ""
    corrects: tuple[str, str] = (NO_ID, "")


def amounts_of(paper: Paper) -> tuple[list[LineAmounts], Totals]:
    """Amounts per line, and the totals."""
    return calculate(
        paper.lines,
        prices_include_tax=paper.prices_include_tax,
        invoice_discount=paper.invoice_discount,
    )


def header_values(entity_set: str, paper: Paper, local_currency: str) -> dict[str, Value]:
    """The properties of a document's header that follow from what it says.

    A blank currency is shown as the local one, with no id.
    """
    buyer = paper.buyer.values
    _, totals = amounts_of(paper)
    values: dict[str, Value] = {
        "externalDocumentNumber": paper.external_number,
        _DATE_NAMES[entity_set]: paper.day,
        "postingDate": paper.day,
        "dueDate": paper.day + _DUE,
        "customerPurchaseOrderReference": paper.reference,
        "customerId": paper.buyer.id,
        "customerNumber": buyer["number"],
        "customerName": buyer["displayName"],
        "billToName": buyer["displayName"],
        "billToCustomerId": paper.buyer.id,
        "billToCustomerNumber": buyer["number"],
        "shipToName": buyer["displayName"],
        "currencyId": paper.currency_id,
        "currencyCode": paper.currency or local_currency,
        "orderId": paper.order_id,
        "orderNumber": paper.order_number,
        "paymentTermsId": buyer["paymentTermsId"],
        "salesperson": paper.salesperson or buyer["salespersonCode"],
        "pricesIncludeTax": paper.prices_include_tax,
        "discountAmount": totals.discount,
        "discountAppliedBeforeTax": True,
        "totalAmountExcludingTax": totals.net,
        "totalTaxAmount": totals.tax,
        "totalAmountIncludingTax": totals.gross,
        "phoneNumber": buyer["phoneNumber"],
        "email": buyer["email"] if paper.email is None else paper.email,
        "invoiceId": paper.corrects[0],
        "invoiceNumber": paper.corrects[1],
    }
    for prefix in ("sellTo", "billTo", "shipTo"):
        values |= {f"{prefix}{name}": buyer[own] for name, own in _ADDRESS.items()}
    known = entities()[entity_set].properties
    return {name: value for name, value in values.items() if name in known}


def line_rows(entity_set: str, document_id: str, paper: Paper, stamp: int) -> tuple[Row, ...]:
    """The lines of a document."""
    amounts, _ = amounts_of(paper)
    pairs = zip(paper.lines, amounts, strict=True)
    return tuple(
        _line_row(entity_set, document_id, paper, number, line, found, stamp)
        for number, (line, found) in enumerate(pairs, 1)
    )


def _line_row(
    entity_set: str,
    document_id: str,
    paper: Paper,
    number: int,
    line: LineInput,
    found: LineAmounts,
    stamp: int,
) -> Row:
    entity = entities()[LINE_SETS[entity_set]]
    line_id = line.id or new_id(f"{document_id}/{number}")
    item = line.line_type == "Item"
    values: dict[str, Value] = {
        "id": line_id,
        "documentId": document_id,
        "sequence": number * _STEP,
        "itemId": line.target_id if item else NO_ID,
        "accountId": line.target_id if line.line_type == "Account" else NO_ID,
        "lineType": line.line_type,
        "lineObjectNumber": line.number,
        "description": line.description,
        "description2": line.description2,
        "unitOfMeasureId": line.unit_id,
        "unitOfMeasureCode": line.unit,
        "quantity": line.quantity,
        "unitPrice": line.unit_price,
        "discountAmount": found.discount,
        "discountPercent": line.discount_percent,
        "discountAppliedBeforeTax": True,
        "amountExcludingTax": found.excluding,
        "taxCode": line.tax_code,
        "taxPercent": line.tax_percent,
        "totalTaxAmount": found.including - found.excluding,
        "amountIncludingTax": found.including,
        "invoiceDiscountAllocation": found.allocation,
        "netAmount": found.net,
        "netTaxAmount": found.tax,
        "netAmountIncludingTax": found.gross,
        "shipmentDate": paper.day,
        "itemVariantId": line.variant_id,
        "shippedQuantity": line.shipped,
        "invoicedQuantity": line.shipped,
        "invoiceQuantity": line.quantity - line.shipped,
        "shipQuantity": line.quantity - line.shipped,
    }
    known = {name: value for name, value in values.items() if name in entity.properties}
    return Row(line_id, full_values(entity, known), stamp)


def with_line_ids(lines: Iterable[LineInput], rows: Iterable[Row]) -> tuple[LineInput, ...]:
    """The lines as they were typed, with the ids that their rows have."""
    return tuple(replace(line, id=row.id) for line, row in zip(lines, rows, strict=True))


def document_row(
    entity_set: str,
    document_id: str,
    number: str,
    paper: Paper,
    *,
    status: str,
    stamp: int,
    local_currency: str,
    posted: bool,
    remaining: Decimal | None = None,
    version: int = 1,
    inner: Mapping[str, object] | None = None,
) -> Row:
    """A document as the API shows it.

    Args:
        entity_set: salesInvoices, salesCreditMemos or salesOrders.
        document_id: its id, which posting does not change.
        number: its number, which posting changes.
        paper: what it says.
        status: a member of its status enum.
        stamp: when it was changed last.
        local_currency: shown where the paper's is blank.
        posted: whether it is posted.
        remaining: what is left to pay; None = all of it.
        version: the row version.
        inner: what is known of it and not shown.
    """
    entity = entities()[entity_set]
    values = header_values(entity_set, paper, local_currency)
    values |= {"id": document_id, "number": number, "status": status}
    if entity_set == "salesInvoices":
        gross = values["totalAmountIncludingTax"]
        values["remainingAmount"] = gross if remaining is None else remaining
    if entity_set == "salesOrders":
        values["requestedDeliveryDate"] = paper.day
        values["fullyShipped"] = all(line.shipped >= line.quantity for line in paper.lines)
    return Row(
        document_id,
        full_values(entity, values),
        stamp,
        version,
        line_rows(entity_set, document_id, paper, stamp),
        {**(inner or {}), "paper": paper, "posted": posted},
    )


def posted_row(posted_id: str, invoice: Row, paper: Paper) -> Row:
    """A posted invoice on the page `postedSalesInvoices`: its currency code is the raw one."""
    entity = entities()["postedSalesInvoices"]
    own = {name: value for name, value in invoice.values.items() if name in entity.properties}
    values = {**own, "id": posted_id, "apiId": invoice.id, "currencyCode": paper.currency}
    return Row(posted_id, full_values(entity, values), invoice.modified)
