"""Routes of stores and customers."""

from __future__ import annotations

from simulators.mailchimp.account import Account
from simulators.mailchimp.addresses import normalised
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.calls import NO_CONTENT, Call, Reply, Router
from simulators.mailchimp.problems import FieldError, bad_request, invalid, not_found
from simulators.mailchimp.projection import page
from simulators.mailchimp.shapes import CUSTOMER, STORE, cleaned
from simulators.mailchimp.store_writes import StoreWriter
from simulators.mailchimp.stores import Customer, Store

_STORES = "/ecommerce/stores"
_NEW_STORE = STORE.requiring("id", "list_id", "name", "currency_code")
_PUT_CUSTOMER = CUSTOMER.requiring("id", "opt_in_status")
_NEW_CUSTOMER = CUSTOMER.requiring("id", "opt_in_status", "email_address")


def add_routes(router: Router) -> None:
    """Register the routes."""
    one = f"{_STORES}/*"
    router.add("GET", _STORES, _list)
    router.add("POST", _STORES, _create)
    router.add("GET", one, _get)
    router.add("PATCH", one, _update)
    router.add("DELETE", one, _delete)
    router.add("GET", f"{one}/customers", _customers)
    router.add("POST", f"{one}/customers", _add_customer)
    router.add("GET", f"{one}/customers/*", _customer)
    router.add("PUT", f"{one}/customers/*", _put_customer)
    router.add("PATCH", f"{one}/customers/*", _patch_customer)
    router.add("DELETE", f"{one}/customers/*", _delete_customer)


def _shown(account: Account, store: Store) -> Document:
    return store.document(list_is_active=store.list_id in account.audiences)


def _list(account: Account, call: Call) -> Reply:
    found = list(account.stores.values())
    shown = [_shown(account, store) for store in page(call.query).of(found)]
    return Reply(document={"stores": shown, "total_items": len(found), "_links": []})


def _create(account: Account, call: Call) -> Reply:
    body = _NEW_STORE.check(call.body())
    if body["id"] in account.stores:
        raise bad_request("A store with the provided ID already exists in the account.")
    if body["list_id"] not in account.audiences:
        raise invalid(FieldError("list_id", "The requested list does not exist."))
    _check_domain(account, body, own="")
    now = account.now()
    store = Store(body["id"], body["list_id"], now, now, cleaned(STORE, body))
    account.stores[store.store_id] = store
    return Reply(document=_shown(account, store))


def _check_domain(account: Account, body: Document, own: str) -> None:
    domain = body.get("domain")
    if domain and any(
        store.fields.get("domain") == domain
        for store in account.stores.values()
        if store.store_id != own
    ):
        raise bad_request("A store with the provided domain already exists in the account.")


def _get(account: Account, _call: Call, store_id: str) -> Reply:
    return Reply(document=_shown(account, account.store(store_id)))


def _update(account: Account, call: Call, store_id: str) -> Reply:
    store = account.store(store_id)
    body = STORE.check(call.body())
    _check_domain(account, body, own=store_id)
    changes = cleaned(STORE, body)
    store.fields = store.fields | {k: v for k, v in changes.items() if k not in {"id", "list_id"}}
    store.updated_at = account.now()
    return Reply(document=_shown(account, store))


def _delete(account: Account, _call: Call, store_id: str) -> Reply:
    StoreWriter(account, account.store(store_id)).forget_trade()
    del account.stores[store_id]
    return NO_CONTENT


def _customers(account: Account, call: Call, store_id: str) -> Reply:
    store = account.store(store_id)
    found = list(store.customers.values())
    address = call.query.get("email_address")
    if address:
        found = [each for each in found if normalised(each.address) == normalised(address)]
    shown = [customer.document() for customer in page(call.query).of(found)]
    return Reply(
        document={
            "store_id": store_id,
            "customers": shown,
            "total_items": len(found),
            "_links": [],
        }
    )


def _found(store: Store, customer_id: str) -> Customer:
    customer = store.customers.get(customer_id)
    if customer is None:
        raise not_found()
    return customer


def _add_customer(account: Account, call: Call, store_id: str) -> Reply:
    store = account.store(store_id)
    body = _NEW_CUSTOMER.check(call.body())
    if body["id"] in store.customers:
        raise bad_request("A customer with the provided ID already exists in the account.")
    return Reply(document=StoreWriter(account, store).put_customer(body["id"], body).document())


def _customer(account: Account, _call: Call, store_id: str, customer_id: str) -> Reply:
    return Reply(document=_found(account.store(store_id), customer_id).document())


def _put_customer(account: Account, call: Call, store_id: str, customer_id: str) -> Reply:
    store = account.store(store_id)
    body = _PUT_CUSTOMER.check(call.body())
    CUSTOMER.check({"id": customer_id})
    return Reply(document=StoreWriter(account, store).put_customer(customer_id, body).document())


def _patch_customer(account: Account, call: Call, store_id: str, customer_id: str) -> Reply:
    store = account.store(store_id)
    _found(store, customer_id)
    body = CUSTOMER.check(call.body())
    return Reply(document=StoreWriter(account, store).put_customer(customer_id, body).document())


def _delete_customer(account: Account, _call: Call, store_id: str, customer_id: str) -> Reply:
    store = account.store(store_id)
    _found(store, customer_id)
    del store.customers[customer_id]
    return NO_CONTENT
