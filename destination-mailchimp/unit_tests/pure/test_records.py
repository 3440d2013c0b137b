from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from destination_mailchimp.consent import Consent, MemberStatus
from destination_mailchimp.customers import customer_body
from destination_mailchimp.ecommerce import gate
from destination_mailchimp.orders import order_body, read_lines, read_moment
from destination_mailchimp.products import product_body
from destination_mailchimp.records import MemberRecord, key_of
from destination_mailchimp.stores import store_id
from kit.protocol.errors import RecordRejected
from kit.protocol.keys import member_key
from kit.protocol.outcomes import OutcomeKind
from kit.protocol.reasons import Reason

ORDER = {
    "company": "Main",
    "currency_code": "USD",
    "id": "INV/1",
    "email_address": "a@b.test",
    "order_total": 10.5,
    "tax_total": 0.5,
    "shipping_total": None,
    "financial_status": "paid",
    "processed_at_foreign": "2024-01-01T00:00:00Z",
    "billing_address": {"address1": "1 St", "city": None},
    "lines": [
        {"id": "1", "product_id": "P", "title": "T", "quantity": 1, "price": 10, "amount": 10}
    ],
}


def test_keys() -> None:
    key = member_key("Ann@B.test")
    assert key_of("members", {"email_address": " ann@b.TEST"}) == key
    assert key_of("customers", ORDER | {"email_address": "Ann@B.test"}) == f"Main/USD/{key}"
    assert key_of("orders", ORDER) == "Main/USD/INV/1"
    assert key_of("products", {}) == "//"


@pytest.mark.parametrize(
    ("data", "reason", "field"),
    [
        ({}, Reason.NO_EMAIL, "email_address"),
        ({"email_address": "  "}, Reason.NO_EMAIL, "email_address"),
        ({"email_address": "nobody"}, Reason.BAD_EMAIL, "email_address"),
        ({"email_address": "a b@c.test"}, Reason.BAD_EMAIL, "email_address"),
        ({"email_address": "a@localhost"}, Reason.BAD_EMAIL, "email_address"),
        ({"email_address": "a@b.test", "consent": "perhaps"}, Reason.BAD_VALUE, "consent"),
        ({"email_address": "a@b.test", "merge_fields": []}, None, ""),
        ({"email_address": "a@b.test", "merge_fields": "x"}, Reason.BAD_VALUE, "merge_fields"),
    ],
)
def test_a_member_record(data: dict[str, Any], reason: Reason | None, field: str) -> None:
    if reason is None:
        assert MemberRecord.read(data).consent is Consent.UNKNOWN
        return
    with pytest.raises(RecordRejected) as caught:
        MemberRecord.read(data)
    assert (caught.value.reason, caught.value.field) == (reason, field)


def test_an_order_as_it_is_sent() -> None:
    body = order_body(ORDER, read_lines(ORDER))
    assert body == {
        "id": "INV/1",
        "currency_code": "USD",
        "order_total": Decimal("10.5"),
        "tax_total": Decimal("0.5"),
        "financial_status": "paid",
        "processed_at_foreign": "2024-01-01T00:00:00Z",
        "billing_address": {"address1": "1 St"},
        "lines": [{"id": "1", "product_id": "P", "product_variant_id": "P", "quantity": 1, "price": Decimal(10)}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"id": None}, Reason.MISSING_KEY, "id"),
        ({"financial_status": ""}, Reason.BAD_VALUE, "financial_status"),
        ({"processed_at_foreign": None}, Reason.BAD_VALUE, "processed_at_foreign"),
        ({"order_total": None}, Reason.BAD_VALUE, "order_total"),
        ({"order_total": "much"}, Reason.BAD_VALUE, "order_total"),
        ({"lines": []}, Reason.NO_LINES, "lines"),
        ({"lines": ORDER["lines"] * 2}, Reason.BAD_VALUE, "lines"),  # type: ignore[operator]  # a list
    ],
)
def test_an_order_that_lacks_something_is_rejected(
    changes: dict[str, Any], reason: Reason, field: str
) -> None:
    with pytest.raises(RecordRejected) as caught:
        order_body(ORDER | changes, read_lines(ORDER | changes))
    assert (caught.value.reason, caught.value.field) == (reason, field)


def test_times_are_aware() -> None:
    assert read_moment("2024-01-01T00:00:00") == datetime(2024, 1, 1, tzinfo=UTC)
    with pytest.raises(RecordRejected):
        read_moment("yesterday")


def test_a_customer_never_opts_in() -> None:
    body = customer_body({"email_address": " A@b.test ", "company_name": "Acme", "first_name": None, "address": {"city": "Oslo", "address1": ""}})  # fmt: skip
    assert body == {
        "id": member_key("a@b.test"),
        "email_address": "A@b.test",
        "opt_in_status": False,
        "company": "Acme",
        "address": {"city": "Oslo"},
    }


def test_a_product_gets_a_variant() -> None:
    assert product_body({"id": "P", "title": None})["variants"] == [{"id": "P", "title": "P"}]
    body = product_body({"id": "P", "title": "T", "description": None, "variants": [{"id": "V", "sku": 17, "price": 1.1, "inventory_quantity": 2.9}]})  # fmt: skip
    assert body == {"id": "P", "title": "T", "variants": [{"id": "V", "title": "V", "sku": "17", "price": Decimal("1.1"), "inventory_quantity": 2}]}  # fmt: skip
    with pytest.raises(RecordRejected):
        product_body({"id": "P", "variants": [{"title": "nameless"}]})


@pytest.mark.parametrize("status", MemberStatus)
def test_whom_shop_data_may_touch(status: MemberStatus) -> None:
    absent = status in {MemberStatus.ABSENT, MemberStatus.ARCHIVED, MemberStatus.ERASED}
    parked = (OutcomeKind.PARKED, Reason.NO_MEMBER)
    assert gate("all", status) is None
    assert gate("existing_members", status) == (parked if absent else None)
    skipped = (OutcomeKind.SKIPPED, Reason.NO_CONSENT)
    assert gate("consented", status) == (None if status is MemberStatus.SUBSCRIBED else skipped)


def test_store_ids() -> None:
    assert store_id("Wholesale", "MAIN Office & Co.", "USD") == "wholesale-main-office-co-usd"
