from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_mailchimp.values import (
    OMIT,
    MergeField,
    convert,
    convert_all,
    cut,
    guess_type,
    is_tag,
)
from kit.protocol.errors import RecordRejected
from kit.protocol.reasons import Reason

ADDRESS = {"addr1": "1 Main St", "city": "Oslo", "state": "OS", "zip": "0150"}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "Ann", "Ann"),
        ("text", True, "true"),
        ("text", 12, "12"),
        ("text", 12.50, "12.5"),
        ("number", 12.5, Decimal("12.5")),
        ("number", "12.50", Decimal("12.50")),
        ("date", "2026-03-31", "2026-03-31"),
        ("date", "2026-03-31T23:00:00Z", "2026-03-31"),
        ("birthday", "2026-03-31", "03/31"),
        ("birthday", "02/29", "02/29"),
        ("phone", " +47 22 00 00 00 ", "+47 22 00 00 00"),
        ("url", "https://a.test/x", "https://a.test/x"),
        ("address", ADDRESS | {"addr2": None, "country": "NO"}, ADDRESS | {"country": "NO"}),
        ("zip", "12345", "12345"),
        ("unheard-of", "x", "x"),
    ],
)
def test_values_that_fit(kind: str, value: Any, expected: Any) -> None:
    assert convert(value, MergeField("TAG", kind), "keep") == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", {"a": 1}),
        ("number", "twelve"),
        ("number", True),
        ("number", 12345678901234567890),
        ("date", "31.3.2026"),
        ("birthday", "13/01"),
        ("birthday", "soon"),
        ("phone", "none"),
        ("url", "www.a.test"),
        ("address", "1 Main St"),
        ("zip", "0150"),
    ],
)
def test_values_that_do_not_fit_are_rejected_without_being_quoted(kind: str, value: Any) -> None:
    with pytest.raises(RecordRejected) as caught:
        convert(value, MergeField("TAG", kind), "keep")
    assert caught.value.reason is Reason.BAD_MERGE_FIELD
    assert caught.value.field == "merge_fields.TAG"
    assert str(value) not in str(caught.value)


@pytest.mark.parametrize("missing", ["addr1", "city", "state", "zip"])
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_half_an_address_is_not_sent(missing: str, empty: str | None) -> None:
    assert convert(ADDRESS | {missing: empty}, MergeField("ADDRESS", "address"), "keep") is OMIT


def test_a_choice_is_matched_without_case_and_sent_as_it_is_configured() -> None:
    field = MergeField("TIER", "dropdown", choices=("Gold", "Silver"))
    assert convert("gold", field, "keep") == "Gold"
    with pytest.raises(RecordRejected, match="none of its 2 choices"):
        convert("Bronze", field, "keep")


def test_null_keeps_or_clears() -> None:
    fields = {"FNAME": MergeField("FNAME", "text"), "LNAME": MergeField("LNAME", "text")}
    values = {"FNAME": None, "LNAME": "Lee", "OTHER": "left out"}
    assert convert_all(values, fields, "keep") == {"LNAME": "Lee"}
    assert convert_all(values, fields, "clear") == {"FNAME": "", "LNAME": "Lee"}


@given(st.text(max_size=300), st.integers(0, 300))
def test_text_is_cut_at_bytes_never_through_a_character(text: str, most: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    short = cut(text, most)
    assert len(short.encode()) <= most
    assert text.startswith(short)
    if short != text:
        assert len((short + text[len(short)]).encode()) > most


@pytest.mark.parametrize(
    ("tag", "value", "kind"),
    [
        ("CITY", "Oslo", "text"),
        ("CREDIT", 12.5, "number"),
        ("ACTIVE", True, "text"),
        ("HOME", ADDRESS, "address"),
        ("MPHONE", "555", "phone"),
        ("SITE", "https://a.test", "url"),
        ("SINCE", "2026-03-31", "date"),
        ("ZIP", "0150", "text"),
    ],
)
def test_the_type_of_a_new_field_is_guessed(tag: str, value: Any, kind: str) -> None:
    assert guess_type(tag, value) == kind


@pytest.mark.parametrize(("tag", "good"), [("FNAME", True), ("A_1", True), ("TOO_LONG_11", False), ("low", False), ("", False), ("Ä", False)])  # fmt: skip
def test_tags(tag: str, *, good: bool) -> None:
    assert is_tag(tag) is good
