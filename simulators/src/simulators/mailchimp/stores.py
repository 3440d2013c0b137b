"""Stores and what is in them: products with variants, customers, orders with lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from simulators.mailchimp.account import NotificationKind
from simulators.mailchimp.addresses import member_key
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.shapes import CUSTOMER, IMAGE, LINE, ORDER, PRODUCT, STORE, VARIANT, blank

_STORE_BLANK = blank(STORE)
_CUSTOMER_BLANK = blank(CUSTOMER)
_PRODUCT_BLANK = blank(PRODUCT)
_VARIANT_BLANK = blank(VARIANT)
_IMAGE_BLANK = blank(IMAGE)
_ORDER_BLANK = {
    name: value for name, value in blank(ORDER).items() if name not in {"tracking_code", "outreach"}
}
_LINE_BLANK = {name: value for name, value in blank(LINE).items() if name != "product"}

_BY_FINANCIAL_STATUS = {
    "paid": NotificationKind.ORDER_INVOICE,
    "pending": NotificationKind.ORDER_CONFIRMATION,
    "refunded": NotificationKind.ORDER_REFUND,
    "cancelled": NotificationKind.ORDER_CANCELLATION,
}


@dataclass(slots=True)
class Variant:
    """A variant of a product; `fields` are those that a client can write."""

    fields: Document
    created_at: str
    updated_at: str

    def document(self) -> Document:
        """Return the variant as the API shows it."""
        return {
            **_VARIANT_BLANK,
            **self.fields,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "_links": [],
        }


@dataclass(slots=True)
class Product:
    """A product; `fields` are those that a client can write, without variants and images."""

    product_id: str
    fields: Document = field(default_factory=dict)
    variants: dict[str, Variant] = field(default_factory=dict)
    images: dict[str, Document] = field(default_factory=dict)

    def document(self, currency_code: str) -> Document:
        """Return the product as the API shows it."""
        return {
            **_PRODUCT_BLANK,
            **self.fields,
            "id": self.product_id,
            "currency_code": currency_code,
            "variants": [variant.document() for variant in self.variants.values()],
            "images": [image_document(image) for image in self.images.values()],
            "_links": [],
        }


def image_document(image: Document) -> Document:
    """Return an image as the API shows it."""
    return {**_IMAGE_BLANK, **image, "_links": []}


@dataclass(slots=True)
class Customer:
    """A customer of one store; orders and revenue are computed, never sent."""

    customer_id: str
    address: str
    created_at: str
    updated_at: str
    fields: Document = field(default_factory=dict)
    orders_count: int = 0
    total_spent: Decimal = Decimal(0)

    @property
    def opts_in(self) -> bool:
        """Whether the customer was sent with `opt_in_status: true`."""
        return bool(self.fields.get("opt_in_status"))

    @property
    def member_key(self) -> str:
        """The hash of the member with the same address."""
        return member_key(self.address)

    def document(self) -> Document:
        """Return the customer as the API shows it."""
        return {
            **_CUSTOMER_BLANK,
            **self.fields,
            "id": self.customer_id,
            "email_address": self.address,
            "address": _CUSTOMER_BLANK["address"] | self.fields.get("address", {}),
            "orders_count": self.orders_count,
            "total_spent": plain(self.total_spent),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "_links": [],
        }


@dataclass(slots=True)
class Order:
    """An order; `fields` are those that a client can write, without customer and lines."""

    order_id: str
    customer_id: str
    fields: Document = field(default_factory=dict)
    lines: dict[str, Document] = field(default_factory=dict)

    @property
    def cancelled(self) -> bool:
        """Whether the order was cancelled."""
        return bool(
            self.fields.get("cancelled_at_foreign")
            or self.fields.get("financial_status") == "cancelled"
        )

    @property
    def revenue(self) -> Decimal:
        """What the order adds to its customer's total; a cancelled one adds nothing."""
        return Decimal(0) if self.cancelled else Decimal(str(self.fields.get("order_total", 0)))

    def mails(self) -> set[NotificationKind]:
        """Return the mails that an order in this state causes."""
        kinds = set()
        financial = _BY_FINANCIAL_STATUS.get(str(self.fields.get("financial_status", "")).lower())
        if financial is not None:
            kinds.add(financial)
        if self.fields.get("cancelled_at_foreign"):
            kinds.add(NotificationKind.ORDER_CANCELLATION)
        if str(self.fields.get("fulfillment_status", "")).lower() == "shipped":
            kinds.add(NotificationKind.ORDER_SHIPPED)
        return kinds


@dataclass(slots=True)
class Store:
    """A store; `fields` are those that a client can write. `list_id` never changes."""

    store_id: str
    list_id: str
    created_at: str
    updated_at: str
    fields: Document = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)

    @property
    def is_syncing(self) -> bool:
        """Whether order notifications and automations are suspended."""
        return bool(self.fields.get("is_syncing"))

    @property
    def currency_code(self) -> str:
        """The store's currency."""
        return str(self.fields.get("currency_code", ""))

    def document(self, *, list_is_active: bool) -> Document:
        """Return the store as the API shows it."""
        automation = {"is_supported": False, "id": "", "status": "save"}
        return {
            **_STORE_BLANK,
            **self.fields,
            "id": self.store_id,
            "list_id": self.list_id,
            "address": _STORE_BLANK["address"] | self.fields.get("address", {}),
            "connected_site": {
                "site_foreign_id": "",
                "site_script": {"url": "", "fragment": ""},
            },
            "automations": {"abandoned_cart": automation, "abandoned_browse": automation},
            "list_is_active": list_is_active,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "_links": [],
        }

    def order_document(self, order: Order) -> Document:
        """Return an order as the API shows it, with its customer and lines."""
        fields = order.fields
        customer = self.customers.get(order.customer_id)
        return {
            **_ORDER_BLANK,
            **fields,
            "id": order.order_id,
            "store_id": self.store_id,
            "customer": customer.document() if customer else {"id": order.customer_id},
            "billing_address": _ORDER_BLANK["billing_address"] | fields.get("billing_address", {}),
            "shipping_address": _ORDER_BLANK["shipping_address"]
            | fields.get("shipping_address", {}),
            "outreach": {"id": "", "name": "", "type": "", "published_time": ""}
            | fields.get("outreach", {}),
            "lines": [self.line_document(line) for line in order.lines.values()],
            "_links": [],
        }

    def line_document(self, line: Document) -> Document:
        """Return an order line as the API shows it, with the titles of product and variant."""
        product = self.products.get(line.get("product_id", ""))
        variant = product.variants.get(line.get("product_variant_id", "")) if product else None
        return {
            **_LINE_BLANK,
            **line,
            "product_title": product.fields.get("title", "") if product else "",
            "product_variant_title": variant.fields.get("title", "") if variant else "",
            "image_url": product.fields.get("image_url", "") if product else "",
            "_links": [],
        }


def plain(amount: Decimal) -> int | float:
    """Return an amount as a JSON number."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
