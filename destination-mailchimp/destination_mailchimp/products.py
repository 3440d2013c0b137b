"""Products: each with at least one variant, which carries price, SKU and stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from destination_mailchimp.ecommerce import Put, Shop
from destination_mailchimp.lines import Line, money
from destination_mailchimp.records import PRODUCTS, present, required
from destination_mailchimp.stores import Stores
from kit.destination.tasks import Task
from kit.protocol.errors import RecordRejected
from kit.protocol.outcomes import Outcome
from kit.protocol.reasons import Reason


@dataclass(frozen=True, slots=True)
class Products:
    """Writes products.

    Args:
        shop: The stores' contents.
        stores: The stores.
    """

    shop: Shop
    stores: Stores

    def write(self, task: Task) -> Outcome:
        """Write one product.

        Raises:
            RecordRejected: The record cannot be written as it is.
            ConfigError: The credential or a setting does not work.
        """
        body = product_body(task.data)
        store = self.stores.ensure(
            required(task.data, "company"), required(task.data, "currency_code")
        )
        done = self.shop.put(task, store, PRODUCTS, body)
        return done.outcome(task, body) if isinstance(done, Put) else done


def product_body(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a product as it is sent.

    Raises:
        RecordRejected: An id is missing, or a price is no number.
    """
    identifier = required(data, "id")
    title = str(data.get("title") or identifier)
    optional = ("description", "url", "type", "vendor", "image_url", "published_at_foreign")
    variants = data.get("variants") or [{"id": identifier, "title": title}]
    return {
        "id": identifier,
        "title": title,
        **present(data, *optional),
        "variants": [_variant(each, position) for position, each in enumerate(variants)],
    }


def _variant(data: Mapping[str, Any], position: int) -> dict[str, Any]:
    where = f"variants[{position}]"
    if not str(data.get("id") or "").strip():
        raise RecordRejected(Reason.BAD_VALUE, "The id is empty.", field=f"{where}.id")
    body: dict[str, Any] = {"id": str(data["id"]), "title": str(data.get("title") or data["id"])}
    body |= present(data, "url", "image_url", "visibility", "backorders")
    if data.get("sku") is not None:
        body["sku"] = str(data["sku"])
    if data.get("price") is not None:
        body["price"] = money(data["price"], f"{where}.price")
    if data.get("inventory_quantity") is not None:
        stock = money(data["inventory_quantity"], f"{where}.inventory_quantity")
        body["inventory_quantity"] = int(stock)
    return body


def stub_body(line: Line) -> dict[str, Any]:
    """Return a product made from an order line, for an item that was never delivered.

    It has no price: orders may sell it at many prices, and which of them comes first is chance.
    """
    variant = {"id": line.variant_id, "title": line.title}
    return {"id": line.product_id, "title": line.title, "variants": [variant]}
