from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kit.protocol.keys import member_key
from simulators.mailchimp import MailchimpSimulator

Make = Callable[..., Any]
ANN = "ann@shop.test"
STORE = "wholesale-main-usd"
FRESH = {"expected": {"products": 1, "members": 1, "customers": 1, "orders": 1}}


@pytest.fixture
def shop(mc: MailchimpSimulator, runner: Any) -> Any:
    mc.add_member(ANN, "subscribed")
    return runner


def test_a_store_its_product_customer_and_order(
    shop: Any, mc: MailchimpSimulator, product: Make, customer: Make, order: Make
) -> None:
    ran = shop.write([product(), customer(ANN), order()])
    assert ran.kinds == ["created", "created", "created"]
    (store,) = mc.stores()
    assert (store["id"], store["name"], store["currency_code"]) == (STORE, "Wholesale USD", "USD")
    assert store["list_id"] == mc.main_audience_id
    (found,) = mc.orders()
    assert found["customer"]["id"] == member_key(ANN)
    assert found["financial_status"] == "paid"
    assert found["processed_at_foreign"] == "2024-01-01T00:00:00+00:00"
    (buyer,) = mc.customers()
    assert (buyer["company"], buyer["opt_in_status"]) == ("Acme", False)
    assert [each["status"] for each in mc.members()] == ["subscribed"]


def test_one_store_for_each_company_and_currency(
    shop: Any, mc: MailchimpSimulator, product: Make
) -> None:
    shop.write(
        [
            product(),
            product(currency_code="EUR"),
            product(company="South & Co"),
            product("P-2"),
        ]
    )
    assert {each["id"] for each in mc.stores()} == {
        STORE,
        "wholesale-main-eur",
        "wholesale-south-co-usd",
    }
    assert len(shop.calls("POST", "/stores")) == 3


def test_a_store_is_never_made_twice(shop: Any, mc: MailchimpSimulator, product: Make) -> None:
    mc.faults.on("bad_gateway_after", count=1, method="POST", path="stores")
    assert shop.write([product()]).kinds == ["created"]
    shop.write([product()])
    assert len(mc.stores()) == 1
    assert len(shop.calls("POST", "/stores")) == 1


def test_a_store_of_another_audience_is_a_config_error(
    shop: Any, mc: MailchimpSimulator, product: Make
) -> None:
    shop.write([product()])
    with mc.lock:
        mc.account.stores[STORE].list_id = "other"
    for ran in (shop.write([product("P-2")]),):
        assert ran.code == 1
        assert f"`{STORE}` belongs to another audience" in ran.error["message"]
        assert ran.error["failure_type"] == "config_error"
    assert shop.verb("check").messages[-1]["connectionStatus"]["status"] == "FAILED"


def test_a_store_whose_currency_was_changed_takes_nothing(
    shop: Any, mc: MailchimpSimulator, product: Make, order: Make
) -> None:
    shop.write([product()])
    with mc.lock:
        mc.account.stores[STORE].fields["currency_code"] = "EUR"
    assert shop.write([order()]).kinds == ["rejected(currency_mismatch)"]


def test_two_companies_may_not_share_a_store(shop: Any, product: Make) -> None:
    ran = shop.write([product(company="A-B"), product(company="A B")])
    assert ran.code == 1
    assert "would share the store" in ran.error["message"]


def test_ids_with_a_slash_and_a_hash(
    shop: Any, mc: MailchimpSimulator, product: Make, order: Make
) -> None:
    identifier = "A/1 #2?%é"
    lines = [{"id": identifier, "product_id": identifier, "title": "T", "quantity": 1, "price": 20, "amount": 20}]  # fmt: skip
    ran = shop.write([product(identifier), order(identifier, lines=lines)])
    assert ran.kinds == ["created", "created"]
    assert mc.orders()[0]["id"] == identifier
    assert mc.orders()[0]["lines"][0]["product_id"] == identifier


def test_quantities_prices_and_totals_to_the_cent(
    shop: Any, mc: MailchimpSimulator, product: Make, order: Make
) -> None:
    lines = [
        {
            "id": "1",
            "product_id": "P-1",
            "title": "T",
            "quantity": 2.5,
            "price": 3.33,
            "amount": 8.33,
        },
        {
            "id": "2",
            "product_id": "P-1",
            "title": "T",
            "quantity": 3,
            "price": 9.99,
            "amount": 28.95,
        },
    ]
    shop.write([product(), order(order_total=37.28, tax_total=0.1, lines=lines)])
    (found,) = mc.orders()
    assert Decimal(str(found["order_total"])) == Decimal("37.28")
    shown = [(each["quantity"], each["price"], each["discount"]) for each in found["lines"]]
    assert shown == [(1, 8.33, 0), (3, 9.99, 1.02)]


