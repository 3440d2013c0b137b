from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_mailchimp.consent import (
    Consent,
    Decision,
    Evidence,
    MemberStatus,
    Policy,
    Step,
    decide,
    needs_mailchimp_time,
)
from kit.protocol.reasons import Reason

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOTHING = Evidence()
NEWER = Evidence(NOW, mailchimp_changed_at=NOW - timedelta(days=1))
OLDER = Evidence(NOW, mailchimp_changed_at=NOW + timedelta(days=1))
OURS = Evidence(NOW, written_by_us=True, mailchimp_changed_at=NOW - timedelta(days=1))
EVIDENCE = (NOTHING, NEWER, OLDER, OURS, Evidence(NOW))

A, S, U, C, P, T, R, E = MemberStatus
FIELDS = Decision(Step.FIELDS)
UNSUBSCRIBE = Decision(Step.UNSUBSCRIBE, U)


def policy(**changes: object) -> Policy:
    values: dict[str, object] = {"new_member_status": T, "double_opt_in": False}
    return Policy(**(values | changes))  # type: ignore[arg-type]  # the fields' own types, by name


def skip(reason: Reason) -> Decision:
    return Decision(Step.SKIP, reason=reason)


def create(status: MemberStatus) -> Decision:
    return Decision(Step.CREATE, status)


TABLE = {
    (Consent.GRANTED, A): create(S),
    (Consent.GRANTED, S): FIELDS,
    (Consent.GRANTED, P): FIELDS,
    (Consent.GRANTED, T): FIELDS,
    (Consent.GRANTED, U): FIELDS,
    (Consent.GRANTED, C): skip(Reason.CLEANED),
    (Consent.GRANTED, R): skip(Reason.ARCHIVED),
    (Consent.GRANTED, E): skip(Reason.ERASED),
    (Consent.UNKNOWN, A): create(T),
    (Consent.UNKNOWN, S): FIELDS,
    (Consent.UNKNOWN, P): FIELDS,
    (Consent.UNKNOWN, T): FIELDS,
    (Consent.UNKNOWN, U): FIELDS,
    (Consent.UNKNOWN, C): skip(Reason.CLEANED),
    (Consent.UNKNOWN, R): skip(Reason.ARCHIVED),
    (Consent.UNKNOWN, E): skip(Reason.ERASED),
    (Consent.DENIED, A): skip(Reason.CONSENT_DENIED),
    (Consent.DENIED, S): UNSUBSCRIBE,
    (Consent.DENIED, P): UNSUBSCRIBE,
    (Consent.DENIED, T): FIELDS,
    (Consent.DENIED, U): FIELDS,
    (Consent.DENIED, C): skip(Reason.CLEANED),
    (Consent.DENIED, R): skip(Reason.ARCHIVED),
    (Consent.DENIED, E): skip(Reason.ERASED),
    **{(Consent.EXCLUDED, held): skip(Reason.EXCLUDED) for held in MemberStatus},
}


@pytest.mark.parametrize(("consent", "held"), list(product(Consent, MemberStatus)))
def test_the_table_of_the_design(consent: Consent, held: MemberStatus) -> None:
    assert decide(consent, held, NEWER, policy()) == TABLE[consent, held]


@pytest.mark.parametrize("held", [S, P])
@pytest.mark.parametrize(
    ("evidence", "propagate", "decision"),
    [
        (NEWER, True, UNSUBSCRIBE),
        (NOTHING, True, UNSUBSCRIBE),
        (OLDER, True, FIELDS),
        (OURS, True, FIELDS),
        (NEWER, False, FIELDS),
    ],
)
def test_an_opt_out_gives_way_to_a_newer_change_in_mailchimp_and_to_our_own_writing(
    held: MemberStatus, evidence: Evidence, *, propagate: bool, decision: Decision
) -> None:
    given_policy = policy(propagate_erp_opt_out=propagate)
    assert decide(Consent.DENIED, held, evidence, given_policy) == decision


