"""Objects that several rows make together: sums, lists by id, derived and internal fields."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.mapping import CatalogError, parse_catalog
from kit.protocol.jsonlines import dumps, loads

TEXT = """
catalog: adding
variables: {full: {default: refunded}}
sources: {bills: {}, credits: {}, parts: {}}
objects:
  orders:
    level: 1
    key: [id]
    merge:
      - {fields: [total, back, more.tax], take: sum}
      - {fields: [parts], take: by_id}
    internal: [back, price]
    derive:
      state:
        case:
          - {when: {expr: "back > 0 and total <= 0"}, from: $full}
          - {when: {expr: "back > 0"}, value: partly}
      parts:
        each: parts
        fields: {id: id, name: name, price: $parent.price}
streams:
  bills:
    from: bills
    to: orders
    fields:
      id: Id
      total: {from: Total, type: money}
      more: {fields: {tax: {from: Tax, type: money}}}
      state: {value: open}
      price: Price
  credits:
    from: credits
    to: orders
    adds: true
    fields:
      id: Id
      total: {expr: "-Total", type: money}
      back: {from: Total, type: money}
      more: {fields: {tax: {expr: "-Tax", type: money}}}
  parts:
    from: parts
    to: orders
    adds: true
    fields: {id: Id, parts: {list: [{fields: {id: Part, name: Name}}]}}
