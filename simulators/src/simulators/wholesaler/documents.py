"""Sales documents of the last year: every amount adds up to the cent."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from simulators.wholesaler.goods import NEVER_SYNCED, ODD_CODE
from simulators.wholesaler.model import Customer, Invoice, InvoiceLine, Item
from simulators.wholesaler.people import chance, moment_before

INVOICES: Final = 1_500
UNKNOWN_CUSTOMER: Final = "GONE001"
_CENT: Final = Decimal("0.01")
_ZERO: Final = Decimal(0)
_KINDS: Final = ("Invoice", "Credit Memo", "Debit Memo", "Cash Sale")
_STATUSES: Final = ("Closed", "Open", "Balanced", "On Hold", "Canceled")


def total(invoice: Invoice) -> Decimal:
    """What an invoice's amount must be."""
    lines = sum((line.amount for line in invoice.lines), _ZERO)
    return lines - invoice.discount + invoice.freight + invoice.tax


def make_invoices(
    rng: random.Random, as_of: datetime, customers: list[Customer], items: list[Item]
) -> tuple[list[Invoice], dict[str, str]]:
    """The documents, and the numbers of those with warts."""
    buyers = [customer for customer in customers if customer.status == "Active"]
    buyers = rng.sample(buyers, 700)
    invoices = [
        _invoice(rng, number, as_of, rng.choice(buyers), items) for number in range(INVOICES)
    ]
    warts = _spoil(invoices, buyers)
    for kind in _KINDS[1:]:
        name = kind.lower().replace(" ", "_")
        warts[name] = next(of.number for of in invoices if of.kind == kind)
    for status in _STATUSES[2:]:
        name = status.lower().replace(" ", "_")
        warts[name] = next(
            of.number for of in invoices if (of.kind, of.status) == ("Invoice", status)
        )
    return invoices, warts


def _invoice(
    rng: random.Random, number: int, as_of: datetime, customer: Customer, items: list[Item]
) -> Invoice:
    kind = rng.choices(_KINDS, weights=(93, 4, 1, 2))[0]
    status = rng.choices(_STATUSES, weights=(58, 32, 4, 4, 2))[0] if kind == "Invoice" else "Closed"
    created = moment_before(rng, as_of, 365)
    lines = tuple(_line(rng, n, rng.choice(items)) for n in range(1, rng.randrange(2, 8)))
    goods = sum((line.amount for line in lines), _ZERO)
    discount = _cents(goods * Decimal(rng.randrange(1, 8)) / 100) if chance(rng, 0.1) else _ZERO
    taxed = _cents((goods - discount) * Decimal("0.0725")) if chance(rng, 0.5) else _ZERO
    freight = Decimal(rng.randrange(500, 9_000)) / 100 if chance(rng, 0.25) else _ZERO
    invoice = Invoice(
        kind=kind,
        number=f"INV{number + 1:06d}" if kind != "Credit Memo" else f"{number + 1:06d}",
        status=status,
        issued=created.date(),
        due=created.date() + timedelta(days=30),
        customer=customer.code,
        currency="USD",
        lines=lines,
        discount=discount,
        freight=freight,
        tax=taxed,
        amount=_ZERO,
        balance=_ZERO,
        bill_to_name=customer.name,
        bill_to_email=customer.email if chance(rng, 0.9) else None,
        bill_to_address=customer.address,
        order_number=f"SO{number + 1:06d}" if chance(rng, 0.7) else None,
        created=created,
        modified=min(as_of, created + timedelta(hours=rng.randrange(1, 900))),
    )
    return _added_up(invoice, part=rng.random())


def _line(rng: random.Random, number: int, item: Item) -> InvoiceLine:
    quantity = Decimal(rng.choice((1, 1, 2, 3, 4, 5, 6, 10, 12, 24)))
    percent = Decimal(rng.choice((5, 10, 15))) if chance(rng, 0.12) else _ZERO
    return _priced(
        InvoiceLine(
            number=number,
            item=item.code,
            description=item.description,
            quantity=quantity,
            unit=item.unit,
            unit_price=item.price,
            discount=_ZERO,
            discount_percent=percent,
            amount=_ZERO,
        )
    )


def _priced(line: InvoiceLine) -> InvoiceLine:
    gross = _cents(line.quantity * line.unit_price)
    discount = _cents(gross * line.discount_percent / 100)
    return replace(line, discount=discount, amount=gross - discount)


def _added_up(invoice: Invoice, part: float = 1.0) -> Invoice:
    amount = total(invoice)
    due = {"Closed": _ZERO, "Canceled": _ZERO}.get(invoice.status, amount)
    if invoice.status == "Open" and part < 0.2:  # noqa: PLR2004 - one in five is paid in part
        due = _cents(amount / 2)
    return replace(invoice, amount=amount, balance=due)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _spoil(invoices: list[Invoice], buyers: list[Customer]) -> dict[str, str]:
    """Give each wart to one posted invoice of its own; returns the invoices' numbers."""
    free = [
        index
        for index, invoice in enumerate(invoices)
        if (invoice.kind, invoice.status) == ("Invoice", "Open")
    ]
    warts: dict[str, str] = {}

    def change(name: str, spoil: Callable[[Invoice], Invoice]) -> None:
        index = free.pop(0)
        invoices[index] = _added_up(spoil(invoices[index]))
        warts[name] = invoices[index].number

    with_email = next(of for of in buyers if of.email and of.email.isascii())
    change("fractional_quantity", lambda of: _with_line(of, quantity=Decimal("2.5")))
    change("item_never_synced", lambda of: _with_line(of, item=NEVER_SYNCED))
    change("odd_item_code", lambda of: _with_line(of, item=ODD_CODE))
    change("odd_invoice_number", lambda of: replace(of, number="25/0815#B"))
    change("other_currency", lambda of: replace(of, currency="EUR"))
    change("unknown_customer", lambda of: replace(of, customer=UNKNOWN_CUSTOMER))
    change(
        "no_bill_to_email",
        lambda of: replace(of, customer=with_email.code, bill_to_email=None),
    )
    change(
        "all_charges",
        lambda of: replace(
            _with_line(of, discount_percent=Decimal(10)),
            discount=Decimal("1.00"),
            tax=Decimal("4.20"),
            freight=Decimal("12.50"),
        ),
    )
    change("line_without_item", lambda of: _with_line(of, item=None, description="As agreed"))
    return warts


def _with_line(invoice: Invoice, **changes: object) -> Invoice:
    first, *others = invoice.lines
    changed = _priced(replace(first, **changes))  # type: ignore[arg-type] # fields by name
    return replace(invoice, lines=(changed, *others))
