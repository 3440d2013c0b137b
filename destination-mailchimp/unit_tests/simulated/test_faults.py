from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from kit.destination import http
from simulators.mailchimp import MailchimpSimulator

Make = Callable[..., Any]


@pytest.fixture
def rows(product: Make, member: Make, customer: Make, order: Make) -> list[Any]:
    people = [f"p{number}@shop.test" for number in range(30)]
    return [
        *(product(f"P-{number}") for number in range(5)),
        *(member(each, "granted", tags=["b2b"], merge_fields={"FNAME": "A", "CREDIT": 1}) for each in people),
        *(customer(each) for each in people[:10]),
        *(order(f"INV/{number}", people[number]) for number in range(20)),
    ]  # fmt: skip


@pytest.fixture
def reference(rows: list[Any], make_runner: Make) -> Any:
    with MailchimpSimulator() as undisturbed:
        assert set(make_runner(undisturbed).write(rows).kinds) == {"created"}
        return undisturbed.state_fingerprint()


@pytest.mark.parametrize(
    ("fault", "chance"),
    [
        ("bad_gateway_before", 0.2),
        ("bad_gateway_after", 0.2),
        ("internal_error", 0.2),
        ("bare_forbidden", 0.2),
        ("bare_throttle", 0.2),
        ("drop_request", 0.1),
        ("drop_answer", 0.1),
        ("truncate_answer", 0.1),
    ],
)
def test_passing_faults_change_nothing_in_the_end(
    runner: Any, mc: MailchimpSimulator, rows: list[Any], reference: Any, fault: str, chance: float
) -> None:
    mc.faults.on(fault, probability=chance, path="/(members|products|customers|orders)/")
    ran = runner.write(rows)
    assert ran.code == 0, ran.messages
    assert not any(kind.startswith("rejected") for kind in ran.kinds)
    assert mc.state_fingerprint() == reference
    assert mc.notifications == []


