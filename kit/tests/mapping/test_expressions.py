from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from kit.mapping import Catalog, CatalogError, Mapped, Skipped
from kit.mapping.expressions import FUNCTIONS


def written(expression: str) -> str:
    return "{expr: '" + expression.replace("'", "''") + "'}"


@pytest.mark.parametrize(
    ("expression", "row", "expected"),
    [
        ("A", {"A": "None"}, "None"),
        ("A", {"A": "1_000"}, "1_000"),
        ("A", {"A": "00501"}, "00501"),
        ("A", {"A": "(1, 2)"}, "(1, 2)"),
        ("A", {}, None),
        ("A.B.C", {"A": {"B": {"C": 1}}}, 1),
        ("A.B.C", {"A": None}, None),
        ("A.B", {"A": "text"}, None),
        ("A.items", {"A": {"items": "x"}}, "x"),
        ("A.items", {"A": {}}, None),
        ("A.upper", {"A": "text"}, None),
        ("A ~ '-' ~ B", {"A": "x", "B": 10.0}, "x-10"),
        ("A ~ B", {"A": "x", "B": None}, "x"),
        ("A ~ (B if B else 'none')", {"A": "x"}, "xnone"),
        ("A - B", {"A": 0.3, "B": 0.1}, Decimal("0.2")),
        ("A + B", {"A": 0.1, "B": 0.2}, Decimal("0.3")),
        ("A * B", {"A": 19.99, "B": 3}, Decimal("59.97")),
        ("A + B", {"A": 1, "B": None}, None),
        ("-A", {"A": 5.5}, Decimal("-5.5")),
        ("-A", {}, None),
        ("A // 2", {"A": 5}, Decimal(2)),
        ("A % 2", {"A": 5}, Decimal(1)),
        ("round(A / 3, 2)", {"A": 10}, Decimal("3.33")),
        ("round(A)", {"A": 2.5}, Decimal(3)),
        ("A | round(1)", {"A": 0.25}, Decimal("0.3")),
        ("A == 0.1", {"A": 0.1}, True),
        ("A + 0 == 0.1", {"A": 0.1}, True),
        ("A != B", {"A": 1, "B": 1.0}, False),
        ("A < 5", {"A": 4.9}, True),
        ("A <= 5", {"A": 5}, True),
        ("A >= 5", {"A": 4}, False),
        ("A > 5", {}, False),
        ("A in ['x', 'y']", {"A": "y"}, True),
        ("A not in ('x', 'y')", {"A": "y"}, False),
        ("A in B", {"A": "y"}, False),
        ("A in tags", {"A": "B"}, True),
        ("not A", {"A": None}, True),
        ("A and B", {"A": True, "B": False}, False),
        ("A or B", {"A": None, "B": "b"}, "b"),
        ("A is none", {}, True),
        ("A is empty", {"A": " "}, True),
        ("A is not empty", {"A": "x"}, True),
        ("'small' if A < 10 else 'large'", {"A": 3}, "small"),
        ("trim(A) | lower", {"A": "  ABC "}, "abc"),
        ("A | trim", {"A": "  "}, None),
        ("A | upper", {"A": "ß"}, "SS"),
        ("text(A)", {"A": 10.50}, "10.5"),
        ("number(A) + 1", {"A": "2.5"}, Decimal("3.5")),
        ("length(A)", {"A": [1, 2]}, 2),
        ("length(A)", {}, 0),
        ("starts_with(A, 'ab')", {"A": "abc"}, True),
        ("A | replace('a', 'b')", {"A": "aaa"}, "bbb"),
        ("A | default('x')", {"A": ""}, "x"),
        ("first_of(A, B, 'c')", {"A": " ", "B": "b"}, "b"),
        ("company ~ '/' ~ A", {"A": "a"}, "wholesale/a"),
        ("id", {"id": 7}, 7),
        ("text(text)", {"text": 7}, "7"),
        ("A / 3 * 3 | round(2)", {"A": 6}, Decimal("6.00")),
        ("trim(A) ~ trim", {"A": "x", "trim": "y"}, "xy"),
    ],
)
def test_expression(
    value_of: Callable[..., Any], expression: str, row: dict[str, Any], expected: Any
) -> None:
    found = value_of(written(expression), row)
    assert found == expected
    assert type(found) is type(expected)


