"""What a run did, or what a plan would do, as text."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from glue.console.terminal import Terminal
from glue.ledger.values import Disposition, RunStatus
from glue.report import MoneyLine, ObjectCounts, Report
from kit.protocol.jsonlines import dumps
from kit.protocol.outcomes import OutcomeKind

_CENTS: Final = -2
_SUPERSEDED: Final = (
    "  {name} superseded {count:,}: source records that share a key with another one, and went "
    "into the same object."
)
_LEFT_BEHIND: Final = (
    "  {name} left behind {count:,}: the destination holds them, and no source record makes them "
    "any more. They were not touched."
)
_EXPLAINED: Final = (OutcomeKind.SKIPPED, OutcomeKind.PARKED, OutcomeKind.REJECTED)


def amount_text(amount: Decimal) -> str:
    """Return an amount with two decimals, or with all where it has more."""
    exponent = amount.normalize().as_tuple().exponent
    exact = isinstance(exponent, int) and exponent < _CENTS
    return f"{amount:,f}" if exact else f"{amount:,.2f}"


def print_report(terminal: Terminal, report: Report) -> None:
    """Print a whole report: rows, objects, reasons, money; nothing of what did not happen."""
    _print_rows(terminal, report)
    _print_objects(terminal, report)
    _print_reasons(terminal, report)
    for line in report.money:
        terminal.tick(money_text(line, planned=report.planned), good=not line.difference)
    for note in report.notes:
        terminal.line(note)


def _is_over(report: Report) -> bool:
    """Whether it came to its end, so that what is not there did not happen."""
    return report.status is RunStatus.SUCCEEDED


def _print_rows(terminal: Terminal, report: Report) -> None:
    rows: list[tuple[str | int, ...]] = [
        (
            name,
            each.read.total,
            each.read.new,
            each.read.changed,
            each.read.unchanged,
            each.due[Disposition.MAPPED] + each.due[Disposition.LOOKUP],
            each.due[Disposition.SKIPPED],
            each.due[Disposition.PARKED],
        )
        for name, each in report.streams.items()
        if each.read.total or each.due
    ]
    if not rows:
        if _is_over(report):
            terminal.line("The source had nothing new.")
        return
    heads = ("Rows", "read", "new", "changed", "as before", "mapped", "skipped", "parked")
    terminal.table(heads, rows)
    terminal.line()


def _print_objects(terminal: Terminal, report: Report) -> None:
    if not report.reports_outcomes and report.planned:
        terminal.line("This destination reports no outcomes, and has no dry run.")
        return
    rows = [_object_row(name, each) for name, each in report.objects.items()]
    shown = [row for row in rows if any(row[1:])]
    if not shown:
        if _is_over(report):
            terminal.line(f"Nothing {'would have' if report.planned else 'had'} to be sent.")
        return
    heads = ("Objects", "created", "updated", "unchanged", "skipped", "parked", "rejected")
    terminal.table(("Would be", *heads[1:]) if report.planned else heads, shown)
    terminal.line()
    if not report.reports_outcomes:
        terminal.line(
            "This destination reports no outcomes: `updated` means that it echoed the state after "
            "the record; what it created, skipped or refused is not known."
        )


def _object_row(name: str, counts: ObjectCounts) -> tuple[str | int, ...]:
    left_out = [sum(count for _, count in counts.by_reason(kind)) for kind in _EXPLAINED]
    return (
        name,
        counts.outcomes[OutcomeKind.CREATED],
        counts.outcomes[OutcomeKind.UPDATED],
        counts.outcomes[OutcomeKind.UNCHANGED],
        *left_out,
    )


def _print_reasons(terminal: Terminal, report: Report) -> None:
    lines = list(_reason_lines(report))
    for text, style in lines:
        terminal.line(text, style=style)
    if lines:
        terminal.line()


def _reason_lines(report: Report) -> Iterator[tuple[str, str | None]]:
    for name, counts in report.objects.items():
        for kind in _EXPLAINED:
            for reason, count in counts.by_reason(kind):
                yield f"  {name} {kind} {count:,}: {reason}. {reason.meaning}", None
                yield f"      {reason.advice}", "dim"
        if counts.superseded:
            yield _SUPERSEDED.format(name=name, count=counts.superseded), None
        if counts.left_behind:
            yield _LEFT_BEHIND.format(name=name, count=counts.left_behind), None


def money_text(line: MoneyLine, *, planned: bool = False) -> str:
    """Return the equation of one currency."""
    text = f"{line.currency}: ERP {amount_text(line.erp)} = {amount_text(line.delivered)} "
    text += "would be delivered" if planned else "delivered"
    for kind, reason, amount in line.apart:
        sign = "-" if amount < 0 else "+"
        text += f" {sign} {amount_text(abs(amount))} {kind}"
        text += f" ({reason})" if reason != kind else ""
    return text if not line.difference else f"{text}; it differs by {amount_text(line.difference)}"


def value_text(value: object) -> str:
    """Return a field's value as people read it."""
    if value is None or value == "":
        return "(empty)"
    return value if isinstance(value, str) else dumps(value).decode()


def print_plan_details(terminal: Terminal, report: Report) -> None:
    """Print what a plan shows beyond a run's summary: statuses, examples, cost."""
    for name, counts in report.objects.items():
        if counts.statuses:
            text = ", ".join(f"{count:,} {status}" for status, count in counts.statuses.items())
            terminal.line(f"  new {name}: {text}")
        for change, count in counts.status_changes.items():
            terminal.line(f"  {name} that would change their status, {change}: {count:,}")
        for kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED):
            for example in counts.examples.get(kind, ()):
                terminal.line(f"  for example, {name} {example['key']} would be {kind}:")
                for difference in example.get("differences", ()):
                    old, new = value_text(difference["old"]), value_text(difference["new"])
                    terminal.line(f"      {difference['field']}: {old} -> {new}", style="dim")
    writes = sum(
        counts.outcomes[kind]
        for counts in report.objects.values()
        for kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED)
    )
    terminal.line(f"  records that would be written: {writes:,}")
    terminal.line()


def print_end(terminal: Terminal, report: Report, destination: str) -> None:
    """Print the last lines of a run: how long, how many calls, what went wrong."""
    terminal.line(f"{report.calls:,} calls to {destination}, {report.seconds:.1f} seconds.")
    for problem in report.problems:
        terminal.tick(problem, good=False)
    if _is_over(report):
        terminal.tick("All counts add up.", good=True)
