from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from kit.mapping import Mapped, Parked, Skipped
from kit.protocol.reasons import Reason


@pytest.mark.parametrize(
    ("value", "row", "expected"),
    [
        ("A", {"A": "a"}, "a"),
        ("A", {"A": 1.5}, 1.5),
        ("A", {}, None),
        ("A.B.C", {"A": {"B": {"C": "c"}}}, "c"),
        ("A.B.C", {"A": {"B": None}}, None),
        ("A.B.C", {"A": {"B": "text"}}, None),
        ("A.B", {"A": [{"B": 1}]}, None),
        ("optional A", {"A": "a"}, "a"),
        ("$company", {}, "wholesale"),
        ("$tags", {}, ["A", "B"]),
        ("{value: 00501}", {}, "00501"),
        ("{value: 1.50}", {}, Decimal("1.50")),
        ("{value: [a, 1, true]}", {}, ["a", 1, True]),
        ("{first_of: [A, B]}", {"A": " ", "B": "b"}, "b"),
        ("{first_of: [A, B]}", {"A": None}, None),
        ("{first_of: [A, {value: x}]}", {}, "x"),
        ("{first_of: [A, B]}", {"A": 0, "B": 1}, 0),
        ("{case: [{when: {A: 1}, value: x}, {when: {A: 2}, from: B}, {expr: A}]}", {"A": 1}, "x"),
        ("{case: [{when: {A: 1}, value: x}, {when: {A: 2}, from: B}, {expr: A}]}", {"A": 2, "B": "b"}, "b"),
        ("{case: [{when: {A: 1}, value: x}, {when: {A: 2}, from: B}, {expr: A}]}", {"A": 2}, None),
        ("{case: [{when: {A: 1}, value: x}, {when: {A: 2}, from: B}, {expr: A}]}", {"A": 3}, 3),
        ("{case: [{when: {A: 1}, value: x}]}", {"A": 3}, None),
        ("{concat: [A, {value: '-'}, B]}", {"A": "a", "B": 7}, "a-7"),
        ("{concat: [A, {value: '-'}, B]}", {"A": "a"}, None),
        ("{join: {parts: [A, B, C], with: ', '}}", {"A": "a", "B": " ", "C": 2.0}, "a, 2"),
        ("{join: {parts: [A, B], with: ', '}}", {}, None),
        ("{when: {A: 1}, from: B}", {"A": 1, "B": "b"}, "b"),
        ("{when: {A: 1}, from: B}", {"A": 2, "B": "b"}, None),
        ("{when: {A: 1}, value: B, default: c}", {"A": 2}, None),
        ("{fields: {a: A, b: B}}", {"A": 1}, {"a": 1}),
        ("{fields: {a: A, b: B}}", {}, None),
        ("{fields: {a: A, b: B}, nulls: keep}", {"A": 1}, {"a": 1, "b": None}),
        ("{fields: {a: A, b: B}, nulls: keep}", {}, {"a": None, "b": None}),
        ("{fields: {a: A, b: B}, nulls: omit}", {"B": 1}, {"b": 1}),
        ("{fields: {a: A, b: B}, require: [a]}", {"A": 1}, {"a": 1}),
        ("{fields: {a: A, b: B}, require: [a, b]}", {"A": 1, "B": " "}, None),
        ("{fields: {a: {fields: {b: A.B}}}}", {"A": {"B": 1}}, {"a": {"b": 1}}),
        ("{list: [A, B, $tags]}", {"A": "a", "B": ""}, ["a", "A", "B"]),
        ("{list: []}", {}, []),
        ("{list: [{fields: {a: A}}]}", {"A": 1}, [{"a": 1}]),
        ("{each: A, fields: {b: B}}", {"A": [{"B": 1}, {"B": 2}]}, [{"b": 1}, {"b": 2}]),
        ("{each: A, fields: {b: B}}", {"A": [{"B": 1}, {}]}, [{"b": 1}]),
        ("{each: A, fields: {b: B}}", {}, []),
        ("{each: A.B, item: C}", {"A": {"B": [{"C": "x"}, {"C": None}, {"C": "y"}]}}, ["x", "y"]),
        ("{each: A, where: {B: [1, 2]}, item: B}", {"A": [{"B": 1}, {"B": 3}, {"B": 2}]}, [1, 2]),
        ("{each: A, fields: {b: B, c: $parent.C, d: $company}}", {"A": [{"B": 1}], "C": 2}, [{"b": 1, "c": 2, "d": "wholesale"}]),
        ("{each: A, fields: {b: {each: B, item: $parent.C}}}", {"A": [{"B": [{}], "C": 2}]}, [{"b": [2]}]),
    ],
)  # fmt: skip
def test_value(
    value_of: Callable[..., Any], value: str, row: dict[str, Any], expected: Any
) -> None:
    found = value_of(value, row)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "row", "sentence"),
    [
        ("A", {"A": {"B": 1}}, "`field`: expected a single value, got a group of fields"),
        ("A", {"A": [1]}, "`field`: expected a single value, got a list"),
        ("{from: A, default: 1}", {"A": [1]}, "`field`: expected a single value, got a list"),
        ("{concat: [A]}", {"A": [1]}, "`field`: expected a single value, got a list"),
        ("{fields: {a: {from: A, type: money}}}", {"A": "x"}, "`field.a`: expected a number, got text"),
        ("{each: A, fields: {b: {from: B, type: integer}}}", {"A": [{"B": 1}, {"B": "x"}]}, "`field[1].b`: expected a number, got text"),
        ("{each: A, fields: {b: B}}", {"A": {"B": 1}}, "`field`: expected a list, got a group of fields"),
        ("{each: A, fields: {b: B}}", {"A": [{"B": 1}, 2]}, "`field`: expected a list of groups of fields, it has a number"),
        ("{each: A, where: {expr: B}, item: C}", {"A": [{"B": 1}]}, "`field[0]`: the expression of a condition must give true or false"),
    ],
)  # fmt: skip
def test_a_wrong_value_skips_the_record_and_names_the_field(
    value_of: Callable[..., Any], value: str, row: dict[str, Any], sentence: str
) -> None:
    assert value_of(value, row) == Skipped("things", "things", Reason.BAD_VALUE, sentence)


