from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from destination_mailchimp.differences import body_differences, changed_tags, member_differences


def _as_json(found: Any) -> list[tuple[str, Any, Any]]:
    return [(each.field, each.old, each.new) for each in found]


def test_a_member() -> None:
    held = {
        "merge_fields": {
            "FNAME": "Ann",
            "LTV": 12,
            "ADDRESS": {"addr1": "1 Old St", "city": "Oslo"},
        },
        "language": "",
        "tags": [{"name": "B2B"}, {"name": "old"}],
    }
    asked = {
        "email_address": "not compared",
        "merge_fields": {
            "FNAME": "Anna",
            "LTV": Decimal("12.00"),
            "PHONE": "",
            "ADDRESS": {"addr1": "1 New St", "city": "Oslo"},
        },
        "language": "en",
    }
    found = member_differences(asked, held, add=["b2b", "new"], remove=["OLD", "never"])
    assert _as_json(found) == [
        ("merge_fields.FNAME", "Ann", "Anna"),
        ("merge_fields.ADDRESS.addr1", "1 Old St", "1 New St"),
        ("language", "", "en"),
        ("tags", ["B2B", "old"], ["B2B", "new"]),
    ]


def test_an_order() -> None:
    held = {
        "order_total": 10,
        "processed_at_foreign": "2024-01-01T00:00:00+00:00",
        "customer": {"id": "c", "email_address": "x"},
        "lines": [
            {"id": "1", "quantity": 1, "price": 10, "discount": 0},
            {"id": "gone", "product_title": "Stale"},
        ],
    }
    asked = {
        "order_total": Decimal("12.5"),
        "processed_at_foreign": "2024-01-01T00:00:00.160Z",
        "customer": {"id": "c"},
        "lines": [
            {"id": "1", "quantity": 1, "price": Decimal("10.00"), "discount": Decimal(0)},
            {"id": "2", "quantity": 1, "price": Decimal("2.5")},
        ],
    }
    assert _as_json(body_differences(asked, held)) == [
        ("order_total", 10, Decimal("12.5")),
        ("lines[2]", None, {"id": "2", "quantity": 1, "price": Decimal("2.5")}),
        ("lines[gone]", {"title": "Stale"}, None),
    ]


@pytest.mark.parametrize(("new", "old"), [("", None), (None, ""), (0, None), ("2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00+00:00")])  # fmt: skip
def test_other_forms_of_the_same_are_no_difference(new: Any, old: Any) -> None:
    assert body_differences({"field": new}, {"field": old}) == ()


@pytest.mark.parametrize(("new", "old"), [("a", "A"), ("1", "2"), (1, 2), ("2024-01-01", "2024-01-02"), ("", "x")])  # fmt: skip
def test_differences(new: Any, old: Any) -> None:
    assert len(body_differences({"field": new}, {"field": old})) == 1


def test_tags_are_compared_without_case() -> None:
    assert changed_tags(["A", "b"], add=["a", "C"], remove=["B", "d"]) == {"C": True, "B": False}
