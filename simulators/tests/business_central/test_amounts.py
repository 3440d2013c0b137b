from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.business_central.business.amounts import LineInput, calculate, cents

ZERO = Decimal(0)
LINES = st.builds(
    lambda quantity, price, percent, tax: LineInput(
        "Item", "X", "X", quantity, price, percent, tax_percent=tax
    ),
    st.decimals("-20", "500", places=5),
    st.decimals("0", "9999", places=5),
    st.sampled_from([ZERO, Decimal(5), Decimal("12.5")]),
    st.sampled_from([ZERO, Decimal(7), Decimal("7.25"), Decimal(19)]),
)


def one(quantity: str, price: str, percent: str = "0", tax: str = "20") -> LineInput:
    return LineInput(
        "Item",
        "X",
        "X",
        Decimal(quantity),
        Decimal(price),
        Decimal(percent),
        tax_percent=Decimal(tax),
    )


def test_prices_without_tax() -> None:
    lines, totals = calculate(
        [one("2", "10"), one("1", "5", "10")],
        prices_include_tax=False,
        invoice_discount=Decimal("2.45"),
    )
    assert [line.excluding for line in lines] == [Decimal("20.00"), Decimal("4.50")]
    assert [line.including for line in lines] == [Decimal("24.00"), Decimal("5.40")]
    assert [line.allocation for line in lines] == [Decimal("2.00"), Decimal("0.45")]
    assert [line.net for line in lines] == [Decimal("18.00"), Decimal("4.05")]
    assert (totals.net, totals.tax, totals.gross) == (
        Decimal("22.05"),
        Decimal("4.41"),
        Decimal("26.46"),
    )


def test_prices_with_tax() -> None:
    lines, totals = calculate(
        [one("3", "9.99")], prices_include_tax=True, invoice_discount=Decimal(3)
    )
    (line,) = lines
    assert (line.including, line.excluding) == (Decimal("29.97"), Decimal("24.98"))
    assert (line.gross, line.tax, line.net) == (
        Decimal("26.97"),
        Decimal("4.50"),
        Decimal("22.47"),
    )
    assert totals.gross == Decimal("26.97")


def test_a_comment_costs_nothing_and_gets_no_discount() -> None:
    lines, _ = calculate(
        [LineInput("Comment", "", "As agreed"), one("1", "10")],
        prices_include_tax=False,
        invoice_discount=Decimal(1),
    )
    assert (lines[0].net, lines[0].allocation, lines[1].allocation) == (ZERO, ZERO, 1)


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=12), st.booleans(), st.integers(0, 40))
def test_lines_add_up_to_the_totals(
    lines: list[LineInput],
    prices_include_tax: bool,  # noqa: FBT001 - drawn
    percent: int,
) -> None:
    goods = sum((cents(line.quantity * line.unit_price) for line in lines), ZERO)
    discount = max(ZERO, cents(goods * percent / 100))
    amounts, totals = calculate(
        lines, prices_include_tax=prices_include_tax, invoice_discount=discount
    )
    assert sum((line.net for line in amounts), ZERO) == totals.net
    assert sum((line.gross for line in amounts), ZERO) == totals.gross == totals.net + totals.tax
    for rate in {line.tax_percent for line in lines}:
        pairs = [pair for pair in zip(lines, amounts, strict=True) if pair[0].tax_percent == rate]
        net = sum((amount.net for _, amount in pairs), ZERO)
        tax = sum((amount.tax for _, amount in pairs), ZERO)
        assert abs(net * rate / 100 - tax) <= Decimal("0.01")
    for line, amount in zip(lines, amounts, strict=True):
        assert amount.gross == amount.net + amount.tax
        assert cents(line.quantity * line.unit_price) - amount.discount == (
            amount.including if prices_include_tax else amount.excluding
        )
