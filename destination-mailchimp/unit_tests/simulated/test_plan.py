from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulators.mailchimp import MailchimpSimulator

Make = Callable[..., Any]
SEEDS = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived", "erased")


@pytest.fixture(params=[1, 100_000], ids=["one-by-one", "by-pages"])
def plan(request: pytest.FixtureRequest) -> dict[str, Any]:
    names = ("products", "members", "customers", "orders")
    expected = dict.fromkeys(names, request.param)
    return {"_glue": {"run_id": "r", "outcomes": True, "expected": expected}, "dry_run": True}


@pytest.fixture
def rows(product: Make, member: Make, customer: Make, order: Make) -> list[Any]:
    return [
        product(),
        product("P-2"),
        *(member(f"{name}@shop.test", "granted", merge_fields={"FNAME": "Ann", "EXTRA": 1}) for name in SEEDS),
        member("new@shop.test", "granted"),
        member("denied@shop.test", "denied"),
        member("canary@example.invalid", merge_fields={"BIRTHDAY": "nonsense"}),
        customer("new@shop.test"),
        customer("nobody@shop.test"),
        order("1", "new@shop.test"),
        order("2", "nobody@shop.test"),
        order("3", "subscribed@shop.test"),
        order("4", "subscribed@shop.test", currency_code="EUR"),
    ]  # fmt: skip


def test_a_plan_sends_only_gets_and_says_what_the_run_then_does(
    runner: Any, mc: MailchimpSimulator, rows: list[Any], plan: dict[str, Any]
) -> None:
    mc.seed([(f"{name}@shop.test", name) for name in SEEDS])
    before = mc.state_fingerprint()
    planned = runner.write(rows, **plan)
    assert {each.method for each in mc.requests} == {"GET"}
    assert mc.state_fingerprint() == before
    assert planned.code == 0
    done = runner.write(rows, _glue=plan["_glue"])
    would = [kind.removeprefix("would_") for kind in planned.kinds]
    erased = [index for index, kind in enumerate(done.kinds) if kind == "skipped(erased)"]
    assert len(erased) == 1
    assert would[erased[0]] == "created"  # only Mailchimp's refusal shows that somebody was erased
    del would[erased[0]], done.outcomes[erased[0] + 1]
    assert would == [kind for index, kind in enumerate(done.kinds) if index != erased[0]]
    statuses = {number: each.get("status") for number, each in planned.outcomes.items()}
    assert statuses == {number: each.get("status") for number, each in done.outcomes.items()} | {
        erased[0] + 1: "subscribed"
    }


def test_a_plan_shows_old_and_new(
    runner: Any,
    mc: MailchimpSimulator,
    plan: dict[str, Any],
    product: Make,
    member: Make,
    order: Make,
) -> None:
    mc.add_member("ann@shop.test", "subscribed", merge_fields={"FNAME": "Anna"}, tags=["Old"])
    runner.write([product(), order()])
    mc.clear_requests()
    rows = [
        product(title="Screws"),
        product(),
        member("ann@shop.test", "denied", removed_tags=["old"]),
        order(order_total=30),
        order("INV-9"),
    ]
    ran = runner.write(rows, **plan)
    assert ran.kinds == ["would_updated", "would_unchanged", "would_updated", "would_updated", "would_created"]  # fmt: skip
    assert ran.outcomes[1]["differences"] == [
        {"field": "title", "old": "Nails", "new": "Screws"},
        {"field": "variants[P-1].title", "old": "Nails", "new": "Screws"},
    ]
    assert ran.outcomes[3]["differences"] == [
        {"field": "status", "old": "subscribed", "new": "unsubscribed"},
        {"field": "merge_fields.FNAME", "old": "Anna", "new": "Ann"},
        {"field": "tags", "old": ["Old"], "new": []},
    ]
    assert ran.outcomes[3]["status"] == "unsubscribed"
    assert ran.outcomes[4]["differences"] == [{"field": "order_total", "old": 20, "new": 30}]
    assert runner.sent == []


def test_a_plan_reads_by_the_fewer_calls(runner: Any, mc: MailchimpSimulator, member: Make) -> None:
    for number in range(30):
        mc.add_member(f"p{number}@shop.test", "subscribed")
    rows = [member(f"p{number}@shop.test") for number in range(30)]
    many = {"run_id": "r", "outcomes": True, "expected": {"members": 30}}
    ran = runner.write(rows, dry_run=True, _glue=many)
    assert set(ran.kinds) == {"would_updated"}
    assert ran.outcomes[1]["differences"] == [
        {"field": "merge_fields.FNAME", "old": "", "new": "Ann"}
    ]
    assert runner.calls("GET", "/members/") == []


def test_without_a_runner_a_dry_run_counts(runner: Any, member: Make) -> None:
    ran = runner.write([member("ann@shop.test")], dry_run=True, _glue=None)
    assert "members: 1 would_created" in ran.logs
    assert runner.sent == []
