"""What is asked of which version of the endpoint."""

from __future__ import annotations

import pytest

from source_acumatica.endpoint.fields import STAMP
from source_acumatica.endpoint.plan import plan_stream
from source_acumatica.endpoint.streams import ENTITIES
from source_acumatica.endpoint.versions import VERSIONS, Endpoint
from source_acumatica.errors import ConfigError

DEFAULT = Endpoint.named("Default", "24.200.001")


@pytest.mark.parametrize(
    ("stream", "version", "cursor"),
    [
        ("stock_items", "23.200.001", "LastModified"),
        ("stock_items", "24.200.001", "LastModifiedDateTime"),
        ("customers", "20.200.001", "LastModifiedDateTime"),
        ("sales_orders", "25.200.001", "LastModified"),
        ("sales_invoices", "23.200.001", "LastModifiedDateTime"),
    ],
)
def test_the_cursor_depends_on_the_version(stream: str, version: str, cursor: str) -> None:
    plan = plan_stream(stream, Endpoint.named("Default", version))
    assert plan.cursor_field == plan.cursor_term == cursor
    assert cursor in plan.select.split(",")
    assert plan.custom == ""


@pytest.mark.parametrize("version", ["20.200.001", "22.200.001"])
def test_older_sales_invoices_are_read_by_an_unmapped_cursor(version: str) -> None:
    plan = plan_stream("sales_invoices", Endpoint.named("Default", version))
    assert plan.custom == "Document.LastModifiedDateTime"
    assert plan.cursor_term == "cf.DateTime(f='Document.LastModifiedDateTime')"
    assert plan.cursor_field == "LastModifiedDateTime"
    assert "LastModifiedDateTime" not in plan.select.split(",")
    stamp = {"type": "CustomDateTimeField", "value": "2026-01-01T10:00:00+00:00"}
    row = {"id": "x", "custom": {"Document": {"LastModifiedDateTime": stamp}}}
    assert plan.convert(row)["LastModifiedDateTime"] == "2026-01-01T10:00:00.000000Z"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("stream", ENTITIES)
def test_the_cursor_and_the_key_are_in_every_schema(stream: str, version: str) -> None:
    plan = plan_stream(stream, Endpoint.named("Default", version))
    assert plan.schema["properties"][plan.cursor_field]["format"] == "date-time"
    assert plan.schema["properties"]["id"]["type"] == "string"
    assert "since" not in str(plan.schema)
    assert "$ref" not in str(plan.schema)


def test_each_linked_entity_is_expanded_before_its_own() -> None:
    assert plan_stream("customers", DEFAULT).expand.split(",") == [
        "MainContact",
        "MainContact/Address",
        "BillingContact",
        "BillingContact/Address",
        "ShippingContact",
        "ShippingContact/Address",
        "PrimaryContact",
        "Attributes",
    ]
    assert plan_stream("stock_items", DEFAULT).expand == ""


def test_keys_alone_are_asked_for_with_the_cursor() -> None:
    assert plan_stream("sales_invoices", DEFAULT).keys_query == (
        "$select=Type,ReferenceNbr,LastModifiedDateTime"
    )
    older = plan_stream("sales_invoices", Endpoint.named("Default", "22.200.001"))
    assert older.keys_query == ("$select=Type,ReferenceNbr&$custom=Document.LastModifiedDateTime")


def test_documents_are_wide_and_others_are_not() -> None:
    wide = {stream for stream in ENTITIES if plan_stream(stream, DEFAULT).wide}
    assert wide == {"sales_invoices", "sales_orders"}


def test_contract_version_5_is_refused_with_the_way_out() -> None:
    with pytest.raises(ConfigError, match=r"contract version 5.*25\.200\.001 or 24\.200\.001"):
        Endpoint.named("Default", "26.200.001")


@pytest.mark.parametrize("version", ["18.200.001", "24.200", "newest", ""])
def test_an_unknown_version_is_refused_with_those_known(version: str) -> None:
    with pytest.raises(ConfigError, match=r"Set it to one of 25\.200\.001, 24\.200\.001"):
        Endpoint.named("Default", version)


def test_an_unknown_stream_is_refused_with_near_ones() -> None:
    with pytest.raises(ConfigError, match=r"no stream sales_invoice\. Did you mean sales_invoices"):
        plan_stream("sales_invoice", DEFAULT)


def test_customers_by_contact_have_the_fields_of_customers_and_their_own_cursor() -> None:
    customers = plan_stream("customers", DEFAULT)
    plan = plan_stream("customers_by_contact", DEFAULT)
    assert (plan.entity, plan.select, plan.expand) == (
        "Customer",
        customers.select,
        customers.expand,
    )
    assert plan.custom == "DefContact.LastModifiedDateTime"
    assert plan.cursor_term == "cf.DateTime(f='DefContact.LastModifiedDateTime')"
    fields = {**customers.schema["properties"], "ContactLastModifiedDateTime": STAMP}
    assert plan.schema["properties"] == fields
    stamp = {"type": "CustomDateTimeField", "value": "2026-01-01T10:00:00+02:00"}
    record = plan.convert({"id": "x", "custom": {"DefContact": {"LastModifiedDateTime": stamp}}})
    assert record["ContactLastModifiedDateTime"] == "2026-01-01T08:00:00.000000Z"
