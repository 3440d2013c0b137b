from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from glue.ledger import Database, Ledger
from glue.ledger.money import totals
from glue.ledger.schema import runs
from glue.ledger.sources import BATCH, Stored, indexed_values, lookup_text
from glue.ledger.values import (
    Disposition,
    Due,
    Fragment,
    IncomingRow,
    RowMapping,
    Settled,
)
from kit.mapping.results import Money
from kit.protocol.errors import ConfigError, FatalError
from kit.protocol.jsonlines import content_hash
from kit.protocol.outcomes import Outcome, OutcomeKind
from kit.protocol.reasons import Reason

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Database(tmp_path / "glue.db") as database:
        yield Ledger(database, "flow")


def row(key: str, value: Any = 1, **indexed: str) -> IncomingRow:
    return IncomingRow(key, f'{{"v":{value}}}', content_hash(value), tuple(indexed.items()))


def read(ledger: Ledger, *rows: IncomingRow, run_id: int = 1) -> Stored:
    return ledger.rows.store("people", rows, run_id=run_id, now=NOW)


def save(ledger: Ledger, *mappings: RowMapping, run_id: int = 1) -> None:
    ledger.mappings.save(mappings[0].stream, mappings, catalog_hash="c", run_id=run_id, now=NOW)


def mapped(key: str, *parts: Fragment, **values: Any) -> RowMapping:
    return RowMapping("people", key, Disposition.MAPPED, parts, **values)


def part(key: str, data: str = "{}", **values: Any) -> Fragment:
    return Fragment("members", "members", key, data, **values)


def due(ledger: Ledger, name: str = "members", at_least: Due = Due.CHECK) -> list[str]:
    return [each.key for batch in ledger.deliveries.due(name, at_least=at_least) for each in batch]


def rows_due(ledger: Ledger) -> list[str]:
    return [each.key for batch in ledger.rows.due("people") for each in batch]


def deliver(
    ledger: Ledger, key: str, kind: OutcomeKind, name: str = "members", **values: Any
) -> None:
    [intent] = ledger.attempts.intend(name, [(key, "{}", "h")], run_id=1, catalog_hash="c", now=NOW)
    outcome = Outcome(glue_id=intent.id, object=name, key=key, kind=kind, **values)
    ledger.attempts.settle([Settled(intent, outcome)], settings_hash="s", now=NOW)


def test_rows_are_new_changed_or_as_before(ledger: Ledger) -> None:
    assert read(ledger, row("a"), row("b")) == Stored(new=2)
    save(ledger, mapped("a", part("A")), mapped("b", part("B")))
    assert read(ledger, row("a"), row("b", 2), row("c"), run_id=2) == Stored(1, 1, 1)
    assert rows_due(ledger) == ["b", "c"]


def test_the_last_of_two_versions_in_one_batch_counts(ledger: Ledger) -> None:
    assert read(ledger, row("a", 1), row("a", 2)) == Stored(new=1, unchanged=1)
    assert [each.data for batch in ledger.rows.due("people") for each in batch] == ['{"v":2}']


def test_batches_reach_every_row(ledger: Ledger) -> None:
    keys = [f"{n:05}" for n in range(2 * BATCH + 1)]
    read(ledger, *(row(key) for key in keys))
    assert [len(batch) for batch in ledger.rows.due("people")] == [BATCH, BATCH, 1]
    assert rows_due(ledger) == keys


def test_rows_are_found_by_indexed_fields(ledger: Ledger) -> None:
    read(ledger, row("a", 1, code="X"), row("b", 2, code="Y"))
    assert ledger.rows.find("people", "code", "Y") == '{"v":2}'
    assert ledger.rows.find("people", "code", "Z") is None
    assert ledger.rows.find("other", "code", "Y") is None
    read(ledger, row("b", 3, code="Z"))
    assert ledger.rows.find("people", "code", "Y") is None
    assert ledger.rows.find("people", "code", "Z") == '{"v":3}'


def test_lookup_values_tell_texts_and_numbers_apart_only_by_their_digits() -> None:
    assert indexed_values({"a": "00501", "b": 7, "c": None, "d": 1.5}, ("a", "b", "c", "d", "e")) == (
        ("a", "00501"), ("b", "7"), ("d", "1.5"),
    )  # fmt: skip
    assert lookup_text(value=True) == "true"


