"""Rows become records: blanks are null, times have six digits, enumerations are readable."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_business_central.reading.records import (
    ENUMERATIONS,
    compile_schema,
    to_member,
    to_utc,
)

SCHEMA = {
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "currencyId": {"type": ["null", "string"], "format": "uuid"},
        "blocked": {"type": ["null", "string"]},
        "displayName": {"type": ["null", "string"]},
        "balanceDue": {"type": ["null", "number"]},
        "taxLiable": {"type": ["null", "boolean"]},
        "dueDate": {"type": ["null", "string"], "format": "date"},
        "lastModifiedDateTime": {"type": ["null", "string"], "format": "date-time"},
        "salesInvoiceLines": {
            "type": ["null", "array"],
            "items": {
                "properties": {
                    "lineType": {"type": ["null", "string"]},
                    "itemId": {"type": ["null", "string"], "format": "uuid"},
                }
            },
        },
    }
}
CONVERT = compile_schema(SCHEMA)
NONE = "00000000-0000-0000-0000-000000000000"


def test_a_row_becomes_a_record() -> None:
    row = {
        "@odata.etag": 'W/"JzE5"',
        "id": "55e545bc-f6f9-ef11-9344-6045bdc8c234",
        "currencyId": NONE,
        "blocked": "_x0020_",
        "displayName": "Under_x005F_score stays: this is a name",
        "balanceDue": 0,
        "taxLiable": False,
        "dueDate": "0001-01-01",
        "lastModifiedDateTime": "2026-11-21T12:00:00.44Z",
        "salesInvoiceLines": [{"lineType": "Fixed_x0020_Asset", "itemId": NONE, "more": 1}],
        "unknown": "left out",
    }
    assert CONVERT(row) == {
        "id": "55e545bc-f6f9-ef11-9344-6045bdc8c234",
        "currencyId": None,
        "blocked": "",
        "displayName": "Under_x005F_score stays: this is a name",
        "balanceDue": 0,
        "taxLiable": False,
        "dueDate": None,
        "lastModifiedDateTime": "2026-11-21T12:00:00.440000Z",
        "salesInvoiceLines": [{"lineType": "Fixed Asset", "itemId": None}],
    }


def test_an_empty_row_has_every_field_of_the_schema() -> None:
    assert CONVERT({}) == dict.fromkeys(SCHEMA["properties"])


@pytest.mark.parametrize("falsy", [0, 0.0, False, ""])
def test_falsy_values_are_kept(falsy: object) -> None:
    assert CONVERT({"displayName": falsy})["displayName"] == falsy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In_x0020_Review", "In Review"),
        ("_x0020_", ""),
        (" ", ""),
        ("Credit_x0020_Memo", "Credit Memo"),
        ("Non-Inventory", "Non-Inventory"),
        ("_x00C9_t_x00E9_", "Été"),
        ("_xZZZZ_", "_xZZZZ_"),
    ],
)
def test_members_of_enumerations_lose_their_escapes(text: str, expected: str) -> None:
    assert to_member(text) == expected


def test_a_switch_of_the_same_name_stays_a_switch() -> None:
    convert = compile_schema({"properties": {"blocked": {"type": ["null", "boolean"]}}})
    assert convert({"blocked": True}) == {"blocked": True}
    assert "blocked" in ENUMERATIONS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000000Z"),
        ("2026-11-21T12:00:00.9Z", "2026-11-21T12:00:00.900000Z"),
        ("2026-11-21T12:00:00.44Z", "2026-11-21T12:00:00.440000Z"),
        ("2026-11-21T12:00:00.907Z", "2026-11-21T12:00:00.907000Z"),
        ("2026-11-21T12:00:00.9066667Z", "2026-11-21T12:00:00.906666Z"),
        ("2026-11-21T12:00:00+02:00", "2026-11-21T10:00:00.000000Z"),
        ("2026-11-21T12:00:00", "2026-11-21T12:00:00.000000Z"),
        ("0001-01-01T00:00:00Z", None),
        ("soon", "soon"),
    ],
)
def test_times_have_six_digits(text: str, expected: str | None) -> None:
    assert to_utc(text) == expected


@given(st.datetimes(min_value=datetime(1753, 1, 1)), st.integers(0, 6))  # noqa: DTZ001 - Z is written below
def test_a_time_keeps_its_moment_whatever_its_digits(moment: datetime, digits: int) -> None:
    whole = moment.isoformat(timespec="microseconds")
    text = whole[: 20 + digits].rstrip(".") + "Z"
    read = to_utc(text)
    assert read is not None
    assert datetime.fromisoformat(read) == datetime.fromisoformat(text)
    assert len(read) == len("2026-11-21T12:00:00.440000Z")


@given(st.lists(st.datetimes(min_value=datetime(1753, 1, 1)), min_size=2))  # noqa: DTZ001 - as above
def test_times_sort_as_texts(moments: list[datetime]) -> None:
    texts = [to_utc(moment.isoformat() + "Z") or "" for moment in sorted(moments)]
    assert texts == sorted(texts)
    assert datetime.fromisoformat(texts[0]).tzinfo == UTC
