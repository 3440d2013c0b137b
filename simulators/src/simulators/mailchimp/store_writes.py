"""Writes to a store: customers with their opt-in, products, orders with lines and mails."""

from __future__ import annotations

from decimal import Decimal

from simulators.mailchimp.account import Account, Notification, NotificationKind
from simulators.mailchimp.addresses import member_key
from simulators.mailchimp.audience import Audience
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.consent import Status, after_order, new_standing
from simulators.mailchimp.members import Trade
from simulators.mailchimp.problems import FieldError, bad_request, invalid
from simulators.mailchimp.shapes import CUSTOMER, LINE, NEW_LINE, ORDER, PRODUCT, VARIANT, cleaned
from simulators.mailchimp.stores import Customer, Order, Product, Store, Variant, plain

_EMAIL_FIXED = "An email address may not be changed once a customer is created."
_NO_PRODUCT = "A product with the provided ID does not exist in the account for this list."
_NO_VARIANT = "A product with the provided variant ID does not exist in the account for this list."


class StoreWriter:
    """Writes one store."""

    def __init__(self, account: Account, store: Store) -> None:
        self._account = account
        self._store = store

    # Customers.

    def put_customer(self, customer_id: str, body: Document) -> Customer:
        """Create or update a customer; a new address becomes a member of the audience.

        Raises:
            Problem: The address is missing, refused, or not the one that the customer has.
        """
        fields = cleaned(CUSTOMER, body)
        fields.pop("id", None)
        address = fields.pop("email_address", "")
        customer = self._store.customers.get(customer_id)
        if customer is None:
            return self._add_customer(customer_id, address, fields)
        if address and member_key(address) != customer.member_key:
            raise bad_request(_EMAIL_FIXED)
        opted_in = customer.opts_in
        customer.fields = customer.fields | fields
        customer.updated_at = self._account.now()
        if customer.opts_in and not opted_in:
            self._opt_in(customer)
        return customer

    def _add_customer(self, customer_id: str, address: str, fields: Document) -> Customer:
        if not address:
            missing = "Required fields were not provided: email_address"
            raise invalid(FieldError("", missing))
        self._account.addresses.check(address)
        now = self._account.now()
        customer = Customer(customer_id, address.strip(), now, now, fields)
        self._store.customers[customer_id] = customer
        self._opt_in(customer)
        return customer

    def _opt_in(self, customer: Customer) -> None:
        """Make the customer a member, or raise a transactional one; touch nobody else."""
        audience = self._audience()
        if audience is None or customer.member_key in audience.erased:
            return
        now = self._account.now()
        member = audience.members.get(customer.member_key)
        if member is None:
            status = Status.SUBSCRIBED if customer.opts_in else Status.TRANSACTIONAL
            member = audience.create(customer.address, new_standing(status))
            names = {"FNAME": "first_name", "LNAME": "last_name"}
            for tag, name in names.items():
                if customer.fields.get(name) and tag in audience.definitions:
                    member.merge_fields[tag] = customer.fields[name]
            member.source = "API - E-Commerce"
        else:
            standing = after_order(member.standing, opts_in=customer.opts_in)
            if standing == member.standing:
                return
            member.standing = standing
        if member.status is Status.SUBSCRIBED:
            member.timestamp_opt = audience.last_subscribed = now
        audience.changed(member, now)

    # Products.

    def put_product(self, product_id: str, body: Document) -> Product:
        """Create or update a product; whether absent variants stay is a rule of the account."""
        product = self._store.products.setdefault(product_id, Product(product_id))
        fields = cleaned(PRODUCT, body)
        fields.pop("id", None)
        variants = fields.pop("variants", [])
        images = fields.pop("images", [])
        product.fields = product.fields | fields
        if variants and self._account.rules.put_replaces_variants:
            named = {variant["id"] for variant in variants}
            product.variants = {k: v for k, v in product.variants.items() if k in named}
        for variant in variants:
            self.put_variant(product, variant["id"], variant)
        for image in images:
            product.images[image["id"]] = image
        return product

    def put_variant(self, product: Product, variant_id: str, body: Document) -> Variant:
        """Create or update a variant."""
        now = self._account.now()
        variant = product.variants.setdefault(variant_id, Variant({}, now, now))
        variant.fields = variant.fields | cleaned(VARIANT, body) | {"id": variant_id}
        variant.updated_at = now
        return variant

    # Orders.

    def put_order(self, order_id: str, body: Document, *, replace_lines: bool = False) -> Order:
        """Create or update an order; lines that are not named stay unless they are replaced.

        Raises:
            Problem: A line, the customer or a total is refused; nothing has changed.
        """
        fields = cleaned(ORDER, body)
        fields.pop("id", None)
        lines = fields.pop("lines", [])
        sent_customer = fields.pop("customer", None)
        held = self._store.orders.get(order_id)
        self._check_total(fields)
        for line in lines:
            self._check_line(line, held.lines.get(line["id"]) if held else None)
        customer = self._order_customer(sent_customer, held)
        for line in lines:
            self._add_inline_product(line)
        order = held or Order(order_id, customer.customer_id)
        mailed = order.mails() if held else set()
        if held:
            self._count(order, -1)
        order.customer_id = customer.customer_id
        order.fields = order.fields | fields
        if lines and replace_lines:
            order.lines = {k: v for k, v in order.lines.items() if k in {x["id"] for x in lines}}
        for line in lines:
            self._put_line(order, line)
        self._store.orders[order_id] = order
        self._count(order, +1)
        self._notify(order, mailed)
        return order

    def put_order_line(self, order: Order, body: Document) -> Document:
        """Create or update one line of an order.

        Raises:
            Problem: Its product or variant does not exist.
        """
        line = cleaned(LINE, body)
        self._check_line(line, order.lines.get(line["id"]))
        self._add_inline_product(line)
        self._put_line(order, line)
        return order.lines[line["id"]]

    def remove_order(self, order: Order) -> None:
        """Delete an order."""
        self._count(order, -1)
        del self._store.orders[order.order_id]

    def _order_customer(self, sent: Document | None, held: Order | None) -> Customer:
        if sent is not None:
            return self.put_customer(sent["id"], sent)
        customer = self._store.customers.get(held.customer_id) if held else None
        if customer is None:
            raise invalid(FieldError("", "Required fields were not provided: customer"))
        return customer

    def _check_total(self, fields: Document) -> None:
        if fields.get("order_total", 0) < 0 and not self._account.rules.negative_totals:
            raise invalid(FieldError("order_total", "This value should be 0 or more."))

    def _check_line(self, line: Document, held: Document | None) -> None:
        if held is None:
            NEW_LINE.check(line)
        merged = (held or {}) | line
        inline = line.get("product")
        product = self._store.products.get(merged["product_id"])
        variants = set(product.variants) if product else set()
        if inline is not None and inline["id"] == merged["product_id"]:
            variants |= {variant["id"] for variant in inline["variants"]}
        elif product is None:
            raise bad_request(_NO_PRODUCT)
        if merged["product_variant_id"] not in variants:
            raise bad_request(_NO_VARIANT)

    def _add_inline_product(self, line: Document) -> None:
        inline = line.pop("product", None)
        if inline is not None:
            self.put_product(inline["id"], inline)

    def _put_line(self, order: Order, line: Document) -> None:
        order.lines[line["id"]] = order.lines.get(line["id"], {}) | line

    def _notify(self, order: Order, mailed: set[NotificationKind]) -> None:
        if self._store.is_syncing:
            return
        customer = self._store.customers[order.customer_id]
        self._account.notifications += [
            Notification(
                kind,
                customer.address,
                self._account.now(),
                self._store.list_id,
                self._store.store_id,
                order.order_id,
            )
            for kind in sorted(order.mails() - mailed)
        ]

    # Sums.

    def _count(self, order: Order, sign: int) -> None:
        """Add the order to, or take it from, its customer's and its member's sums."""
        customer = self._store.customers.get(order.customer_id)
        if customer is None or order.cancelled:
            return
        customer.orders_count += sign
        customer.total_spent += sign * order.revenue
        audience = self._audience()
        member = audience.members.get(customer.member_key) if audience else None
        if member is None:
            return
        trade = member.trade or Trade(currency_code=self._store.currency_code)
        revenue = Decimal(str(trade.revenue)) + sign * order.revenue
        member.trade = Trade(trade.orders + sign, float(plain(revenue)), trade.currency_code)

    def forget_trade(self) -> None:
        """Take all orders out of the members' sums; for a store that is deleted."""
        for order in self._store.orders.values():
            self._count(order, -1)

    def _audience(self) -> Audience | None:
        return self._account.audiences.get(self._store.list_id)
