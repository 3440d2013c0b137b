from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kit.mapping import CatalogError, Mapped, Parked, Skipped, parse_catalog
from kit.mapping.indexes import indexed_value
from kit.protocol.keys import member_key
from kit.protocol.reasons import Reason


def test_a_fragment_says_where_it_comes_from(result: Callable[..., Any]) -> None:
    found = result(
        "person: true\nfields: {id: A}", {"A": "1", "Changed": "2024-01-02T03:04:05.06Z"}
    )
    origin = {"rule": "things", "changed": "2024-01-02T03:04:05.060000+00:00"}
    assert found == Mapped("things", "things", "1", {"id": "1", "_from": origin}, person=True)


def test_a_row_without_a_time_is_the_oldest(result: Callable[..., Any]) -> None:
    assert result("fields: {id: A}", {"A": "1"}).data["_from"] == {
        "rule": "things",
        "changed": None,
    }


def test_a_key_that_is_missing_skips_the_row(result: Callable[..., Any]) -> None:
    for row in ({}, {"A": " "}):
        assert result("fields: {id: A}", row) == Skipped(
            "things", "things", Reason.MISSING_KEY, "the key needs `id`"
        )


def test_a_key_of_several_parts() -> None:
    catalog: Any = parse_catalog("""
catalog: keys
sources: {rows: {}}
objects: {members: {key: [company, number, {member_key: email}]}}
streams:
  members: {from: rows, fields: {company: A, number: B, email: C}}
""")
    row = {"A": "w", "B": 7, "C": " Anna@X.example "}
    (found,) = catalog.map("rows", row)
    assert found.key == "w/7/" + member_key("anna@x.example")
    assert catalog.key_of("members", found.data) == found.key
    (missing,) = catalog.map("rows", {"A": "w", "C": "x"})
    assert missing.detail == "the key needs `company`, `number`, `email`"


def test_a_rule_that_is_not_about_a_row_leaves_it_to_others() -> None:
    catalog: Any = parse_catalog("""
catalog: routes
sources: {rows: {}}
objects: {sales: {key: [id]}, returns: {key: [id]}}
streams:
  sales: {from: rows, when: {Type: Sale}, fields: {id: Id}}
  returns: {from: rows, when: {Type: [Return, Sale]}, fields: {id: Id}}
""")
    assert [each.rule for each in catalog.map("rows", {"Type": "Sale", "Id": 1})] == [
        "sales",
        "returns",
    ]
    assert [each.rule for each in catalog.map("rows", {"Type": "Return", "Id": 1})] == ["returns"]
    assert catalog.map("rows", {"Type": "Loan", "Id": 1}) == [
        Skipped("sales", "sales", Reason.CATALOG_RULE, "no rule of the catalog is about this row")
    ]
    assert catalog.map("elsewhere", {}) == []


def test_a_rule_may_skip_what_another_maps() -> None:
    catalog: Any = parse_catalog("""
catalog: two
sources: {rows: {}}
objects: {members: {key: [id]}, customers: {key: [id]}}
streams:
  members: {from: rows, skip: [{when: {Email: null}, reason: no_email}], fields: {id: Id}}
  customers: {from: rows, fields: {id: Id}}
""")
    first, second = catalog.map("rows", {"Id": "1"})
    assert first == Skipped("members", "members", Reason.NO_EMAIL, "")
    assert isinstance(second, Mapped)


def test_one_object_for_each_element(make: Callable[..., Any]) -> None:
    catalog = make("""
    each: People
    where: {Active: true}
    let: {name: {from: Name, steps: [trim]}}
    skip: [{when: {missing: $name}, reason: missing_key}]
    fields: {id: $name, of: $parent.Code, whole: {concat: [$parent.Code, $name]}}
    """)
    row = {
        "Code": "C1",
        "Changed": "2024-01-01T00:00:00Z",
        "People": [
            {"Name": " Anna ", "Active": True},
            {"Name": "Bob", "Active": False},
            {"Name": " ", "Active": True},
            {"Name": 5, "Active": True},
        ],
    }
    anna, blank, wrong = catalog.map("rows", row)
    assert (anna.key, anna.data["of"], anna.data["whole"]) == ("Anna", "C1", "C1Anna")
    assert anna.data["_from"]["changed"] == "2024-01-01T00:00:00.000000+00:00"
    assert blank.reason is Reason.MISSING_KEY
    assert wrong.detail == "`name`: `trim` expects text, got a number; put `text` before it"
    assert catalog.map("rows", {"People": []}) == [
        Skipped("things", "things", Reason.CATALOG_RULE, "the list has no element for this rule")
    ]
    (no_list,) = catalog.map("rows", {"People": 5})
    assert no_list.detail == "expected a list, got a number"


def test_a_bad_value_in_where_skips_the_row(make: Callable[..., Any]) -> None:
    catalog = make("each: People\nwhere: {Age: 5}\nfields: {id: Name}")
    (found,) = catalog.map("rows", {"People": [{"Age": 0.1 + 0.2}]})
    assert found.reason is Reason.BAD_VALUE


def test_a_skip_comes_before_a_missing_row(result: Callable[..., Any]) -> None:
    rule = """
    let: {other: {lookup: others, by: Id, from: A, missing: unknown_customer}}
    skip:
      - {when: {B: hold}, reason: not_posted}
      - {when: {missing: $other.Name}, reason: no_email}
    fields: {id: A}
    """
    assert result(rule, {"A": "1", "B": "hold"}).reason is Reason.NOT_POSTED
    assert isinstance(result(rule, {"A": "1"}), Parked)


