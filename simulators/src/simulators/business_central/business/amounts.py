"""The amounts of a sales document: discounts and tax, rounded so that lines and totals agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from simulators.business_central.odata.values import NO_ID

ZERO: Final = Decimal(0)
_CENT: Final = Decimal("0.01")
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class LineInput:
    """What somebody typed on a line.

    Attributes:
        line_type: a member of `invoiceLineAggLineType`.
        number: of the item, account or resource; empty on a comment.
        target_id: the item's or account's id.
        unit_price: with tax or without, as the document says.
        discount_percent: of the line.
        id: the line's id; empty = made from the document's.
        shipped: how much of an order's line was shipped and invoiced.
    """

    line_type: str
    number: str
    description: str
    quantity: Decimal = ZERO
    unit_price: Decimal = ZERO
    discount_percent: Decimal = ZERO
    tax_code: str = ""
    tax_percent: Decimal = ZERO
    unit: str = ""
    unit_id: str = NO_ID
    target_id: str = NO_ID
    variant_id: str = NO_ID
    description2: str = ""
    id: str = ""
    shipped: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """What follows from it.

    Attributes:
        discount: the line's own discount.
        excluding, including: after that discount, before the invoice discount.
        allocation: the line's share of the invoice discount, without tax.
        net, tax, gross: after all discounts.
    """

    discount: Decimal = ZERO
    excluding: Decimal = ZERO
    including: Decimal = ZERO
    allocation: Decimal = ZERO
    net: Decimal = ZERO
    tax: Decimal = ZERO
    gross: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Totals:
    """The document's: `discount` is the invoice discount as it was given."""

    discount: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, half away from zero."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def calculate(
    lines: Sequence[LineInput], *, prices_include_tax: bool, invoice_discount: Decimal
) -> tuple[list[LineAmounts], Totals]:
    """Amounts per line, and the totals: the sum of the lines is the total, to the cent.

    Tax is rounded per rate over the whole document; each line gets what its own addition changes.
    """
    amounts = [_line_amount(line) for line in lines]
    shares = _shares(amounts, invoice_discount)
    running: dict[Decimal, tuple[Decimal, Decimal]] = {}
    result = []
    for line, amount, share in zip(lines, amounts, shares, strict=True):
        rate = line.tax_percent / _HUNDRED
        base, taxed = running.get(rate, (ZERO, ZERO))
        base += amount - share
        tax = cents(base - base / (1 + rate)) if prices_include_tax else cents(base * rate)
        running[rate] = (base, tax)
        result.append(
            _amounts(line, amount, share, tax - taxed, prices_include_tax=prices_include_tax)
        )
    return result, Totals(
        invoice_discount,
        sum((each.net for each in result), ZERO),
        sum((each.tax for each in result), ZERO),
        sum((each.gross for each in result), ZERO),
    )


def _line_amount(line: LineInput) -> Decimal:
    gross = cents(line.quantity * line.unit_price)
    return gross - _line_discount(line)


def _line_discount(line: LineInput) -> Decimal:
    return cents(cents(line.quantity * line.unit_price) * line.discount_percent / _HUNDRED)


def _shares(amounts: Sequence[Decimal], discount: Decimal) -> list[Decimal]:
    """The invoice discount over the lines that cost something, in proportion."""
    total = sum((amount for amount in amounts if amount > 0), ZERO)
    shares, so_far, given = [], ZERO, ZERO
    for amount in amounts:
        if amount <= 0 or not total:
            shares.append(ZERO)
            continue
        so_far += amount
        share = cents(discount * so_far / total) - given
        given += share
        shares.append(share)
    return shares


def _amounts(
    line: LineInput,
    amount: Decimal,
    share: Decimal,
    tax: Decimal,
    *,
    prices_include_tax: bool,
) -> LineAmounts:
    rate = line.tax_percent / _HUNDRED
    known = LineAmounts(discount=_line_discount(line), tax=tax)
    if prices_include_tax:
        return replace(
            known,
            excluding=cents(amount / (1 + rate)),
            including=amount,
            allocation=cents(share / (1 + rate)),
            net=amount - share - tax,
            gross=amount - share,
        )
    return replace(
        known,
        excluding=amount,
        including=amount + cents(amount * rate),
        allocation=share,
        net=amount - share,
        gross=amount - share + tax,
    )
