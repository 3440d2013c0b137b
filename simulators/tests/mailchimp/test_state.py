from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import mailchimp_marketing
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mailchimp_marketing.api_client import ApiClientError

from simulators.mailchimp import (
    API_KEY,
    AUDIENCE_ID,
    MailchimpSimulator,
    NotificationKind,
    SeedMember,
)
from simulators.mailchimp.consent import (
    PROTECTED,
    NotAllowed,
    Standing,
    Status,
    archived,
    changed_by_api,
    new_standing,
)
from simulators.wholesaler import wholesaler


def work(api: Any, steps: list[int]) -> None:
    """Do independent steps in an order."""
    for step in steps:
        api.put(f"p{step}@quay.com", {"merge_fields": {"FNAME": f"N{step}", "LNAME": "Q"}})
        api.ok(
            "POST",
            api.member_path(f"p{step}@quay.com") + "/tags",
            {"tags": [{"name": f"t{step % 2}", "status": "active"}]},
        )
        api.ok(
            "PUT",
            f"/ecommerce/stores/s1/products/X{step}",
            {"id": f"X{step}", "title": "x", "variants": [{"id": "v", "title": "x"}]},
        )
        line = {
            "id": "1",
            "product_id": f"X{step}",
            "product_variant_id": "v",
            "quantity": 1,
            "price": 2,
        }
        customer = {"id": f"c{step}", "email_address": f"p{step}@quay.com", "opt_in_status": False}
        body = {
            "id": f"O{step}",
            "customer": customer,
            "currency_code": "USD",
            "order_total": 2,
            "lines": [line],
        }
        api.ok("PUT", f"/ecommerce/stores/s1/orders/O{step}", body)


def test_the_fingerprint_does_not_depend_on_order_time_or_repetition(client_of: Any) -> None:
    prints = []
    for seed in range(2):
        with MailchimpSimulator(seed=seed) as simulator:
            api = client_of(simulator)
            api.ok(
                "POST",
                "/ecommerce/stores",
                {"id": "s1", "list_id": AUDIENCE_ID, "name": "S", "currency_code": "USD"},
            )
            steps = list(range(6)) + ([2, 4] if seed else [])
            random.Random(seed).shuffle(steps)  # noqa: S311 - an order of work
            work(api, steps)
            prints.append(simulator.state_fingerprint())
            api.put("p1@quay.com", {"merge_fields": {"FNAME": "other"}})
            assert simulator.state_fingerprint() != prints[-1]
    assert prints[0] == prints[1]
    assert json.loads(json.dumps(prints[0])) == prints[0]


def test_the_wholesalers_members_stand_where_the_data_says(mc: MailchimpSimulator) -> None:
    members = wholesaler().mailchimp_members
    mc.seed(members)
    wanted = Counter(str(member.status) for member in members)
    erased = wanted.pop("erased")
    assert Counter(str(member["status"]) for member in mc.members()) == wanted
    assert len(mc.audience().erased) == erased
    assert mc.notifications == []


def test_seeds_of_all_forms(mc: MailchimpSimulator) -> None:
    mc.seed(
        [
            SeedMember("a@quay.com", "complained", {"FNAME": "Ann"}, ("trade",), "en"),
            ("b@quay.com", "archived"),
            {"email_address": "c@quay.com"},
        ]
    )
    assert {member["email_address"]: member["status"] for member in mc.members()} == {
        "a@quay.com": "unsubscribed",
        "b@quay.com": "archived",
        "c@quay.com": "subscribed",
    }
    for bad in ({"status": "subscribed"}, ("a@quay.com", "happy"), 3):
        with pytest.raises(ValueError, match=r"member"):
            mc.seed([bad])
    with pytest.raises(KeyError):
        mc.clean("nobody@quay.com")


def test_a_double_opt_in_audience(client_of: Any) -> None:
    with MailchimpSimulator(double_optin=True, audience_name="News", birthday=False) as simulator:
        api = client_of(simulator)
        assert api.get(f"/lists/{AUDIENCE_ID}")["double_optin"] is True
        assert api.put("ann@quay.com", {"status_if_new": "pending"})["timestamp_opt"] == ""
        assert [mail.kind for mail in simulator.notifications] == [NotificationKind.CONFIRMATION]
        assert api.put("ben@quay.com")["status"] == "subscribed", (
            "the API may skip the confirmation"
        )


