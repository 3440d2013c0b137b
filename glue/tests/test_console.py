from __future__ import annotations

import io
from collections import Counter
from decimal import Decimal

import pytest
from rich.console import Console

from glue.console import LiveProgress, PlainProgress, Terminal, progress_for
from glue.console.status import state_text
from glue.console.summary import amount_text, money_text, print_report, value_text
from glue.ledger.sources import Stored
from glue.ledger.values import Disposition
from glue.observer import Observer, Stage
from glue.report import MoneyLine, ObjectCounts, Report, StreamCounts
from kit.mapping.results import Mapped, Skipped
from kit.protocol.outcomes import Difference, Outcome, OutcomeKind
from kit.protocol.reasons import Reason


def play(observer: Observer) -> None:
    observer.stage_began(Stage.READ, None)
    observer.advanced(Stage.READ, "people", 1500)
    observer.advanced(Stage.READ, "bills", 3)
    observer.stage_ended(Stage.READ)
    observer.noticed("Something [bold]odd[/bold] happened.")
    observer.stage_began(Stage.DELIVER, 10)
    observer.advanced(Stage.DELIVER, "members", 4)
    observer.stage_ended(Stage.DELIVER)


def test_plain_progress_is_a_line_a_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    with progress_for(Terminal(out)) as observer:
        assert isinstance(observer, PlainProgress)
        play(observer)
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("Read 1,503 rows in 0.0 s (people 1,500, bills 3)")
    assert lines[1] == "Something [bold]odd[/bold] happened."
    out.truncate(0)
    monkeypatch.setattr("glue.console.progress._LINE_SECONDS", 0.0)
    with progress_for(Terminal(out)) as observer:
        play(observer)
    assert "Delivering: 4 of 10 records" in out.getvalue()


def test_a_terminal_gets_a_live_display() -> None:
    out = io.StringIO()
    terminal = Terminal(out)
    terminal.console = Console(file=out, force_terminal=True, width=120)
    with progress_for(terminal) as observer:
        assert isinstance(observer, LiveProgress)
        play(observer)
    assert "people 1,500" in out.getvalue()


def test_a_narrow_terminal_keeps_the_names_of_the_stages() -> None:
    out = io.StringIO()
    terminal = Terminal(out)
    terminal.console = Console(file=out, force_terminal=True, width=80, color_system=None)
    with progress_for(terminal) as observer:
        observer.stage_began(Stage.READ, None)
        for stream in ("stock_items", "non_stock_items", "customers", "sales_invoices"):
            observer.advanced(Stage.READ, stream, 1500)
        observer.stage_ended(Stage.READ)
        observer.stage_began(Stage.DELIVER, 9000)
        observer.advanced(Stage.DELIVER, "members", 4000)
    lines = out.getvalue().splitlines()
    read = [line for line in lines if "Read " in line][-1]
    assert "6,000" in read
    assert "stock_items 1,500" in read
    delivering = [line for line in lines if "Delivering" in line][-1]
    assert "4,000 of 9,000" in delivering


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("1234567.8", "1,234,567.80"),
        ("-5", "-5.00"),
        ("1.005", "1.005"),
        ("1E+3", "1,000.00"),
    ],
)
def test_amounts_are_exact(amount: str, text: str) -> None:
    assert amount_text(Decimal(amount)) == text


def test_money_is_an_equation() -> None:
    apart = (("skipped", "credit_memo", Decimal("-1.50")), ("pending", "pending", Decimal(2)))
    line = MoneyLine("USD", Decimal("10.50"), Decimal(10), apart)
    assert line.difference == 0
    assert money_text(line) == (
        "USD: ERP 10.50 = 10.00 delivered - 1.50 skipped (credit_memo) + 2.00 pending"
    )
    wrong = MoneyLine("USD", Decimal("10.51"), Decimal(10), apart)
    assert money_text(wrong, planned=True).endswith("it differs by 0.01")


def test_a_state_is_shown_by_its_cursor() -> None:
    assert state_text({"stream": {"stream_state": {"changed": "2024"}}}) == "2024"
    assert state_text({"stream": {"stream_state": {"a": "1", "b": "2"}}}) == '{"a":"1","b":"2"}'
    assert len(state_text({"stream": {"stream_state": {"a": "x" * 500}}})) == 101


@pytest.mark.parametrize(
    ("cursors", "expected"),
    [
        (["2026", "2024", "2025"], "2024, the furthest behind of 3"),
        ([100, 9], "9, the furthest behind of 2"),
        (["2026"], "2026"),
    ],
)
def test_a_state_by_partition_stands_where_its_last_one_does(
    cursors: list[str | int], expected: str
) -> None:
    states = [{"partition": {"id": "x"}, "cursor": {"changed": value}} for value in cursors]
    inner = {"use_global_cursor": False, "states": states, "lookback_window": 7}
    assert state_text({"stream": {"stream_state": inner}}) == expected


@pytest.mark.parametrize("states", [[], ["odd"], [{"cursor": {"a": "1", "b": "2"}}]])
def test_a_state_of_another_form_is_shown_as_it_is(states: list[object]) -> None:
    assert '"states":' in state_text({"stream": {"stream_state": {"states": states}}})


def test_a_stream_without_a_cursor_is_delivered_to_its_end() -> None:
    inner = {"__ab_no_cursor_state_message": True}
    assert state_text({"stream": {"stream_state": inner}}) == "its end"


def outcome(kind: OutcomeKind, **values: object) -> Outcome:
    return Outcome(glue_id=1, object="members", key="k", kind=kind, **values)  # type: ignore[arg-type] # keyword values of a test


def test_a_report_counts_and_prints_what_happened() -> None:
    report = Report("flow", 1)
    report.streams["people"] = StreamCounts(Stored(3, 1, 0), Counter({Disposition.MAPPED: 4}))
    for result in (
        Mapped("r", "members", "a", {}),
        Mapped("r", "members", "b", {}),
        Skipped("r", "members", Reason.NO_EMAIL),
    ):
        report.count_result(result)
    members = report.objects["members"]
    members.merged = members.sent = 2
    moved = (Difference("status", "subscribed", "unsubscribed"),)
    report.count_outcome(outcome(OutcomeKind.CREATED, status="transactional", calls=2))
    report.count_outcome(outcome(OutcomeKind.UPDATED, differences=moved, calls=1))
    assert report.calls == 3
    assert members.statuses == {"transactional": 1}
    assert members.status_changes == {"subscribed -> unsubscribed": 1}
    assert list(report.discrepancies()) == []
    out = io.StringIO()
    print_report(Terminal(out), report)
    assert "people     4    3        1" in out.getvalue()
    assert "members skipped 1: no_email. The ERP record has no e-mail address." in out.getvalue()


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (ObjectCounts(fragments=3, merged=2), "3 records were mapped, but 2 came to delivery"),
        (ObjectCounts(sent=3, answered=2), "3 records were sent, but 2 outcomes came back"),
    ],
)
def test_counts_that_do_not_add_up_are_told(counts: ObjectCounts, sentence: str) -> None:
    report = Report("flow", 1, objects={"members": counts})
    [found] = report.discrepancies()
    assert sentence in found


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "(empty)"), ("", "(empty)"), ("Ann", "Ann"), (False, "false"), (["a"], '["a"]')],
)
def test_values_are_shown_as_people_read_them(value: object, text: str) -> None:
    assert value_text(value) == text
