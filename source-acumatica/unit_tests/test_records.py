"""Rows become records: unwrapped, in UTC, dates cut, nothing but the schema's fields."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_acumatica.reading.records import compile_row, compile_schema, to_date, to_utc

SCHEMA = {
    "properties": {
        "id": {"type": "string"},
        "Name": {"type": ["null", "string"]},
        "Amount": {"type": ["null", "number"]},
        "Changed": {"type": ["null", "string"], "format": "date-time"},
        "Day": {"type": ["null", "string"], "format": "date"},
        "Main": {"properties": {"Email": {}, "Address": {"properties": {"City": {}}}}},
        "Details": {"items": {"properties": {"LineNbr": {}, "On": {"format": "date"}}}},
    }
}
CONVERT = compile_schema(SCHEMA)


def test_a_row_is_unwrapped() -> None:
    row = {
        "id": "guid",
        "rowNumber": 1,
        "note": {"value": "private"},
        "Name": {"value": "Ada"},
        "Amount": {"value": 7000.0},
        "Changed": {"value": "2023-12-14T17:20:45.16+00:00"},
        "Day": {"value": "2020-02-05T00:00:00+00:00"},
        "Main": {"id": "other", "Email": {"value": "a@b.c"}, "Address": {"City": {}}},
        "Details": [{"id": "per-session", "LineNbr": {"value": 1}, "On": {}, "note": None}],
        "custom": {},
        "_links": {"self": "/x"},
    }
    assert CONVERT(row) == {
        "id": "guid",
        "Name": "Ada",
        "Amount": 7000.0,
        "Changed": "2023-12-14T17:20:45.160000Z",
        "Day": "2020-02-05",
        "Main": {"Email": "a@b.c", "Address": {"City": None}},
        "Details": [{"LineNbr": 1, "On": None}],
    }


def test_an_empty_row_has_every_field_of_the_schema() -> None:
    assert CONVERT({}) == dict.fromkeys(SCHEMA["properties"])


@pytest.mark.parametrize("empty", [None, {}])
def test_an_empty_linked_entity_is_null(empty: object) -> None:
    assert CONVERT({"Main": empty})["Main"] is None


def test_no_lines_is_an_empty_list_and_absent_lines_are_null() -> None:
    assert CONVERT({"Details": []})["Details"] == []
    assert CONVERT({})["Details"] is None


@pytest.mark.parametrize("falsy", [0, 0.0, False, ""])
def test_falsy_values_are_kept(falsy: object) -> None:
    assert CONVERT({"Name": {"value": falsy}})["Name"] == falsy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-02-01T19:29:55.12+00:00", "2020-02-01T19:29:55.120000Z"),
        ("2020-02-01T10:00:00+02:00", "2020-02-01T08:00:00.000000Z"),
        ("2020-02-01T10:00:00.1234567Z", "2020-02-01T10:00:00.123456Z"),
        ("2020-02-01T10:00:00", "2020-02-01T10:00:00.000000Z"),
        ("12/14/2023 19:57:08", "12/14/2023 19:57:08"),
    ],
)
def test_times_become_utc(text: str, expected: str) -> None:
    assert to_utc(text) == expected


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone comes below
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_to_utc_names_the_same_moment_whatever_the_offset(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    text = to_utc(aware.isoformat())
    assert datetime.fromisoformat(text) == aware.astimezone(UTC)
    assert text.endswith("Z")
    assert len(text) == len("2023-12-14T17:20:45.160000Z")


@given(st.lists(st.datetimes(min_value=datetime(1990, 1, 1)), min_size=2))  # noqa: DTZ001 - as above
def test_utc_texts_sort_like_their_moments(moments: list[datetime]) -> None:
    aware = [moment.replace(tzinfo=UTC) for moment in moments]
    assert sorted(to_utc(m.isoformat()) for m in aware) == [
        to_utc(m.isoformat()) for m in sorted(aware)
    ]


def test_a_date_keeps_its_day_in_any_zone() -> None:
    assert to_date("2020-02-05T00:00:00+13:00") == "2020-02-05"


LIFT = compile_row({"properties": {"id": {}, "Changed": {}}}, {"Changed": "Document.Changed"})


def test_an_unmapped_field_is_lifted_out_of_custom() -> None:
    row = {"custom": {"Document": {"Changed": {"type": "CustomDateTimeField", "value": "x"}}}}
    assert LIFT(row)["Changed"] == "x"


@pytest.mark.parametrize("row", [{}, {"custom": {}}, {"custom": {"Document": {"Changed": None}}}])
def test_an_unmapped_field_that_did_not_come_is_null(row: dict[str, object]) -> None:
    assert LIFT(row)["Changed"] is None


UNMAPPED = compile_schema(
    {"properties": {"id": {}, "custom": {"properties": {"View.Text": {}, "View.Seen": {}}}}}
)


def test_unmapped_fields_are_read_by_the_type_that_they_come_with() -> None:
    values = {
        "Text": {"type": "CustomStringField", "value": "2026-01-01T10:00:00+02:00"},
        "Seen": {"type": "CustomDateTimeField", "value": "2026-01-01T10:00:00+02:00"},
        "Other": {"type": "CustomStringField", "value": "not asked for"},
    }
    assert UNMAPPED({"id": "x", "custom": {"View": values}})["custom"] == {
        "View.Text": "2026-01-01T10:00:00+02:00",
        "View.Seen": "2026-01-01T08:00:00.000000Z",
    }


@pytest.mark.parametrize("custom", [None, {}, {"View": None}, {"View": {"Text": {}}}])
def test_unmapped_fields_that_did_not_come_are_null(custom: object) -> None:
    assert UNMAPPED({"custom": custom})["custom"] == {"View.Text": None, "View.Seen": None}
