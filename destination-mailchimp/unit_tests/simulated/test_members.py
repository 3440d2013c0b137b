from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from kit.protocol.keys import member_key
from simulators.mailchimp import MailchimpSimulator

Make = Callable[..., Any]
ADDRESS = {"addr1": "1 Main St", "city": "Oslo", "state": "OS", "zip": "0150"}
FEW = {"_glue": {"run_id": "r", "outcomes": True, "expected": {"members": 1}}}
MANY = {"_glue": {"run_id": "r", "outcomes": True, "expected": {"members": 100_000}}}


@pytest.fixture(params=[FEW, MANY], ids=["one-by-one", "by-pages"])
def snapshot(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(request.param)


def test_new_people_get_the_status_that_their_consent_allows(
    runner: Any, mc: MailchimpSimulator, member: Make, snapshot: dict[str, Any]
) -> None:
    rows = [
        member("granted@shop.test", "granted"),
        member("unknown@shop.test", "unknown"),
        member("denied@shop.test", "denied"),
        member("excluded@shop.test", "excluded"),
    ]
    ran = runner.write(rows, **snapshot)
    assert ran.kinds == ["created", "created", "skipped(consent_denied)", "skipped(excluded)"]
    assert {each["email_address"]: each["status"] for each in mc.members()} == {
        "granted@shop.test": "subscribed",
        "unknown@shop.test": "transactional",
    }
    assert sorted(each["id"] for each in ran.states) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("held", "kind"),
    [
        ("subscribed", "updated"),
        ("pending", "updated"),
        ("transactional", "updated"),
        ("unsubscribed", "updated"),
        ("cleaned", "skipped(cleaned)"),
        ("archived", "skipped(archived)"),
        ("erased", "skipped(erased)"),
    ],
)
@pytest.mark.parametrize("consent", ["granted", "unknown"])
def test_a_known_status_is_never_touched(
    runner: Any, mc: MailchimpSimulator, member: Make, snapshot: dict[str, Any], held: str, kind: str, consent: str
) -> None:  # fmt: skip
    mc.seed([("ann@shop.test", held)])
    ran = runner.write([member("ann@shop.test", consent)], **snapshot)
    assert ran.kinds == [kind]
    found = mc.member("ann@shop.test")
    if held == "erased":
        assert found is None
        return
    assert found is not None
    assert found["status"] == held
    assert found["merge_fields"]["FNAME"] == ("Ann" if kind == "updated" else "")


