from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kit.protocol.keys import member_key
from simulators.mailchimp import MailchimpSimulator

Make = Callable[..., Any]
OLD, NEW = "old@shop.test", "new@shop.test"


@pytest.fixture
def moved(member: Make) -> Make:
    def make(consent: str = "unknown", **data: Any) -> Any:
        return member(NEW, consent, envelope={"previous_key": member_key(OLD)}, **data)

    return make


def _status(mc: MailchimpSimulator, address: str) -> str | None:
    found = mc.member(address)
    return None if found is None else str(found["status"])


@pytest.mark.parametrize("held", ["subscribed", "unsubscribed", "pending", "transactional"])
def test_the_member_moves_and_keeps_its_status(
    runner: Any, mc: MailchimpSimulator, moved: Make, held: str
) -> None:
    contact = mc.add_member(OLD, held)["contact_id"]
    ran = runner.write([moved(tags=["b2b"])])
    assert ran.kinds == ["updated"]
    assert (_status(mc, OLD), _status(mc, NEW)) == (None, held)
    found = mc.member(NEW)
    assert found is not None
    assert found["contact_id"] == contact
    assert found["merge_fields"]["FNAME"] == "Ann"
    assert [tag["name"] for tag in found["tags"]] == ["b2b"]


@pytest.mark.parametrize("held", ["cleaned", "archived", "erased"])
def test_a_member_in_a_final_state_stays_and_the_new_address_starts_afresh(
    runner: Any, mc: MailchimpSimulator, moved: Make, held: str
) -> None:
    mc.seed([(OLD, held)])
    ran = runner.write([moved()])
    assert ran.kinds == ["created"]
    assert _status(mc, OLD) == (None if held == "erased" else held)
    assert _status(mc, NEW) == "transactional"


def test_an_old_address_that_nobody_has_is_a_plain_create(
    runner: Any, mc: MailchimpSimulator, moved: Make
) -> None:
    assert runner.write([moved("granted")]).kinds == ["created"]
    assert _status(mc, NEW) == "subscribed"


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        ("unsubscribed", "subscribed", "unsubscribed"),
        ("subscribed", "unsubscribed", "unsubscribed"),
        ("subscribed", "subscribed", "subscribed"),
        ("unsubscribed", "transactional", "transactional"),
    ],
)
def test_a_collision_keeps_both_and_the_stricter_status(
    runner: Any, mc: MailchimpSimulator, moved: Make, old: str, new: str, after: str
) -> None:
    mc.add_member(OLD, old)
    mc.add_member(NEW, new)
    ran = runner.write([moved()])
    assert ran.kinds == ["updated"]
    assert "both members were kept" in ran.outcomes[1]["message"]
    assert (_status(mc, OLD), _status(mc, NEW)) == (old, after)


def test_an_opt_out_moves_and_then_unsubscribes(
    runner: Any, mc: MailchimpSimulator, moved: Make
) -> None:
    mc.add_member(OLD, "subscribed")
    assert runner.write([moved("denied")]).outcomes[1]["status"] == "unsubscribed"
    assert (_status(mc, OLD), _status(mc, NEW)) == (None, "unsubscribed")


def test_somebody_excluded_is_not_moved(runner: Any, mc: MailchimpSimulator, moved: Make) -> None:
    mc.add_member(OLD, "subscribed")
    assert runner.write([moved("excluded")]).kinds == ["skipped(excluded)"]
    assert (_status(mc, OLD), _status(mc, NEW)) == ("subscribed", None)


def test_a_move_without_an_answer_is_found_out(
    runner: Any, mc: MailchimpSimulator, moved: Make
) -> None:
    mc.add_member(OLD, "unsubscribed")
    mc.faults.on("bad_gateway_after", count=1, method="PUT")
    ran = runner.write([moved()])
    assert ran.kinds == ["updated"]
    assert (_status(mc, OLD), _status(mc, NEW)) == (None, "unsubscribed")


def test_a_plan_shows_the_move_and_sends_nothing(
    runner: Any, mc: MailchimpSimulator, moved: Make
) -> None:
    mc.add_member(OLD, "subscribed")
    ran = runner.write([moved()], dry_run=True)
    assert ran.kinds == ["would_updated"]
    assert ran.outcomes[1]["differences"][0] == {"field": "email_address", "old": OLD, "new": NEW}
    assert runner.sent == []
