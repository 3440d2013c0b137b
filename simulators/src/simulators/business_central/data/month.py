"""A month of sales documents of every kind, whose lines and totals agree to the cent."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from simulators.business_central.business.amounts import ZERO, LineInput, cents
from simulators.business_central.business.ledgers import account_id, sales_entries
from simulators.business_central.business.papers import (
    Paper,
    amounts_of,
    document_row,
    posted_row,
)
from simulators.business_central.data.settings import company_data, currency_id, make_row
from simulators.business_central.odata.values import NO_ID, to_ticks
from simulators.business_central.store.company import CompanyData, new_id
from simulators.business_central.store.rows import Row
from simulators.business_central.store.table import RowList

NAME: Final = "Hollis Month"
MONTH: Final = date(2026, 1, 1)
_STATUSES: Final = (
    ("Paid", 50),
    ("Open", 25),
    ("Released", 6),
    ("Draft", 5),
    ("In Review", 2),
    ("Canceled", 8),
    ("Corrective", 4),
)
_TAXES: Final = (("FURNITURE", Decimal("7.25")), ("FOOD", Decimal(7)), ("NONE", ZERO))
_CUSTOMERS: Final = 400
_ITEMS: Final = 200
_DAYS: Final = 31
_FRACTIONS: Final = ("0.25", "0.333", "1.5", "2.75", "12.12345")


@dataclass(slots=True)
class _Month:
    rng: random.Random
    customers: list[Row]
    items: list[Row]
    invoices: list[Row] = field(default_factory=list)
    memos: list[Row] = field(default_factory=list)
    posted: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)


def bulk_month(invoices: int = 5000, seed: int = 0) -> list[CompanyData]:
    """Data for `BusinessCentralSimulator(data=...)`: one company with a month of documents.

    Prices with and without tax, three tax rates, line and invoice discounts, fractional
    quantities, comments, negative lines, freight on an account, foreign currencies, drafts,
    released and posted invoices, paid, cancelled and corrective ones, and credit memos.

    Args:
        invoices: how many; credit memos come on top.
        seed: another seed, another month.
    """
    rng = random.Random(f"month:{seed}")  # noqa: S311 - no secret
    month = _Month(rng, _customers(), _items(rng))
    kinds = [name for name, _ in _STATUSES]
    weights = [weight for _, weight in _STATUSES]
    for number in range(invoices):
        # Every kind comes up in the first rows, however few there are.
        kind = kinds[number] if number < len(kinds) else rng.choices(kinds, weights)[0]
        _invoice(month, number, kind)
    sources = {
        "customers": month.customers,
        "items": month.items,
        "salesInvoices": month.invoices,
        "salesCreditMemos": month.memos,
        "postedSalesInvoices": month.posted,
        "generalLedgerEntries": month.entries,
    }
    created = datetime(2020, 1, 1, tzinfo=UTC)
    return [
        company_data(
            NAME,
            "Hollis Month",
            "USD",
            created,
            {name: RowList(tuple(rows)) for name, rows in sources.items()},
        )
    ]


def _customers() -> list[Row]:
    stamp = to_ticks(datetime(2025, 12, 1, tzinfo=UTC))
    return [
        make_row(
            "customers",
            new_id(f"{NAME}/customers/{number}"),
            stamp + number * 7,
            number=f"M{number:05d}",
            displayName=f"Month customer {number}",
            addressLine1=f"{number + 1} Mill Rd",
            city="Columbus",
            state="OH",
            country="US",
            postalCode="43004",
            email=f"buyer{number}@month-{number % 37}.com",
            currencyCode="USD",
        )
        for number in range(_CUSTOMERS)
    ]


def _items(rng: random.Random) -> list[Row]:
    stamp = to_ticks(datetime(2025, 11, 1, tzinfo=UTC))
    return [
        make_row(
            "items",
            new_id(f"{NAME}/items/{number}"),
            stamp + number * 11,
            number=f"ITEM-{number:04d}",
            displayName=f"Article {number}",
            inventory=Decimal(rng.randrange(0, 500)),
            unitPrice=Decimal(rng.randrange(45, 90_000)) / 100,
            baseUnitOfMeasureCode="PCS",
        )
        for number in range(_ITEMS)
    ]


def _invoice(month: _Month, number: int, kind: str) -> None:
    rng = month.rng
    day = MONTH + timedelta(days=rng.randrange(_DAYS))
    stamp = to_ticks(datetime(day.year, day.month, day.day, 8, tzinfo=UTC))
    # Whole posting batches share a stamp.
    stamp += rng.randrange(40) * 300 * 60
    posted = kind in {"Paid", "Open", "Canceled", "Corrective"}
    paper = _paper(month, day, number)
    row_id = new_id(f"{NAME}/salesInvoices/{number}")
    shown = f"PS-INV{100_000 + number}" if posted else f"S-INV{100_000 + number}"
    row = document_row(
        "salesInvoices",
        row_id,
        shown,
        paper,
        status="Open" if kind == "Released" else kind,
        stamp=stamp,
        local_currency="USD",
        posted=posted,
        remaining=_remaining(rng, kind, paper),
    )
    month.invoices.append(row)
    if not posted:
        return
    month.posted.append(posted_row(new_id(f"{row_id}/posted"), row, paper))
    _book(month, row, "Invoice", paper, stamp)
    if kind == "Canceled":
        _memo(month, row, paper, stamp, status="Corrective", taken_back=True)
    elif kind == "Corrective":
        _cancelled_memo(month, row, paper, stamp)
    elif rng.random() < 0.02:  # noqa: PLR2004 - a few are credited by agreement
        _memo(month, row, paper, stamp, status="Open", taken_back=False)


def _remaining(rng: random.Random, kind: str, paper: Paper) -> Decimal:
    gross = amounts_of(paper)[1].gross
    if kind in {"Paid", "Canceled", "Corrective"}:
        return ZERO
    return cents(gross / 3) if kind == "Open" and rng.random() < 0.2 else gross  # noqa: PLR2004 - one in five


def _memo(
    month: _Month, invoice: Row, paper: Paper, stamp: int, *, status: str, taken_back: bool
) -> None:
    number = str(invoice.values["number"])
    lines = paper.lines if taken_back else paper.lines[:1]
    memo = replace(
        paper,
        lines=tuple(replace(line, id="") for line in lines),
        invoice_discount=paper.invoice_discount if taken_back else ZERO,
        corrects=(invoice.id, number) if taken_back else (NO_ID, ""),
    )
    row = document_row(
        "salesCreditMemos",
        new_id(f"{NAME}/salesCreditMemos/{number}"),
        f"PS-CR{number[6:]}",
        memo,
        status=status,
        stamp=stamp + 17,
        local_currency="USD",
        posted=True,
    )
    month.memos.append(row)
    _book(month, row, "Credit Memo", memo, stamp + 17)


def _cancelled_memo(month: _Month, invoice: Row, paper: Paper, stamp: int) -> None:
    """The credit memo that a corrective invoice took back."""
    number = str(invoice.values["number"])
    row = document_row(
        "salesCreditMemos",
        new_id(f"{NAME}/salesCreditMemos/before/{number}"),
        f"PS-CRX{number[6:]}",
        replace(paper, lines=tuple(replace(line, id="") for line in paper.lines)),
        status="Canceled",
        stamp=stamp,
        local_currency="USD",
        posted=True,
    )
    month.memos.append(row)
    _book(month, row, "Credit Memo", paper, stamp)


def _book(month: _Month, row: Row, kind: str, paper: Paper, stamp: int) -> None:
    first = len(month.entries) + 1
    month.entries += sales_entries(NAME, first, row, kind=kind, day=paper.day, stamp=stamp)


def _paper(month: _Month, day: date, number: int) -> Paper:
    rng = month.rng
    lines = [_line(month) for _ in range(rng.randrange(1, 7))]
    if rng.random() < 0.15:  # noqa: PLR2004 - some
        lines.insert(rng.randrange(len(lines) + 1), LineInput("Comment", "", "See the agreement."))
    if rng.random() < 0.2:  # noqa: PLR2004 - some
        lines.append(_freight(rng))
    lines += _returned(rng, lines)
    currency = rng.choice(("EUR", "CAD", "DANISHKR")) if rng.random() < 0.08 else ""  # noqa: PLR2004 - some
    return Paper(
        buyer=rng.choice(month.customers),
        day=day,
        lines=tuple(lines),
        currency=currency,
        currency_id=currency_id(NAME, currency) if currency else NO_ID,
        prices_include_tax=rng.random() < 0.4,  # noqa: PLR2004 - many
        invoice_discount=_discount(rng, lines),
        external_number=f"PO{number}",
    )


def _discount(rng: random.Random, lines: list[LineInput]) -> Decimal:
    if rng.random() > 0.25:  # noqa: PLR2004 - one in four
        return ZERO
    goods = sum((cents(of.quantity * of.unit_price) for of in lines if of.quantity > 0), ZERO)
    return cents(goods * Decimal(rng.randrange(1, 9)) / 100)


def _line(month: _Month) -> LineInput:
    rng = month.rng
    item = rng.choice(month.items)
    code, percent = rng.choices(_TAXES, (70, 20, 10))[0]
    quantity = Decimal(rng.choice((1, 1, 2, 3, 5, 10, 24)))
    if rng.random() < 0.12:  # noqa: PLR2004 - some
        quantity = Decimal(rng.choice(_FRACTIONS))
    return LineInput(
        "Item",
        str(item.values["number"]),
        str(item.values["displayName"]),
        quantity,
        Decimal(str(item.values["unitPrice"])),
        Decimal(rng.choice((5, 10, 15))) if rng.random() < 0.2 else ZERO,  # noqa: PLR2004 - one in five
        tax_code=code,
        tax_percent=percent,
        unit="PCS",
        target_id=item.id,
    )


def _freight(rng: random.Random) -> LineInput:
    return LineInput(
        "Account",
        "40900",
        "Freight",
        Decimal(1),
        Decimal(rng.randrange(500, 9000)) / 100,
        tax_code="FURNITURE",
        tax_percent=_TAXES[0][1],
        target_id=account_id(NAME, "40900"),
    )


def _returned(rng: random.Random, lines: list[LineInput]) -> list[LineInput]:
    """A line that takes a part of another one back."""
    first = next(line for line in lines if line.line_type == "Item")
    if rng.random() > 0.05 or first.quantity <= 1:  # noqa: PLR2004 - a few
        return []
    return [replace(first, quantity=Decimal(-1), description=f"{first.description} (returned)")]
