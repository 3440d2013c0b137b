from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from kit.mapping import CatalogError, Skipped, parse_catalog
from kit.protocol.reasons import Reason


@pytest.mark.parametrize(
    ("steps", "given", "expected"),
    [
        ("[trim]", "  Anna \t\n", "Anna"),
        ("[trim]", " \u00a0 ", None),
        ("[trim]", "", None),
        ("[lower]", "ÅGÅRD", "ågård"),
        ("[upper]", "straße", "STRASSE"),
        ("[{default: x}]", None, "x"),
        ("[{default: x}]", "  ", "x"),
        ("[{default: x}]", False, False),
        ("[{default: x}]", 0, 0),
        ("[{default: [a]}]", None, ["a"]),
        ("[{map: {table: {A: 1, '2': b}}}]", "A", 1),
        ("[{map: {table: {A: 1, '2': b}}}]", 2, "b"),
        ("[{map: {table: {A: 1}, otherwise: null}}]", "B", None),
        ("[{map: {table: {A: 1}, keep_others: true}}]", "B", "B"),
        ("[{map: {table: {A: null}, keep_others: true}}]", "A", None),
        ("[{map: {table: {true: 'yes'}, otherwise: 'no'}}]", True, "yes"),
        ("[{replace: {find: '.', with: ''}}]", "1.2.3", "123"),
        ("[{slice: {from: 2, length: 2}}]", "abcdef", "cd"),
        ("[{slice: {from: 2}}]", "abcdef", "cdef"),
        ("[{slice: {length: 2}}]", "abcdef", "ab"),
        ("[{slice: {from: 9}}]", "abc", ""),
        ("[{first: 3}]", "日本語です", "日本語"),
        ("[{first: 3}]", "a", "a"),
        ("[{before: '-'}]", "pt-PT-x", "pt"),
        ("[{before: '-'}]", "pt", "pt"),
        ("[{split: ';,'}]", " b;a , b;; c ", ["b", "a", "c"]),
        ("[{split: '^-]'}]", "a^b-c]d", ["a", "b", "c", "d"]),
        ("[{split: ';'}]", " ; ", []),
        ("[{split: ';'}, {item: 0}]", "a;b", "a"),
        ("[{split: ';'}, {item: 2}]", "a;b", None),
        ("[currency]", "EUR", "EUR"),
        ("[url]", "https://a.example/x.png", "https://a.example/x.png"),
        ("[url]", "HTTP://A.example", "HTTP://A.example"),
        ("[url]", "ftp://a.example", None),
        ("[url]", "https://", None),
        ("[url]", "https:///x", None),
        ("[url]", "https://a.example/x y.png", None),
        ("[url]", "Stock Items (#12-796524)\\MCSFB profile.jpg", None),
        ("[text]", "00501", "00501"),
        ("[text]", 501, "501"),
        ("[text]", 10.0, "10"),
        ("[text]", 0.1, "0.1"),
        ("[text]", 1e15, "1000000000000000"),
        ("[text]", True, "true"),
        ("[integer]", 3.0, 3),
        ("[integer]", "-4", -4),
        ("[number]", 2.5, Decimal("2.5")),
        ("[number]", "2.50", Decimal("2.5")),
        ("[money]", 1234567890123.45, Decimal("1234567890123.45")),
        ("[money]", 7000.0000, Decimal(7000)),
        ("[money]", -0.01, Decimal("-0.01")),
        ("[boolean]", True, True),
        ("[boolean]", "FALSE", False),
        ("[date]", "2020-02-05T23:59:59-08:00", "2020-02-05"),
        ("[date]", "2020-02-05", "2020-02-05"),
        ("[datetime]", "2020-02-05", "2020-02-05T00:00:00+00:00"),
        ("[datetime]", "2020-02-05T23:30:00-08:00", "2020-02-06T07:30:00+00:00"),
        ("[datetime]", "2023-12-14T17:20:45.160000Z", "2023-12-14T17:20:45+00:00"),
        ("[datetime]", "2023-12-14T17:20:45.1234567Z", "2023-12-14T17:20:45+00:00"),
        ("[trim, lower, {first: 2}]", " EN-us ", "en"),
        ("[trim, {default: none}, upper]", "  ", "NONE"),
    ],
)
def test_step(value_of: Callable[..., Any], steps: str, given: Any, expected: Any) -> None:
    found = value_of(f"{{from: A, steps: {steps}}}", {"A": given})
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "step",
    ["trim", "lower", "upper", "url", "text", "integer", "number", "money", "boolean", "date", "datetime", "first: 1", "before: x", "split: x", "item: 0", "currency"],
)  # fmt: skip
def test_null_passes_by(value_of: Callable[..., Any], step: str) -> None:
    assert (
        value_of(
            f"{{from: A, steps: [{{{step}}}]}}" if ":" in step else f"{{from: A, steps: [{step}]}}",
            {},
        )
        is None
    )