def test_a_product_that_was_never_delivered_is_made_from_the_line(
    shop: Any, mc: MailchimpSimulator, product: Make, order: Make
) -> None:
    lines = [
        {"id": "1", "product_id": "P-1", "title": "Not this", "quantity": 1, "price": 1, "amount": 1},
        {"id": "2", "product_id": "KG", "title": "Sand", "quantity": 2.5, "price": 4, "amount": 10},
        {"id": "3", "product_id": "P-1", "product_variant_id": "RED", "title": "Red", "quantity": 1, "price": 9, "amount": 9},
    ]  # fmt: skip
    ran = shop.write([product(), order(lines=lines)])
    assert ran.kinds == ["created", "created"]
    titles = {each["id"]: each["title"] for each in mc.products()}
    assert titles == {"P-1": "Nails", "KG": "Sand"}
    stub = next(each for each in mc.products() if each["id"] == "KG")
    assert [variant["price"] for variant in stub["variants"]] == [0], "the price of one order"
    assert len(shop.calls("PUT", "/orders/")) == 2


@pytest.mark.breaks_contract
def test_an_order_whose_product_cannot_be_had_names_it(
    shop: Any, mc: MailchimpSimulator, order: Make
) -> None:
    mc.faults.on("answer", method="PUT", path="products", status=400, body='{"title": "Bad Request", "detail": "no"}', content_type="application/problem+json")  # fmt: skip
    assert shop.write([order()]).kinds == ["rejected(unknown_product)"]


def test_stale_lines_are_removed(
    shop: Any, mc: MailchimpSimulator, product: Make, order: Make
) -> None:
    one = {"product_id": "P-1", "title": "T", "quantity": 1, "price": 10, "amount": 10}
    shop.write([product(), order(lines=[one | {"id": "1"}, one | {"id": "a/b"}])])
    ran = shop.write([order(order_total=30, lines=[one | {"id": "1"}, one | {"id": "new"}])])
    assert ran.kinds == ["updated"]
    assert [each["id"] for each in mc.orders()[0]["lines"]] == ["1", "new"]


def test_who_is_no_member_waits_by_default(
    shop: Any, mc: MailchimpSimulator, product: Make, customer: Make, order: Make
) -> None:
    mc.seed([("gone@shop.test", "archived"), ("left@shop.test", "unsubscribed")])
    ran = shop.write(
        [
            product(),
            customer("nobody@shop.test"),
            order("1", "nobody@shop.test"),
            order("2", "gone@shop.test"),
            order("3", "left@shop.test"),
        ]
    )
    assert ran.kinds == ["created"] + ["parked(no_member)"] * 3 + ["created"]
    assert ran.outcomes[3]["waits_for"] == f"members:{member_key('nobody@shop.test')}"
    assert len(mc.members()) == 3


def test_only_who_agreed(shop: Any, mc: MailchimpSimulator, product: Make, order: Make) -> None:
    mc.seed([("left@shop.test", "unsubscribed")])
    rows = [
        product(),
        order("1", "nobody@shop.test"),
        order("2", "left@shop.test"),
        order("3", ANN),
    ]
    kinds = shop.write(rows, ecommerce_scope="consented").kinds
    assert kinds == ["created", "skipped(no_consent)", "skipped(no_consent)", "created"]


def test_everybody_becomes_transactional_and_nobody_subscribed(
    shop: Any, mc: MailchimpSimulator, product: Make, customer: Make, order: Make
) -> None:
    mc.seed([("left@shop.test", "unsubscribed")])
    rows = [product(), customer("new@shop.test"), order("1", "newer@shop.test"), order("2", "left@shop.test")]  # fmt: skip
    assert set(shop.write(rows, ecommerce_scope="all").kinds) == {"created"}
    assert {each["email_address"]: each["status"] for each in mc.members()} == {
        ANN: "subscribed",
        "left@shop.test": "unsubscribed",
        "new@shop.test": "transactional",
        "newer@shop.test": "transactional",
    }


