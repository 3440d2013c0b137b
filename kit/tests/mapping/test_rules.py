from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.mapping import Mapped, Parked, Skipped, parse_catalog
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
