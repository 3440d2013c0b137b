"""Every request template, held against the published endpoint files of all versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import orjson
import pytest

from simulators.common import Exchange
from source_acumatica.endpoint.choices import Choices, InvoiceEntity, OtherEntity
from source_acumatica.endpoint.fields import paths
from source_acumatica.endpoint.invoices import CURRENCY_VIEW
from source_acumatica.endpoint.openapi import describe
from source_acumatica.endpoint.plan import LONGEST_QUERY, StreamPlan, plan_stream
from source_acumatica.endpoint.streams import CONTACT_CHANGED, ENTITIES, FORMS, SALES_INVOICES
from source_acumatica.endpoint.versions import VERSIONS, Endpoint
from tests.contracts.acumatica import AcumaticaContract
from tests.contracts.acumatica_definitions import Definition

PUBLISHED = ("20.200.001", "22.200.001", "23.200.001", "24.200.001")
NEWEST = PUBLISHED[-1]
FROM_INVOICES = Choices(invoices_from=InvoiceEntity.INVOICE)
TEMPLATES = [*((stream, Choices()) for stream in ENTITIES), (SALES_INVOICES, FROM_INVOICES)]
LONGEST_WHOLE_QUERY = 2048  # what IIS and ASP.NET take where nobody raised it
TYPES = {
    "StringValue": "string",
    "GuidValue": "string",
    "BooleanValue": "boolean",
    "IntValue": "integer",
    "ShortValue": "integer",
    "LongValue": "integer",
    "ByteValue": "integer",
    "DecimalValue": "number",
    "DoubleValue": "number",
    "DateTimeValue": "string",
}
each_template = pytest.mark.parametrize(
    ("stream", "choices"),
    TEMPLATES,
    ids=[f"{stream}-{choices.invoices_from}" for stream, choices in TEMPLATES],
)
each_published = pytest.mark.parametrize("version", PUBLISHED)


@cache
def contract_in(folder: Path) -> AcumaticaContract:
    return AcumaticaContract(folder)


@pytest.fixture
def contract(contracts_dir: Path) -> AcumaticaContract:
    return contract_in(contracts_dir)


def plan_for(stream: str, version: str, choices: Choices = Choices()) -> StreamPlan:  # noqa: B008 - frozen
    return plan_stream(stream, Endpoint.named("Default", version), choices)


def window_of(plan: StreamPlan) -> str:
    term = plan.cursor_term
    return (
        f"{term} ge datetimeoffset'2026-01-01T00:00:00.000Z' "
        f"and {term} lt datetimeoffset'2026-04-01T00:00:00.000Z'"
    )


def query_of(plan: StreamPlan, fields: str) -> str:
    return f"{fields}&%24filter={quote_plus(window_of(plan))}&%24top=500&%24skip=123456"


def asked(plan: StreamPlan, version: str, query: str, keys: str = "") -> Exchange:
    body = b"{}" if keys else b"[]"
    return Exchange(
        "GET",
        f"/Site/entity/Default/{version}/{plan.entity}{keys}",
        query,
        {},
        b"",
        200,
        {"content-type": "application/json"},
        body,
        datetime(2026, 1, 1, tzinfo=UTC),
        0.0,
    )


@each_published
@each_template
def test_a_list_is_asked_for_as_published(
    contract: AcumaticaContract, stream: str, choices: Choices, version: str
) -> None:
    plan = plan_for(stream, version, choices)
    assert contract.violations(asked(plan, version, query_of(plan, plan.query))) == []
    assert contract.violations(asked(plan, version, query_of(plan, plan.keys_query))) == []


@each_template
def test_one_row_is_asked_for_as_published(
    contract: AcumaticaContract, stream: str, choices: Choices
) -> None:
    plan = plan_for(stream, NEWEST, choices)
    row = "/0eaa2628-2945-ea11-817f-eb1af000b4cf"
    assert contract.violations(asked(plan, NEWEST, plan.query, row)) == []


@pytest.mark.parametrize("more", ["Nickname", "MainContact/Nickname", "MainContact/Address/Planet"])
def test_a_template_that_asked_for_more_would_be_found(
    contract: AcumaticaContract, more: str
) -> None:
    plan = plan_for("customers", NEWEST)
    query = query_of(plan, plan.query.replace("$select=", f"$select={more},"))
    assert len(contract.violations(asked(plan, NEWEST, query))) == 2  # metadata and OpenAPI


@each_published
@each_template
def test_only_what_a_published_file_lacks_is_left_out(
    contract: AcumaticaContract, stream: str, choices: Choices, version: str
) -> None:
    published = contract.definition(version)
    plan = plan_for(stream, version, choices)
    left_out = set(plan_for(stream, NEWEST, choices).select.split(",")) - set(
        plan.select.split(",")
    )
    assert [path for path in left_out if published.resolve(plan.entity, path)] == []


def values_of(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in schema["properties"].items():
        inner = field.get("items", field)
        if "properties" in inner:
            yield from values_of(inner, f"{prefix}{name}/")
        elif name != "id":
            yield prefix + name, field


@each_published
@pytest.mark.parametrize("stream", ENTITIES)
def test_the_schema_has_the_published_types(
    contract: AcumaticaContract, stream: str, version: str
) -> None:
    plan = plan_for(stream, version)
    selected = set(plan.select.split(","))
    checked = 0
    for path, field in values_of(plan.schema):
        if path in selected:
            found = contract.definition(version).resolve(plan.entity, path)
            assert found is not None, path
            assert field["type"] == ["null", TYPES[found.wrapper]], path
            assert ("format" in field) is (found.wrapper == "DateTimeValue"), path
            checked += 1
    assert checked == len(selected)


@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("stream", ENTITIES)
def test_linked_entities_and_details_are_told_apart(
    contract: AcumaticaContract, stream: str, version: str
) -> None:
    plan = plan_for(stream, version)
    for path in filter(None, plan.expand.split(",")):
        field: Mapping[str, Any] = plan.schema
        for step in path.split("/"):
            field = field.get("items", field)["properties"][step]
        found = contract.definition(version).resolve(plan.entity, path)
        assert found is not None
        assert ("items" in field) is found.many, path


@each_published
@each_template
def test_a_cursor_is_a_date_and_time_of_the_published_view(
    contract: AcumaticaContract, stream: str, choices: Choices, version: str
) -> None:
    plan = plan_for(stream, version, choices)
    found = contract.definition(version).resolve(plan.entity, plan.cursor_term)
    if not plan.custom or plan.cursor_term == plan.cursor_field:
        assert found is not None
        assert found.wrapper == "DateTimeValue"
    else:
        assert plan.cursor_term == f"cf.DateTime(f='{plan.custom.partition(',')[0]}')"
        view = plan.custom.partition(",")[0].partition(".")[0]
        assert view in views_of(contract.definition(version), plan.entity)
    assert plan.schema["properties"][plan.cursor_field]["format"] == "date-time"


def views_of(definition: Definition, entity: str) -> set[str]:
    return {view for view, _ in definition.views[entity].values()}


@pytest.mark.parametrize("stream", ENTITIES)
def test_the_view_behind_a_mapped_cursor_is_the_one_that_stands_in_for_it(
    contract: AcumaticaContract, stream: str
) -> None:
    entity = ENTITIES[stream]
    views = contract.definition(NEWEST).views[entity.name]
    mapped = views.get("LastModifiedDateTime") or views["LastModified"]
    assert ".".join(mapped) == entity.changed


def test_unmapped_fields_are_in_views_that_later_versions_map(
    contract: AcumaticaContract,
) -> None:
    newest = contract.definition(NEWEST).views
    assert "DefContact" in {view for view, _ in newest["Customer"].values()}
    assert CONTACT_CHANGED.startswith("DefContact.")
    assert newest["SalesInvoice"]["Currency"] == tuple(CURRENCY_VIEW.split("."))
    assert "Currency" not in newest["Invoice"]


@each_published
def test_forms_are_the_published_ones(contract: AcumaticaContract, version: str) -> None:
    screens = contract.definition(version).entities
    assert {name: screens[name] for name in FORMS} == FORMS


@pytest.mark.parametrize("version", VERSIONS)
@each_template
def test_a_query_is_no_longer_than_web_servers_take(
    stream: str, choices: Choices, version: str
) -> None:
    plan = plan_for(stream, version, choices)
    assert len(query_of(plan, plan.query)) <= LONGEST_WHOLE_QUERY
    assert len(plan.query) <= LONGEST_QUERY


def test_the_published_description_is_read_like_the_published_metadata(
    contracts_dir: Path, contract: AcumaticaContract
) -> None:
    document = orjson.loads(
        (contracts_dir / "acumatica" / f"openapi-Default-{NEWEST}.json").read_bytes()
    )
    description = describe(document)
    published = contract.definition(NEWEST)
    assert description.entities == set(published.entities)
    assert description.forms == published.entities
    told = {
        (name, field): (TYPES.get(of.wrapper, ""), of.wrapper == "DateTimeValue", of.many)
        for name, fields in published.types.items()
        for field, of in fields.items()
    }
    read = {
        (name, field): (of.json_type, of.moment, of.many)
        for name, fields in description.types.items()
        for field, of in fields.items()
        if name in published.types  # the others are actions
    }
    assert len(read) > 5000
    assert read == told


def test_every_published_entity_can_be_read_as_a_stream(
    contracts_dir: Path, contract: AcumaticaContract
) -> None:
    document = orjson.loads(
        (contracts_dir / "acumatica" / f"openapi-Default-{NEWEST}.json").read_bytes()
    )
    description = describe(document)
    without_list = 0
    for entity in description.entities:
        parts = tuple(name for name, of in description.types[entity].items() if of.entity)
        for expand in ((), parts):
            other = Choices(other_entities=(OtherEntity(entity, "more", expand, ""),))
            plan = plan_stream("more", Endpoint.named("Default", NEWEST), other, description)
            without_list += "$select" not in plan.query
            assert len(query_of(plan, plan.query)) <= LONGEST_WHOLE_QUERY, entity
            for fields in (plan.query, plan.keys_query):
                query = query_of(plan, fields) if plan.cursor_term else fields
                assert contract.violations(asked(plan, NEWEST, query)) == [], entity
    assert 0 < without_list < 30


@each_template
def test_a_field_that_is_asked_for_is_in_the_record(stream: str, choices: Choices) -> None:
    plan = plan_for(stream, NEWEST, choices)
    assert set(plan.keys) <= set(plan.schema["properties"])
    if choices.invoices_from is InvoiceEntity.SALES_INVOICE:
        assert set(plan.select.split(",")) <= set(paths(plan.schema))