@pytest.mark.parametrize(
    ("evidence", "allowed", "double", "decision"),
    [
        (NEWER, True, False, Decision(Step.RAISE, S)),
        (NEWER, True, True, Decision(Step.RAISE, P)),
        (NEWER, False, False, FIELDS),
        (OLDER, True, False, FIELDS),
        (OURS, True, False, FIELDS),
        (NOTHING, True, False, FIELDS),
        (Evidence(NOW), True, False, FIELDS),
    ],
)
def test_only_a_newer_opt_in_raises_a_transactional_member_where_the_policy_allows_it(
    evidence: Evidence, *, allowed: bool, double: bool, decision: Decision
) -> None:
    given_policy = policy(raise_on_new_opt_in=allowed, double_opt_in=double)
    assert decide(Consent.GRANTED, T, evidence, given_policy) == decision


def test_a_double_opt_in_audience_asks_who_said_yes_to_confirm() -> None:
    assert decide(Consent.GRANTED, A, NOTHING, policy(double_opt_in=True)) == create(P)


@pytest.mark.parametrize("status", [S, P, T, U])
def test_unknown_consent_creates_with_the_configured_status(status: MemberStatus) -> None:
    assert decide(Consent.UNKNOWN, A, NOTHING, policy(new_member_status=status)) == create(status)


policies = st.builds(
    Policy,
    new_member_status=st.sampled_from([S, P, T, U]),
    double_opt_in=st.booleans(),
    propagate_erp_opt_out=st.booleans(),
    raise_on_new_opt_in=st.booleans(),
)
moments = st.none() | st.datetimes(timezones=st.just(UTC))
evidences = st.builds(Evidence, moments, st.booleans(), moments)


def _check_promises(
    consent: Consent, held: MemberStatus, evidence: Evidence, rules: Policy
) -> None:
    decision = decide(consent, held, evidence, rules)
    assert (decision.reason is None) == (decision.step is not Step.SKIP)
    assert (decision.status is not None) == (
        decision.step in {Step.CREATE, Step.UNSUBSCRIBE, Step.RAISE}
    )
    if decision.step is Step.CREATE:
        assert held is A
        assert consent in {Consent.GRANTED, Consent.UNKNOWN}
    if decision.status in {S, P} and held is not A:
        assert held is T
        assert consent is Consent.GRANTED
        assert rules.raise_on_new_opt_in
        assert not evidence.written_by_us
        assert evidence.erp_changed_at is not None
        assert evidence.mailchimp_changed_at is not None
        assert evidence.erp_changed_at > evidence.mailchimp_changed_at
    if decision.step is Step.UNSUBSCRIBE:
        assert held in {S, P}
        assert consent is Consent.DENIED
        assert rules.propagate_erp_opt_out
        assert not evidence.written_by_us
    if consent is Consent.DENIED:
        assert decision.status in {None, U}
    if consent is Consent.EXCLUDED:
        assert decision.step is Step.SKIP
    if held in {C, R, E}:
        assert decision.step is Step.SKIP


ALL_POLICIES = [
    Policy(status, double, propagate, may_raise)
    for status in (S, P, T, U)
    for double, propagate, may_raise in product([True, False], repeat=3)
]


def test_the_promises_hold_over_all_inputs() -> None:
    inputs = list(product(Consent, MemberStatus, EVIDENCE, ALL_POLICIES))
    assert len(inputs) == 4 * 8 * 5 * 32
    for consent, held, evidence, rules in inputs:
        _check_promises(consent, held, evidence, rules)


@given(st.sampled_from(Consent), st.sampled_from(MemberStatus), evidences, policies)
def test_the_promises_hold_whenever_things_happened(
    consent: Consent, held: MemberStatus, evidence: Evidence, rules: Policy
) -> None:
    _check_promises(consent, held, evidence, rules)


@given(st.sampled_from(Consent), st.sampled_from(MemberStatus), evidences, policies, moments)
def test_mailchimps_time_is_asked_for_wherever_it_matters(
    consent: Consent,
    held: MemberStatus,
    evidence: Evidence,
    rules: Policy,
    other: datetime | None,
) -> None:
    if not needs_mailchimp_time(consent, held, evidence):
        changed = Evidence(evidence.erp_changed_at, evidence.written_by_us, other)
        assert decide(consent, held, evidence, rules) == decide(consent, held, changed, rules)