def test_another_catalog_makes_rows_due_and_writes_lookup_values_anew(ledger: Ledger) -> None:
    read(ledger, row("a", 1))
    save(ledger, mapped("a", part("A")))
    ledger.rows.make_due("c")
    assert rows_due(ledger) == []
    ledger.rows.reindex({"people": ("v",)}, "d")
    ledger.rows.make_due("d")
    assert rows_due(ledger) == ["a"]
    assert ledger.rows.find("people", "v", "1") == '{"v":1}'


def test_mapping_again_replaces_contributions_and_touches_both_objects(ledger: Ledger) -> None:
    read(ledger, row("a"))
    save(ledger, mapped("a", part("A", person=True)))
    deliver(ledger, "A", OutcomeKind.CREATED)
    assert due(ledger) == []
    save(ledger, mapped("a", part("B", person=True)), run_id=2)
    assert due(ledger) == ["A", "B"]
    [[_, moved]] = list(ledger.deliveries.due("members"))
    assert moved.moved_from == "A"
    assert ledger.deliveries.sources_gone("members", "A")
    assert list(ledger.deliveries.parts("members", ["A", "B"], run_id=2)) == ["B"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("A", "BC", {"A": None, "B": "A", "C": None}),
        ("A", "AB", {"A": None, "B": None}),
        ("AB", "AC", {"A": None, "B": None, "C": None}),
        ("AB", "C", {"A": None, "B": None, "C": None}),
        ("A", "BB", {"A": None, "B": "A"}),
    ],
)
def test_of_several_addresses_the_first_takes_the_place_of_a_single_one(
    ledger: Ledger, before: str, after: str, expected: dict[str, str | None]
) -> None:
    read(ledger, row("a"))
    for keys in (before, after):
        save(ledger, mapped("a", *(part(key, person=True) for key in keys)))
    [batch] = ledger.deliveries.due("members")
    assert {each.key: each.moved_from for each in batch} == expected


def test_a_company_that_changes_its_address_is_no_rename(ledger: Ledger) -> None:
    read(ledger, row("a"))
    save(ledger, mapped("a", part("A")))
    save(ledger, mapped("a", part("B")))
    assert {each.moved_from for batch in ledger.deliveries.due("members") for each in batch} == {
        None
    }


def test_a_mapped_row_wakes_the_rows_that_waited_for_it(ledger: Ledger) -> None:
    read(ledger, row("a"), row("b"))
    waiting = RowMapping(
        "people", "a", Disposition.PARKED, (), Reason.UNKNOWN_CUSTOMER, "", "people:code=X"
    )
    save(ledger, waiting, mapped("b"))
    assert rows_due(ledger) == []
    save(ledger, mapped("b", answers_to=("people:code=Y",)))
    assert rows_due(ledger) == []
    save(ledger, mapped("b", answers_to=("people:code=X",)))
    assert rows_due(ledger) == ["a"]


def test_an_intent_stays_open_until_its_outcome_is_stored(ledger: Ledger) -> None:
    save(ledger, mapped("a", part("A")))
    ledger.attempts.intend("members", [("A", "{}", "h")], run_id=1, catalog_hash="c", now=NOW)
    ledger.deliveries.reopen("s")
    assert due(ledger, at_least=Due.FORCE) == ["A"]
    deliver(ledger, "A", OutcomeKind.CREATED)
    ledger.deliveries.reopen("s")
    assert due(ledger) == []


def test_other_settings_reopen_what_was_sent(ledger: Ledger) -> None:
    save(ledger, mapped("a", part("A")))
    deliver(ledger, "A", OutcomeKind.REJECTED, reason=Reason.REFUSED)
    with ledger.database.write() as sql:
        sql.exec_driver_sql("UPDATE deliveries SET wanted = '{}'")
    ledger.deliveries.reopen("s")
    assert due(ledger) == []
    ledger.deliveries.reopen("t")
    assert due(ledger) == ["A"]


@pytest.mark.parametrize("kind", [OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED])
def test_a_delivered_object_wakes_what_waited_for_it(ledger: Ledger, kind: OutcomeKind) -> None:
    save(ledger, mapped("a", part("A"), Fragment("orders", "orders", "O", "{}")))
    deliver(
        ledger, "O", OutcomeKind.PARKED, "orders", reason=Reason.NO_MEMBER, waits_for="members:A"
    )
    assert due(ledger, "orders") == []
    deliver(ledger, "A", OutcomeKind.REJECTED, reason=Reason.REFUSED)
    assert due(ledger, "orders") == []
    deliver(ledger, "A", kind)
    assert due(ledger, "orders", Due.FORCE) == ["O"]