def test_a_routine_write_never_sends_status(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.add_member("ann@shop.test", "subscribed")
    runner.write([member("ann@shop.test", "granted"), member("new@shop.test", "granted")])
    bodies = [each.request_body for each in runner.calls("PUT", "/members/")]
    assert len(bodies) == 2
    assert all(b'"status_if_new"' in body and b'"status":' not in body for body in bodies)


def test_an_opt_out_unsubscribes_and_stays(
    runner: Any, mc: MailchimpSimulator, member: Make, snapshot: dict[str, Any]
) -> None:
    mc.add_member("ann@shop.test", "subscribed")
    changed = {"consent_changed_at": mc.clock.now() + timedelta(minutes=1)}
    ran = runner.write([member("ann@shop.test", "denied", envelope=changed)], **snapshot)
    assert ran.outcomes[1]["kind"] == "updated"
    assert ran.outcomes[1]["status"] == "unsubscribed"
    found = mc.member("ann@shop.test")
    assert found is not None
    assert (found["status"], found["merge_fields"]["FNAME"]) == ("unsubscribed", "Ann")
    mc.clear_requests()
    runner.write([member("ann@shop.test", "denied", envelope=changed)], **snapshot)
    assert runner.calls("PATCH") == []


@pytest.mark.parametrize("ours", [True, False])
def test_an_opt_out_gives_way_to_a_later_subscribe_in_mailchimp(
    runner: Any, mc: MailchimpSimulator, member: Make, snapshot: dict[str, Any], *, ours: bool
) -> None:
    minutes = 1 if ours else -60
    evidence = {
        "consent_changed_at": mc.clock.now() + timedelta(minutes=minutes),
        "consent_written_by_us": ours,
    }
    mc.add_member("ann@shop.test", "subscribed")
    ran = runner.write([member("ann@shop.test", "denied", envelope=evidence)], **snapshot)
    assert ran.outcomes[1]["status"] == "subscribed"


def test_a_new_opt_in_raises_a_transactional_member_only_where_the_policy_says_so(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.add_member("ann@shop.test", "transactional")
    rows = [
        member(
            "ann@shop.test",
            "granted",
            envelope={"consent_changed_at": mc.clock.now() + timedelta(minutes=1)},
        )
    ]
    assert runner.write(rows).outcomes[1]["status"] == "transactional"
    rows[0][2]["consent_changed_at"] = mc.clock.now() + timedelta(minutes=1)
    assert runner.write(rows, raise_on_new_opt_in=True).outcomes[1]["status"] == "subscribed"


def test_a_double_opt_in_audience_asks_for_confirmation(make_runner: Make, member: Make) -> None:
    with MailchimpSimulator(double_optin=True) as mc:
        ran = make_runner(mc).write([member("ann@shop.test", "granted")])
        assert ran.outcomes[1]["status"] == "pending"
        assert [str(each.kind) for each in mc.notifications] == ["opt_in_confirmation"]


def test_refused_addresses_have_reasons_and_nobody_is_named(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.addresses.overused.add("often@shop.test")
    rows = [
        member("canary@example.com"),
        member("often@shop.test"),
        member("not an address"),
        member(""),
        member("a@b..test"),
        member("fine@shop.test"),
    ]
    ran = runner.write(rows)
    assert ran.kinds == [
        "rejected(fake_email)",
        "rejected(too_many_signups)",
        "rejected(bad_email)",
        "rejected(no_email)",
        "rejected(bad_email)",
        "created",
    ]
    assert b"canary" not in ran.raw
    assert b"often" not in ran.raw
    (statistics,) = [each["destinationStats"] for each in ran.states if each["id"] == 2]
    assert statistics == {"recordCount": 6, "rejectedRecordCount": 5}


def test_somebody_erased_is_remembered_for_the_run(
    runner: Any, mc: MailchimpSimulator, member: Make, order: Make, product: Make
) -> None:
    mc.seed([("ann@shop.test", "erased")])
    ran = runner.write([product(), member("ann@shop.test"), order()])
    assert ran.kinds == ["created", "skipped(erased)", "parked(no_member)"]
    assert ran.outcomes[3]["waits_for"] == f"members:{member_key('ann@shop.test')}"


def test_merge_fields_are_made_converted_and_cleared(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    fields = {
        "FNAME": "Ann",
        "LNAME": "é" * 200,
        "ADDRESS": ADDRESS,
        "CREDIT": 12.5,
        "SINCE": "2020-02-05",
        "NOTE": True,
        "BIRTHDAY": "1980-03-31",
    }
    runner.write([member("ann@shop.test", merge_fields=fields)])
    found = mc.member("ann@shop.test")
    assert found is not None
    held = found["merge_fields"]
    assert held["LNAME"] == "é" * 127
    assert held["CREDIT"] == 12.5
    assert (held["SINCE"], held["NOTE"], held["BIRTHDAY"]) == ("2020-02-05", "true", "03/31")
    assert held["ADDRESS"]["city"] == "Oslo"
    kinds = {tag: each.type for tag, each in mc.audience().definitions.items()}
    assert (kinds["CREDIT"], kinds["SINCE"], kinds["NOTE"]) == ("number", "date", "text")
    runner.write([member("ann@shop.test", merge_fields={"FNAME": None, "LNAME": "Lee"})])
    kept = mc.member("ann@shop.test")
    assert kept is not None
    assert kept["merge_fields"]["FNAME"] == "Ann"
    runner.write([member("ann@shop.test", merge_fields={"FNAME": None})], null_merge_fields="clear")
    cleared = mc.member("ann@shop.test")
    assert cleared is not None
    assert cleared["merge_fields"]["FNAME"] == ""


def test_missing_merge_fields_are_left_out_where_they_may_not_be_made(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    rows = [member(f"{name}@shop.test", merge_fields={"CREDIT": 1}) for name in "ab"]
    ran = runner.write(rows, create_merge_fields=False)
    assert ran.kinds == ["created", "created"]
    assert "CREDIT" not in mc.audience().definitions
    assert sum("`CREDIT`" in line for line in ran.logs) == 1


def test_a_merge_field_that_cannot_be_made_is_a_config_error(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.rules.max_merge_fields = 5
    ran = runner.write([member("ann@shop.test", merge_fields={"CREDIT": 1})])
    assert ran.code == 1
    assert ran.error["failure_type"] == "config_error"
    assert "`CREDIT`" in ran.error["message"]


def test_a_merge_field_made_by_a_call_without_an_answer_is_not_made_twice(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.faults.on("bad_gateway_after", count=1, method="POST", path="merge-fields")
    ran = runner.write([member("ann@shop.test", merge_fields={"CREDIT": 1})])
    assert ran.kinds == ["created"]
    assert len(runner.calls("POST", "merge-fields")) == 1


def test_values_that_do_not_fit_are_rejected_with_their_field(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.audience().add_merge_field("LTV", "Lifetime", "number")
    ran = runner.write([member("ann@shop.test", merge_fields={"LTV": "canary"})])
    assert ran.kinds == ["rejected(bad_merge_field)"]
    assert ran.outcomes[1]["field"] == "merge_fields.LTV"
    assert b"canary" not in ran.raw


def test_required_merge_fields_do_not_stop_a_write(make_runner: Make, member: Make) -> None:
    with MailchimpSimulator(required_merge_fields=["VATID"]) as mc:
        assert make_runner(mc).write([member("ann@shop.test")]).kinds == ["created"]


def test_tags_are_added_and_removed_only_where_that_changes_something(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.add_member("ann@shop.test", "subscribed", tags=["B2B", "Old"])
    runner.write([member("ann@shop.test", tags=["b2b", "new"], removed_tags=["old", "never"])])
    found = mc.member("ann@shop.test")
    assert found is not None
    assert {tag["name"].lower() for tag in found["tags"]} == {"b2b", "new"}
    mc.clear_requests()
    runner.write([member("ann@shop.test", tags=["b2b", "new"], removed_tags=["old"])])
    assert runner.calls("POST", "/tags") == []


def test_two_versions_of_a_person_are_written_in_order(
    runner: Any, mc: MailchimpSimulator, member: Make, snapshot: dict[str, Any]
) -> None:
    names = [f"Name {number}" for number in range(10)]
    ran = runner.write(
        [member("Ann@shop.test", merge_fields={"FNAME": name}) for name in names], **snapshot
    )
    assert ran.kinds[0] == "created"
    assert set(ran.kinds[1:]) == {"updated"}
    found = mc.member("ann@shop.test")
    assert found is not None
    assert found["merge_fields"]["FNAME"] == "Name 9"


def test_what_is_known_to_be_the_same_is_not_written(
    runner: Any, member: Make, mc: MailchimpSimulator
) -> None:
    rows = [member("ann@shop.test", merge_fields={"FNAME": "Ann", "ADDRESS": ADDRESS}, tags=["x"])]
    runner.write(rows, **FEW)
    mc.clear_requests()
    assert runner.write(rows, **FEW).kinds == ["unchanged"]
    assert runner.sent == []


def test_a_second_run_sends_no_change_of_consent(
    runner: Any, mc: MailchimpSimulator, member: Make, snapshot: dict[str, Any]
) -> None:
    mc.seed([(f"{state}@shop.test", state) for state in ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived", "erased")])  # fmt: skip
    rows = [
        member(f"{name}@shop.test", consent, envelope={"consent_changed_at": mc.clock.now() + timedelta(minutes=1)})
        for name in ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived", "erased", "new")
        for consent in ("granted",)
    ]  # fmt: skip
    runner.write(rows, **snapshot)
    before = {each["email_address"]: each["status"] for each in mc.members()}
    mc.clear_requests()
    runner.write(rows, **snapshot)
    assert {each["email_address"]: each["status"] for each in mc.members()} == before
    assert all(b'"status":' not in each.request_body for each in runner.sent)


def test_a_silently_ignored_change_is_an_outcome_of_its_own(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    found = mc.add_member("ann@shop.test", "subscribed")
    mc.faults.on(
        "answer_after",
        count=1,
        method="PATCH",
        status=200,
        body=f'{{"id": "{found["id"]}", "status": "subscribed"}}',
        content_type="application/json",
    )
    ran = runner.write([member("ann@shop.test", "denied")])
    assert ran.kinds == ["rejected(ignored_by_mailchimp)"]
    assert "unsubscribed" in ran.outcomes[1]["message"]


def test_the_language_is_written(runner: Any, mc: MailchimpSimulator, member: Make) -> None:
    runner.write([member("ann@shop.test", language="no")])
    found = mc.member("ann@shop.test")
    assert found is not None
    assert found["language"] == "no"


def test_the_snapshot_is_read_by_the_fewer_calls(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    for number in range(2500):
        mc.add_member(f"p{number}@shop.test", "subscribed")
    mc.log_exchanges = True
    runner.write([member("p1@shop.test")], **FEW)
    assert len(runner.calls("GET", "/members/")) == 1
    mc.clear_requests()
    runner.write(
        [member("p1@shop.test"), member("p2499@shop.test"), member("new@shop.test")], **MANY
    )
    pages = [each for each in runner.calls("GET", "/members") if each.path.endswith("/members")]
    assert len(pages) == 6 + 2
    assert runner.calls("GET", "/members/") == []
