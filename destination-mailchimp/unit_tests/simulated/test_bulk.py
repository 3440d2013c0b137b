from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulators.mailchimp import MailchimpSimulator

Make = Callable[..., Any]


@pytest.fixture
def load(runner: Any) -> Any:
    runner.changes = {
        "_glue": {"run_id": "r", "outcomes": True, "expected": {"members": 10_000}},
        "bulk_from": 100,
    }
    return runner


def test_new_people_go_by_the_hundred(load: Any, mc: MailchimpSimulator, member: Make) -> None:
    rows = [member(f"p{number}@shop.test", "granted", tags=["b2b"]) for number in range(1200)]
    ran = load.write(rows)
    assert set(ran.kinds) == {"created"}
    assert len(mc.members()) == 1200
    assert {each["status"] for each in mc.members()} == {"subscribed"}
    assert {tag["name"] for each in mc.members() for tag in each["tags"]} == {"b2b"}
    assert len(load.calls("POST", "/lists/")) == 3
    assert load.calls("PUT") == []
    assert all(b'"update_existing":false' in each.request_body for each in load.calls("POST"))
    assert sum(each.get("calls", 0) for each in ran.outcomes.values()) == 3, (
        "each call is counted once"
    )


def test_few_new_people_go_alone(load: Any, mc: MailchimpSimulator, member: Make) -> None:
    load.write([member(f"p{number}@shop.test") for number in range(99)])
    assert len(mc.members()) == 99
    assert load.calls("POST") == []


def test_people_who_are_known_never_go_by_a_bulk_call(
    load: Any, mc: MailchimpSimulator, member: Make
) -> None:
    for number in range(50):
        mc.add_member(f"p{number}@shop.test", "unsubscribed")
    ran = load.write([member(f"p{number}@shop.test", "granted") for number in range(200)])
    assert ran.kinds == ["updated"] * 50 + ["created"] * 150
    statuses = [each["status"] for each in mc.members()]
    assert statuses.count("unsubscribed") == 50
    bulk = b"".join(each.request_body for each in load.calls("POST"))
    assert b"p49@" not in bulk
    assert b"p50@" in bulk


def test_a_hundred_bad_rows_among_a_thousand_are_named_and_the_others_written(
    load: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.audience().add_merge_field("LTV", "Lifetime", "number")
    erased = [f"p{number}@shop.test" for number in range(5, 1000, 40)]
    mc.seed([(address, "erased") for address in erased])
    rows = [member(f"p{number}@shop.test", "granted") for number in range(1000)]
    for number in range(0, 1000, 20):
        rows[number] = member(f"canary{number}@example.com", "granted")
    for number in range(15, 1000, 40):
        rows[number] = member(f"p{number}@shop.test", merge_fields={"LTV": "canary"})
    ran = load.write(rows)
    kinds = ran.kinds
    assert kinds.count("created") == 900
    assert kinds.count("rejected(fake_email)") == 50
    assert kinds.count("skipped(erased)") == 25
    assert kinds.count("rejected(bad_merge_field)") == 25
    assert len(mc.members()) == 900
    assert b"canary" not in ran.raw
    assert [index for index, kind in enumerate(kinds) if "fake" in kind] == list(range(0, 1000, 20))


def test_somebody_who_became_known_meanwhile_goes_on_alone_without_a_status(
    load: Any, mc: MailchimpSimulator, member: Make
) -> None:
    rows = [member(f"p{number}@shop.test", "granted") for number in range(200)]

    def join(exchange: Any) -> None:
        if exchange.method == "GET" and "status=archived" in str(exchange.query):
            mc.unsubscribe_as_person(_added(mc, "p7@shop.test"))

    mc.on_exchange(join)
    ran = load.write(rows)
    assert ran.kinds.count("created") == 199
    assert ran.kinds[7] == "updated"
    found = mc.member("p7@shop.test")
    assert found is not None
    assert found["status"] == "unsubscribed"


def _added(mc: MailchimpSimulator, address: str) -> str:
    if mc.member(address) is None:
        mc.add_member(address, "subscribed")
    return address


@pytest.mark.parametrize("fault", ["bad_gateway_after", "bad_gateway_before", "drop_answer", "internal_error"])  # fmt: skip
def test_a_bulk_call_without_an_answer_is_not_repeated_but_read(
    load: Any, mc: MailchimpSimulator, member: Make, fault: str
) -> None:
    mc.faults.on(fault, count=1, method="POST")
    ran = load.write([member(f"p{number}@shop.test", "granted") for number in range(150)])
    assert set(ran.kinds) == {"created"}
    assert len(mc.members()) == 150
    assert len(load.calls("POST")) == 1


def test_the_same_address_twice_is_no_error(
    load: Any, mc: MailchimpSimulator, member: Make
) -> None:
    rows = [member(f"p{number}@shop.test") for number in range(150)]
    rows += [member("P7@shop.test", merge_fields={"FNAME": "Later"})]
    ran = load.write(rows)
    assert ran.kinds == ["created"] * 150 + ["updated"]
    found = mc.member("p7@shop.test")
    assert found is not None
    assert found["merge_fields"]["FNAME"] == "Later"


def test_a_row_that_got_another_status_is_reported(
    load: Any, mc: MailchimpSimulator, member: Make
) -> None:
    rows = [member(f"p{number}@shop.test", "granted") for number in range(120)]
    body = b",".join(
        b'{"email_address": "p%d@shop.test", "status": "unsubscribed"}' % number
        for number in range(120)
    )
    mc.faults.on("answer", count=1, method="POST", status=200, body=f'{{"new_members": [{body.decode()}], "errors": []}}', content_type="application/json")  # fmt: skip
    ran = load.write(rows)
    assert set(ran.kinds) == {"rejected(ignored_by_mailchimp)"}