def test_names_of_let_go_before_fields(value_of: Callable[..., Any]) -> None:
    let = "{email: {from: A, steps: [lower]}}"
    assert value_of("{expr: email}", {"A": "X", "email": "no"}, let=let) == "x"


def test_a_row_that_was_looked_up_can_be_read(value_of: Callable[..., Any]) -> None:
    let = "{other: {lookup: others, by: Id, from: A}}"
    found = value_of("{expr: other.B.C}", {"A": 1}, lambda *_: {"B": {"C": "c"}}, let=let)
    assert found == "c"


def test_the_row_around_a_line(value_of: Callable[..., Any]) -> None:
    value = "{each: Lines, fields: {a: {expr: 'parent.A ~ B'}}}"
    assert value_of(value, {"A": "a", "Lines": [{"B": 1}, {"B": 2}]}) == [{"a": "a1"}, {"a": "a2"}]


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("A ** 2", "`pow` is not allowed in an expression"),
        ("'a' * 1000000000", "`*` is for numbers"),
        ("range(10)", "`range` cannot be called (known: "),
        ("A.lower()", "`this` cannot be called (known: "),
        ("A.__class__", "`__class__`: a name that starts with `_` is not allowed"),
        ("A[0]", "`getitem` is not allowed in an expression"),
        ("{'a': 1}", "`dict` is not allowed in an expression"),
        ("A | list", "unknown function `list` (known: "),
        ("A | _joined", "unknown function `_joined` (known: "),
        ("A is defined", "unknown test `is defined` (known: none, empty)"),
        ("1 < A < 3", "a comparison has two sides; join two of them with `and`"),
        ("default(A, other=1)", "a function takes its arguments by place"),
        ("trim()", "`trim` needs a value"),
        ("trim(*A)", "a function takes its arguments by place"),
        ("A B", "this is no expression: something follows the end of it"),
        ("A +", "this is no expression: unexpected 'end of template'"),
        ("'open", "this is no expression: "),
        ("", "this is no expression: "),
        ("Ä", "`Ä` is no path to a field"),
        ("_A", "`_A`: a name that starts with `_` is not allowed"),
    ],
)
def test_what_an_expression_may_not_do(
    make: Callable[..., Catalog], expression: str, sentence: str
) -> None:
    with pytest.raises(CatalogError) as caught:
        make(f"fields:\n  id: A\n  field: {written(expression)}")
    assert str(caught.value).startswith(
        f"small.yaml:16: streams.things.fields.field.expr: {sentence}"
    )


@pytest.mark.parametrize(
    ("expression", "row", "sentence"),
    [
        ("A + B", {"A": "x", "B": "y"}, "expected a number, got text"),
        ("A * 3", {"A": "x"}, "expected a number, got text"),
        ("A / B", {"A": 1, "B": 0}, "`/` cannot be calculated with these numbers"),
        ("A < B", {"A": "x", "B": 5}, "the expression does not fit these values (TypeError)"),
        ("length(A)", {"A": 5}, "the expression does not fit these values (TypeError)"),
        ("A ~ B", {"A": "x", "B": [1]}, "expected text, got a list"),
        ("A | trim", {"A": {"B": 1}}, "expected text, got a group of fields"),
        ("A + 1", {"A": 0.1 + 0.2}, "the number has more than 15 digits and cannot be sent exactly"),
        ("A / 3", {"A": 1}, "the number has more than 15 digits and cannot be sent exactly"),
        ("round(A, 99)", {"A": 1}, "the expression does not fit these values (InvalidOperation)"),
    ],
)  # fmt: skip
def test_a_wrong_value_skips_the_record(
    value_of: Callable[..., Any], expression: str, row: dict[str, Any], sentence: str
) -> None:
    found = value_of(written(expression), row)
    assert isinstance(found, Skipped)
    assert found.detail == f"`field`: {sentence}"


def test_an_expression_does_not_change_the_row(result: Callable[..., Any]) -> None:
    row = {"A": {"B": [1, 2]}}
    rule = "fields:\n  id: {value: x}\n  a: {expr: 'length(A.B)'}"
    assert isinstance(result(rule, row), Mapped)
    assert row == {"A": {"B": [1, 2]}}


def test_every_function_is_pure_and_safe_for_null() -> None:
    for name, function in FUNCTIONS.items():
        arguments = {"replace": ("a", "b"), "starts_with": ("a",), "default": ("x",)}.get(name, ())
        assert function(None, *arguments) in (None, 0, "x"), name
