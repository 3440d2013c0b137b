from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_mailchimp.lines import money, normalise_line, split_amount
from kit.protocol.errors import RecordRejected
from kit.protocol.jsonlines import dumps, loads
from kit.protocol.reasons import Reason


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "expected"),
    [
        ("3", "4.50", "13.50", (3, "4.50", "0")),  # as it is
        ("2", "4", "7", (2, "4", "1")),  # the discount is the difference
        ("2.5", "4", "10", (1, "10", "0")),  # no whole quantity
        ("0.5", "4", "2", (1, "2", "0")),
        ("0", "4", "2", (1, "2", "0")),
        ("-1", "4", "-4", (1, "-4", "0")),  # a return
        ("3", "3.33", "10.00", (1, "10.00", "0")),  # rounded up: no discount can be negative
        ("3", None, "10", (1, "10", "0")),
        ("2", "5", "0", (2, "5", "10")),  # given away
        ("1.000", "5", "5", (1, "5", "0")),
    ],
)
def test_quantity_price_and_discount(
    quantity: str, price: str | None, amount: str, expected: tuple[int, str, str]
) -> None:
    unit = Decimal(price) if price is not None else None
    assert split_amount(Decimal(quantity), unit, Decimal(amount)) == (
        expected[0],
        Decimal(expected[1]),
        Decimal(expected[2]),
    )


amounts = st.decimals(-(10**6), 10**6, places=2)


@given(st.decimals(-1000, 1000, places=3), st.none() | st.decimals(0, 10**5, places=4), amounts)
def test_the_amount_stays_exact(quantity: Decimal, price: Decimal | None, amount: Decimal) -> None:
    whole, unit, discount = split_amount(quantity, price, amount)
    assert whole >= 1
    assert discount >= 0
    assert whole * unit - discount == amount


@given(st.decimals(0, 10**9, places=2))
def test_money_goes_to_the_wire_exactly(amount: Decimal) -> None:
    parsed = loads(dumps({"total": amount}))["total"]
    assert money(parsed, "total") == amount


def _line(**changes: Any) -> dict[str, Any]:
    return {"id": "1", "product_id": "P-1", "title": "Nails", "quantity": 2.5, "price": 4.0, "amount": 10.0} | changes  # fmt: skip


def test_a_line_as_it_is_sent() -> None:
    line = normalise_line(_line(), 0)
    assert loads(dumps(line.body())) == {"id": "1", "product_id": "P-1", "product_variant_id": "P-1", "quantity": 1, "price": 10}  # fmt: skip


def test_a_discount_is_sent() -> None:
    line = normalise_line(_line(quantity=2, amount=7.5, product_variant_id="V"), 0)
    assert loads(dumps(line.body()))["discount"] == 0.5
    assert line.variant_id == "V"


def test_a_line_without_an_amount_costs_quantity_times_price() -> None:
    assert normalise_line(_line(quantity=3, amount=None), 0).body()["price"] == Decimal(4)


def test_mailchimp_takes_the_line_id_zero_for_none() -> None:
    assert normalise_line(_line(id="0"), 0).id == "line-0"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "lines[3].id"),
        ({"id": None}, "lines[3].id"),
        ({"product_id": " "}, "lines[3].product_id"),
        ({"quantity": None}, "lines[3].quantity"),
        ({"quantity": True}, "lines[3].quantity"),
        ({"price": "four"}, "lines[3].price"),
        ({"amount": float("inf")}, "lines[3].amount"),
        ({"amount": "1234567890123456.78"}, "lines[3].amount"),
        ({"amount": None, "price": None}, "lines[3].amount"),
    ],
)
def test_a_bad_line_is_rejected_with_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RecordRejected) as caught:
        normalise_line(_line(**changes), 3)
    assert (caught.value.reason, caught.value.field) == (Reason.BAD_VALUE, field)