def test_a_bad_time_of_change_skips_the_row(result: Callable[..., Any]) -> None:
    found = result("fields: {id: A}", {"A": "1", "Changed": "yesterday"})
    assert found.detail == "`changed`: expected a time such as 2020-02-05T10:30:00Z"


EACH_ADDRESS = """
for_each: {address: {from: Email, steps: [lower, {split: ";,"}]}}
let: {short: {from: $address, steps: [{before: "@"}]}}
skip: [{when: {bad_email: $address}, reason: bad_email}, {when: {missing: $address}, reason: no_email}]
fields: {id: $address, of: Code, short: $short}
"""


def test_one_object_for_each_value(make: Callable[..., Any]) -> None:
    row = {"Code": "C1", "Email": "A@x.example; b@x.example,nobody ; a@X.example"}
    first, second, bad = make(EACH_ADDRESS).map("rows", row)
    assert [first.data[name] for name in ("id", "of", "short")] == ["a@x.example", "C1", "a"]
    assert [second.data[name] for name in ("id", "of", "short")] == ["b@x.example", "C1", "b"]
    assert bad.reason is Reason.BAD_EMAIL


def test_an_empty_list_of_values_is_one_null(result: Callable[..., Any]) -> None:
    for email in (None, "", " ; ,"):
        assert result(EACH_ADDRESS, {"Email": email}).reason is Reason.NO_EMAIL


def test_a_single_value_is_a_list_of_one(result: Callable[..., Any]) -> None:
    found = result("for_each: {code: Code}\nfields: {id: $code}", {"Code": "C1"})
    assert found.key == "C1"


def test_a_bad_list_of_values_skips_the_row(result: Callable[..., Any]) -> None:
    found = result(EACH_ADDRESS, {"Email": 5})
    assert found.detail == "`address`: `lower` expects text, got a number; put `text` before it"


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("each: A\nfor_each: {a: B}\nfields: {id: A}", "either `each` or `for_each`"),
        ("for_each: {a: B, b: C}\nfields: {id: A}", "`for_each` has one name"),
        ("for_each: {A: B}\nfields: {id: A}", "`A` cannot be a name"),
        ("for_each: {a: B}\nlet: {a: C}\nfields: {id: A}", "the name `a` is taken already"),
    ],
)
def test_a_wrong_for_each(make: Callable[..., Any], rule: str, sentence: str) -> None:
    with pytest.raises(CatalogError, match=sentence):
        make(rule)


NAMED = """
catalog: named
sources:
  rows:
    changed: Changed
    let:
      currency: {first_of: [Currency, Base], steps: [upper]}
      doubled: {expr: "currency ~ currency"}
    money: {amount: Amount, currency: $currency}
objects: {things: {key: [id]}, lines: {key: [id]}}
streams:
  things: {from: rows, let: {own: {expr: "doubled ~ Id"}}, fields: {id: $own}}
  lines: {from: rows, each: Lines, fields: {id: Id, currency: $currency, base: Base}}
"""


def test_names_of_a_source_are_those_of_its_rules_and_of_its_money() -> None:
    catalog: Any = parse_catalog(NAMED)
    row = {"Id": "1", "Base": "usd", "Amount": 5, "Lines": [{"Id": "a", "Base": "x"}, {"Id": "b"}]}
    thing, first, second = catalog.map("rows", row)
    assert thing.key == "USDUSD1"
    assert first.data["currency"] == second.data["currency"] == "USD"
    assert first.data["base"] == "x", "other paths start at the line"
    assert catalog.money("rows", row).currency == "USD"


def test_a_name_of_a_source_is_taken() -> None:
    with pytest.raises(CatalogError, match="the name `currency` is taken already"):
        parse_catalog(NAMED.replace("own:", "currency:").replace("$own", "$currency"))


def test_a_row_is_looked_up_by_several_fields(make: Callable[..., Any]) -> None:
    rule = """
    let: {other: {lookup: others, by: [Company, Id], from: [Company, Wanted], missing: unknown_customer}}
    fields: {id: A, name: $other.Name}
    """
    rows = {("1", "x"): {"Name": "first"}, ("2", "x"): {"Name": "second"}}
    asked = []

    def lookup(stream: str, index: str, value: Any) -> Any:
        asked.append((stream, index))
        return rows.get(tuple(value))

    catalog = make(rule)
    (found,) = catalog.map("rows", {"A": "1", "Company": "2", "Wanted": "x"}, lookup)
    assert found.data["name"] == "second"
    assert asked == [("others", "Company+Id")]
    assert catalog.lookup_fields == {"others": ("Company+Id",)}
    (parked,) = catalog.map("rows", {"A": "1", "Company": "3", "Wanted": "x"}, lookup)
    assert parked.waits_for == 'others:Company+Id=["3","x"]'
    (null,) = catalog.map("rows", {"A": "1", "Company": None, "Wanted": "x"}, lookup)
    assert "name" not in null.data
    assert len(asked) == 2, "nothing is looked up for a null"


def test_a_lookup_by_unequally_many_fields(make: Callable[..., Any]) -> None:
    with pytest.raises(CatalogError, match="must be equally many"):
        make("let: {o: {lookup: others, by: [A, B], from: A}}\nfields: {id: A}")


@pytest.mark.parametrize(
    ("row", "index", "value"),
    [
        ({"a": 1, "b": "x"}, "a", 1),
        ({"a": 1, "b": "x"}, "a+b", [1, "x"]),
        ({"a": 1, "b": None}, "a+b", None),
        ({"a": 1}, "b", None),
    ],
)
def test_what_a_row_is_found_by(row: dict[str, Any], index: str, value: Any) -> None:
    assert indexed_value(row, index) == value
