"""A month of 5,000 invoices of every kind: each order and each total agrees to the cent."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from destination_mailchimp.lines import normalise_line
from kit.mapping import Mapped, Parked, Record, load_catalog
from kit.mapping.indexes import indexed_value

from .month import Month, make_month

CATALOG = load_catalog("business-central-to-mailchimp")
INVOICES = 5_000
NOTHING = Decimal(0)


class Books:
    """A month mapped and merged, as a run does it."""

    def __init__(self, month: Month) -> None:
        self.month = month
        self._found: dict[tuple[str, str], dict[Any, Record]] = {}
        self.fragments: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.worth: dict[str, Decimal] = defaultdict(Decimal)
        self.left_out: dict[str, Decimal] = defaultdict(Decimal)
        self.why: dict[str, int] = defaultdict(int)
        for stream, rows in (
            ("sales_invoices", month.invoices),
            ("sales_credit_memos", month.memos),
        ):
            for row in rows:
                self._book(stream, row)
        self.orders = {
            key: merged
            for key, fragments in self.fragments.items()
            if (merged := CATALOG.merge("orders", fragments)) is not None
        }

    def _book(self, stream: str, row: Record) -> None:
        (result,) = CATALOG.map(stream, row, self.find)
        money = CATALOG.money(stream, row, self.find)
        assert money is not None
        self.worth[money.currency] += money.amount
        if isinstance(result, Mapped):
            self.fragments[result.key].append(result.data)
        else:
            self.left_out[money.currency] += money.amount
            self.why[str(result.reason) + (" parked" if isinstance(result, Parked) else "")] += 1

    def find(self, stream: str, index: str, value: Any) -> Record | None:
        place = (stream, index)
        if place not in self._found:
            rows = {"customers": self.month.customers, "sales_invoices": self.month.invoices}
            self._found[place] = {str(indexed_value(row, index)): row for row in rows[stream]}
        return self._found[place].get(str(value))


@pytest.fixture(scope="module")
def books() -> Books:
    return Books(make_month(INVOICES))


def test_the_month_has_every_kind(books: Books) -> None:
    assert set(books.why) == {
        "not_posted", "posting_unproved", "not_a_sale", "no_lines", "credit_memo",
        "unknown_customer parked",
    }  # fmt: skip
    statuses = {order["financial_status"] for order in books.orders.values()}
    assert statuses == {"pending", "paid", "cancelled", "partially_refunded", "refunded"}


def test_each_order_is_worth_its_invoice_less_what_was_given_back(books: Books) -> None:
    for order in books.orders.values():
        assert order["order_total"] == books.month.sold[order["company"], order["id"]]
    assert len(books.orders) > INVOICES * 0.7


def test_the_erp_is_what_was_delivered_and_what_was_left_out(books: Books) -> None:
    delivered: dict[str, Decimal] = defaultdict(Decimal)
    for order in books.orders.values():
        delivered[order["currency_code"]] += order["order_total"]
    waiting: dict[str, Decimal] = defaultdict(Decimal)
    for key, fragments in books.fragments.items():
        if key not in books.orders:
            for each in fragments:
                waiting[each["currency_code"]] += each["order_total"]
    assert set(books.worth) == {"USD", "EUR", "DKK", "JPY"}
    for currency, total in books.worth.items():
        apart = books.left_out[currency] + waiting[currency]
        assert total == delivered[currency] + apart, currency
        assert total.as_tuple().exponent >= -2  # type: ignore[operator] # it is finite


def test_the_worth_of_the_rows_is_what_a_bookkeeper_adds_up(books: Books) -> None:
    by_hand: dict[str, Decimal] = defaultdict(Decimal)
    for sign, rows in ((1, books.month.invoices), (-1, books.month.memos)):
        for row in rows:
            if row["status"] not in {"Canceled", "Corrective"}:
                by_hand[row["currencyCode"]] += sign * Decimal(str(row["totalAmountIncludingTax"]))
    assert books.worth == by_hand


def test_the_lines_of_each_order_add_up_to_its_document(books: Books) -> None:
    invoices = {(row["companyId"], row["id"]): row for row in books.month.invoices}
    for order in books.orders.values():
        invoice = invoices[order["company"], order["id"]]
        lines = [normalise_line(each, place) for place, each in enumerate(order["lines"])]
        total = sum((line.quantity * line.price - line.discount for line in lines), NOTHING)
        printed = (
            "totalAmountIncludingTax" if invoice["pricesIncludeTax"] else "totalAmountExcludingTax"
        )
        assert total == Decimal(str(invoice[printed]))
        if not invoice["pricesIncludeTax"]:
            total += Decimal(str(invoice["totalTaxAmount"]))
        assert total == Decimal(str(invoice["totalAmountIncludingTax"]))
        assert all(line.quantity >= 1 and line.discount >= 0 for line in lines)
        assert all(line.title and line.product_id for line in lines)


def test_a_copied_company_has_orders_of_its_own(books: Books) -> None:
    pairs = {(order["company"], order["id"]) for order in books.orders.values()}
    both = {identifier for company, identifier in pairs if company == "0a" and ("0b", identifier) in pairs}  # fmt: skip
    assert both
    assert len(pairs) == len(books.orders)
