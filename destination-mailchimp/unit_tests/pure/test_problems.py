from __future__ import annotations

from typing import Any

import pytest

from destination_mailchimp.problems import Problem, explain, member_reason, scrub
from kit.protocol.reasons import Reason

WHO = "canary.person@secret.test"


def _problem(title: str, detail: str, errors: Any = None) -> Problem:
    body = {"title": title, "detail": detail, "status": 400} | (
        {"errors": errors} if errors else {}
    )
    return Problem.from_answer(400, body)


@pytest.mark.parametrize(
    ("problem", "reason", "field"),
    [
        (_problem("Invalid Resource", f"{WHO} looks fake or invalid, please enter a real email address."), Reason.FAKE_EMAIL, "email_address"),
        (_problem("Invalid Resource", f"{WHO} has signed up to a lot of lists very recently; we're not allowing more signups for now"), Reason.TOO_MANY_SIGNUPS, "email_address"),
        (_problem("Invalid Resource", "Please provide a valid email address."), Reason.BAD_EMAIL, "email_address"),
        (_problem("Invalid Resource", "Your merge fields were invalid.", [{"field": "LTV", "message": "Please enter a number"}]), Reason.BAD_MERGE_FIELD, "merge_fields.LTV"),
        (_problem("Invalid Resource", "The resource submitted could not be validated.", [{"field": "email_address", "message": "This value should not be blank."}]), Reason.BAD_EMAIL, "email_address"),
        (_problem("Invalid Resource", "The resource submitted could not be validated.", [{"field": "language", "message": "Schema describes string"}]), Reason.REFUSED, "language"),
        (_problem("Member In Compliance State", f"{WHO} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."), Reason.COMPLIANCE, None),
        (_problem("Forgotten Email Not Subscribed", f"{WHO} was permanently deleted and cannot be re-imported."), Reason.ERASED, None),
        (_problem("Bad Request", "Something new."), Reason.REFUSED, None),
        (Problem.from_answer(400, None), Reason.REFUSED, None),
    ],
)  # fmt: skip
def test_a_refusal_has_a_reason_and_its_text_names_nobody(
    problem: Problem, reason: Reason, field: str | None
) -> None:
    assert member_reason(problem) == (reason, field)
    assert "canary" not in explain(problem)


def test_rows_of_a_bulk_call() -> None:
    known = Problem.from_row({"email_address": WHO, "error": f"{WHO} is already a list member, do you want to update?", "error_code": "ERROR_CONTACT_EXISTS"})  # fmt: skip
    assert known.says_exists
    bad = Problem.from_row({"error": "Your merge fields were invalid.", "error_code": "ERROR_GENERIC", "field": "LTV", "field_message": "Please enter a number"})  # fmt: skip
    assert member_reason(bad) == (Reason.BAD_MERGE_FIELD, "merge_fields.LTV")


@pytest.mark.parametrize(
    ("detail", "missing"),
    [
        ("A product with the provided ID does not exist in the account for this list.", True),
        (
            "A product with the provided variant ID does not exist in the account for this list.",
            True,
        ),
        ("An email address may not be changed once a customer is created.", False),
    ],
)
def test_a_missing_product_is_recognised(detail: str, *, missing: bool) -> None:
    assert _problem("Bad Request", detail).says_product_missing is missing


def test_nothing_of_what_was_sent_is_repeated() -> None:
    sent = {"merge_fields": {"FNAME": "Zebulon", "X": ["Quux Street"]}, "n": 5}
    text = scrub("`ZEBULON` of quux street, a@b.test, is wrong: 12 characters", sent)
    assert text == "`…` of …, …, is wrong: 12 characters"
