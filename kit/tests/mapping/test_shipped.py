"""The shipped catalogs: their own tests, and the schemas of the connectors that they name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_mailchimp.schemas import destination_catalog
from kit.mapping import (
    Catalog,
    CatalogError,
    Mapped,
    Parked,
    Skipped,
    load_catalog,
    shipped,
)
from kit.mapping.catalog import SHIPPED
from kit.mapping.indexes import indexed_value
from kit.mapping.testing import run_catalog_tests

ROOT = Path(__file__).parents[3]
VARIABLES = {"company": "wholesale", "base_currency": "USD"}
NEEDED = {"acumatica-to-mailchimp": VARIABLES}
ACUMATICA = load_catalog("acumatica-to-mailchimp", variables=VARIABLES)
BUSINESS_CENTRAL = load_catalog("business-central-to-mailchimp")
CATALOGS = {catalog.name: catalog for catalog in (ACUMATICA, BUSINESS_CENTRAL)}
SOURCES = {
    ACUMATICA.name: ROOT / "source-acumatica" / "source_acumatica",
    BUSINESS_CENTRAL.name: ROOT / "source-business-central" / "source_business_central",
}


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


@pytest.mark.parametrize("catalog", CATALOGS.values(), ids=CATALOGS)
def test_levels(catalog: Catalog) -> None:
    assert catalog.levels == (("products",), ("members",), ("customers",), ("orders",))


def test_streams() -> None:
    assert ACUMATICA.source_streams == (
        "stock_items",
        "non_stock_items",
        "customers",
        "contacts",
        "sales_invoices",
    )
    assert ACUMATICA.lookup_fields == {"customers": ("CustomerID",)}
    assert BUSINESS_CENTRAL.source_streams == (
        "items",
        "item_variants",
        "customers",
        "contacts",
        "customer_contacts",
        "sales_invoices",
        "sales_credit_memos",
    )


def test_rows_of_business_central_are_looked_up_within_their_company() -> None:
    for indexes in BUSINESS_CENTRAL.lookup_fields.values():
        assert all(index.startswith("companyId+") for index in indexes)


def test_members_only() -> None:
    members = load_catalog("acumatica-to-mailchimp", variables={**VARIABLES, "shop": False})
    assert members.levels == (("members",),)
    assert members.source_streams == ("customers", "contacts")
    assert {rule.name for rule in members.parts.rules} == {
        "members_from_contacts",
        "members_from_customers",
    }
    others = load_catalog("business-central-to-mailchimp", variables={"shop": False})
    assert others.levels == (("members",),)
    assert others.source_streams == ("customers", "contacts", "customer_contacts")


def source_schemas(catalog: Catalog) -> dict[str, Any]:
    folder = SOURCES[catalog.name] / "schemas"
    return {
        stream: json.loads((folder / f"{stream}.json").read_text(encoding="utf-8"))
        for stream in catalog.source_streams
    }


def test_every_shipped_catalog_is_looked_at_here() -> None:
    assert set(CATALOGS) == set(shipped())


@pytest.mark.parametrize("catalog", CATALOGS.values(), ids=CATALOGS)
def test_the_source_has_every_field_that_the_catalog_reads(catalog: Catalog) -> None:
    assert [str(problem) for problem in catalog.problems(source_schemas(catalog))] == []


@pytest.mark.parametrize("catalog", CATALOGS.values(), ids=CATALOGS)
def test_the_destination_takes_every_field_and_gets_those_that_it_needs(catalog: Catalog) -> None:
    schemas = {
        operation["object_name"]: {**operation["json_schema"], "additionalProperties": False}
        for operation in destination_catalog({}, shop=True)["operations"]
    }
    problems = catalog.problems(source_schemas(catalog), schemas)
    assert [str(problem) for problem in problems] == []


def test_an_endpoint_of_23_200_has_them_too() -> None:
    schemas = source_schemas(ACUMATICA)
    del schemas["stock_items"]["properties"]["LastModifiedDateTime"]
    assert ACUMATICA.problems(schemas) == []


def test_an_endpoint_without_time_on_invoices_is_told() -> None:
    schemas = source_schemas(ACUMATICA)
    del schemas["sales_invoices"]["properties"]["LastModifiedDateTime"]
    fields = {problem.field for problem in ACUMATICA.problems(schemas)}
    assert "sources.sales_invoices.changed" in fields


def rows(catalog: Catalog) -> dict[str, list[dict[str, Any]]]:
    folder = SHIPPED / f"{catalog.name}.fixtures"
    return {
        stream: json.loads((folder / f"{stream}.json").read_text(encoding="utf-8"))
        for stream in catalog.source_streams
    }


ROWS = {name: rows(catalog) for name, catalog in CATALOGS.items()}
STREAMS = [(name, stream) for name, found in ROWS.items() for stream in found]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["Open", "Canceled", "a@b.example", "Invoice", "2020-02-05", "USD"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Email", "email", "Amount", "Address", "LineNbr", "netAmount", "quantity"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.data(), st.sampled_from(STREAMS))
@settings(max_examples=600)
def test_no_row_whatsoever_raises(data: Any, place: tuple[str, str]) -> None:
    name, stream = place
    catalog = CATALOGS[name]
    row = dict(data.draw(st.sampled_from(ROWS[name][stream])))
    for field in data.draw(st.lists(st.sampled_from(sorted(row)), max_size=3)):
        row[field] = data.draw(ANY_JSON)
    other = {"MainContact": data.draw(ANY_JSON), "email": data.draw(ANY_JSON), "id": "x"}
    for lookup in (lambda *_: None, lambda *_: other):
        results = catalog.map(stream, row, lookup)
        assert results or stream == "customer_contacts"
        catalog.money(stream, row, lookup)
        for each in results:
            assert isinstance(each, Mapped | Skipped | Parked)
            if isinstance(each, Mapped):
                assert catalog.key_of(each.object, each.data) == each.key
                merged = catalog.merge(each.object, [each.data])
                assert merged is None or "_from" not in merged


@pytest.mark.parametrize("catalog", CATALOGS.values(), ids=CATALOGS)
def test_a_row_stays_as_it_is(catalog: Catalog) -> None:
    for stream, found in ROWS[catalog.name].items():
        for row in found:
            before = json.dumps(row)
            catalog.map(stream, row)
            assert json.dumps(row) == before


@pytest.mark.parametrize(
    ("catalog", "by"), [(ACUMATICA, "CustomerID"), (BUSINESS_CENTRAL, "companyId+id")], ids=CATALOGS
)
def test_the_money_of_the_orders_is_the_money_of_the_rows(catalog: Catalog, by: str) -> None:
    found = ROWS[catalog.name]
    customers = {str(indexed_value(row, by)): row for row in found["customers"]}
    for stream in ("sales_invoices", "sales_credit_memos"):
        for row in found.get(stream, ()):
            (result,) = catalog.map(stream, row, lambda _, __, value: customers.get(str(value)))
            money = catalog.money(stream, row)
            assert money is not None
            if isinstance(result, Mapped):
                assert result.data["order_total"] == money.amount
                assert result.data["currency_code"] == money.currency


LOCK = {"email": "office@adatum.example", "privacyBlocked": True}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["customers", "contacts"]),
            st.sampled_from(["", "Ship", "All"]),
            st.sampled_from(["Person", "Company"]),
            st.sampled_from(["Customer", "Vendor", "None"]),
        ),
        max_size=5,
    ),
    st.integers(0, 5),
)
def test_one_locked_contact_keeps_its_address_from_being_mailed(others: Any, place: int) -> None:
    rows_ = [
        (
            stream,
            {
                **ROWS[BUSINESS_CENTRAL.name][stream][0],
                "email": LOCK["email"],
                "type": kind,
                "blocked": blocked,
                "contactBusinessRelation": relation,
            },
        )
        for stream, blocked, kind, relation in others
    ]
    kind = ("Person", "Company")[place % 2]
    rows_.insert(
        place,
        (
            "contacts",
            {
                **ROWS[BUSINESS_CENTRAL.name]["contacts"][0],
                **LOCK,
                "type": kind,
                "contactBusinessRelation": "Vendor",
            },
        ),
    )
    fragments = [
        result.data
        for stream, row in rows_
        for result in BUSINESS_CENTRAL.map(stream, row)
        if isinstance(result, Mapped) and result.object == "members"
    ]
    merged = BUSINESS_CENTRAL.merge("members", fragments)
    assert merged is not None
    assert merged["consent"] == "excluded"


def central(stream: str, number: str, **variables: Any) -> list[Any]:
    """Map a fixture of Business Central with other variables than those of its own tests."""
    catalog = load_catalog(BUSINESS_CENTRAL.name, variables=variables)
    row = next(row for row in ROWS[catalog.name][stream] if row["number"] == number)
    return catalog.map(stream, row)


def test_only_the_first_of_several_addresses() -> None:
    all_of_them = central("customers", "20000")
    first = central("customers", "20000", addresses="first")
    assert [each.object for each in all_of_them] == ["members", "members", "customers"]
    assert [each.data["email_address"] for each in first] == ["helen.ray@trey.example"] * 2


def test_a_whole_name_as_first_name() -> None:
    (person,) = central("contacts", "CT000002", whole_name_as_first_name=True)
    assert person.data["merge_fields"]["FNAME"] == "Jo Walker"
    assert person.data["merge_fields"]["LNAME"] is None
    company, _ = central("customers", "10000", whole_name_as_first_name=True)
    assert company.data["merge_fields"]["FNAME"] is None


def test_no_company_contacts() -> None:
    (skipped,) = central("contacts", "CT000011", company_contacts=False)
    assert skipped.reason == "catalog_rule"


def test_vendors_are_mailed_where_a_catalog_says_so() -> None:
    (person,) = central("contacts", "CT000004", left_out_relations=[])
    assert person.data["consent"] == "unknown"


def test_a_hold_that_does_not_exclude() -> None:
    member, _ = central("customers", "50000", blocked_values=["Ship"])
    assert member.data["consent"] == "unknown"


def test_two_companies_must_not_share_a_name() -> None:
    with pytest.raises(CatalogError, match="`companies` must not have the same value twice"):
        load_catalog(BUSINESS_CENTRAL.name, variables={"companies": {"a": "x", "b": "x"}})
