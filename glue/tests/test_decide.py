from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue.deliver.breaker import FIRST, IN_A_ROW, Breaker
from glue.deliver.decide import Moment, Verdict, decide
from glue.deliver.states import StateBook
from glue.ledger.values import Delivery, Due
from kit.protocol.jsonlines import content_hash, dumps
from kit.protocol.messages import State, parse
from kit.protocol.outcomes import Outcome, OutcomeKind
from kit.protocol.reasons import Reason

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = Moment(7, "settings", NOW)
PAYLOAD = {"email_address": "a@example.com", "consent": "unknown"}
HASH = content_hash(PAYLOAD)
DELIVERED = Delivery(
    object="members", key="k", due=Due.CHECK, wanted=None, wanted_hash=HASH, acked_hash=HASH,
    attempted_hash=HASH, settings_hash="settings", last_kind=OutcomeKind.CREATED, last_reason=None,
    drifted=False, moved_from=None, consent="unknown", consent_changed_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.UNCHANGED),
        ({"acked_hash": "x"}, Verdict.SEND),
        ({"acked_hash": None}, Verdict.SEND),
        ({"drifted": True}, Verdict.SEND),
        ({"due": Due.SEND}, Verdict.UNCHANGED),
        ({"due": Due.FORCE}, Verdict.SEND),
        ({"settings_hash": "other"}, Verdict.SEND),
        ({"settings_hash": None}, Verdict.SEND),
        ({"acked_hash": None, "last_kind": OutcomeKind.REJECTED}, Verdict.REPEATED),
        ({"acked_hash": None, "last_kind": OutcomeKind.SKIPPED}, Verdict.REPEATED),
        ({"acked_hash": None, "last_kind": OutcomeKind.PARKED}, Verdict.SEND),
        ({"acked_hash": "x", "attempted_hash": "y", "last_kind": OutcomeKind.REJECTED}, Verdict.SEND),
        ({"attempted_hash": "y", "last_kind": OutcomeKind.REJECTED}, Verdict.UNCHANGED),
    ],
)  # fmt: skip
def test_what_is_sent(changes: dict[str, Any], verdict: Verdict) -> None:
    found, decision = decide(replace(DELIVERED, **changes), PAYLOAD, MOMENT)
    assert found is verdict
    due = changes.get("due", Due.SEND) if verdict is Verdict.SEND else Due.NONE
    assert decision.due is due
    assert decision.wanted_hash == HASH


def test_an_unknown_result_is_never_taken_for_delivered() -> None:
    assert decide(replace(DELIVERED, due=Due.FORCE), PAYLOAD, MOMENT)[0] is Verdict.SEND


@pytest.mark.parametrize(
    ("before", "seen", "expected"),
    [
        (None, None, None),
        ("unknown", None, None),
        ("granted", None, NOW),
        ("granted", NOW - timedelta(days=3), NOW),
        ("unknown", NOW - timedelta(days=3), NOW - timedelta(days=3)),
    ],
)
def test_consent_is_evidence_only_when_it_was_seen_to_change(
    before: str | None, seen: datetime | None, expected: datetime | None
) -> None:
    delivery = replace(DELIVERED, consent=before, consent_changed_at=seen)
    decision = decide(delivery, PAYLOAD, MOMENT)[1]
    assert decision.consent == "unknown"
    assert decision.consent_changed_at == expected


def test_what_nothing_makes_any_more_is_left_behind_if_it_was_delivered() -> None:
    verdict, decision = decide(DELIVERED, None, MOMENT)
    assert verdict is Verdict.GONE
    assert (decision.left_run, decision.wanted, decision.due) == (7, None, Due.NONE)
    assert decide(replace(DELIVERED, acked_hash=None), None, MOMENT)[1].left_run is None


def outcome(kind: OutcomeKind, reason: Reason | None = None) -> Outcome:
    return Outcome(glue_id=1, object="members", key="k", kind=kind, reason=reason)


REJECTED = outcome(OutcomeKind.REJECTED, Reason.BAD_VALUE)
OTHER = outcome(OutcomeKind.REJECTED, Reason.REFUSED)
CREATED = outcome(OutcomeKind.CREATED)


def test_fifty_in_a_row_stop_the_run() -> None:
    breaker = Breaker()
    for _ in range(1000):
        assert breaker.observe(CREATED) is None
    for _ in range(IN_A_ROW - 1):
        assert breaker.observe(REJECTED) is None
    assert breaker.observe(REJECTED) is Reason.BAD_VALUE


def test_a_fifth_of_the_first_two_hundred_stops_the_run() -> None:
    breaker = Breaker()
    found = [breaker.observe(REJECTED if n % 4 == 0 else CREATED) for n in range(FIRST)]
    assert {reason for reason in found if reason} == {Reason.BAD_VALUE}
    assert found.index(Reason.BAD_VALUE) == 4 * 40


@given(st.lists(st.sampled_from([CREATED, OTHER, REJECTED]), max_size=40))
def test_few_rejects_never_stop_a_run(outcomes: list[Outcome]) -> None:
    breaker = Breaker()
    assert not any(breaker.observe(each) for each in outcomes)


def test_late_rejects_of_many_reasons_do_not_stop_a_run() -> None:
    breaker = Breaker()
    assert not any(breaker.observe(CREATED) for _ in range(FIRST))
    assert not any(breaker.observe(each) for _ in range(300) for each in (REJECTED, OTHER))


def echo(message: dict[str, Any]) -> State:
    state = parse(dumps(message))
    assert isinstance(state, State)
    return state


def test_an_echo_is_known_by_its_id_and_comes_back_as_it_was() -> None:
    book = StateBook()
    state = {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": "a"}, "stream_state": {"x": 1}},
    }
    message = book.send("a", state)
    message["state"]["destinationStats"] = {"recordCount": 5.0}
    assert book.echoed(echo(message)) == ("a", state)
    assert book.echoed(echo(message)) is None
    assert list(book.missing()) == []


def test_an_echo_without_id_is_known_by_its_stream() -> None:
    book = StateBook()
    first, second = book.send_marker("a"), book.send_marker("b")
    del second["state"]["id"]
    known = book.echoed(echo(second))
    assert known is not None
    assert known[0] == "b"
    assert list(book.missing()) == ["a"]
    assert first["state"]["id"] != 2