def test_every_write_arrives_where_only_four_connections_are_had(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.rules.connection_limit = 4
    mc.latency = 0.01
    ran = runner.write([member(f"p{number}@shop.test") for number in range(200)])
    assert ran.kinds == ["created"] * 200
    assert len(mc.members()) == 200
    throttled = sum(each.status == 429 for each in mc.requests)
    assert 0 < throttled < 60


@pytest.mark.parametrize("cut", [1, 4, 12, 25, 40, 55, 64])
def test_an_abort_anywhere_and_another_run_end_in_the_same_state(
    runner: Any, mc: MailchimpSimulator, rows: list[Any], reference: Any, cut: int
) -> None:
    aborted = runner.write(rows[:cut], end=False)
    assert aborted.code == 0
    ran = runner.write(rows)
    assert ran.code == 0
    assert mc.state_fingerprint() == reference
    assert mc.notifications == []


@pytest.mark.parametrize("after", [3, 20, 60, 90])
def test_a_mailchimp_that_goes_away_stops_the_run_and_the_next_one_goes_on(
    runner: Any, mc: MailchimpSimulator, rows: list[Any], reference: Any, after: int
) -> None:
    mc.faults.on("answer", skip=after, status=503, body="")
    stopped = runner.write(rows)
    written = [each for each in stopped.outcomes.values() if each["kind"] == "created"]
    assert len(written) < len(rows)
    mc.faults.off()
    assert runner.write(rows).code == 0
    assert mc.state_fingerprint() == reference
    assert mc.notifications == []


def test_a_mailchimp_that_takes_no_calls_keeps_the_states(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.faults.on("bare_throttle", method="PUT")
    ran = runner.write([member(f"p{number}@shop.test") for number in range(20)])
    assert ran.code == 1
    assert ran.error["failure_type"] == "transient_error"
    assert "next run goes on from there" in ran.error["message"]
    assert [state["stream"]["stream_descriptor"]["name"] for state in ran.states] in (
        ["products", "customers", "orders"],
        [],
    )


@pytest.mark.parametrize("connections", [1, 2, 8])
def test_an_outage_makes_no_dead_letters(
    runner: Any, mc: MailchimpSimulator, member: Make, connections: int
) -> None:
    mc.faults.on("answer", skip=4, status=503, body="")
    rows = [member(f"p{number}@shop.test") for number in range(20)]
    ran = runner.write(rows, connections=connections)
    assert ran.code == 1
    assert ran.error["failure_type"] == "transient_error"
    assert not any(kind.startswith("rejected") for kind in ran.kinds)


def test_a_record_at_which_mailchimp_always_fails_does_not_hold_the_others_up(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.faults.on("internal_error", method="PUT", path="members/b")
    rows = [member(f"p{number}@shop.test") for number in range(40)]
    ran = runner.write(rows)
    assert ran.code == 0
    assert ran.kinds.count("rejected(refused)") + ran.kinds.count("created") == 40
    assert ran.kinds.count("rejected(refused)") > 0


@pytest.mark.parametrize(
    ("name", "failure", "words"),
    [
        ("APIKeyMissing", "config_error", "`credentials.api_key`"),
        ("APIKeyInvalid", "config_error", "`credentials.api_key`"),
        ("Forbidden", "config_error", "role"),
        ("UserDisabled", "config_error", "role"),
        ("WrongDatacenter", "config_error", "data centre"),
        ("TooManyRequests", "config_error", "no answer"),
        ("InternalServerError", "config_error", "no answer"),
        ("BadRequest", "config_error", "`base_url`"),
        ("ResourceNotFound", "config_error", "`base_url`"),
        ("MethodNotAllowed", "config_error", "`base_url`"),
    ],
)
def test_each_error_class_at_the_start(
    runner: Any, mc: MailchimpSimulator, member: Make, name: str, failure: str, words: str
) -> None:
    runner.headers = {"X-Trigger-Error": name}
    ran = runner.write([member("ann@shop.test")])
    assert ran.code == 1
    assert ran.error["failure_type"] == failure
    assert words in ran.error["message"]
    assert mc.members() == []
    assert "Traceback" not in ran.raw.decode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("BadRequest", "rejected(refused)"),
        ("InvalidAction", "rejected(refused)"),
        ("InvalidResource", "rejected(refused)"),
        ("JSONParseError", "rejected(refused)"),
        ("ResourceNotFound", "rejected(refused)"),
        ("MethodNotAllowed", "rejected(refused)"),
        ("ResourceNestingTooDeep", "rejected(refused)"),
        ("InvalidMethodOverride", "rejected(refused)"),
        ("RequestedFieldsInvalid", "rejected(refused)"),
        ("ComplianceRelated", None),
        ("InternalServerError", "rejected(refused)"),
        ("TooManyRequests", None),
        ("Forbidden", None),
        ("APIKeyInvalid", None),
    ],
)
def test_each_error_class_at_a_write(
    runner: Any, mc: MailchimpSimulator, member: Make, monkeypatch: pytest.MonkeyPatch, name: str, expected: str | None
) -> None:  # fmt: skip
    send = http.Caller._send

    def with_trigger(self: http.Caller, request: http.Request) -> http.Answer:
        if request.method == "PUT":
            headers = {"X-Trigger-Error": name}
            request = http.Request(request.method, request.url, request.body, headers=headers)
        return send(self, request)

    monkeypatch.setattr(http.Caller, "_send", with_trigger)
    ran = runner.write([member("ann@shop.test")])
    assert mc.members() == []
    if expected is None:
        assert ran.code == 1 or ran.kinds[0].startswith(("skipped", "rejected"))
        assert ran.code == 0 or ran.states == [] or ran.states[0]["id"] != 2
    else:
        assert ran.kinds == [expected]


@pytest.mark.breaks_contract
def test_no_secret_and_nobody_in_any_output(
    runner: Any, mc: MailchimpSimulator, product: Make, member: Make, customer: Make, order: Make
) -> None:
    canary = "zebulon-canary"
    mc.seed(
        [(f"{canary}.{state}@shop.test", state) for state in ("subscribed", "erased", "cleaned")]
    )
    details = {"FNAME": canary, "PHONE": canary, "BIRTHDAY": canary}
    rows = [
        product(),
        *(member(f"{canary}.{state}@shop.test", "denied") for state in ("subscribed", "erased", "cleaned")),
        member(f"{canary}@example.com", "granted"),
        member(f"{canary} broken", "granted"),
        member(f"{canary}@shop.test", merge_fields=details),
        member(f"{canary}@shop.test", language=canary * 20),
        customer(f"{canary}@shop.test", company_name=canary, first_name=canary),
        order("1", f"{canary}@shop.test", company_name=canary, billing_address={"city": canary}, financial_status=canary),
        order("2", f"{canary}.subscribed@shop.test", order_total=canary),
    ]  # fmt: skip
    for changes in ({}, {"_glue": None}, {"dry_run": True, "_glue": None}):
        ran = runner.write(rows, **changes)
        assert ran.code == 0
        assert canary.encode() not in ran.raw
        assert runner.key[:32].encode() not in ran.raw
    mc.faults.on("answer", method="PUT", status=400, body=f'{{"title": "{canary}@shop.test", "detail": "{canary}@shop.test is odd"}}', content_type="application/problem+json")  # fmt: skip
    ran = runner.write([member(f"{canary}@shop.test", merge_fields={"FNAME": canary})])
    assert ran.kinds == ["rejected(refused)"]
    assert canary.encode() not in ran.raw


def test_a_killed_runner_is_an_abort_and_the_calls_in_hand_are_reported(
    runner: Any, mc: MailchimpSimulator, member: Make
) -> None:
    mc.latency = 0.05
    rows = [member(f"p{number}@shop.test") for number in range(100)]
    ran = runner.write_then_stop(rows, lambda: len(mc.members()) >= 10)
    created = [each for each in ran.outcomes.values() if each["kind"] == "created"]
    assert len(created) == len(mc.members())
    assert 10 <= len(created) < 100
    assert "members" not in [each["stream"]["stream_descriptor"]["name"] for each in ran.states]


def test_input_from_a_platform_is_finished_at_its_end(
    runner: Any, mc: MailchimpSimulator, product: Make, member: Make, customer: Make, order: Make
) -> None:
    rows = [order(), customer("ann@shop.test"), member("ann@shop.test", "granted"), product()]
    stdin = io.BytesIO(b"\n".join(runner.lines(rows, end=False)))
    ran = runner.write([], stdin=stdin, _glue=None)
    assert ran.code == 0
    assert ran.of("RECORD") == []
    assert sorted(each["id"] for each in ran.states) == [1, 2, 3, 4]
    assert "orders: 1 created" in ran.logs
    assert len(mc.orders()) == 1
    assert mc.stores()[0]["is_syncing"] is False
