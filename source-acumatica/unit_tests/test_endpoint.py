"""What is asked of which version, held against the published endpoint files."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from source_acumatica.endpoint.plan import (
    FIRST_GENERATION,
    UNMAPPED_CURSORS,
    paths,
    plan_stream,
)
from source_acumatica.endpoint.streams import STREAMS
from source_acumatica.endpoint.versions import VERSIONS, Endpoint
from source_acumatica.errors import ConfigError

PUBLISHED = ("20.200.001", "22.200.001", "23.200.001", "24.200.001")
NAMESPACE = {"e": "http://www.acumatica.com/entity/maintenance/5.31"}
TYPES = {
    "StringValue": "string",
    "GuidValue": "string",
    "BooleanValue": "boolean",
    "IntValue": "integer",
    "ShortValue": "integer",
    "DecimalValue": "number",
    "DateTimeValue": "string",
}

Fields = Mapping[str, Mapping[str, str]]


def fields_of(contracts: Path, version: str) -> Fields:
    """Entity -> field -> type, as published."""
    root = ET.parse(contracts / f"endpoint-metadata-Default-{version}.xml").getroot()  # noqa: S314 - a kept file
    return {
        entity.attrib["name"]: {
            field.attrib["name"]: field.attrib["type"]
            for field in entity.findall("e:Fields/e:Field", NAMESPACE)
        }
        for entity in root
        if "name" in entity.attrib
    }


def type_of(fields: Fields, entity: str, path: str) -> str | None:
    """Follow a path such as `MainContact/Address/City` through the published types."""
    for step in path.split("/"):
        found = fields.get(entity, {}).get(step)
        if found is None:
            return None
        entity = found.removesuffix("[]")
    return found


def schema_types(schema: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    properties = schema["properties"]
    assert isinstance(properties, Mapping)
    for name, field in properties.items():
        inner = field.get("items", field)
        if "properties" in inner:
            yield from schema_types(inner, f"{prefix}{name}/")
        elif name != "id":
            yield prefix + name, field["type"]


@pytest.mark.parametrize("version", PUBLISHED)
@pytest.mark.parametrize("stream", STREAMS)
def test_all_that_is_asked_for_is_in_the_published_file(
    contracts: Path, stream: str, version: str
) -> None:
    fields = fields_of(contracts, version)
    plan = plan_stream(stream, Endpoint.named("Default", version))
    asked = plan.select.split(",") + [path for path in plan.expand.split(",") if path]
    missing = [path for path in asked if type_of(fields, plan.entity, path) is None]
    assert missing == []
    if not plan.custom:
        assert type_of(fields, plan.entity, plan.cursor_term) == "DateTimeValue"


@pytest.mark.parametrize("version", PUBLISHED)
@pytest.mark.parametrize("stream", STREAMS)
def test_only_what_the_published_file_lacks_is_left_out(
    contracts: Path, stream: str, version: str
) -> None:
    fields = fields_of(contracts, version)
    plan = plan_stream(stream, Endpoint.named("Default", version))
    newest = plan_stream(stream, Endpoint.named("Default", PUBLISHED[-1]))
    left_out = set(newest.select.split(",")) - set(plan.select.split(","))
    assert [path for path in left_out if type_of(fields, plan.entity, path)] == []


@pytest.mark.parametrize("stream", STREAMS)
def test_the_schema_has_the_published_types(contracts: Path, stream: str) -> None:
    fields = fields_of(contracts, PUBLISHED[-1])
    plan = plan_stream(stream, Endpoint.named("Default", PUBLISHED[-1]))
    for path, declared in schema_types(plan.schema):
        published = type_of(fields, plan.entity, path)
        assert declared == ["null", TYPES[str(published)]], path


@pytest.mark.parametrize("version", ["20.200.001", "22.200.001"])
def test_the_unmapped_cursor_is_the_field_that_later_versions_map(
    contracts: Path, version: str
) -> None:
    plan = plan_stream("sales_invoices", Endpoint.named("Default", version))
    assert plan.custom == "Document.LastModifiedDateTime"
    assert plan.cursor_term == "cf.DateTime(f='Document.LastModifiedDateTime')"
    assert "LastModifiedDateTime" not in plan.select.split(",")
    assert "LastModifiedDateTime" in plan.schema["properties"]
    text = (contracts / "endpoint-metadata-Default-23.200.001.xml").read_text("utf-8-sig")
    invoice = text[text.index('<TopLevelEntity name="SalesInvoice"') :]
    mapped = re.search(
        r'Mapping field="LastModifiedDateTime">\s*<To object="(\w+)" field="(\w+)"', invoice
    )
    assert mapped is not None
    assert f"{mapped[1]}.{mapped[2]}" == UNMAPPED_CURSORS["sales_invoices"]


@pytest.mark.parametrize(
    ("stream", "version", "cursor"),
    [
        ("stock_items", "23.200.001", "LastModified"),
        ("stock_items", "24.200.001", "LastModifiedDateTime"),
        ("customers", "20.200.001", "LastModifiedDateTime"),
        ("sales_invoices", "25.200.001", "LastModifiedDateTime"),
    ],
)
def test_the_cursor_depends_on_the_version(stream: str, version: str, cursor: str) -> None:
    plan = plan_stream(stream, Endpoint.named("Default", version))
    assert plan.cursor_field == plan.cursor_term == cursor
    assert cursor in plan.select.split(",")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("stream", STREAMS)
def test_the_cursor_and_the_key_are_in_every_schema(stream: str, version: str) -> None:
    plan = plan_stream(stream, Endpoint.named("Default", version))
    assert plan.schema["properties"][plan.cursor_field]["format"] == "date-time"
    assert plan.schema["properties"]["id"]["type"] == "string"


def test_each_linked_entity_is_expanded_before_its_own() -> None:
    plan = plan_stream("customers", Endpoint.named("Default", "24.200.001"))
    assert plan.expand == ("MainContact,MainContact/Address,BillingContact,BillingContact/Address")
    invoices = plan_stream("sales_invoices", Endpoint.named("Default", "24.200.001"))
    assert invoices.expand.split(",") == [
        "BillingSettings",
        "BillingSettings/BillToContact",
        "BillingSettings/BillToAddress",
        "FinancialDetails",
        "Details",
    ]
    assert plan_stream("stock_items", Endpoint.named("Default", "24.200.001")).expand == ""


def test_the_version_table_names_fields_of_the_schemas() -> None:
    newest = Endpoint.named("Default", "25.200.001")
    for stream, first in FIRST_GENERATION.items():
        assert set(first) <= set(paths(plan_stream(stream, newest).schema)), stream


def test_contract_version_5_is_refused_with_the_way_out() -> None:
    with pytest.raises(ConfigError, match=r"contract version 5.*25\.200\.001 or 24\.200\.001"):
        Endpoint.named("Default", "26.200.001")


@pytest.mark.parametrize("version", ["18.200.001", "24.200", "newest", ""])
def test_an_unknown_version_is_refused_with_those_known(version: str) -> None:
    with pytest.raises(ConfigError, match=r"Set it to one of 25\.200\.001, 24\.200\.001"):
        Endpoint.named("Default", version)


def test_an_endpoint_of_the_instances_own_may_have_any_version() -> None:
    assert Endpoint.named("Mine", "1.0").generation == VERSIONS["24.200.001"]
    assert Endpoint.named("Mine", "22.200.001").generation == VERSIONS["22.200.001"]
