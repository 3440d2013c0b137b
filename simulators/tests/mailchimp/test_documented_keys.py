"""Answers carry every key that the published description has, down to the last one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.mailchimp import AUDIENCE_ID, MailchimpSimulator
from tests.contracts.mailchimp import MailchimpContract

# Absent in recorded answers, or with a value set that leaves no room for "none".
ABSENT = {
    "members": {"unsubscribe_reason", "last_note"},
    "orders": {"tracking_code"},
    "lists": {"total_contacts"},
    # Each type of merge field has its own options.
    "merge_fields": {"choices", "size", "date_format", "phone_format", "default_country"},
}
LISTS = {
    "/lists": "lists",
    f"/lists/{AUDIENCE_ID}/members": "members",
    f"/lists/{AUDIENCE_ID}/merge-fields": "merge_fields",
    f"/lists/{AUDIENCE_ID}/webhooks": "webhooks",
    f"/lists/{AUDIENCE_ID}/abuse-reports": "abuse_reports",
    "/batches": "batches",
    "/ecommerce/stores": "stores",
    "/ecommerce/stores/s1/products": "products",
    "/ecommerce/stores/s1/products/P1/variants": "variants",
    "/ecommerce/stores/s1/products/P1/images": "images",
    "/ecommerce/stores/s1/customers": "customers",
    "/ecommerce/stores/s1/orders": "orders",
    "/ecommerce/stores/s1/orders/O1/lines": "lines",
    "/ecommerce/orders": "orders",
}


@pytest.fixture
def contract(contracts_dir: Path) -> MailchimpContract:
    return MailchimpContract(contracts_dir)


@pytest.fixture
def filled(api: Any, mc: MailchimpSimulator, store: str) -> Any:
    """An account with one of everything."""
    mc.subscribe("ann@quay.com")
    api.ok(
        "POST",
        api.member_path("ann@quay.com") + "/tags",
        {"tags": [{"name": "a", "status": "active"}]},
    )
    mc.complain("ann@quay.com")
    api.ok("POST", f"/lists/{AUDIENCE_ID}/webhooks", {"url": "https://hooks.quay.com/1"})
    api.ok("POST", "/batches", {"operations": [{"method": "GET", "path": "/ping"}]})
    api.ok("POST", f"{store}/products/P1/images", {"id": "I1", "url": "https://quay.com/1.png"})
    line = {"id": "1", "product_id": "P1", "product_variant_id": "V1", "quantity": 1, "price": 5}
    customer = {"id": "c1", "email_address": "ann@quay.com", "opt_in_status": False}
    promos = [{"code": "x", "amount_discounted": 1, "type": "fixed"}]
    order = {"customer": customer, "currency_code": "USD", "order_total": 5, "lines": [line]}
    api.ok("PUT", f"{store}/orders/O1", {"id": "O1", **order, "promos": promos})
    return api


def missing(
    contract: MailchimpContract, schema: Any, document: Any, where: str = ""
) -> Iterator[str]:
    """The paths of documented keys that a document lacks."""
    schema = contract._schemas.resolved(schema)
    for part in schema.get("allOf", ()):
        yield from missing(contract, part, document, where)
    if isinstance(document, list) and "items" in schema:
        for each in document:
            yield from missing(contract, schema["items"], each, where)
    if isinstance(document, dict) and not where.endswith("_links"):
        for name, inner in schema.get("properties", {}).items():
            if name not in document:
                yield f"{where}.{name}".strip(".")
            else:
                yield from missing(contract, inner, document[name], f"{where}.{name}".strip("."))


def answer_schema(contract: MailchimpContract, path: str) -> Any:
    template = contract._template(tuple(path.strip("/").split("/")))
    assert template is not None
    answer = contract._document["paths"][template]["get"]["responses"]["200"]
    return answer["content"]["application/json"]["schema"]


@pytest.mark.parametrize("path", LISTS)
def test_collections(filled: Any, contract: MailchimpContract, path: str) -> None:
    shown = filled.get(path)
    name = LISTS[path]
    assert shown[name], "one of them, to look at"
    lacking = {
        key.rsplit(".", 1)[-1]
        for key in missing(contract, answer_schema(contract, path), shown)
        if "_links" not in key
    }
    assert lacking <= ABSENT.get(name, set())


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/ping",
        f"/lists/{AUDIENCE_ID}",
        "/ecommerce/stores/s1",
        "/ecommerce/stores/s1/orders/O1",
    ],
)
def test_single_documents(filled: Any, contract: MailchimpContract, path: str) -> None:
    schema = contract._document["paths"]["/"]["get"]["responses"]["200"]["content"][
        "application/json"
    ]["schema"]
    if path != "/":
        schema = answer_schema(contract, path)
    lacking = {key for key in missing(contract, schema, filled.get(path)) if "_links" not in key}
    assert lacking <= {"tracking_code", "stats.total_contacts"}
