"""All customers are read again once in a while, and a whole read that broke off goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from source_acumatica.endpoint.manifest import specification
from source_acumatica.reading.comparing import FULL_READ_AT, begin_if_due, reads_all_again
from source_acumatica.settings import Settings, with_defaults

END = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIELD = "LastModifiedDateTime"


def text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def settings(email_changes: str) -> Settings:
    config = {
        "instance_url": "http://erp.test",
        "start_date": "2020-01-01",
        "email_changes": email_changes,
    }
    return Settings.of(with_defaults(config, specification()["connection_specification"]))


@pytest.mark.parametrize(
    ("stream", "configured", "email_changes", "expected"),
    [
        ("customers", {"customers"}, "auto", True),
        ("customers", {"customers", "contacts"}, "full_compare", True),
        ("customers", {"customers", "customers_by_contact"}, "auto", False),
        ("customers", {"customers", "customers_by_contact"}, "full_compare", True),
        ("customers", {"customers"}, "off", False),
        ("contacts", {"contacts"}, "auto", False),
        ("customers_by_contact", {"customers_by_contact"}, "auto", False),
    ],
)
def test_who_is_read_whole_once_in_a_while(
    stream: str, configured: set[str], email_changes: str, *, expected: bool
) -> None:
    assert reads_all_again(stream, configured, settings(email_changes)) is expected


def test_a_first_read_is_a_whole_one() -> None:
    assert begin_if_due({}, FIELD, END, DAY) == {FULL_READ_AT: text(END)}


def test_a_state_of_before_there_were_whole_reads_begins_one() -> None:
    assert begin_if_due({FIELD: text(END)}, FIELD, END, DAY) == {FULL_READ_AT: text(END)}


def test_a_whole_read_that_is_recent_is_not_repeated() -> None:
    state = {FIELD: text(END - DAY / 2), FULL_READ_AT: text(END - DAY / 2)}
    assert begin_if_due(state, FIELD, END, DAY) == state


def test_a_whole_read_that_is_old_is_repeated() -> None:
    state = {FIELD: text(END - DAY / 24), FULL_READ_AT: text(END - DAY)}
    assert begin_if_due(state, FIELD, END, DAY) == {FULL_READ_AT: text(END)}


@pytest.mark.parametrize("age", [DAY / 24, 30 * DAY])
def test_a_whole_read_that_was_broken_off_goes_on_where_it_stopped(age: timedelta) -> None:
    state = {FIELD: "2021-05-05T00:00:00.000Z", FULL_READ_AT: text(END - age)}
    assert begin_if_due(state, FIELD, END, DAY) == state


def test_a_foreign_state_is_left_to_the_cursor() -> None:
    assert begin_if_due({FIELD: "yesterday"}, FIELD, END, DAY) == {FIELD: "yesterday"}
