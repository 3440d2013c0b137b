from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.protocol.jsonlines import InexactNumberError, canonical, content_hash, dumps, exact, loads

money = st.decimals(min_value=Decimal(-10_000_000_000), max_value=Decimal(10_000_000_000), places=4)


@given(money)
def test_money_survives_the_pipe_to_the_last_digit(amount: Decimal) -> None:
    assert exact(loads(dumps({"amount": amount}))["amount"]) == amount


@pytest.mark.parametrize(
    ("number", "text"),
    [("28.95", "28.95"), ("7000.0000", "7000"), ("0.1", "0.1"), ("-3.50", "-3.5"), ("0", "0")],
)
def test_decimals_are_written_as_short_json_numbers(number: str, text: str) -> None:
    assert dumps(Decimal(number)).decode() == text


@pytest.mark.parametrize(
    "value", [0.1 + 0.2, "1234567890.1234567", Decimal("1.0000000000000001"), "NaN"]
)
def test_numbers_that_a_json_number_cannot_carry_are_refused(value: float | Decimal | str) -> None:
    with pytest.raises(InexactNumberError):
        exact(value)


def test_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="'12,50' is not a number"):
        exact("12,50")


def test_a_decimal_too_long_for_the_pipe_is_never_rounded_in_silence() -> None:
    with pytest.raises(TypeError):
        dumps({"amount": Decimal("1234567890123456.78")})


@given(st.dictionaries(st.text(), st.integers(-(2**53), 2**53) | st.text() | st.none()))
def test_the_hash_does_not_depend_on_the_order_of_keys(value: dict[str, int | str | None]) -> None:
    reversed_order = dict(reversed(value.items()))
    assert canonical(value) == canonical(reversed_order)
    assert content_hash(value) == content_hash(reversed_order)


def test_identifiers_stay_text() -> None:
    identifiers = ["00501", "1_000", "None", "35E87645934406417"]
    assert loads(dumps(identifiers)) == identifiers