def test_by_hand_starts_with_the_wholesalers_members() -> None:
    made = MailchimpSimulator.by_hand(seed=1, empty=False)
    assert made.counts()["members"] == len(made.members()) > 500
    assert made.credentials()["API key"].startswith(API_KEY)
    assert MailchimpSimulator.by_hand(seed=1, empty=True).counts()["members"] == 0


standings = st.sampled_from(
    [
        new_standing(Status(name))
        for name in ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
    ]
)


@settings(max_examples=200)
@given(
    standings,
    st.lists(
        st.sampled_from([status for status in Status if status is not Status.ARCHIVED] + [None])
    ),
)
def test_no_path_of_api_writes_subscribes_a_protected_person(
    start: Standing, wanted: list[Status | None]
) -> None:
    held = start
    for status in wanted:
        protected = held.ending in PROTECTED
        try:
            held = changed_by_api(held, status)
        except NotAllowed:
            continue
        if protected:
            assert held.status not in {Status.SUBSCRIBED, Status.TRANSACTIONAL}
            assert held.ending in PROTECTED


@given(standings)
def test_archiving_keeps_who_ended_it(start: Standing) -> None:
    try:
        held = archived(start)
    except NotAllowed:
        assert start.status in {Status.CLEANED, Status.PENDING}
        return
    assert (held.status, held.ending) == (Status.ARCHIVED, start.ending)


@pytest.fixture
def official(mc: MailchimpSimulator) -> Any:
    """Mailchimp's own client, pointed at the simulator."""
    client = mailchimp_marketing.Client({"api_key": API_KEY})
    client.api_client.host = f"{mc.url}/3.0"
    return client


def test_the_official_client_works(official: Any, mc: MailchimpSimulator, hashed: Any) -> None:
    assert official.ping.get() == {"health_status": "Everything's Chimpy!"}
    assert official.root.get_root()["role"] == "owner"
    (audience,) = official.lists.get_all_lists()["lists"]
    members = [
        {"email_address": f"p{number}@quay.com", "status": "transactional"} for number in range(3)
    ]
    assert (
        official.lists.batch_list_members(
            audience["id"], {"members": members, "update_existing": False}
        )["total_created"]
        == 3
    )
    body = {
        "email_address": "ann@quay.com",
        "status_if_new": "subscribed",
        "merge_fields": {"FNAME": "Ann"},
    }
    key = hashed("ann@quay.com")
    assert official.lists.set_list_member(audience["id"], key, body)["status"] == "subscribed"
    official.lists.update_list_member_tags(
        audience["id"], key, {"tags": [{"name": "trade", "status": "active"}]}
    )
    assert official.lists.get_list_members_info(audience["id"], count=2, fields=["members.id"])[
        "members"
    ]
    official.lists.add_list_merge_field(
        audience["id"], {"name": "Number", "type": "text", "tag": "ERPNO"}
    )
    store = {"id": "s1", "list_id": audience["id"], "name": "S", "currency_code": "USD"}
    official.ecommerce.add_store(store)
    product = {"id": "P#1", "title": "Hinge", "variants": [{"id": "P#1", "title": "Hinge"}]}
    official.ecommerce.add_store_product("s1", product)
    assert official.ecommerce.get_store_product("s1", "P#1")["title"] == "Hinge"
    line = {"id": "1", "product_id": "P#1", "product_variant_id": "P#1", "quantity": 1, "price": 5}
    customer = {"id": key, "email_address": "ann@quay.com", "opt_in_status": False}
    order = {
        "id": "O1",
        "customer": customer,
        "currency_code": "USD",
        "order_total": 5,
        "lines": [line],
    }
    assert official.ecommerce.add_store_order("s1", order)["customer"]["orders_count"] == 1
    assert official.ecommerce.orders()["total_items"] == 1
    official.lists.delete_list_member_permanent(audience["id"], key)
    with pytest.raises(ApiClientError) as refusal:
        official.lists.set_list_member(audience["id"], key, body)
    assert refusal.value.status_code == 400
    assert "Forgotten Email Not Subscribed" in refusal.value.text
    assert mc.counts()["orders"] == 1
