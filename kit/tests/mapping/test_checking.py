from __future__ import annotations

import copy
from typing import Any

import pytest

from kit.mapping import Catalog, parse_catalog

TEXT = """catalog: x
variables: {tags: {default: [A]}}
sources:
  invoices: {changed: Changed, money: {amount: Amount, currency: Money}}
  customers: {}
objects:
  orders: {key: [id]}
streams:
  orders:
    from: invoices
    let: {customer: {lookup: customers, by: Code, from: Customer}}
    skip: [{when: {any: [{Hold: true}, {expr: "Due.Day > Limit"}]}, reason: not_posted}]
    fields:
      id: {concat: [Type, Number]}
      total: {from: Amount, type: money}
      name: $customer.Contact.Name
      extra: optional Extra
      tags: {list: [$tags]}
      address: {fields: {city: Bill.City}}
      lines:
        each: Details
        where: {present: Item}
        fields: {id: {from: Line, type: text}, price: Price, of: $parent.Number}
"""


def of(*names: str, **others: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names} | others}


SOURCE = {
    "invoices": of(
        "Type", "Number", "Customer", "Changed", "Amount", "Money", "Hold", "Limit",
        Due=of("Day"),
        Bill={"type": ["null", "object"], "properties": {"City": {"type": "string"}}},
        Details={"type": ["null", "array"], "items": of("Line", "Item", "Price")},
    ),
    "customers": of("Code", Contact={"anyOf": [{"type": "null"}, of("Name")]}),
}  # fmt: skip
DESTINATION: dict[str, dict[str, Any]] = {
    "orders": {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "total"],
        "properties": {
            "id": {"type": "string"},
            "total": {"type": "number"},
            "name": {"type": ["null", "string"]},
            "extra": {},
            "tags": {"type": "array", "items": {"type": "string"}},
            "address": {"type": ["null", "object"]},
            "lines": {"type": "array", "items": {"type": "object", "required": ["id"], "additionalProperties": False, "properties": {"id": {"type": "string"}, "price": {"type": "number"}, "of": {}}}},
        },
    }
}  # fmt: skip


@pytest.fixture
def catalog() -> Catalog:
    return parse_catalog(TEXT, file="c.yaml")


def without(schemas: dict[str, Any], stream: str, *path: str) -> dict[str, Any]:
    """Copy schemas without one field."""
    changed = copy.deepcopy(schemas)
    schema = changed[stream]
    for name in path[:-1]:
        schema = schema["items"] if name == "[]" else schema["properties"][name]
    del schema["properties"][path[-1]]
    return changed


def test_all_is_well(catalog: Catalog) -> None:
    assert catalog.problems(SOURCE, DESTINATION) == []
    assert catalog.problems(SOURCE) == []


@pytest.mark.parametrize(
    ("stream", "path", "sentence"),
    [
        ("invoices", ("Amount",), "c.yaml:4: sources.invoices.money.amount: `invoices` has no field `Amount`"),
        ("invoices", ("Changed",), "c.yaml:4: sources.invoices.changed: `invoices` has no field `Changed`"),
        ("invoices", ("Hold",), "c.yaml:12: streams.orders.skip[0].when.any[0].Hold: `invoices` has no field `Hold`"),
        ("invoices", ("Due", "Day"), "c.yaml:12: streams.orders.skip[0].when.any[1].expr: `invoices` has no field `Due.Day`"),
        ("invoices", ("Limit",), "c.yaml:12: streams.orders.skip[0].when.any[1].expr: `invoices` has no field `Limit`"),
        ("invoices", ("Number",), "c.yaml:14: streams.orders.fields.id.concat[1]: `invoices` has no field `Number`"),
        ("invoices", ("Bill", "City"), "c.yaml:19: streams.orders.fields.address.city: `invoices` has no field `Bill.City` (it has: no field)"),
        ("invoices", ("Details",), "c.yaml:21: streams.orders.fields.lines.each: `invoices` has no field `Details`"),
        ("invoices", ("Details", "[]", "Price"), "c.yaml:23: streams.orders.fields.lines.price: `invoices` has no field `Details[].Price` (it has: Item, Line)"),
        ("customers", ("Code",), "c.yaml:11: streams.orders.let.customer.by: `customers` has no field `Code` (it has: Contact)"),
        ("customers", ("Contact",), "c.yaml:16: streams.orders.fields.name: `customers` has no field `Contact` (it has: Code)"),
    ],
)  # fmt: skip
def test_a_path_that_the_source_does_not_have(
    catalog: Catalog, stream: str, path: tuple[str, ...], sentence: str
) -> None:
    problems = [str(each) for each in catalog.problems(without(SOURCE, stream, *path))]
    assert problems[0].startswith(sentence)
    assert all(path[-1] in each for each in problems)


