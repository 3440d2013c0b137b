"""The shipped catalogs: their own tests, and the schemas of the connectors that they name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_mailchimp.schemas import destination_catalog
from kit.mapping import Mapped, Parked, Skipped, load_catalog, shipped
from kit.mapping.catalog import SHIPPED
from kit.mapping.testing import run_catalog_tests

ROOT = Path(__file__).parents[3]
VARIABLES = {"company": "wholesale", "base_currency": "USD"}
NEEDED = {"acumatica-to-mailchimp": VARIABLES}
ACUMATICA = load_catalog("acumatica-to-mailchimp", variables=VARIABLES)
SOURCE_SCHEMAS = ROOT / "source-acumatica" / "source_acumatica" / "schemas"


@pytest.mark.parametrize("name", shipped())
def test_the_tests_beside_a_catalog_pass(name: str) -> None:
    tests = run_catalog_tests(name)
    failed = [f"{test.line}: {test.name}: {problem}" for test in tests for problem in test.problems]
    assert not failed
    assert len({test.name for test in tests}) == len(tests)


@pytest.mark.parametrize("name", shipped())
def test_each_rule_of_a_catalog_is_tested(name: str) -> None:
    tested = {rule for test in run_catalog_tests(name) for rule in test.rules}
    catalog = load_catalog(name, variables=NEEDED.get(name, {}))
    assert tested == {rule.name for rule in catalog.parts.rules}


def test_levels_and_streams() -> None:
    assert ACUMATICA.levels == (("products",), ("members",), ("customers",), ("orders",))
    assert ACUMATICA.source_streams == (
        "stock_items",
        "non_stock_items",
        "customers",
        "contacts",
        "sales_invoices",
    )
    assert ACUMATICA.lookup_fields == {"customers": ("CustomerID",)}


def test_members_only() -> None:
    members = load_catalog("acumatica-to-mailchimp", variables={**VARIABLES, "shop": False})
    assert members.levels == (("members",),)
    assert members.source_streams == ("customers", "contacts")
    assert {rule.name for rule in members.parts.rules} == {
        "members_from_contacts",
        "members_from_customers",
    }


def source_schemas() -> dict[str, Any]:
    return {
        stream: json.loads((SOURCE_SCHEMAS / f"{stream}.json").read_text(encoding="utf-8"))
        for stream in ACUMATICA.source_streams
    }


def test_the_source_has_every_field_that_the_catalog_reads() -> None:
    assert [str(problem) for problem in ACUMATICA.problems(source_schemas())] == []


def test_the_destination_takes_every_field_and_gets_those_that_it_needs() -> None:
    schemas = {
        operation["object_name"]: {**operation["json_schema"], "additionalProperties": False}
        for operation in destination_catalog({}, shop=True)["operations"]
    }
    problems = ACUMATICA.problems(source_schemas(), schemas)
    assert [str(problem) for problem in problems] == []


def test_an_endpoint_of_23_200_has_them_too() -> None:
    schemas = source_schemas()
    del schemas["stock_items"]["properties"]["LastModifiedDateTime"]
    assert ACUMATICA.problems(schemas) == []


def test_an_endpoint_without_time_on_invoices_is_told() -> None:
    schemas = source_schemas()
    del schemas["sales_invoices"]["properties"]["LastModifiedDateTime"]
    fields = {problem.field for problem in ACUMATICA.problems(schemas)}
    assert "sources.sales_invoices.changed" in fields


def rows(stream: str) -> list[dict[str, Any]]:
    folder = SHIPPED / "acumatica-to-mailchimp.fixtures"
    found: list[dict[str, Any]] = json.loads(
        (folder / f"{stream}.json").read_text(encoding="utf-8")
    )
    return found


ROWS = {stream: rows(stream) for stream in ACUMATICA.source_streams}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["Open", "a@b.example", "Invoice", "2020-02-05"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Email", "Amount", "Address", "LineNbr"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.data(), st.sampled_from(list(ROWS)))
@settings(max_examples=400)
def test_no_row_whatsoever_raises(data: Any, stream: str) -> None:
    row = dict(data.draw(st.sampled_from(ROWS[stream])))
    for field in data.draw(st.lists(st.sampled_from(sorted(row)), max_size=3)):
        row[field] = data.draw(ANY_JSON)
    for lookup in (lambda *_: None, lambda *_: {"MainContact": data.draw(ANY_JSON)}):
        results = ACUMATICA.map(stream, row, lookup)
        assert results
        ACUMATICA.money(stream, row, lookup)
        for each in results:
            assert isinstance(each, Mapped | Skipped | Parked)
            if isinstance(each, Mapped):
                assert ACUMATICA.key_of(each.object, each.data) == each.key
                assert "_from" not in ACUMATICA.merge(each.object, [each.data])


def test_a_row_stays_as_it_is() -> None:
    for stream, found in ROWS.items():
        for row in found:
            before = json.dumps(row)
            ACUMATICA.map(stream, row)
            assert json.dumps(row) == before


def test_the_money_of_the_orders_is_the_money_of_the_rows() -> None:
    customers = {row["CustomerID"]: row for row in ROWS["customers"]}
    for row in ROWS["sales_invoices"]:
        (result,) = ACUMATICA.map("sales_invoices", row, lambda _, __, value: customers.get(value))
        money = ACUMATICA.money("sales_invoices", row)
        assert money is not None
        if isinstance(result, Mapped):
            assert result.data["order_total"] == money.amount
            assert result.data["currency_code"] == money.currency
