"""Routes of orders and their lines, and the orders of all stores."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.mailchimp.account import Account
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.calls import NO_CONTENT, Call, Reply, Router
from simulators.mailchimp.problems import bad_request, not_found
from simulators.mailchimp.projection import page
from simulators.mailchimp.shapes import LINE, NEW_LINE, NEW_ORDER, ORDER
from simulators.mailchimp.store_writes import StoreWriter
from simulators.mailchimp.stores import Order, Store

_ORDERS = "/ecommerce/stores/*/orders"
_PUT_ORDER = ORDER.requiring("id")


def add_routes(router: Router) -> None:
    """Register the routes."""
    one = f"{_ORDERS}/*"
    router.add("GET", "/ecommerce/orders", _all)
    router.add("GET", _ORDERS, _list)
    router.add("POST", _ORDERS, _create)
    router.add("GET", one, _get)
    router.add("PUT", one, _put)
    router.add("PATCH", one, _patch)
    router.add("DELETE", one, _delete)
    router.add("GET", f"{one}/lines", _lines)
    router.add("POST", f"{one}/lines", _add_line)
    router.add("GET", f"{one}/lines/*", _line)
    router.add("PATCH", f"{one}/lines/*", _patch_line)
    router.add("DELETE", f"{one}/lines/*", _delete_line)


def _order(store: Store, order_id: str) -> Order:
    order = store.orders.get(order_id)
    if order is None:
        raise not_found()
    return order


def _matching(store: Store, query: Mapping[str, str]) -> list[Order]:
    def matches(order: Order) -> bool:
        outreach = order.fields.get("outreach", {}).get("id", "")
        return (
            query.get("customer_id") in {None, "", order.customer_id}
            and query.get("campaign_id") in {None, "", order.fields.get("campaign_id", "")}
            and query.get("outreach_id") in {None, "", outreach}
            and ("has_outreach" not in query or (query["has_outreach"] == "true") == bool(outreach))
        )

    return [order for order in store.orders.values() if matches(order)]


def _all(account: Account, call: Call) -> Reply:
    found = [
        (store, order)
        for store in account.stores.values()
        for order in _matching(store, call.query)
    ]
    shown = [store.order_document(order) for store, order in page(call.query).of(found)]
    return Reply(document={"orders": shown, "total_items": len(found), "_links": []})


def _list(account: Account, call: Call, store_id: str) -> Reply:
    store = account.store(store_id)
    found = _matching(store, call.query)
    shown = [store.order_document(order) for order in page(call.query).of(found)]
    return Reply(
        document={
            "store_id": store_id,
            "orders": shown,
            "total_items": len(found),
            "_links": [],
        }
    )


def _create(account: Account, call: Call, store_id: str) -> Reply:
    store = account.store(store_id)
    body = NEW_ORDER.check(call.body())
    if body["id"] in store.orders:
        raise bad_request(
            "An order with the provided ID already exists in the account for this list."
        )
    order = StoreWriter(account, store).put_order(body["id"], body)
    return Reply(document=store.order_document(order))


def _get(account: Account, _call: Call, store_id: str, order_id: str) -> Reply:
    store = account.store(store_id)
    return Reply(document=store.order_document(_order(store, order_id)))


def _put(account: Account, call: Call, store_id: str, order_id: str) -> Reply:
    store = account.store(store_id)
    shape = _PUT_ORDER if order_id in store.orders else NEW_ORDER
    order = StoreWriter(account, store).put_order(
        order_id, shape.check(call.body()), replace_lines=account.rules.put_replaces_lines
    )
    return Reply(document=store.order_document(order))


def _patch(account: Account, call: Call, store_id: str, order_id: str) -> Reply:
    store = account.store(store_id)
    _order(store, order_id)
    order = StoreWriter(account, store).put_order(order_id, ORDER.check(call.body()))
    return Reply(document=store.order_document(order))


def _delete(account: Account, _call: Call, store_id: str, order_id: str) -> Reply:
    store = account.store(store_id)
    StoreWriter(account, store).remove_order(_order(store, order_id))
    return NO_CONTENT


def _found_line(order: Order, line_id: str) -> Document:
    line = order.lines.get(line_id)
    if line is None:
        raise not_found()
    return line


def _lines(account: Account, call: Call, store_id: str, order_id: str) -> Reply:
    store = account.store(store_id)
    found = list(_order(store, order_id).lines.values())
    shown = [store.line_document(line) for line in page(call.query).of(found)]
    return Reply(
        document={
            "store_id": store_id,
            "order_id": order_id,
            "lines": shown,
            "total_items": len(found),
            "_links": [],
        }
    )


def _add_line(account: Account, call: Call, store_id: str, order_id: str) -> Reply:
    store = account.store(store_id)
    order = _order(store, order_id)
    body = NEW_LINE.check(call.body())
    if body["id"] in order.lines:
        raise bad_request("An order line with the provided ID already exists for this order.")
    line = StoreWriter(account, store).put_order_line(order, body)
    return Reply(document=store.line_document(line))


def _line(account: Account, _call: Call, store_id: str, order_id: str, line_id: str) -> Reply:
    store = account.store(store_id)
    return Reply(document=store.line_document(_found_line(_order(store, order_id), line_id)))


def _patch_line(account: Account, call: Call, store_id: str, order_id: str, line_id: str) -> Reply:
    store = account.store(store_id)
    order = _order(store, order_id)
    _found_line(order, line_id)
    body = LINE.check(call.body())
    line = StoreWriter(account, store).put_order_line(order, body | {"id": line_id})
    return Reply(document=store.line_document(line))


def _delete_line(
    account: Account, _call: Call, store_id: str, order_id: str, line_id: str
) -> Reply:
    order = _order(account.store(store_id), order_id)
    _found_line(order, line_id)
    del order.lines[line_id]
    return NO_CONTENT
