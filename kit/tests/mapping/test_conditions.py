from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kit.mapping import Mapped, Skipped
from kit.protocol.reasons import Reason


@pytest.fixture
def holds(result: Callable[..., Any]) -> Callable[[str, dict[str, Any]], bool]:
    def check(condition: str, row: dict[str, Any]) -> bool:
        rule = f"skip:\n  - {{when: {condition}, reason: excluded}}\nfields: {{id: {{value: x}}}}"
        return isinstance(result(rule, row), Skipped)

    return check


@pytest.mark.parametrize(
    ("condition", "row", "expected"),
    [
        ("{A: x}", {"A": "x"}, True),
        ("{A: x}", {"A": "X"}, False),
        ("{A: x}", {"A": ["x"]}, False),
        ("{A: x}", {}, False),
        ("{A: [x, y]}", {"A": "y"}, True),
        ("{A: [x, y]}", {"A": "z"}, False),
        ("{A: '5'}", {"A": 5}, False),
        ("{A: 5}", {"A": 5.0}, True),
        ("{A: 5}", {"A": "5"}, False),
        ("{A: 1}", {"A": True}, False),
        ("{A: 0.1}", {"A": 0.1}, True),
        ("{A: true}", {"A": True}, True),
        ("{A: true}", {"A": 1}, False),
        ("{A: false}", {"A": False}, True),
        ("{A: false}", {"A": None}, False),
        ("{A: null}", {"A": None}, True),
        ("{A: null}", {"A": " "}, True),
        ("{A: null}", {"A": 0}, False),
        ("{A: [x, null]}", {}, True),
        ("{A: [x, 3, true]}", {"A": 3}, True),
        ("{A: $tags}", {"A": "B"}, True),
        ("{A: $company}", {"A": "wholesale"}, True),
        ("{A.B: x}", {"A": {"B": "x"}}, True),
        ("{A.B: x}", {"A": "x"}, False),
        ("{A: x, B: y}", {"A": "x", "B": "y"}, True),
        ("{A: x, B: y}", {"A": "x", "B": "z"}, False),
        ("{any: [{A: x}, {B: y}]}", {"B": "y"}, True),
        ("{any: [{A: x}, {B: y}]}", {"B": "x"}, False),
        ("{all: [{A: x}, {B: y}]}", {"A": "x", "B": "y"}, True),
        ("{all: [{A: x}, {B: y}]}", {"A": "x"}, False),
        ("{not: {A: x}}", {"A": "x"}, False),
        ("{not: {A: x}}", {}, True),
        ("{missing: A}", {"A": ""}, True),
        ("{missing: A}", {"A": []}, True),
        ("{missing: A}", {"A": False}, False),
        ("{present: A}", {"A": "a"}, True),
        ("{present: A}", {"A": "\t"}, False),
        ("{bad_email: A}", {"A": "a@b"}, True),
        ("{bad_email: A}", {"A": " a@b.example "}, False),
        ("{bad_email: A}", {"A": 5}, True),
        ("{bad_email: A}", {"A": None}, False),
        ("{expr: 'A > 5'}", {"A": 5.5}, True),
        ("{expr: 'A > 5'}", {"A": None}, False),
        ("{expr: 'A'}", {"A": None}, False),
    ],
)
def test_condition(
    holds: Callable[[str, dict[str, Any]], bool], condition: str, row: dict[str, Any], expected: Any
) -> None:
    assert holds(condition, row) is expected


def test_the_first_skip_that_holds_counts_and_has_its_detail(result: Callable[..., Any]) -> None:
    rule = """
    skip:
      - {when: {A: x}, reason: not_posted, detail: B}
      - {when: {A: [x, y]}, reason: credit_memo, detail: {concat: [{value: "type "}, A]}}
      - {when: {C: x}, reason: no_lines, detail: D}
    fields: {id: {value: "1"}}
    """
    assert result(rule, {"A": "x", "B": 7}) == Skipped("things", "things", Reason.NOT_POSTED, "7")
    assert result(rule, {"A": "y"}) == Skipped("things", "things", Reason.CREDIT_MEMO, "type y")
    assert result(rule, {"C": "x"}) == Skipped("things", "things", Reason.NO_LINES, "")
    assert isinstance(result(rule, {"A": "z"}), Mapped)


def test_a_condition_on_an_inexact_number_names_the_field(result: Callable[..., Any]) -> None:
    rule = "skip:\n  - {when: {A: 0}, reason: excluded}\nfields: {id: {value: x}}"
    found = result(rule, {"A": 0.1 + 0.2})
    assert found.reason is Reason.BAD_VALUE
    assert found.detail == "`A`: the number has more than 15 digits and cannot be sent exactly"


def test_an_expression_of_a_condition_must_be_true_or_false(result: Callable[..., Any]) -> None:
    rule = "skip:\n  - {when: {expr: A}, reason: excluded}\nfields: {id: {value: x}}"
    found = result(rule, {"A": "text"})
    assert found.detail == "the expression of a condition must give true or false"
