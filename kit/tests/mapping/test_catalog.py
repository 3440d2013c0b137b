from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import kit.mapping
from kit.mapping import Catalog, CatalogError, Mapped, Money, load_catalog, parse_catalog, shipped
from kit.mapping.benchmark import records_per_second

TEXT = """catalog: x
variables:
  company: {default: w}
sources:
  customers: {}
  items: {}
  invoices:
    money:
      currency: {first_of: [Currency, {value: USD}]}
      amount: {case: [{when: {Type: Return}, expr: "-Amount"}, {from: Amount}]}
objects:
  orders: {level: 7, key: [id]}
  products: {level: 2, key: [id]}
  members: {level: 2, key: [id]}
streams:
  orders:
    from: invoices
    let: {customer: {lookup: customers, by: Code, from: Customer}}
    fields: {id: Number, name: $customer.Name}
  products: {from: items, fields: {id: Id}}
  members:
    from: customers
    fields: {id: Code, brand: {lookup: items, by: Code, from: Brand, path: Name}, other: {lookup: items, by: Id, from: Brand, path: Name}}
"""


@pytest.fixture
def catalog() -> Catalog:
    return parse_catalog(TEXT)


def test_what_a_runner_asks_of_it(catalog: Catalog) -> None:
    assert catalog.name == "x"
    assert catalog.levels == (("products", "members"), ("orders",))
    assert catalog.source_streams == ("customers", "items", "invoices")
    assert catalog.lookup_fields == {"customers": ("Code",), "items": ("Code", "Id")}


def test_a_rule_that_is_not_enabled_is_not_there() -> None:
    text = TEXT.replace("company: {default: w}", "shop: {default: true}")
    text = text.replace("  products: {from", "  products: {enabled: $shop, from")
    text = text.replace("    from: invoices\n", "    enabled: $shop\n    from: invoices\n")
    assert parse_catalog(text).levels == (("products", "members"), ("orders",))
    members_only = parse_catalog(text, variables={"shop": False})
    assert members_only.levels == (("members",),)
    assert members_only.source_streams == ("customers", "items")
    assert members_only.map("invoices", {"Number": "1"}) == []
    assert members_only.problems({"customers": {}, "items": {}}) == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"Amount": 12.34, "Currency": "EUR"}, Money(Decimal("12.34"), "EUR")),
        ({"Amount": 12.34, "Type": "Return"}, Money(Decimal("-12.34"), "USD")),
        ({"Amount": 0}, Money(Decimal(0), "USD")),
        ({"Amount": None}, None),
        ({}, None),
        ({"Amount": "much"}, None),
        ({"Amount": 0.1 + 0.2}, None),
        ({"Amount": True}, None),
        ({"Amount": [1]}, None),
        ({"Amount": 1, "Currency": ["EUR"]}, None),
    ],
)
def test_money_is_exact_or_nothing(catalog: Catalog, row: dict[str, Any], expected: Any) -> None:
    assert catalog.money("invoices", row) == expected


def test_a_stream_without_money(catalog: Catalog) -> None:
    assert catalog.money("customers", {"Amount": 1}) is None
    assert catalog.money("elsewhere", {"Amount": 1}) is None


def test_the_hash_is_of_content_and_variables(catalog: Catalog) -> None:
    assert len(catalog.hash) == 64
    assert parse_catalog(TEXT, file="other.yaml").hash == catalog.hash
    assert (
        parse_catalog(
            "# a comment\n"
            + TEXT.replace("{level: 7, key: [id]}", "\n    key: [ id ]\n    level: 7")
        ).hash
        == catalog.hash
    )
    assert parse_catalog(TEXT, variables={"company": "w"}).hash == catalog.hash
    assert parse_catalog(TEXT, variables={"company": "v"}).hash != catalog.hash
    assert parse_catalog(TEXT.replace("level: 7", "level: 8")).hash != catalog.hash
    assert (
        parse_catalog(TEXT.replace("fields: {id: Id}", "fields: {id: {value: Id}}")).hash
        != catalog.hash
    )


def test_key_of_an_object(catalog: Catalog) -> None:
    assert catalog.key_of("orders", {"id": 5}) == "5"
    with pytest.raises(ValueError, match="the key of `orders` needs `id`"):
        catalog.key_of("orders", {"id": ""})
    with pytest.raises(ValueError, match="the catalog x has no object `people`"):
        catalog.key_of("people", {})


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT, encoding="utf-8")
    assert load_catalog(path).hash == load_catalog(str(path)).hash == parse_catalog(TEXT).hash
    path.write_text(TEXT.replace("catalog: x", "catalog: x: y"), encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_catalog(path)
    assert str(caught.value) == f"{path}:1: this is no YAML: mapping values are not allowed here"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for source in (tmp_path / "none.yaml", str(tmp_path / "none.yaml")):
        with pytest.raises(CatalogError) as caught:
            load_catalog(source)
        assert str(caught.value) == (
            f"{source}:1: there is no such catalog. Shipped ones are acumatica-to-mailchimp, "
            "business-central-to-mailchimp; one of your own is named by its path, such as "
            "./my-catalog.yaml"
        )
    with pytest.raises(CatalogError, match=r"^catalogs/acumatica\.yaml:1: there is no such"):
        load_catalog("acumatica")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogError, match="cannot be read: it is no UTF-8 text"):
        load_catalog(path)


def test_what_is_shipped() -> None:
    assert shipped() == ["acumatica-to-mailchimp", "business-central-to-mailchimp"]


def test_mapping_is_deterministic(catalog: Catalog) -> None:
    row = {"Number": "1", "Customer": "C"}
    first, second = (catalog.map("invoices", row, lambda *_: {"Name": "n"}) for _ in range(2))
    assert first == second
    assert isinstance(first[0], Mapped)
    assert list(first[0].data) == ["id", "name", "_from"]


def test_the_benchmark_maps_all_of_its_records() -> None:
    assert records_per_second(200) > 0


def test_what_is_exported_is_sorted_and_there() -> None:
    assert kit.mapping.__all__ == sorted(kit.mapping.__all__)
    for name in kit.mapping.__all__:
        assert hasattr(kit.mapping, name)


def test_the_engine_does_no_network_and_no_cdk() -> None:
    folder = Path(kit.mapping.__file__).parent
    for module in folder.glob("*.py"):
        text = module.read_text(encoding="utf-8")
        assert not any(f"import {name}" in text for name in ("requests", "airbyte_cdk", "socket"))
        assert len(text.splitlines()) < 300, module.name
