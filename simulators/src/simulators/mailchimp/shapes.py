"""The bodies of e-commerce calls, and the values that an answer has where none was sent."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.mailchimp.bodies import (
    Document,
    Flag,
    Integer,
    Kind,
    Number,
    Rows,
    Shape,
    Stamp,
    Text,
    restamp,
    texts,
)

CUSTOMER_ID_LENGTH = 50
_ADDRESS = texts(
    "address1",
    "address2",
    "city",
    "province",
    "province_code",
    "postal_code",
    "country",
    "country_code",
)
_PLACE: dict[str, Kind] = {**_ADDRESS, "longitude": Number(), "latitude": Number()}
_PERSON_ADDRESS = Shape(_ADDRESS)
_ORDER_ADDRESS = Shape({**_PLACE, **texts("name", "phone", "company")})

STORE = Shape(
    {
        **texts(
            "platform",
            "domain",
            "email_address",
            "currency_code",
            "money_format",
            "primary_locale",
            "timezone",
            "phone",
        ),
        "id": Text(filled=True),
        "list_id": Text(filled=True),
        "name": Text(filled=True),
        "is_syncing": Flag(),
        "address": Shape(_PLACE),
    }
)
CUSTOMER = Shape(
    {
        **texts("email_address", "company", "first_name", "last_name", "sms_phone_number"),
        "id": Text(filled=True, longest=CUSTOMER_ID_LENGTH),
        "opt_in_status": Flag(),
        "address": _PERSON_ADDRESS,
    }
)
IMAGE = Shape(
    {"id": Text(filled=True), "url": Text(filled=True), "variant_ids": Rows(Text())}, ("id", "url")
)
VARIANT = Shape(
    {
        **texts("url", "sku", "image_url", "backorders", "visibility"),
        "id": Text(filled=True),
        "title": Text(),
        "price": Number(),
        "inventory_quantity": Integer(),
    },
    ("id", "title"),
)
_PRODUCT_FIELDS: Mapping[str, Kind] = {
    **texts("title", "handle", "url", "description", "type", "vendor", "image_url"),
    "id": Text(filled=True),
    "variants": Rows(VARIANT, fewest=1),
    "images": Rows(IMAGE),
    "published_at_foreign": Stamp(),
}
PRODUCT = Shape(_PRODUCT_FIELDS)
NEW_PRODUCT = PRODUCT.requiring("id", "title", "variants")
_LINE_FIELDS: Mapping[str, Kind] = {
    "id": Text(filled=True),
    "product_id": Text(filled=True),
    "product_variant_id": Text(filled=True),
    "quantity": Integer(),
    "price": Number(),
    "discount": Number(),
    "product": NEW_PRODUCT,
}
LINE = Shape(_LINE_FIELDS)
LINE_NEEDS = ("id", "product_id", "product_variant_id", "quantity", "price")
NEW_LINE = LINE.requiring(*LINE_NEEDS)
_PROMO = Shape(
    {"code": Text(), "amount_discounted": Number(), "type": Text(choices=("fixed", "percentage"))},
    ("code", "amount_discounted", "type"),
)
ORDER = Shape(
    {
        **texts(
            "campaign_id",
            "landing_site",
            "financial_status",
            "fulfillment_status",
            "currency_code",
            "order_url",
            "tracking_number",
            "tracking_carrier",
            "tracking_url",
        ),
        "id": Text(filled=True),
        "customer": Shape(CUSTOMER.fields, ("id",)),
        "order_total": Number(),
        "discount_total": Number(),
        "tax_total": Number(),
        "shipping_total": Number(),
        "tracking_code": Text(choices=("prec", "")),
        "processed_at_foreign": Stamp(),
        "cancelled_at_foreign": Stamp(),
        "updated_at_foreign": Stamp(),
        "shipping_address": _ORDER_ADDRESS,
        "billing_address": _ORDER_ADDRESS,
        "promos": Rows(_PROMO),
        "lines": Rows(Shape(_LINE_FIELDS, ("id",)), fewest=1),
        "outreach": Shape({"id": Text()}),
    }
)
ORDER_NEEDS = ("id", "customer", "currency_code", "order_total", "lines")
NEW_ORDER = Shape({**ORDER.fields, "lines": Rows(NEW_LINE, fewest=1)}, ORDER_NEEDS)


def blank(shape: Shape) -> Document:
    """Return a value for each plain field of a shape, as an answer shows it when none was sent."""
    return {name: _blank_of(kind) for name, kind in shape.fields.items()}


def _blank_of(kind: Kind) -> object:
    match kind:
        case Number() | Integer():
            return 0
        case Flag():
            return False
        case Rows():
            return []
        case Shape():
            return blank(kind)
        case _:
            return ""


def cleaned(shape: Shape, body: Document) -> Document:
    """Return the fields of a checked body that the shape knows, numbers and times normalised."""
    return {name: _clean(kind, body[name]) for name, kind in shape.fields.items() if name in body}


def _clean(kind: Kind, value: object) -> object:
    if isinstance(kind, Number):
        return float(value) if isinstance(value, str) else value
    if isinstance(kind, Stamp):
        return restamp(str(value))
    if isinstance(kind, Shape) and isinstance(value, dict):
        return cleaned(kind, value)
    if isinstance(kind, Rows) and isinstance(value, list):
        return [_clean(kind.of, each) for each in value]
    return value