@pytest.mark.parametrize(
    ("steps", "given", "sentence"),
    [
        ("[lower]", 501, "`lower` expects text, got a number; put `text` before it"),
        ("[lower]", True, "`lower` expects text, got true or false; put `text` before it"),
        ("[trim]", ["a"], "`trim` expects text, got a list; put `text` before it"),
        ("[{map: {table: {A: 1}}}]", "B", "the value is not in the table of `map`, which has no `otherwise`"),
        ("[{map: {table: {A: 1}, otherwise: 2}}]", {"x": 1}, "expected text, got a group of fields"),
        ("[text]", [1], "expected text, got a list"),
        ("[{item: 0}]", "a", "`item` expects a list, got text"),
        ("[{split: ';'}, lower]", "a", "`lower` expects text, got a list; put `text` before it"),
        ("[currency]", "eur", "expected a currency code of three capital letters, such as EUR"),
        ("[currency]", "EURO", "expected a currency code of three capital letters, such as EUR"),
        ("[integer]", 3.5, "expected a whole number, got a fraction"),
        ("[number]", "1_000", "expected a number, got text"),
        ("[number]", "٣", "expected a number, got text"),
        ("[number]", "1e5", "expected a number, got text"),
        ("[number]", " 1", "expected a number, got text"),
        ("[number]", "Infinity", "expected a number, got text"),
        ("[number]", True, "expected a number, got true or false"),
        ("[money]", 0.1 + 0.2, "the number has more than 15 digits and cannot be sent exactly"),
        ("[money]", 1234567890123456, "the number has more than 15 digits and cannot be sent exactly"),
        ("[money]", float("nan"), "the number has more than 15 digits and cannot be sent exactly"),
        ("[boolean]", 1, "expected true or false, got a number"),
        ("[boolean]", "yes", "expected true or false, got text"),
        ("[date]", "14.12.2023", "expected a date such as 2020-02-05"),
        ("[date]", 20200205, "expected text, got a number"),
        ("[datetime]", "12/14/2023 19:57:08", "expected a time such as 2020-02-05T10:30:00Z"),
        ("[datetime]", "0001-01-01T00:00:00+14:00", "expected a time such as 2020-02-05T10:30:00Z"),
    ],
)  # fmt: skip
def test_a_wrong_value_skips_the_record_and_names_the_field(
    value_of: Callable[..., Any], steps: str, given: Any, sentence: str
) -> None:
    found = value_of(f"{{from: A, steps: {steps}}}", {"A": given})
    assert found == Skipped("things", "things", Reason.BAD_VALUE, f"`field`: {sentence}")


def test_no_step_repeats_the_value_in_its_error(value_of: Callable[..., Any]) -> None:
    for step in ("integer", "date", "datetime", "boolean", "map: {table: {}}"):
        found = value_of(
            f"{{from: A, steps: [{{{step}}}]}}" if ":" in step else f"{{from: A, steps: [{step}]}}",
            {"A": "anna@secret.example"},
        )
        assert "secret" not in json.dumps(found.detail)


def test_type_is_the_last_step_before_the_default(value_of: Callable[..., Any]) -> None:
    assert value_of("{from: A, steps: [trim], type: integer, default: 7}", {"A": " 5 "}) == 5
    assert value_of("{from: A, steps: [trim], type: integer, default: 7}", {"A": "  "}) == 7


TABLE = """
catalog: table
variables: {names: {default: {}, unique: true}, tags: {default: [a], unique: true}}
sources: {rows: {}}
objects: {things: {key: [id]}}
streams:
  things: {from: rows, fields: {id: {from: A, steps: [{map: {table: $names, keep_others: true}}]}}}
"""


def test_a_table_may_be_a_variable() -> None:
    catalog: Any = parse_catalog(TABLE, variables={"names": {"x": "long"}})
    assert [catalog.map("rows", {"A": given})[0].key for given in "xy"] == ["long", "y"]


@pytest.mark.parametrize(
    ("old", "new", "variables", "sentence"),
    [
        ("", "", {"names": {"x": "a", "y": "a"}}, "the variable `names` must not have the same value twice"),
        ("", "", {"tags": ["a", "b", "a"]}, "the variable `tags` must not have the same value twice"),
        ("", "", {"names": "x"}, "the variable `names` must be of type object"),
        ("default: [a]", "default: a", {}, "`unique` is for tables and lists"),
        ("table: $names", "table: $tags", {}, "expected a table, or a variable that is one"),
        ("table: $names", "table: names", {}, "expected a table, or a variable that is one"),
        ("table: $names", "table: $none", {}, "expected a table, or a variable that is one"),
    ],
)  # fmt: skip
def test_a_wrong_table(old: str, new: str, variables: Any, sentence: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(sentence)):
        parse_catalog(TABLE.replace(old, new, 1), variables=variables)
