"""A month of Business Central's sales documents, by the ERP's own arithmetic.

Written from the published facts and not from the catalog: line amounts are rounded to the cent
after the line's discount; the invoice discount is spread over the lines, the last one takes the
rest; tax is rounded once for each rate and spread likewise; all totals are sums of lines.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
COMPANIES = {"0a": "USD", "0b": "USD", "0c": "DKK"}
"""Company ids and local currencies; the second is a copy of the first, with the same ids."""
KINDS = ("open", "paid", "canceled", "released", "unproved", "corrective", "empty")
WEIGHTS = (30, 40, 6, 8, 3, 3, 2)


@dataclass
class Line:
    """A document's line, in the document's own prices: with the tax or without."""

    kind: str
    quantity: Decimal
    price: Decimal
    rate: int
    amount: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)


@dataclass
class Month:
    """The rows of a month, and what a bookkeeper adds up of them."""

    customers: list[dict[str, Any]] = field(default_factory=list)
    invoices: list[dict[str, Any]] = field(default_factory=list)
    memos: list[dict[str, Any]] = field(default_factory=list)
    sold: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    """What each order has to be worth in the end, by company and invoice."""


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share an amount out by weight, to the cent; the last that has a weight takes the rest."""
    whole = sum(weights, Decimal(0))
    shares = [cents(total * weight / whole) if whole else Decimal(0) for weight in weights]
    carrying = [place for place, weight in enumerate(weights) if weight]
    if carrying and whole:
        shares[carrying[-1]] += total - sum(shares, Decimal(0))
    return shares


def make_line(rng: random.Random) -> Line:
    kind = rng.choices(("Item", "Account", "Resource", "Charge", "Comment"), (70, 8, 8, 4, 10))[0]
    if kind == "Comment":
        return Line(kind, Decimal(0), Decimal(0), 0)
    quantity = Decimal(rng.choice(("1", "2", "3", "12", "2.5", "0.333", "1.75", "-1", "0")))
    price = Decimal(rng.randrange(1, 500_000)) / rng.choice((100, 100, 1000, 100_000))
    line = Line(kind, quantity, price, rng.choice((0, 7, 19, 25)))
    gross = cents(quantity * price)
    line.amount = gross - cents(gross * rng.choice((0, 0, 0, 5, 33)) / 100)
    return line


def settle(lines: list[Line], discount: Decimal, *, with_tax: bool) -> None:
    """Spread the invoice discount and the tax over the lines."""
    shares = spread(discount, [line.amount for line in lines])
    for rate in {line.rate for line in lines}:
        group = [(line, line.amount - share) for line, share in zip(lines, shares, strict=True) if line.rate == rate]  # fmt: skip
        base = sum((amount for _, amount in group), Decimal(0))
        tax = cents(base * rate / (100 + rate)) if with_tax else cents(base * rate / 100)
        taxes = spread(tax, [amount for _, amount in group])
        for (line, amount), part in zip(group, taxes, strict=True):
            line.tax = part
            line.net = amount - part if with_tax else amount


def line_row(number: int, line: Line) -> dict[str, Any]:
    is_item = line.kind == "Item"
    return {
        "id": f"line-{number}",
        "sequence": 10_000 * number,
        "lineType": line.kind,
        "itemId": f"item-{number % 7}" if is_item else None,
        "itemVariantId": f"variant-{number}" if is_item and number % 5 == 0 else None,
        "lineObjectNumber": None if line.kind == "Comment" else f"{line.kind[:3]}-{number}",
        "description": f"{line.kind} {number}",
        "quantity": float(line.quantity),
        "unitPrice": float(line.price),
        "netAmount": float(line.net),
        "netTaxAmount": float(line.tax),
        "netAmountIncludingTax": float(line.net + line.tax),
    }


def document(company: str, identifier: str, currency: str) -> dict[str, Any]:
    return {
        "companyId": company,
        "companyName": f"Company {company}",
        "localCurrencyCode": COMPANIES[company],
        "currencyCode": currency,
        "id": identifier,
        "number": identifier.upper(),
        "lastModifiedDateTime": "2026-02-27T08:00:00.437Z",
    }


def totals(net: Decimal, tax: Decimal) -> dict[str, float]:
    return {
        "totalAmountExcludingTax": float(net),
        "totalTaxAmount": float(tax),
        "totalAmountIncludingTax": float(net + tax),
    }


STATUS = {"paid": "Paid", "canceled": "Canceled", "corrective": "Corrective"}
POSTED = {"released": False, "unproved": None}