"""
CATALOG = parse_catalog(TEXT, file="c.yaml")
AMOUNTS = st.decimals(min_value=0, max_value=10**6, places=2)


def fragments(stream: str, **row: Any) -> dict[str, Any]:
    (result,) = CATALOG.map(stream, {"Id": "1", **row})
    data: dict[str, Any] = result.data  # type: ignore[union-attr] # all of these rows are mapped
    return data


def merged(*parts: dict[str, Any]) -> dict[str, Any]:
    found = CATALOG.merge("orders", parts)
    assert found is not None
    return found


@given(
    AMOUNTS, st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=5), st.randoms(use_true_random=False)
)
def test_a_sum_is_exact_in_any_order_and_after_json(total: Decimal, back: Any, order: Any) -> None:
    parts = [fragments("bills", Total=total, Tax=total)]
    parts += [fragments("credits", Total=amount, Tax=tax) for amount, tax in back]
    found = merged(*parts)
    assert found["total"] == total - sum(amount for amount, _ in back)
    assert found["more"]["tax"] == total - sum(tax for _, tax in back)
    order.shuffle(parts)
    assert merged(*parts) == found
    assert merged(*[loads(dumps(part)) for part in parts])["total"] == found["total"]


@given(st.lists(AMOUNTS, min_size=1, max_size=4))
def test_a_state_follows_from_the_sum(back: list[Decimal]) -> None:
    bill = fragments("bills", Total=sum(back), Tax=None)
    assert merged(bill)["state"] == "open"
    credits_ = [fragments("credits", Total=amount) for amount in back]
    whole = merged(bill, *credits_)
    assert whole["total"] == 0
    assert whole["state"] == ("refunded" if any(back) else "open")
    larger = fragments("bills", Total=sum(back) + 1)
    assert merged(larger, *credits_)["state"] == ("partly" if any(back) else "open")


def test_equal_rows_count_each() -> None:
    bill, back = fragments("bills", Total=Decimal(10)), fragments("credits", Total=Decimal(3))
    assert merged(bill, back, back)["total"] == Decimal(4)


def test_internal_fields_are_not_sent() -> None:
    found = merged(fragments("bills", Total=5, Price=7), fragments("credits", Total=1))
    assert found == {"id": "1", "total": Decimal(4), "state": "partly", "parts": []}


def test_rows_that_only_add_make_nothing() -> None:
    parts = [fragments("credits", Total=1), fragments("parts", Part="a")]
    for some in (parts, parts[:1], parts[1:]):
        assert CATALOG.merge("orders", some) is None
    assert merged(*parts, fragments("bills", Total=3))["total"] == Decimal(2)


def test_lists_are_joined_by_id_and_the_newest_row_counts() -> None:
    text = TEXT.replace("parts: {}}", "parts: {changed: At}}")
    catalog = parse_catalog(text)
    rows = [
        {"Id": "1", "Part": "b", "Name": "old", "At": "2026-01-01"},
        {"Id": "1", "Part": "b", "Name": "new", "At": "2026-01-02"},
        {"Id": "1", "Part": "a", "Name": "other", "At": None},
    ]
    parts = [catalog.map("parts", row)[0].data for row in rows]  # type: ignore[union-attr] # mapped
    parts.append(catalog.map("bills", {"Id": "1", "Price": 5})[0].data)  # type: ignore[union-attr] # the same
    for order in permutations(parts):
        found = catalog.merge("orders", order)
        assert found is not None
        assert found["parts"] == [
            {"id": "a", "name": "other", "price": 5},
            {"id": "b", "name": "new", "price": 5},
        ]


def test_items_of_other_kinds_have_an_identity_too() -> None:
    parts = [
        {"id": "1", "parts": [{"id": 2}, "x", {"name": "none"}], "_from": {"rule": "bills"}},
        {"id": "1", "parts": [{"id": 2}, 5], "_from": {"rule": "parts"}},
    ]
    catalog = parse_catalog(
        TEXT.split("    derive", maxsplit=1)[0] + "streams:" + TEXT.split("streams:")[1]
    )
    found = catalog.merge("orders", parts)
    assert found is not None
    assert found["parts"] == [{"id": 2}, 5, {"name": "none"}, "x"]


def test_what_cannot_be_derived_says_which_field() -> None:
    broken = fragments("bills", Total=5) | {"parts": "none"}
    with pytest.raises(ValueError, match="`parts`: expected a list, got text"):
        CATALOG.merge("orders", [broken])


def test_amounts_too_long_to_be_added_exactly() -> None:
    parts = [
        fragments("bills", Total=Decimal(999999999999999)),
        fragments("credits", Total=Decimal("0.01")),
    ]
    with pytest.raises(ValueError, match="15 significant digits"):
        CATALOG.merge("orders", parts)


MISTAKES: list[tuple[str, str, str]] = [
    ("total: {from: Total, type: money}", "total: Total", "c.yaml:27: streams.bills.fields.total: this is added up, so it needs `type: money` or `integer`"),
    ("internal: [back, price]", "internal: [id]", "c.yaml:12: objects.orders.internal[0]: `id` is part of the key, and is sent"),
    ("from: $full", "from: $empty", "c.yaml:16: objects.orders.derive.state.case[0].from: unknown name `$empty` (known: $full)"),
    ("value: partly}", "lookup: bills, by: Id, from: id, path: State}", "c.yaml:13: objects.orders.derive: a derived field cannot look up rows: it follows from the merged object"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), MISTAKES)
def test_mistakes(old: str, new: str, sentence: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(CatalogError) as caught:
        parse_catalog(TEXT.replace(old, new), file="c.yaml")
    assert str(caught.value) == sentence


def test_a_rule_that_adds_needs_a_way_of_adding(make: Callable[..., Any]) -> None:
    with pytest.raises(CatalogError, match="`things` can only add to this object if `merge` says"):
        make("adds: true\nfields: {id: A}")


def test_checked_against_the_destination() -> None:
    orders: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "total", "state", "parts"],
        "properties": {
            "id": {},
            "total": {"type": "number"},
            "more": {},
            "state": {"type": "string"},
            "parts": {"type": "array", "items": {"required": ["id"], "properties": {"id": {}, "name": {}, "price": {}}}},
        },
    }  # fmt: skip
    open_sources: dict[str, Any] = {"bills": {}, "credits": {}, "parts": {}}
    assert CATALOG.problems(open_sources, {"orders": orders}) == []
    orders["properties"]["parts"]["items"]["additionalProperties"] = False
    del orders["properties"]["parts"]["items"]["properties"]["price"]
    (problem,) = CATALOG.problems(open_sources, {"orders": orders})
    assert "`orders.parts[]` has no field `price`" in str(problem)
    del orders["properties"]["more"]
    assert {each.field for each in CATALOG.problems(open_sources, {"orders": orders})} >= {
        "streams.bills.fields.more",
        "streams.credits.fields.more",
    }
