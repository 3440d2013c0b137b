from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from simulators.mailchimp import AUDIENCE_ID, MailchimpSimulator, NotificationKind

CUSTOMER = {"id": "c1", "email_address": "ann@quay.com", "opt_in_status": False, "company": "Quay"}
LINE = {"id": "1", "product_id": "P1", "product_variant_id": "V1", "quantity": 2, "price": 12.5}


def order(**more: Any) -> dict[str, Any]:
    return {
        "id": "O1",
        "customer": CUSTOMER,
        "currency_code": "USD",
        "order_total": 25.0,
        "lines": [LINE],
        **more,
    }


def orders_of(mc: MailchimpSimulator) -> int:
    """How many orders the member's own document counts."""
    (member,) = mc.members()
    return int(member["stats"]["ecommerce_data"]["number_of_orders"])


def test_a_store_is_made_changed_and_deleted_with_all_in_it(
    api: Any, mc: MailchimpSimulator, store: str
) -> None:
    api.ok("PUT", f"{store}/orders/O1", order())
    shown = api.get(store)
    assert (shown["list_id"], shown["list_is_active"], shown["is_syncing"]) == (
        AUDIENCE_ID,
        True,
        False,
    )
    changed = api.ok("PATCH", store, {"is_syncing": True, "name": "Other", "currency_code": "EUR"})
    assert (changed["is_syncing"], changed["name"], changed["currency_code"]) == (
        True,
        "Other",
        "EUR",
    )
    assert api.get("/ecommerce/stores")["total_items"] == 1
    assert orders_of(mc) == 1
    api.ok("DELETE", store)
    assert api.refused("GET", store)["status"] == 404
    assert api.get("/ecommerce/orders")["orders"] == []
    assert orders_of(mc) == 0


def test_stores_that_are_refused(api: Any, store: str) -> None:
    body = {
        "id": "s2",
        "list_id": AUDIENCE_ID,
        "name": "Two",
        "currency_code": "USD",
        "domain": "quay.com",
    }
    assert (
        api.refused("POST", "/ecommerce/stores", {**body, "id": "s1"})["detail"]
        == "A store with the provided ID already exists in the account."
    )
    assert (
        api.refused("POST", "/ecommerce/stores", {**body, "list_id": "ffffffffff"})["status"] == 400
    )
    api.ok("POST", "/ecommerce/stores", body)
    assert "domain" in api.refused("POST", "/ecommerce/stores", {**body, "id": "s3"})["detail"]
    assert "domain" in api.refused("PATCH", store, {"domain": "quay.com"})["detail"]


@pytest.mark.breaks_contract
def test_the_audience_of_a_store_never_changes(api: Any, store: str) -> None:
    assert api.ok("PATCH", store, {"list_id": "ffffffffff"})["list_id"] == AUDIENCE_ID


@pytest.mark.parametrize(
    ("before", "opts_in", "after"),
    [
        (None, False, "transactional"),
        (None, True, "subscribed"),
        ("transactional", True, "subscribed"),
        ("transactional", False, "transactional"),
        ("subscribed", False, "subscribed"),
        ("unsubscribed", True, "unsubscribed"),
        ("cleaned", True, "cleaned"),
        ("pending", True, "pending"),
        ("archived", True, "archived"),
    ],
)
def test_what_a_customer_does_to_the_member(
    api: Any,
    mc: MailchimpSimulator,
    store: str,
    before: str | None,
    opts_in: bool,  # noqa: FBT001 - a column of the table
    after: str,
) -> None:
    if before:
        mc.seed([("ann@quay.com", before)])
    api.ok("PUT", f"{store}/customers/c1", {**CUSTOMER, "opt_in_status": opts_in})
    member = mc.member("ann@quay.com")
    assert member is not None
    assert member["status"] == after


def test_a_customer_of_an_erased_address_makes_no_member(
    api: Any, mc: MailchimpSimulator, store: str
) -> None:
    mc.seed([("ann@quay.com", "erased")])
    api.ok("PUT", f"{store}/customers/c1", {**CUSTOMER, "opt_in_status": True})
    assert mc.members() == []