def test_a_member_of_the_same_run_counts(
    runner: Any, mc: MailchimpSimulator, product: Make, member: Make, order: Make
) -> None:
    assert runner.write([product(), member(ANN), order()]).kinds == ["created"] * 3
    assert len(mc.orders()) == 1


def test_a_backfill_sends_no_mail_and_fresh_orders_do(
    shop: Any, mc: MailchimpSimulator, product: Make, order: Make
) -> None:
    shop.write([product(), *(order(f"INV-{number}") for number in range(20))])
    assert mc.notifications == []
    assert mc.stores()[0]["is_syncing"] is False
    fresh = (mc.clock.now() - timedelta(hours=1)).isoformat()
    shop.write([order("NEW", processed_at_foreign=fresh)])
    assert [str(each.kind) for each in mc.notifications] == ["order_invoice"]
    switches = [each.request_body for each in shop.calls("PATCH", "/stores/")]
    assert switches == [b'{"is_syncing":true}', b'{"is_syncing":false}']


def test_an_aborted_backfill_stays_silent_and_the_next_run_that_ends_lets_mails_go(
    shop: Any, mc: MailchimpSimulator, product: Make, order: Make, member: Make
) -> None:
    shop.write_then_stop([product(), order()], lambda: len(mc.orders()) == 1)
    assert mc.stores()[0]["is_syncing"] is True
    shop.write_then_stop([order("INV-2")], lambda: len(mc.orders()) == 2)
    assert mc.stores()[0]["is_syncing"] is True
    shop.write([member("other@shop.test")], objects=["members"])
    assert mc.stores()[0]["is_syncing"] is True
    shop.write([])
    assert mc.stores()[0]["is_syncing"] is False
    assert mc.notifications == []


def test_cancelled_and_refunded_orders(
    shop: Any, mc: MailchimpSimulator, product: Make, order: Make
) -> None:
    shop.write([product(), order("1"), order("2")])
    shop.write(
        [
            order("1", financial_status="cancelled", cancelled_at_foreign="2024-02-01T00:00:00Z", order_total=0),
            order("2", financial_status="refunded"),
        ]
    )  # fmt: skip
    found = {each["id"]: each for each in mc.orders()}
    assert found["1"]["cancelled_at_foreign"] == "2024-02-01T00:00:00+00:00"
    assert found["2"]["financial_status"] == "refunded"
    assert mc.notifications == []


def test_what_is_the_same_is_not_written_again(
    shop: Any, mc: MailchimpSimulator, product: Make, customer: Make, order: Make
) -> None:
    rows = [product(), customer(ANN), order()]
    shop.write(rows)
    mc.clear_requests()
    few = {
        "run_id": "r",
        "outcomes": True,
        "expected": {"products": 1, "customers": 1, "orders": 1},
    }
    assert shop.write(rows, _glue=few).kinds == ["unchanged"] * 3
    assert shop.sent == []


def test_created_and_updated_are_told_by_pages_where_that_is_cheaper(
    shop: Any, mc: MailchimpSimulator, product: Make
) -> None:
    shop.write([product(f"P-{number}") for number in range(30)])
    mc.clear_requests()
    many = {"run_id": "r", "outcomes": True, "expected": {"products": 40}}
    rows = [product(f"P-{number}", title="Screws") for number in range(40)]
    assert shop.write(rows, _glue=many).kinds == ["updated"] * 30 + ["created"] * 10
    assert len(shop.calls("GET", "/products")) == 2


def test_shop_data_without_a_store_is_a_config_error(shop: Any, product: Make) -> None:
    ran = shop.write([product()], store=None)
    assert ran.code == 1
    assert "`store` is missing" in ran.error["message"]
    assert shop.write([], store=None, objects=["members"]).code == 0


@pytest.mark.parametrize(
    ("changes", "kind", "field"),
    [
        ({"financial_status": None}, "rejected(bad_value)", "financial_status"),
        ({"processed_at_foreign": "soon"}, "rejected(bad_value)", "processed_at_foreign"),
        ({"email_address": None}, "rejected(no_email)", "email_address"),
        ({"lines": []}, "rejected(no_lines)", "lines"),
        ({"company": None}, "rejected(missing_key)", "company"),
    ],
)
def test_orders_that_lack_something(
    shop: Any, order: Make, changes: dict[str, Any], kind: str, field: str
) -> None:
    ran = shop.write([order(**changes)])
    assert ran.kinds == [kind]
    assert ran.outcomes[1]["field"] == field
