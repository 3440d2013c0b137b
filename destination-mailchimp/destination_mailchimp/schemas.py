"""The JSON schemas of the objects that can be written; the members' follow the audience."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from destination_mailchimp.consent import Consent
from destination_mailchimp.records import CUSTOMERS, MEMBERS, ORDERS, PRODUCTS
from destination_mailchimp.values import MergeField

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": ["null", "string"]}
_NUMBER: Final[Schema] = {"type": ["null", "number"]}
_MOMENT: Final[Schema] = {"type": ["null", "string"], "format": "date-time"}
_NEEDED_TEXT: Final[Schema] = {"type": "string"}
_NEEDED_NUMBER: Final[Schema] = {"type": "number"}
_TEXTS: Final[Schema] = {"type": ["null", "array"], "items": {"type": "string"}}
_ADDRESS_VALUE: Final[Schema] = {
    "type": ["null", "object"],
    "properties": dict.fromkeys(("addr1", "addr2", "city", "state", "zip", "country"), _TEXT),
}
_POSTAL_PARTS: Final = (
    "address1",
    "address2",
    "city",
    "province",
    "postal_code",
    "country",
    "country_code",
)
_POSTAL_ADDRESS: Final[Schema] = {
    "type": ["null", "object"],
    "properties": dict.fromkeys(
        ("address1", "address2", "city", "province", "postal_code", "country", "country_code"),
        _TEXT,
    ),
}
_BY_TYPE: Final[Mapping[str, Schema]] = {
    "number": {"type": ["null", "number", "string"]},
    "address": _ADDRESS_VALUE,
}


def _object(properties: Mapping[str, Schema], required: Iterable[str]) -> Schema:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": True,
    }


def member_schema(fields: Mapping[str, MergeField]) -> Schema:
    """Return the schema of a member.

    Args:
        fields: The audience's merge fields by tag.
    """
    values = {tag: _merge_field_schema(field) for tag, field in sorted(fields.items())}
    return _object(
        {
            "email_address": {"type": "string", "format": "email"},
            "consent": {"type": "string", "enum": [str(each) for each in Consent]},
            "merge_fields": {
                "type": ["null", "object"],
                "properties": values,
                "additionalProperties": True,
            },
            "language": _TEXT,
            "tags": _TEXTS,
            "removed_tags": _TEXTS,
        },
        ("email_address", "consent"),
    )


def _merge_field_schema(field: MergeField) -> Schema:
    schema = dict(_BY_TYPE.get(field.type, _TEXT))
    if field.choices:
        schema["enum"] = [*field.choices, None]
    return schema | {"title": field.name or field.tag}


_KEYED: Final[Mapping[str, Schema]] = {"company": _NEEDED_TEXT, "currency_code": _NEEDED_TEXT}

_VARIANT: Final = {
    "id": _NEEDED_TEXT,
    "title": _NEEDED_TEXT,
    "sku": _TEXT,
    "price": _NUMBER,
    "inventory_quantity": _NUMBER,
    "visibility": _TEXT,
}

_LINE: Final = {
    "id": _NEEDED_TEXT,
    "product_id": _NEEDED_TEXT,
    "product_variant_id": _TEXT,
    "title": _TEXT,
    "quantity": _NEEDED_NUMBER,
    "price": _NUMBER,
    "amount": _NEEDED_NUMBER,
}

_PRODUCT: Final = _object(
    {
        **_KEYED,
        "id": _NEEDED_TEXT,
        "title": _NEEDED_TEXT,
        **dict.fromkeys(("description", "url", "type", "vendor", "image_url"), _TEXT),
        "published_at_foreign": _MOMENT,
        "variants": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _VARIANT,
                "required": ["id", "title"],
            },
        },
    },
    ("company", "currency_code", "id", "title"),
)

_CUSTOMER: Final = _object(
    {
        **_KEYED,
        "email_address": {"type": "string", "format": "email"},
        **dict.fromkeys(("company_name", "first_name", "last_name"), _TEXT),
        "address": _POSTAL_ADDRESS,
    },
    ("company", "currency_code", "email_address"),
)

_ORDER: Final = _object(
    {
        **_KEYED,
        "id": _NEEDED_TEXT,
        "email_address": {"type": "string", "format": "email"},
        **dict.fromkeys(("company_name", "first_name", "last_name"), _TEXT),
        "order_total": _NEEDED_NUMBER,
        **dict.fromkeys(("tax_total", "shipping_total", "discount_total"), _NUMBER),
        "financial_status": {
            "type": "string",
            "examples": ["paid", "pending", "refunded", "cancelled"],
        },
        "fulfillment_status": _TEXT,
        "processed_at_foreign": {"type": "string", "format": "date-time"},
        "updated_at_foreign": _MOMENT,
        "cancelled_at_foreign": _MOMENT,
        "billing_address": _POSTAL_ADDRESS,
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _LINE,
                "required": ["id", "product_id", "quantity", "amount"],
            },
        },
    },
    (
        "company",
        "currency_code",
        "id",
        "email_address",
        "order_total",
        "financial_status",
        "processed_at_foreign",
        "lines",
    ),
)


def destination_catalog(fields: Mapping[str, MergeField], *, shop: bool) -> dict[str, Any]:
    """Return what `discover` answers: the operations, one for each object.

    Args:
        fields: The audience's merge fields by tag.
        shop: Whether the settings have a store, so that its objects are on offer.
    """
    operations = [_operation(MEMBERS, member_schema(fields), ("email_address",))]
    if shop:
        keyed = ("company", "currency_code")
        operations += [
            _operation(PRODUCTS, _PRODUCT, (*keyed, "id")),
            _operation(CUSTOMERS, _CUSTOMER, (*keyed, "email_address")),
            _operation(ORDERS, _ORDER, (*keyed, "id")),
        ]
    return {"operations": operations}


def _operation(name: str, schema: Schema, keys: Iterable[str]) -> dict[str, Any]:
    return {
        "object_name": name,
        "sync_mode": "append_dedup",
        "json_schema": schema,
        "matching_keys": [[key] for key in keys],
    }
