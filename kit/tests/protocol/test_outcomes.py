from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.protocol.outcomes import Difference, Outcome, OutcomeKind
from kit.protocol.reasons import Reason

outcomes = st.builds(
    Outcome,
    glue_id=st.integers(0, 2**53),
    object=st.sampled_from(["members", "orders"]),
    key=st.text(max_size=40),
    kind=st.sampled_from(OutcomeKind),
    reason=st.sampled_from(Reason),
    message=st.text(max_size=40),
    field=st.none() | st.just("merge_fields.FNAME"),
    status=st.none() | st.just("subscribed"),
    differences=st.lists(
        st.builds(Difference, field=st.text(), old=st.none() | st.text(), new=st.integers()),
        max_size=2,
    ).map(tuple),
    calls=st.integers(0, 9),
    planned=st.booleans(),
)


@given(outcomes)
def test_an_outcome_survives_the_pipe(outcome: Outcome) -> None:
    assert Outcome.from_json(outcome.to_json()) == outcome


@pytest.mark.parametrize("kind", [OutcomeKind.SKIPPED, OutcomeKind.PARKED, OutcomeKind.REJECTED])
def test_an_outcome_that_wrote_nothing_must_say_why(kind: OutcomeKind) -> None:
    with pytest.raises(ValueError, match="must say why"):
        Outcome(1, "members", "k", kind)


def test_a_planned_outcome_says_that_it_would() -> None:
    outcome = Outcome(1, "members", "k", OutcomeKind.CREATED, planned=True)
    assert outcome.to_json()["kind"] == "would_created"


def test_an_unknown_reason_is_an_error_and_no_guess() -> None:
    data = {"glue_id": 1, "object": "members", "key": "k", "kind": "skipped", "reason": "bored"}
    with pytest.raises(ValueError, match="bored"):
        Outcome.from_json(data)


def test_every_reason_explains_itself_in_whole_sentences() -> None:
    for reason in Reason:
        assert reason.meaning.endswith("."), reason
        assert reason.advice.endswith("."), reason
        assert reason.value == reason.name.lower()