def test_customers_are_found_changed_and_keep_their_address(api: Any, store: str) -> None:
    path = f"{store}/customers/c1"
    made = api.ok("PUT", path, {**CUSTOMER, "first_name": "Ann", "address": {"city": "Bath"}})
    assert (made["orders_count"], made["total_spent"], made["address"]["city"]) == (0, 0, "Bath")
    problem = api.refused("PUT", path, {**CUSTOMER, "email_address": "ben@quay.com"})
    assert (problem["status"], problem["detail"]) == (
        400,
        "An email address may not be changed once a customer is created.",
    )
    assert api.ok("PATCH", path, {"company": "Pier"})["first_name"] == "Ann"
    assert api.get(f"{store}/customers", email_address="ANN@quay.com")["total_items"] == 1
    assert api.get(f"{store}/customers", email_address="ben@quay.com")["customers"] == []
    assert api.refused("POST", f"{store}/customers", CUSTOMER)["detail"].endswith(
        "already exists in the account."
    )
    api.ok("DELETE", path)
    assert api.refused("GET", path)["status"] == 404
    assert api.refused("PUT", path, {"id": "c1", "opt_in_status": False})["errors"][0][
        "message"
    ].endswith("email_address")


@pytest.mark.breaks_contract
def test_a_customer_id_has_at_most_fifty_characters_and_needs_an_opt_in(
    api: Any, store: str
) -> None:
    for body in ({**CUSTOMER, "id": "c" * 51}, {"id": "c1", "email_address": "ann@quay.com"}):
        assert (
            api.refused("PUT", f"{store}/customers/{body['id']}", body)["title"]
            == "Invalid Resource"
        )


def test_products_and_variants(api: Any, mc: MailchimpSimulator, store: str) -> None:
    path = f"{store}/products/P1"
    shown = api.get(path)
    assert (shown["currency_code"], [variant["sku"] for variant in shown["variants"]]) == (
        "USD",
        ["00501", ""],
    )
    changed = api.ok(
        "PUT",
        path,
        {"id": "P1", "vendor": "Forge", "variants": [{"id": "V1", "title": "Box", "price": 13}]},
    )
    assert (changed["title"], changed["vendor"]) == ("Hinge", "Forge")
    assert [(variant["id"], variant["price"]) for variant in changed["variants"]] == [
        ("V1", 13),
        ("V2", 0),
    ]
    assert changed["variants"][0]["sku"] == "00501"
    mc.rules.put_replaces_variants = True
    assert (
        len(
            api.ok("PUT", path, {"id": "P1", "variants": [{"id": "V1", "title": "Box"}]})[
                "variants"
            ]
        )
        == 1
    )
    api.ok("PUT", f"{path}/variants/V3", {"id": "V3", "title": "Pallet", "inventory_quantity": 4})
    assert api.ok("PATCH", f"{path}/variants/V3", {"price": 99.5})["inventory_quantity"] == 4
    assert api.get(f"{path}/variants")["total_items"] == 2
    api.ok(
        "POST",
        f"{path}/images",
        {"id": "I1", "url": "https://quay.com/1.png", "variant_ids": ["V3"]},
    )
    assert api.ok("PATCH", f"{path}/images/I1", {"url": "https://quay.com/2.png"})[
        "variant_ids"
    ] == ["V3"]
    assert api.get(path)["images"][0]["url"] == "https://quay.com/2.png"
    for gone in (f"{path}/images/I1", f"{path}/variants/V3", path):
        api.ok("DELETE", gone)
        assert api.refused("GET", gone)["status"] == 404


@pytest.mark.breaks_contract
def test_products_that_are_refused(api: Any, store: str) -> None:
    path = f"{store}/products/P2"
    assert api.refused("PUT", path, {"id": "P2"})["errors"] == [
        {"field": "", "message": "Required fields were not provided: title, variants"}
    ]
    assert (
        api.refused("POST", f"{store}/products", {"id": "P2", "title": "x", "variants": []})[
            "errors"
        ][0]["field"]
        == "variants"
    )
    half = {
        "id": "P2",
        "title": "x",
        "variants": [{"id": "V", "title": "x", "inventory_quantity": 2.5, "price": None}],
    }
    assert {error["message"] for error in api.refused("PUT", path, half)["errors"]} == {
        "Schema describes integer, double found instead",
        "Schema describes number, NULL found instead",
    }
    assert (
        api.refused(
            "POST",
            f"{store}/products",
            {"id": "P1", "title": "x", "variants": [{"id": "V", "title": "x"}]},
        )["title"]
        == "Bad Request"
    )