def test_numbers_of_attempts_are_unique_over_connections(ledger: Ledger) -> None:
    other = Ledger(ledger.database, "other")
    payload = [("A", "{}", "h")]
    numbers = [
        each.attempts.intend("members", payload, run_id=1, catalog_hash="c", now=NOW)[0].id
        for each in (ledger, other, ledger)
    ]
    assert numbers == [1, 2, 3]


def test_money_is_found_wherever_it_is(ledger: Ledger) -> None:
    def order(key: str, amount: str, **values: Any) -> RowMapping:
        fragment = Fragment("orders", "orders", key, "{}", carries_money=True)
        return mapped(key, fragment, money=Money(Decimal(amount), "USD"), **values)

    read(ledger, *(row(key) for key in "abcdef"))
    save(
        ledger,
        order("a", "10.10"),
        order("b", "20.20"),
        order("c", "30.30"),
        RowMapping("people", "d", Disposition.SKIPPED, (), Reason.NOT_POSTED, money=Money(Decimal("40.40"), "USD")),
        RowMapping("people", "e", Disposition.SKIPPED, (), Reason.CREDIT_MEMO, money=Money(Decimal("-1.01"), "USD")),
        mapped("f"),
    )  # fmt: skip
    with ledger.database.write() as sql:
        sql.exec_driver_sql("UPDATE deliveries SET wanted = '{}'")
    [intent] = ledger.attempts.intend(
        "orders", [("a", '{"currency_code":"USD","order_total":10.1}', "h")], run_id=1,
        catalog_hash="c", now=NOW,
    )  # fmt: skip
    outcome = Outcome(glue_id=intent.id, object="orders", key="a", kind=OutcomeKind.CREATED)
    ledger.attempts.settle([Settled(intent, outcome)], settings_hash="s", now=NOW)
    deliver(ledger, "b", OutcomeKind.REJECTED, "orders", reason=Reason.REFUSED)
    found = totals(ledger.database, "flow")
    assert found.erp == {"USD": Decimal("99.99")}
    assert found.delivered == {"USD": Decimal("10.1")}
    assert found.apart["USD"] == {
        ("rejected", "refused"): Decimal("20.20"),
        ("pending", "pending"): Decimal("30.30"),
        ("skipped", "not_posted"): Decimal("40.40"),
        ("skipped", "credit_memo"): Decimal("-1.01"),
    }


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with Database(tmp_path / "glue.db"):
        assert stat.S_IMODE((tmp_path / "glue.db").stat().st_mode) == 0o600


def test_a_scratch_copy_is_a_copy_and_goes_away(ledger: Ledger) -> None:
    read(ledger, row("a"))
    with ledger.database.scratch() as database:
        scratch = Ledger(database, "flow")
        assert rows_due(scratch) == ["a"]
        read(scratch, row("b"))
        path = database.path
    assert not path.exists()
    assert rows_due(ledger) == ["a"]


def test_a_ledger_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with Database(tmp_path / "glue.db") as database, database.write() as sql:
        sql.exec_driver_sql("INSERT INTO schema_version VALUES (99, 'later', '2026-01-01')")
    with pytest.raises(ConfigError, match="schema version 99"):
        Database(tmp_path / "glue.db")


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "glue.db").write_text("this is a text, and a rather long one, not a database" * 50)
    with pytest.raises(ConfigError, match="cannot be opened"):
        Database(tmp_path / "glue.db")


def test_database_errors_hold_no_rows(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError) as caught, ledger.database.write() as sql:
        sql.execute(runs.insert(), [{"connection": "anna@example.com", "started_at": NOW}])
    assert "anna@example.com" not in str(caught.value)


def test_a_full_disk_is_told_and_takes_nothing_half(ledger: Ledger) -> None:
    read(ledger, row("a"))
    with ledger.database.read() as sql:
        pages = sql.exec_driver_sql("PRAGMA page_count").scalar_one()
        sql.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(FatalError, match=r"disk takes no more of .*glue\.db.*Make room"):
        read(ledger, *(row(f"b{number}", number) for number in range(2000)))
    with ledger.database.read() as sql:
        sql.exec_driver_sql("PRAGMA max_page_count=100000")
    assert read(ledger, row("a"), row("c")) == Stored(new=1, changed=0, unchanged=1)
