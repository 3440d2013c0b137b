"""Routes of products, their variants and images."""

from __future__ import annotations

from simulators.mailchimp.account import Account
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.calls import NO_CONTENT, Call, Reply, Router
from simulators.mailchimp.problems import bad_request, not_found
from simulators.mailchimp.projection import page
from simulators.mailchimp.shapes import IMAGE, NEW_PRODUCT, PRODUCT, VARIANT, cleaned
from simulators.mailchimp.store_writes import StoreWriter
from simulators.mailchimp.stores import Product, Store, Variant, image_document

_PRODUCTS = "/ecommerce/stores/*/products"
_PUT_PRODUCT = PRODUCT.requiring("id")


def add_routes(router: Router) -> None:
    """Register the routes."""
    one = f"{_PRODUCTS}/*"
    router.add("GET", _PRODUCTS, _list)
    router.add("POST", _PRODUCTS, _create)
    router.add("GET", one, _get)
    router.add("PUT", one, _put)
    router.add("PATCH", one, _patch)
    router.add("DELETE", one, _delete)
    router.add("GET", f"{one}/variants", _variants)
    router.add("POST", f"{one}/variants", _add_variant)
    router.add("GET", f"{one}/variants/*", _variant)
    router.add("PUT", f"{one}/variants/*", _put_variant)
    router.add("PATCH", f"{one}/variants/*", _patch_variant)
    router.add("DELETE", f"{one}/variants/*", _delete_variant)
    router.add("GET", f"{one}/images", _images)
    router.add("POST", f"{one}/images", _add_image)
    router.add("GET", f"{one}/images/*", _image)
    router.add("PATCH", f"{one}/images/*", _patch_image)
    router.add("DELETE", f"{one}/images/*", _delete_image)


def _product(store: Store, product_id: str) -> Product:
    product = store.products.get(product_id)
    if product is None:
        raise not_found()
    return product


def _shown(store: Store, product: Product) -> Reply:
    return Reply(document=product.document(store.currency_code))


def _list(account: Account, call: Call, store_id: str) -> Reply:
    store = account.store(store_id)
    found = list(store.products.values())
    shown = [each.document(store.currency_code) for each in page(call.query).of(found)]
    return _collection("products", shown, len(found), store_id=store_id)


def _create(account: Account, call: Call, store_id: str) -> Reply:
    store = account.store(store_id)
    body = NEW_PRODUCT.check(call.body())
    if body["id"] in store.products:
        raise bad_request(
            "A product with the provided ID already exists in the account for this list."
        )
    return _shown(store, StoreWriter(account, store).put_product(body["id"], body))


def _get(account: Account, _call: Call, store_id: str, product_id: str) -> Reply:
    store = account.store(store_id)
    return _shown(store, _product(store, product_id))


def _put(account: Account, call: Call, store_id: str, product_id: str) -> Reply:
    store = account.store(store_id)
    shape = _PUT_PRODUCT if product_id in store.products else NEW_PRODUCT
    return _shown(
        store, StoreWriter(account, store).put_product(product_id, shape.check(call.body()))
    )


def _patch(account: Account, call: Call, store_id: str, product_id: str) -> Reply:
    store = account.store(store_id)
    _product(store, product_id)
    body = PRODUCT.check(call.body())
    return _shown(store, StoreWriter(account, store).put_product(product_id, body))


def _delete(account: Account, _call: Call, store_id: str, product_id: str) -> Reply:
    store = account.store(store_id)
    _product(store, product_id)
    del store.products[product_id]
    return NO_CONTENT


def _found_variant(product: Product, variant_id: str) -> Variant:
    variant = product.variants.get(variant_id)
    if variant is None:
        raise not_found()
    return variant


def _variants(account: Account, call: Call, store_id: str, product_id: str) -> Reply:
    product = _product(account.store(store_id), product_id)
    found = list(product.variants.values())
    shown = [each.document() for each in page(call.query).of(found)]
    return _collection("variants", shown, len(found), store_id=store_id, product_id=product_id)


def _add_variant(account: Account, call: Call, store_id: str, product_id: str) -> Reply:
    store = account.store(store_id)
    product = _product(store, product_id)
    body = VARIANT.check(call.body())
    if body["id"] in product.variants:
        raise bad_request("A variant with the provided ID already exists for this product.")
    variant = StoreWriter(account, store).put_variant(product, body["id"], body)
    return Reply(document=variant.document())


def _variant(
    account: Account, _call: Call, store_id: str, product_id: str, variant_id: str
) -> Reply:
    product = _product(account.store(store_id), product_id)
    return Reply(document=_found_variant(product, variant_id).document())


def _put_variant(
    account: Account, call: Call, store_id: str, product_id: str, variant_id: str
) -> Reply:
    store = account.store(store_id)
    product = _product(store, product_id)
    body = VARIANT.check(call.body())
    return Reply(
        document=StoreWriter(account, store).put_variant(product, variant_id, body).document()
    )


def _patch_variant(
    account: Account, call: Call, store_id: str, product_id: str, variant_id: str
) -> Reply:
    store = account.store(store_id)
    product = _product(store, product_id)
    _found_variant(product, variant_id)
    body = VARIANT.requiring().check(call.body())
    return Reply(
        document=StoreWriter(account, store).put_variant(product, variant_id, body).document()
    )


def _delete_variant(
    account: Account, _call: Call, store_id: str, product_id: str, variant_id: str
) -> Reply:
    product = _product(account.store(store_id), product_id)
    _found_variant(product, variant_id)
    del product.variants[variant_id]
    return NO_CONTENT


def _found_image(product: Product, image_id: str) -> Document:
    image = product.images.get(image_id)
    if image is None:
        raise not_found()
    return image


def _images(account: Account, call: Call, store_id: str, product_id: str) -> Reply:
    product = _product(account.store(store_id), product_id)
    found = list(product.images.values())
    shown = [image_document(each) for each in page(call.query).of(found)]
    return _collection("images", shown, len(found), store_id=store_id, product_id=product_id)


def _add_image(account: Account, call: Call, store_id: str, product_id: str) -> Reply:
    product = _product(account.store(store_id), product_id)
    body = cleaned(IMAGE, IMAGE.check(call.body()))
    product.images[body["id"]] = body
    return Reply(document=image_document(body))


def _image(account: Account, _call: Call, store_id: str, product_id: str, image_id: str) -> Reply:
    product = _product(account.store(store_id), product_id)
    return Reply(document=image_document(_found_image(product, image_id)))


def _patch_image(
    account: Account, call: Call, store_id: str, product_id: str, image_id: str
) -> Reply:
    product = _product(account.store(store_id), product_id)
    body = cleaned(IMAGE, IMAGE.requiring().check(call.body()))
    image = _found_image(product, image_id) | body | {"id": image_id}
    product.images[image_id] = image
    return Reply(document=image_document(image))


def _delete_image(
    account: Account, _call: Call, store_id: str, product_id: str, image_id: str
) -> Reply:
    product = _product(account.store(store_id), product_id)
    _found_image(product, image_id)
    del product.images[image_id]
    return NO_CONTENT


def _collection(name: str, rows: list[Document], total: int, **ids: str) -> Reply:
    return Reply(document={**ids, name: rows, "total_items": total, "_links": []})