@pytest.mark.parametrize(
    "identifier", ["AB/12", "#12-796524", "10% off", "a b", "Ünï?x=1&y", "INV+1"]
)
def test_ids_with_any_character_survive_the_path(api: Any, store: str, identifier: str) -> None:
    path = f"{store}/products/{quote(identifier, safe='')}"
    body = {"id": identifier, "title": "Odd", "variants": [{"id": identifier, "title": "Odd"}]}
    assert api.ok("PUT", path, body)["id"] == identifier
    assert api.get(path)["variants"][0]["id"] == identifier
    assert api.get(f"{path}/variants/{quote(identifier, safe='')}")["title"] == "Odd"


def test_an_order_is_made_and_changed_and_counted(
    api: Any, mc: MailchimpSimulator, store: str
) -> None:
    path = f"{store}/orders/O1"
    made = api.ok(
        "PUT",
        path,
        order(
            financial_status="paid", processed_at_foreign="2025-03-01T10:00:00+01:00", tax_total=1.5
        ),
    )
    assert made["processed_at_foreign"] == "2025-03-01T09:00:00+00:00"
    assert (made["customer"]["orders_count"], made["customer"]["total_spent"]) == (1, 25)
    assert (made["lines"][0]["product_title"], made["lines"][0]["product_variant_title"]) == (
        "Hinge",
        "Box of 10",
    )
    changed = api.ok("PATCH", path, {"order_total": 30.1})
    assert changed["customer"]["total_spent"] == 30.1
    assert changed["tax_total"] == 1.5
    more = {**LINE, "id": "2", "product_variant_id": "V2"}
    shown = api.ok("PUT", path, {"id": "O1", "lines": [more]})
    assert [line["id"] for line in shown["lines"]] == ["1", "2"], "lines not sent remain"
    mc.rules.put_replaces_lines = True
    assert [line["id"] for line in api.ok("PUT", path, {"id": "O1", "lines": [LINE]})["lines"]] == [
        "1"
    ]
    assert (
        api.ok(
            "PATCH",
            path,
            {"financial_status": "cancelled", "cancelled_at_foreign": "2025-04-01T00:00:00Z"},
        )["customer"]["total_spent"]
        == 0
    )
    api.ok("DELETE", path)
    assert api.get(f"{store}/customers/c1")["orders_count"] == 0


@pytest.mark.breaks_contract
def test_a_patch_takes_lines_with_ids_as_clients_send_them(api: Any, store: str) -> None:
    api.ok("PUT", f"{store}/orders/O1", order())
    lines = [{**LINE, "id": "2"}, {"id": "1", "quantity": 9}]
    patched = api.ok("PATCH", f"{store}/orders/O1", {"lines": lines})
    assert [(line["id"], line["quantity"]) for line in patched["lines"]] == [("1", 9), ("2", 2)]


def test_money_is_exact_over_many_orders(api: Any, store: str) -> None:
    for number in range(30):
        api.ok("PUT", f"{store}/orders/O{number}", order(id=f"O{number}", order_total=0.1))
    assert api.get(f"{store}/customers/c1")["total_spent"] == 3
    assert api.get(f"{store}/orders", customer_id="c1", count=5)["total_items"] == 30
    assert api.get("/ecommerce/orders", customer_id="nobody")["orders"] == []


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        (
            {"product_id": "P9"},
            "A product with the provided ID does not exist in the account for this list.",
        ),
        (
            {"product_variant_id": "V9"},
            "A product with the provided variant ID does not exist in the account for this list.",
        ),
    ],
)
def test_a_line_of_an_unknown_product_refuses_the_whole_order(
    api: Any, mc: MailchimpSimulator, store: str, line: Any, detail: str
) -> None:
    problem = api.refused("PUT", f"{store}/orders/O1", order(lines=[{**LINE, **line}]))
    assert (problem["title"], problem["detail"]) == ("Bad Request", detail)
    assert not mc.members(), "the customer was not made either"
    assert not mc.customers()