def make_invoice(rng: random.Random, company: str, number: int) -> tuple[str, dict[str, Any]]:
    kind = rng.choices(KINDS, WEIGHTS)[0]
    count = 0 if kind == "empty" else rng.randrange(1, 9)
    lines = [make_line(rng) for _ in range(count)]
    if lines and all(line.quantity == 0 for line in lines):
        lines.append(Line("Item", Decimal(1), Decimal("9.99"), 19, Decimal("9.99")))
    with_tax = rng.random() < 0.4
    subtotal = sum((line.amount for line in lines), Decimal(0))
    discount = cents(subtotal * rng.choice((0, 0, 0, 3, 10)) / 100)
    settle(lines, discount, with_tax=with_tax)
    net, tax = (sum((getattr(line, part) for line in lines), Decimal(0)) for part in ("net", "tax"))
    row = document(company, f"inv-{number}", rng.choice(("USD", "EUR", "DKK", "JPY")))
    return kind, row | totals(net, tax) | {
        "invoiceDate": f"2026-02-{1 + number % 28:02}",
        "postingDate": None,
        "customerId": f"cust-{number % 40}",
        "customerName": None,
        "email": f"buyer{number % 90}@shop.example" if number % 3 == 0 else None,
        "pricesIncludeTax": with_tax,
        "discountAmount": float(discount),
        "status": STATUS.get(kind, "Open"),
        "posted": POSTED.get(kind, True),
        "salesInvoiceLines": [line_row(place, line) for place, line in enumerate(lines, 1)],
    }


def memos_of(
    rng: random.Random, kind: str, invoice: dict[str, Any]
) -> Iterator[tuple[Decimal, dict[str, Any]]]:
    """Yield the credit memos of an invoice, and what each takes off its order."""
    total = Decimal(str(invoice["totalAmountIncludingTax"]))
    tax = Decimal(str(invoice["totalTaxAmount"]))
    shares: list[tuple[str, Decimal]] = []
    if kind == "canceled":
        shares = [("Corrective", Decimal(1))]
    elif kind in {"open", "paid"} and total > 1:
        shares = rng.choice(
            (
                *([[]] * 6),
                [("Paid", Decimal("0.25"))],
                [("Open", Decimal("0.5")), ("Paid", Decimal("0.5"))],
                [("Paid", Decimal("0.1"))] * 3,
                [("Canceled", Decimal(1))],
            )
        )
    split_total, split_tax = total, tax
    for place, (status, share) in enumerate(shares):
        is_rest = share * (place + 1) == 1
        amount = split_total if is_rest else cents(total * share)
        of_tax = split_tax if is_rest else cents(tax * share)
        split_total, split_tax = split_total - amount, split_tax - of_tax
        row = document(
            invoice["companyId"], f"memo-{place}-{invoice['id']}", invoice["currencyCode"]
        )
        taken = Decimal(0) if status in {"Canceled", "Corrective"} else amount
        yield (
            taken,
            row
            | totals(amount - of_tax, of_tax)
            | {
                "status": status,
                "posted": True,
                "invoiceId": invoice["id"] if place % 2 == 0 else None,
                "invoiceNumber": invoice["number"],
            },
        )


def make_month(invoices: int, seed: int = 0) -> Month:
    """Make a month of so many invoices of every kind, with their credit memos."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    month = Month()
    for company in COMPANIES:
        month.customers += [
            document(company, f"cust-{number}", "USD")
            | {"type": "Company", "displayName": f"Customer {number}", "blocked": "", "email": f"c{number}@shop.example"}
            for number in range(38)  # two are never delivered
        ]  # fmt: skip
    for number in range(invoices):
        company = list(COMPANIES)[number % len(COMPANIES)]
        kind, invoice = make_invoice(rng, company, number // len(COMPANIES))
        month.invoices.append(invoice)
        taken = Decimal(0)
        for amount, memo in memos_of(rng, kind, invoice):
            month.memos.append(memo)
            taken += amount
        worth = (
            Decimal(0) if kind == "canceled" else Decimal(str(invoice["totalAmountIncludingTax"]))
        )
        if kind in {"open", "paid", "canceled"}:
            month.sold[company, invoice["id"]] = worth - taken
    month.memos += [
        document(company, f"memo-{number}", "USD") | totals(Decimal(10), Decimal("1.90"))
        | {"status": "Paid", "posted": posted, "invoiceId": invoice, "invoiceNumber": None}
        for company in COMPANIES
        for number, (posted, invoice) in enumerate(((True, None), (True, "inv-gone"), (False, "inv-0"), (None, "inv-1")))
    ]  # fmt: skip
    return month
