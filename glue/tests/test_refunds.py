"""Orders that two streams make together: rows that only add to what another row makes."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def workshop(workshop: Any) -> Any:
    workshop.catalog = "refunds.yaml"
    return workshop


def report_of(result: Any) -> Any:
    assert result.code == 0, result.text
    return json.loads(result.out)


def run(workshop: Any) -> Any:
    return report_of(workshop.glue("run", "flow", "--output", "json"))


def money(report: Any) -> tuple[str, str, list[Any]]:
    (line,) = report["money"]
    assert line["difference"] == "0.00"
    return line["erp"], line["delivered"], line["apart"]


def test_credits_are_taken_off_their_bill(workshop: Any) -> None:
    workshop.credits = [workshop.credit(1, of=3), workshop.credit(2, of=3)]
    workshop.approved()
    report = run(workshop)
    assert workshop.held["orders"]["B00003"]["order_total"] == 27.00
    assert report["objects"]["orders"]["created"] == 3
    assert report["objects"]["orders"]["superseded"] == 2
    assert money(report) == ("57.03", "57.03", [])


def test_a_credit_that_comes_later_updates_the_order(workshop: Any) -> None:
    workshop.approved()
    run(workshop)
    workshop.calls()
    workshop.credits.append(workshop.credit(1, of=2, changed="2024-02-01T00:00:00Z"))
    report = run(workshop)
    assert workshop.calls() == ["orders B00002"]
    assert workshop.held["orders"]["B00002"]["order_total"] == 19.01
    assert money(report) == ("59.05", "59.05", [])


def test_a_credit_waits_for_a_bill_that_is_not_sent_and_counts_with_it(workshop: Any) -> None:
    workshop.bills[1] |= {"status": "open"}
    workshop.credits = [workshop.credit(1, of=2)]
    workshop.approved()
    report = run(workshop)
    assert "B00002" not in workshop.held["orders"]
    assert report["objects"]["orders"]["parked"] == {"no_order": 1}
    assert money(report) == ("59.05", "40.04", [
        {"kind": "parked", "reason": "no_order", "amount": "-1.01"},
        {"kind": "skipped", "reason": "not_posted", "amount": "20.02"},
    ])  # fmt: skip
    assert "no_order" in workshop.glue("explain", "B00002").out

    workshop.bills[1] |= {"status": "closed", "changed": "2024-02-01T00:00:00Z"}
    assert money(run(workshop)) == ("59.05", "59.05", [])
    assert workshop.held["orders"]["B00002"]["order_total"] == 19.01


def test_a_credit_stays_accounted_for_when_its_bill_is_taken_back(workshop: Any) -> None:
    workshop.credits = [workshop.credit(1, of=2)]
    workshop.approved()
    run(workshop)
    workshop.bills[1] |= {"status": "open", "changed": "2024-02-01T00:00:00Z"}
    report = run(workshop)
    assert report["objects"]["orders"]["parked"] == {"no_order": 1}
    assert report["objects"]["orders"]["left_behind"] == 1
    erp, delivered, apart = money(report)
    assert (erp, delivered) == ("59.05", "40.04")
    assert {each["reason"]: each["amount"] for each in apart} == {
        "no_order": "-1.01",
        "not_posted": "20.02",
    }


def test_a_row_is_found_by_two_fields_that_agree_together(workshop: Any) -> None:
    workshop.bills.append(workshop.bill(9, of=1, currency="EUR") | {"number": 2})
    workshop.credits = [
        workshop.credit(1, of=2, currency="EUR"),
        workshop.credit(2, of=7, currency="EUR"),
    ]
    workshop.approved()
    report = run(workshop)
    assert workshop.held["orders"]["B00009"]["order_total"] == 89.08
    assert workshop.held["orders"]["B00002"]["order_total"] == 20.02
    assert report["objects"]["orders"]["parked"] == {"no_order": 1}

    workshop.bills.append(workshop.bill(7, of=1, currency="EUR", changed="2024-02-01T00:00:00Z"))
    run(workshop)
    assert workshop.held["orders"]["B00007"]["order_total"] == 68.05