def test_a_line_may_bring_its_product(api: Any, store: str) -> None:
    inline = {"id": "P9", "title": "Stub", "variants": [{"id": "P9", "title": "Stub"}]}
    api.ok(
        "PUT",
        f"{store}/orders/O1",
        order(lines=[{**LINE, "product_id": "P9", "product_variant_id": "P9", "product": inline}]),
    )
    assert api.get(f"{store}/products/P9")["title"] == "Stub"


@pytest.mark.breaks_contract
@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"lines": [{**LINE, "quantity": 2.5}]}, "lines.item:0.quantity"),
        ({"lines": [{**LINE, "quantity": 2.0}]}, "lines.item:0.quantity"),
        ({"lines": [{**LINE, "id": ""}]}, "lines.item:0.id"),
        ({"lines": []}, "lines"),
        ({"order_total": None}, "order_total"),
        ({"customer": {"email_address": "ann@quay.com"}}, "customer"),
    ],
)
def test_orders_that_fail_the_schema(api: Any, store: str, broken: Any, field: str) -> None:
    assert api.refused("PUT", f"{store}/orders/O1", order(**broken))["errors"][0]["field"] == field


@pytest.mark.breaks_contract
def test_a_new_order_needs_lines(api: Any, store: str) -> None:
    body = order()
    del body["lines"]
    for method, path in (("PUT", f"{store}/orders/O1"), ("POST", f"{store}/orders")):
        assert (
            api.refused(method, path, body)["errors"][0]["message"]
            == "Required fields were not provided: lines"
        )


def test_negative_totals_are_a_rule(api: Any, mc: MailchimpSimulator, store: str) -> None:
    assert api.ok("PUT", f"{store}/orders/O1", order(order_total=-5))["order_total"] == -5
    mc.rules.negative_totals = False
    assert (
        api.refused("PUT", f"{store}/orders/O1", order(order_total=-5))["errors"][0]["field"]
        == "order_total"
    )


def test_order_lines(api: Any, store: str) -> None:
    api.ok("POST", f"{store}/orders", order())
    path = f"{store}/orders/O1/lines"
    api.ok("POST", path, {**LINE, "id": "2"})
    assert api.ok("PATCH", f"{path}/2", {"quantity": 7})["quantity"] == 7
    assert api.get(path)["total_items"] == 2
    api.ok("DELETE", f"{path}/1")
    assert [line["id"] for line in api.get(f"{store}/orders/O1")["lines"]] == ["2"]
    assert api.refused("GET", f"{path}/1")["status"] == 404
    assert api.refused("POST", f"{store}/orders", order())["title"] == "Bad Request"


def test_mails_go_out_unless_the_store_is_syncing(
    api: Any, mc: MailchimpSimulator, store: str
) -> None:
    api.ok("PATCH", store, {"is_syncing": True})
    api.ok("PUT", f"{store}/orders/O1", order(financial_status="paid"))
    assert mc.notifications == []
    api.ok("PATCH", store, {"is_syncing": False})
    api.ok("PUT", f"{store}/orders/O1", order(financial_status="paid"))
    assert mc.notifications == [], "nothing new happened to it"
    api.ok("PATCH", f"{store}/orders/O1", {"fulfillment_status": "shipped"})
    api.ok("PUT", f"{store}/orders/O2", order(id="O2", financial_status="pending"))
    api.ok("PATCH", f"{store}/orders/O2", {"financial_status": "paid"})
    api.ok("PATCH", f"{store}/orders/O2", {"financial_status": "cancelled"})
    api.ok("PATCH", f"{store}/orders/O2", {"cancelled_at_foreign": "2025-04-01T00:00:00Z"})
    assert [(mail.kind, mail.order_id) for mail in mc.notifications] == [
        (NotificationKind.ORDER_SHIPPED, "O1"),
        (NotificationKind.ORDER_CONFIRMATION, "O2"),
        (NotificationKind.ORDER_INVOICE, "O2"),
        (NotificationKind.ORDER_CANCELLATION, "O2"),
    ]
    assert {(mail.address, mail.store_id) for mail in mc.notifications} == {("ann@quay.com", "s1")}
