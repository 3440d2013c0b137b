"""Order lines as Mailchimp wants them: whole quantities, unit prices, discounts. Pure.

Mailchimp multiplies `price` by `quantity`, and takes whole quantities only. An ERP line holds
2.5 kg, a unit price and the amount that the customer really pays. The amount always stays exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kit.protocol.errors import RecordRejected
from kit.protocol.jsonlines import exact
from kit.protocol.reasons import Reason


@dataclass(frozen=True, slots=True)
class Line:
    """One order line, ready to be written.

    Args:
        id: The line's id, unique in its order.
        product_id: The product.
        variant_id: The product's variant.
        title: What was sold, for a product that has to be made from the line.
        quantity: Whole, at least 1.
        price: Price of one unit.
        discount: What was taken off the line's total.
    """

    id: str
    product_id: str
    variant_id: str
    title: str
    quantity: int
    price: Decimal
    discount: Decimal

    def body(self) -> dict[str, Any]:
        """Return the line as it is sent."""
        body: dict[str, Any] = {
            "id": self.id,
            "product_id": self.product_id,
            "product_variant_id": self.variant_id,
            "quantity": self.quantity,
            "price": self.price,
        }
        if self.discount:
            body["discount"] = self.discount
        return body


def money(value: object, field: str) -> Decimal:
    """Return an amount exactly as the record had it.

    Raises:
        RecordRejected: It is no number, or too long to be exact.
    """
    try:
        if isinstance(value, (int, float, Decimal, str)) and not isinstance(value, bool):
            return exact(value)
    except ValueError:
        pass
    raise RecordRejected(
        Reason.BAD_VALUE, "The amount is no number of 15 significant digits at most.", field=field
    )


def split_amount(
    quantity: Decimal, price: Decimal | None, amount: Decimal
) -> tuple[int, Decimal, Decimal]:
    """Return whole quantity, unit price and discount that make up an amount exactly.

    Args:
        quantity: The ERP's quantity, whole or not.
        price: The ERP's unit price; None if it has none.
        amount: What the line costs, after its discount.

    Returns:
        Quantity, price and discount, with `quantity * price - discount == amount`.
    """
    whole = quantity == quantity.to_integral_value() and quantity >= 1
    if not whole or price is None or price * quantity < amount:
        return 1, amount, Decimal(0)
    return int(quantity), price, price * quantity - amount


def normalise_line(data: Mapping[str, Any], position: int) -> Line:
    """Read one line of an order record.

    Args:
        data: The line, as the mapping made it.
        position: Its place in the order, for error messages.

    Raises:
        RecordRejected: An id or an amount is missing or wrong; the field is named.
    """
    where = f"lines[{position}]"
    product = _identifier(data, "product_id", where)
    quantity = money(data.get("quantity"), f"{where}.quantity")
    price = None if data.get("price") is None else money(data["price"], f"{where}.price")
    if data.get("amount") is not None:
        amount = money(data["amount"], f"{where}.amount")
    elif price is not None:
        amount = price * quantity
    else:
        raise RecordRejected(Reason.BAD_VALUE, "The line has no amount.", field=f"{where}.amount")
    whole, unit, discount = split_amount(quantity, price, amount)
    return Line(
        id=_line_id(data, where),
        product_id=product,
        variant_id=str(data.get("product_variant_id") or product),
        title=str(data.get("title") or product),
        quantity=whole,
        price=unit,
        discount=discount,
    )


def _identifier(data: Mapping[str, Any], name: str, where: str) -> str:
    value = data.get(name)
    if value is None or not str(value).strip():
        raise RecordRejected(Reason.BAD_VALUE, "The id is empty.", field=f"{where}.{name}")
    return str(value)


def _line_id(data: Mapping[str, Any], where: str) -> str:
    """Return the line's id; Mailchimp takes `0` for an empty one."""
    identifier = _identifier(data, "id", where)
    return "line-0" if identifier == "0" else identifier