def test_a_name_is_computed_once_and_only_if_it_is_used(result: Callable[..., Any]) -> None:
    asked = []

    def lookup(stream: str, field: str, value: str) -> dict[str, str]:
        asked.append((stream, field, value))
        return {"Name": "n", "Code": "c"}

    rule = """
    let: {other: {lookup: others, by: Id, from: A}}
    skip:
      - {when: {B: hold}, reason: not_posted}
    fields: {id: {value: x}, name: $other.Name, code: $other.Code}
    """
    found = result(rule, {"A": "7"}, lookup)
    assert isinstance(found, Mapped)
    assert (found.data["name"], found.data["code"]) == ("n", "c")
    assert asked == [("others", "Id", "7")]
    assert isinstance(result(rule, {"A": "7", "B": "hold"}, lookup), Skipped)
    assert len(asked) == 1


def test_an_error_in_a_name_carries_the_name(result: Callable[..., Any]) -> None:
    rule = "let: {total: {from: A, type: money}}\nfields: {id: {value: x}, deep: {fields: {sum: $total}}}"
    assert result(rule, {"A": "x"}).detail == "`total`: expected a number, got text"


def test_a_missing_row_parks_the_record_where_the_catalog_says_so(
    value_of: Callable[..., Any],
) -> None:
    value = "{lookup: others, by: Id, from: A, path: B.C, missing: unknown_customer}"
    assert value_of(value, {"A": "C9"}) == Parked(
        "things",
        "things",
        Reason.UNKNOWN_CUSTOMER,
        "no row of `others` has `Id` C9",
        "others:Id=C9",
    )
    assert value_of(value, {"A": None}) is None
    assert value_of(value, {"A": "C9"}, lambda *_: {"B": {"C": "c"}}) == "c"
    assert value_of(value, {"A": "C9"}, lambda *_: {}) is None


def test_a_missing_row_is_null_without_a_reason(value_of: Callable[..., Any]) -> None:
    assert value_of("{lookup: others, by: Id, from: A, path: B}", {"A": "C9"}) is None


def test_a_lookup_is_asked_with_the_value_as_it_is(value_of: Callable[..., Any]) -> None:
    asked = []
    value_of(
        "{lookup: others, by: Id, from: {from: A, steps: [trim, upper]}, path: B}",
        {"A": " c9"},
        lambda *arguments: asked.append(arguments),
    )
    assert asked == [("others", "Id", "C9")]