def test_a_stream_that_the_source_does_not_have(catalog: Catalog) -> None:
    (problem,) = catalog.problems({"invoices": SOURCE["invoices"]})
    assert (
        str(problem)
        == "c.yaml:5: sources.customers: the source has no stream `customers` (it has: invoices)"
    )


def test_a_group_without_known_fields_is_open(catalog: Catalog) -> None:
    schemas = SOURCE | {"customers": {"type": "object"}}
    assert catalog.problems(schemas) == []


def changed(**properties: Any) -> dict[str, Any]:
    orders = DESTINATION["orders"]
    return {"orders": {**orders, "properties": {**orders["properties"], **properties}}}


def test_what_the_destination_does_not_take(catalog: Catalog) -> None:
    few = {
        name: value for name, value in DESTINATION["orders"]["properties"].items() if name != "name"
    }
    (problem,) = catalog.problems(SOURCE, {"orders": {**DESTINATION["orders"], "properties": few}})
    assert (
        str(problem)
        == "c.yaml:16: streams.orders.fields.name: `orders` has no field `name` (it has: id, total, extra, tags, address, lines)"
    )


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"id": {"type": "integer"}}, "c.yaml:14: streams.orders.fields.id: `orders.id` must be of type integer, this gives string"),
        ({"total": {"type": ["string", "null"]}}, "c.yaml:15: streams.orders.fields.total: `orders.total` must be of type string, this gives number"),
        ({"tags": {"type": "string"}}, "c.yaml:18: streams.orders.fields.tags: `orders.tags` must be of type string, this gives array"),
        ({"address": {"type": "string"}}, "c.yaml:19: streams.orders.fields.address: `orders.address` must be of type string, this gives object"),
        ({"lines": {"type": "array", "items": {"type": "string"}}}, "c.yaml:20: streams.orders.fields.lines: `orders.lines[]` must be of type string, this gives object"),
        ({"lines": {"type": "array", "items": {"type": "object", "required": ["sku"]}}}, "c.yaml:20: streams.orders.fields.lines: `orders.lines[]` needs the field `sku`"),
    ],
)  # fmt: skip
def test_a_field_of_another_type(
    catalog: Catalog, properties: dict[str, Any], sentence: str
) -> None:
    (problem,) = catalog.problems(SOURCE, changed(**properties))
    assert str(problem) == sentence


def test_a_field_that_the_destination_needs(catalog: Catalog) -> None:
    schemas = {"orders": {**DESTINATION["orders"], "required": ["id", "currency"]}}
    (problem,) = catalog.problems(SOURCE, schemas)
    assert str(problem) == "c.yaml:13: streams.orders.fields: `orders` needs the field `currency`"


def test_an_object_that_the_destination_does_not_have(catalog: Catalog) -> None:
    (problem,) = catalog.problems(SOURCE, {"members": {}})
    assert (
        str(problem)
        == "c.yaml:13: streams.orders.fields: the destination has no object `orders` (it has: members)"
    )


def test_problems_come_in_the_order_of_the_file(catalog: Catalog) -> None:
    lines = [each.line for each in catalog.problems({"invoices": of(), "customers": of()}, {})]
    assert lines == sorted(lines)
    assert len(lines) > 10
