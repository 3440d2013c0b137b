"""The wholesaler's sales documents as invoices, credit memos, orders and ledger entries."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from simulators.business_central.business.amounts import ZERO, LineInput, cents
from simulators.business_central.business.ledgers import account_id, sales_entries
from simulators.business_central.business.papers import Paper, document_row, posted_row
from simulators.business_central.data.settings import currency_id
from simulators.business_central.odata.values import NO_ID, to_ticks
from simulators.business_central.store.company import new_id
from simulators.business_central.store.rows import Row
from simulators.business_central.store.table import RowList, RowSource
from simulators.wholesaler import Invoice, InvoiceLine

_TAX: Final = {"USD": Decimal("7.25"), "EUR": Decimal(19)}
_STATUS: Final[Mapping[str, str]] = {
    "Open": "Open",
    "Closed": "Paid",
    "Balanced": "Open",
    "On Hold": "Draft",
    "Canceled": "Canceled",
}
_POSTED: Final = frozenset({"Open", "Closed", "Canceled"})
_REVIEW_EVERY: Final = 3
_TWO: Final = 2


@dataclass(slots=True)
class _Books:
    """Where the documents of one company end up."""

    name: str
    currency: str
    customers: Mapping[str, Row]
    items: Mapping[str, Row]
    invoices: list[Row]
    memos: list[Row]
    orders: list[Row]
    posted: list[Row]
    entries: list[Row]


def document_sources(
    invoices: Iterable[Invoice],
    customers: Mapping[str, Row],
    items: Mapping[str, Row],
    name: str,
    currency: str,
) -> dict[str, RowSource]:
    """Rows per entity set, of the documents whose buyer belongs to this company.

    Args:
        invoices: the wholesaler's documents.
        customers: this company's customers by their code.
        items: its items by code.
        name: what its ids are made from.
        currency: its local currency.
    """
    books = _Books(name, currency, customers, items, [], [], [], [], [])
    rng = random.Random(f"documents:{name}")  # noqa: S311 - no secret
    for number, of in enumerate(sorted(invoices, key=lambda of: (of.issued, of.number))):
        if of.customer in customers:
            _enter(books, number, of, rng)
    return {
        "salesInvoices": RowList(books.invoices),
        "salesCreditMemos": RowList(books.memos),
        "salesOrders": RowList(books.orders),
        "postedSalesInvoices": RowList(books.posted),
        "generalLedgerEntries": RowList(books.entries),
    }


def _enter(books: _Books, number: int, of: Invoice, rng: random.Random) -> None:
    paper = _paper(books, of, rng)
    stamp = to_ticks(of.modified)
    if of.kind == "Credit Memo":
        _credit_memo(books, of, paper, stamp)
        return
    posted = of.status in _POSTED
    status = _STATUS[of.status]
    if status == "Draft" and number % _REVIEW_EVERY == 0:
        status = "In Review"
    row_id = new_id(f"{books.name}/salesInvoices/{of.kind}/{of.number}")
    shown = of.number if posted else f"S-{of.number}"
    gross = document_row(
        "salesInvoices",
        row_id,
        shown,
        paper,
        status=status,
        stamp=stamp,
        local_currency=books.currency,
        posted=posted,
    )
    left = _left(of, gross)
    row = replace(gross, values={**gross.values, "remainingAmount": left})
    books.invoices.append(row)
    if posted:
        posted_id = new_id(f"{row_id}/posted")
        books.posted.append(posted_row(posted_id, row, paper))
        _book(books, row, "Invoice", paper, stamp)
    if status == "Canceled":
        _correct(books, of, row, paper, stamp)
    if of.order_number is not None and not posted:
        _order(books, of, paper, stamp)


def _left(of: Invoice, row: Row) -> Decimal:
    gross = Decimal(str(row.values["totalAmountIncludingTax"]))
    if of.status in {"Closed", "Canceled"}:
        return ZERO
    return cents(gross / _TWO) if of.balance != of.amount else gross


def _credit_memo(books: _Books, of: Invoice, paper: Paper, stamp: int) -> None:
    row_id = new_id(f"{books.name}/salesCreditMemos/{of.number}")
    row = document_row(
        "salesCreditMemos",
        row_id,
        f"CR{of.number}",
        paper,
        status=_STATUS[of.status],
        stamp=stamp,
        local_currency=books.currency,
        posted=of.status in _POSTED,
    )
    books.memos.append(row)
    if of.status in _POSTED:
        _book(books, row, "Credit Memo", paper, stamp)


def _correct(books: _Books, of: Invoice, invoice: Row, paper: Paper, stamp: int) -> None:
    """The corrective credit memo that cancelled an invoice."""
    row_id = new_id(f"{books.name}/salesCreditMemos/of/{of.number}")
    taken_back = replace(
        paper,
        corrects=(invoice.id, str(invoice.values["number"])),
        lines=tuple(replace(line, id="") for line in paper.lines),
    )
    row = document_row(
        "salesCreditMemos",
        row_id,
        f"CRC{of.number}",
        taken_back,
        status="Corrective",
        stamp=stamp,
        local_currency=books.currency,
        posted=True,
    )
    books.memos.append(row)
    _book(books, row, "Credit Memo", taken_back, stamp)


def _order(books: _Books, of: Invoice, paper: Paper, stamp: int) -> None:
    row_id = new_id(f"{books.name}/salesOrders/{of.order_number}")
    books.orders.append(
        document_row(
            "salesOrders",
            row_id,
            of.order_number or "",
            replace(paper, lines=tuple(replace(line, id="") for line in paper.lines)),
            status="Draft" if of.status == "On Hold" else "Open",
            stamp=stamp,
            local_currency=books.currency,
            posted=False,
        )
    )


def _book(books: _Books, row: Row, kind: str, paper: Paper, stamp: int) -> None:
    first = len(books.entries) + 1
    books.entries += sales_entries(books.name, first, row, kind=kind, day=paper.day, stamp=stamp)


def _paper(books: _Books, of: Invoice, rng: random.Random) -> Paper:
    tax = _TAX[books.currency] if of.tax or books.currency == "EUR" else ZERO
    lines = [_line(books, line, tax) for line in of.lines]
    if of.freight:
        lines.append(
            LineInput(
                "Account",
                "40900",
                "Freight",
                Decimal(1),
                of.freight,
                tax_code="TAXABLE" if tax else "",
                tax_percent=tax,
                target_id=account_id(books.name, "40900"),
            )
        )
    lines += _unusual_lines(lines, rng)
    foreign = _foreign(books, of, rng)
    return Paper(
        buyer=books.customers[of.customer],
        day=of.issued,
        lines=tuple(lines),
        currency=foreign,
        currency_id=currency_id(books.name, foreign) if foreign else NO_ID,
        prices_include_tax=books.currency == "EUR" and rng.random() < 0.5,  # noqa: PLR2004 - half
        invoice_discount=of.discount,
        external_number=f"PO-{of.number}"[:35],
        email=of.bill_to_email or "",
        order_id=new_id(f"{books.name}/salesOrders/{of.order_number}")
        if of.order_number
        else NO_ID,
        order_number=of.order_number or "",
    )


def _foreign(books: _Books, of: Invoice, rng: random.Random) -> str:
    if of.currency not in {"USD", books.currency}:
        return of.currency
    return rng.choice(("CAD", "DANISHKR")) if rng.random() < 0.03 else ""  # noqa: PLR2004 - a few


def _line(books: _Books, of: InvoiceLine, tax: Decimal) -> LineInput:
    item = books.items.get(of.item or "")
    known = LineInput(
        "Item",
        of.item or "",
        of.description,
        of.quantity,
        of.unit_price,
        of.discount_percent,
        tax_code="TAXABLE" if tax else "",
        tax_percent=tax,
        unit=of.unit,
        unit_id=new_id(f"{books.name}/units/{of.unit}"),
        target_id=item.id if item is not None else NO_ID,
    )
    if of.item is not None:
        return known
    account = account_id(books.name, "40100")
    return replace(known, line_type="Account", number="40100", target_id=account, unit="")


def _unusual_lines(lines: list[LineInput], rng: random.Random) -> Iterator[LineInput]:
    """A comment on some documents, and on a few a line that takes something back."""
    if rng.random() < 0.15:  # noqa: PLR2004 - some
        yield LineInput("Comment", "", "Please deliver to the back gate.")
    first = lines[0]
    if rng.random() < 0.04 and first.quantity > 1 and not first.discount_percent:  # noqa: PLR2004 - a few
        yield replace(first, quantity=Decimal(-1), description=f"{first.description} (returned)")
