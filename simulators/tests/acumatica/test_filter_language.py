"""The filter language by properties: what is written is read back, what is odd is refused."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.acumatica.contract.endpoints import system_contract
from simulators.acumatica.queries.filters import (
    Compare,
    Constant,
    FilterError,
    Literal,
    Logic,
    Match,
    Path,
    parse_filter,
)
from simulators.acumatica.queries.predicates import compile_filter
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import from_micros, sql_micros, stamp_text, to_micros

NAMES = st.text(string.ascii_letters, min_size=1, max_size=8).filter(
    lambda name: name not in {"and", "or", "true", "false", "null"}
)
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2049, 1, 1))  # noqa: DTZ001 - made aware below


@given(NAMES, st.text())
def test_any_text_survives_its_quotes(name: str, text: str) -> None:
    quoted = text.replace("'", "''")
    expected = Compare("eq", Path(name), Constant(Literal.STRING, text))
    assert parse_filter(f"{name} eq '{quoted}'") == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_numbers_have_types(number: Decimal) -> None:
    assert parse_filter(f"A gt {number:f}m") == Compare(
        "gt", Path("A"), Constant(Literal.DECIMAL, number)
    )
    assert parse_filter("A gt 12") == Compare("gt", Path("A"), Constant(Literal.INTEGER, 12))


@given(MOMENTS, st.integers(-12, 12))
def test_a_moment_keeps_its_offset(moment: datetime, hours: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    parsed = parse_filter(f"A lt datetimeoffset'{aware.isoformat()}'")
    assert isinstance(parsed, Compare)
    assert isinstance(parsed.right, Constant)
    assert parsed.right.value == aware


@given(MOMENTS)
def test_a_stored_stamp_is_a_three_hundredth_and_shows_its_millisecond(moment: datetime) -> None:
    micros = to_micros(moment.replace(tzinfo=UTC))
    stored = sql_micros(micros)
    assert sql_micros(stored) == stored
    assert abs(stored - micros) <= 1667
    shown = datetime.fromisoformat(stamp_text(stored))
    assert abs(shown - from_micros(stored)) <= timedelta(microseconds=334)
    assert shown.microsecond // 1000 % 10 in {0, 3, 7}


@given(st.lists(MOMENTS, min_size=1, max_size=20), MOMENTS, MOMENTS)
def test_the_index_and_the_condition_agree(
    stamps: list[datetime], one: datetime, two: datetime
) -> None:
    contract = system_contract("24.200.001")
    entity = contract.entities["Customer"]
    since, before = (moment.replace(tzinfo=UTC) for moment in sorted((one, two)))
    text = (
        f"LastModifiedDateTime ge datetimeoffset'{since.isoformat()}' and "
        f"LastModifiedDateTime lt datetimeoffset'{before.isoformat()}'"
    )
    bounded = compile_filter(contract, entity, parse_filter(text), UTC).condition
    tested = compile_filter(contract, entity, parse_filter(f"({text}) or Status eq 'x'"), UTC)
    test = tested.condition.test
    assert test is not None
    assert bounded.test is None
    for stamp in stamps:
        row = Row("id", {}, to_micros(stamp.replace(tzinfo=UTC)), 0)
        inside = (bounded.since or 0) <= row.modified < (bounded.before or 0)
        assert inside == test(row)


def test_and_binds_before_or_and_parentheses_before_both() -> None:
    a, b, c = (Compare("eq", Path(name), Constant(Literal.INTEGER, 1)) for name in "ABC")
    assert parse_filter("A eq 1 or B eq 1 and C eq 1") == Logic("or", (a, Logic("and", (b, c))))
    assert parse_filter("(A eq 1 or B eq 1) and C eq 1") == Logic("and", (Logic("or", (a, b)), c))


def test_functions_take_their_arguments_in_odata_order() -> None:
    assert parse_filter("substringof('x', A/B)") == Match("substringof", Path("A/B"), "x")
    assert parse_filter("startswith(A, 'x')") == Match("startswith", Path("A"), "x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "A eq",
        "A eq 1 B",
        "(A eq 1",
        "A eq 'x",
        "startswith('x', A)",
        "substringof(A, 'x')",
        "startswith(A, 5)",
        "A eq guid'x'",
        "A eq date'2024-13-01'",
        "A contains 'x'",
        "A eq 1 and",
        "A eq @",
        "not A eq 1",
    ],
)
def test_what_is_not_in_the_language_is_refused(text: str) -> None:
    with pytest.raises(FilterError):
        parse_filter(text)
