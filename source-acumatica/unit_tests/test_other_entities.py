"""Other entities and own endpoints, by the endpoint's description in both its kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from source_acumatica.endpoint.choices import Choices, OtherEntity
from source_acumatica.endpoint.fields import STAMP
from source_acumatica.endpoint.openapi import Description, describe
from source_acumatica.endpoint.plan import StreamPlan, plan_stream
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.errors import ConfigError, NothingThereError

DEFAULT = Endpoint.named("Default", "24.200.001")
OWN = Endpoint.named("Mine", "1.0")

LISTED = {"get": {}, "put": {}}
WRAPPERS = {
    "StringValue": {"type": "string"},
    "DecimalValue": {"type": "number", "format": "double"},
    "IntValue": {"type": "integer", "format": "int32"},
    "BooleanValue": {"type": "boolean"},
    "DateTimeValue": {"type": "string", "format": "date-time"},
}
ENTITY_FIELDS = {
    "Payment": {
        "ReferenceNbr": "StringValue",
        "PaymentAmount": "DecimalValue",
        "ApplicationDate": "DateTimeValue",
        "LastModifiedDateTime": "DateTimeValue",
        "Hold": "BooleanValue",
        "ApplicationHistory": ["PaymentApplication"],
        "Card": "CardInfo",
    },
    "PaymentApplication": {"LineNbr": "IntValue", "AmountPaid": "DecimalValue"},
    "CardInfo": {"Number": "StringValue", "Holder": "Holder"},
    "Holder": {"Name": "StringValue"},
    "SalesPerson": {"SalespersonID": "StringValue", "LastModified": "DateTimeValue"},
    "Terms": {"TermsID": "StringValue", "DueDate": "DateTimeValue"},
    "Customer": {
        "CustomerID": "StringValue",
        "CustomerName": "StringValue",
        "CreditLimit": "StringValue",
        "MainContact": "Contact",
        "BillingContact": ["Contact"],
        "ShippingContact": "StringValue",
        "Nickname": "StringValue",
    },
    "Contact": {"Email": "StringValue", "Address": "Address"},
    "Address": {"City": "StringValue"},
}
TAGS = [
    {"name": "Payment", "description": "Payments and Applications (AR302000)"},
    {"name": "SalesPerson", "description": "Salespersons"},
]
TOP = ("Payment", "SalesPerson", "Terms", "Customer", "Contact")


def document(kind: str) -> dict[str, Any]:
    """Return the same endpoint as Swagger 2.0 or OpenAPI 3 describes it."""
    root = "#/definitions/" if kind == "2.0" else "#/components/schemas/"

    def reference(name: str | list[str]) -> dict[str, Any]:
        if isinstance(name, list):
            return {"type": "array", "items": {"$ref": root + name[0]}}
        return {"$ref": root + name}

    schemas: dict[str, Any] = {
        name: {"type": "object", "properties": {"value": value, "error": {"type": "string"}}}
        for name, value in WRAPPERS.items()
    }
    schemas["Entity"] = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "note": {"$ref": root + "StringValue"},
            "custom": {"type": "object"},
            "files": {"type": "array", "items": {"$ref": root + "FileLink"}},
        },
    }
    schemas["FileLink"] = {"type": "object", "properties": {"href": {"type": "string"}}}
    for name, fields in ENTITY_FIELDS.items():
        properties = {field: reference(of) for field, of in fields.items()}
        own = {"type": "object", "properties": properties}
        schemas[name] = {"allOf": [{"$ref": root + "Entity"}, own]}
    paths = {f"/{name}": LISTED for name in TOP}
    paths |= {f"/{name}/{{id}}": LISTED for name in TOP}
    if kind == "2.0":
        return {"swagger": "2.0", "paths": paths, "definitions": schemas, "tags": TAGS}
    return {"openapi": "3.0.1", "paths": paths, "components": {"schemas": schemas}, "tags": TAGS}


@pytest.fixture(params=["2.0", "3.0.1"])
def description(request: pytest.FixtureRequest) -> Description:
    return describe(document(request.param))


def payments(**settings: Any) -> Choices:
    given = {"entity": "Payment", "stream": "payments", "expand": (), "cursor": "", **settings}
    return Choices(other_entities=(OtherEntity(**given),))


def test_both_kinds_of_description_say_the_same() -> None:
    swagger, openapi = describe(document("2.0")), describe(document("3.0.1"))
    assert swagger.entities == openapi.entities == frozenset(TOP)
    assert swagger.types == openapi.types
    assert "id" not in swagger.types["Payment"]
    assert swagger.forms == openapi.forms == {"Payment": "AR302000"}


@pytest.mark.parametrize(
    "wrong", [{}, {"paths": {}}, {"definitions": {}}, {"components": {"schemas": 1}}]
)
def test_what_is_no_description_is_refused(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="schemas"):
        describe(wrong)


def test_another_entity_has_the_fields_of_the_description(description: Description) -> None:
    plan = plan_stream("payments", DEFAULT, payments(), description)
    assert (plan.entity, plan.form, plan.keys, plan.wide) == ("Payment", "AR302000", (), False)
    types = {name: field["type"] for name, field in plan.schema["properties"].items()}
    assert types == {
        "id": "string",
        "ReferenceNbr": ["null", "string"],
        "PaymentAmount": ["null", "number"],
        "ApplicationDate": ["null", "string"],
        "LastModifiedDateTime": ["null", "string"],
        "Hold": ["null", "boolean"],
    }
    assert plan.schema["properties"]["ApplicationDate"] == STAMP
    assert plan.expand == ""
    assert plan.cursor_term == "LastModifiedDateTime"


def test_only_named_linked_entities_are_expanded(description: Description) -> None:
    choices = payments(expand=("ApplicationHistory", "Card/Holder"))
    plan = plan_stream("payments", DEFAULT, choices, description)
    assert plan.expand.split(",") == ["ApplicationHistory", "Card", "Card/Holder"]
    assert plan.wide
    record = plan.convert(
        {
            "id": "x",
            "ApplicationHistory": [{"LineNbr": {"value": 1}, "AmountPaid": {"value": 2.5}}],
            "Card": {"Number": {"value": "9"}, "Holder": {"Name": {"value": "Ada"}}},
        }
    )
    assert record["ApplicationHistory"] == [{"LineNbr": 1, "AmountPaid": 2.5}]
    assert record["Card"] == {"Number": "9", "Holder": {"Name": "Ada"}}


@pytest.mark.parametrize(
    ("entity", "cursor", "field", "term"),
    [
        ("Payment", "", "LastModifiedDateTime", "LastModifiedDateTime"),
        ("SalesPerson", "", "LastModified", "LastModified"),
        ("Terms", "", "", ""),
        ("Terms", "DueDate", "DueDate", "DueDate"),
        ("Payment", "ApplicationDate", "ApplicationDate", "ApplicationDate"),
        ("Terms", "Terms.Changed", "Changed", "cf.DateTime(f='Terms.Changed')"),
    ],
)
def test_the_cursor_of_another_entity(
    description: Description, entity: str, cursor: str, field: str, term: str
) -> None:
    choices = payments(entity=entity, cursor=cursor)
    plan = plan_stream("payments", DEFAULT, choices, description)
    assert (plan.cursor_field, plan.cursor_term) == (field, term)
    assert plan.custom == (cursor if "." in cursor else "")
    if field:
        assert plan.schema["properties"][field] == STAMP


def test_keys_of_an_entity_without_known_keys_are_some_field(description: Description) -> None:
    plan = plan_stream("terms", DEFAULT, payments(entity="Terms", stream="terms"), description)
    assert plan.keys_query == "$select=TermsID"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"entity": "Paymnet"}, "names Paymnet, which .* does not have. Did you mean Payment"),
        ({"entity": "Zzz"}, "There are Contact, Customer, Payment"),
        ({"expand": ("AplicationHistory",)}, "no AplicationHistory to expand. Did you mean Appl"),
        ({"expand": ("Card/Owner",)}, "no Card/Owner to expand. Did you mean Holder"),
        ({"expand": ("ReferenceNbr",)}, "no ReferenceNbr to expand"),
        ({"cursor": "PaymentAmount"}, "is PaymentAmount, which is no date and time"),
        ({"cursor": "LastModifed"}, "Did you mean LastModifiedDateTime"),
    ],
)
def test_a_wrong_name_is_told_with_near_ones(
    description: Description, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_stream("payments", DEFAULT, payments(**settings), description)


def own(description: Description, stream: str = "customers", **choices: Any) -> StreamPlan:
    return plan_stream(stream, OWN, Choices(**choices), description)


def test_an_own_endpoint_may_have_any_version() -> None:
    assert OWN.is_own
    assert not DEFAULT.is_own


def test_known_streams_are_cut_to_the_fields_of_an_own_endpoint(description: Description) -> None:
    plan = own(description)
    assert plan.select == "CustomerID,CustomerName,MainContact/Email,MainContact/Address/City"
    assert plan.expand == "MainContact,MainContact/Address"
    assert set(plan.schema["properties"]) == {
        "id", "CustomerID", "CustomerName", "MainContact", "LastModifiedDateTime",
    }  # fmt: skip


def test_an_own_endpoint_without_cursor_is_read_by_the_unmapped_one(
    description: Description,
) -> None:
    plan = own(description)
    assert plan.cursor_field == "LastModifiedDateTime"
    assert plan.cursor_term == "cf.DateTime(f='CurrentCustomer.LastModifiedDateTime')"
    assert plan.custom == "CurrentCustomer.LastModifiedDateTime"


def test_an_own_endpoint_without_the_entity_is_told(description: Description) -> None:
    with pytest.raises(NothingThereError, match=r"Mine/1\.0 has no entity SalesOrder.*SM207060"):
        own(description, "sales_orders")
