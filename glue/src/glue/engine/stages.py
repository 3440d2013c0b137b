"""The stages of a run, in order, against the real ledger or a scratch copy of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from glue.deliver import Deliverer, merge_due
from glue.deliver.decide import Moment
from glue.engine.bench import Bench
from glue.engine.errors import InterruptedRunError
from glue.ledger import Ledger
from glue.ledger.money import totals
from glue.ledger.values import RunStatus
from glue.map import map_rows
from glue.read import Reader, plan_read
from glue.report import MoneyLine, Report, StreamCounts
from kit.protocol.errors import ConfigError, FatalError


def execute(bench: Bench, ledger: Ledger, *, planned: bool) -> Report:
    """Read, map, merge, deliver.

    Args:
        bench: The connection.
        ledger: Its ledger, or a scratch copy for a plan.
        planned: Whether the destination must write nothing.

    Returns:
        The report; `problems` says what went wrong, and `status` how it ended.

    Raises:
        ConfigError: A setting is wrong; nothing was written.
    """
    began = time.monotonic()
    settings_hash = bench.destination.settings_hash
    run_id = ledger.runs.start(catalog_hash=bench.mapper.hash, settings_hash=settings_hash)
    report = Report(bench.connection.name, run_id, planned=planned)
    moment = Moment(run_id, settings_hash, datetime.now(UTC))
    message = "It stopped by an unexpected error."
    report.status = RunStatus.FAILED
    try:
        _run_stages(bench, ledger, moment, report)
        message = " ".join(report.problems)
    except InterruptedRunError as error:
        report.status = RunStatus.INTERRUPTED
        report.notes.append(_left(ledger))
        message = str(error)
    except FatalError as error:
        report.problems.append(str(error))
        message = str(error)
    except ConfigError as error:
        message = str(error)
        raise
    finally:
        report.seconds = time.monotonic() - began
        ledger.runs.end(run_id, report.status, message, report.to_json())
    return report


def _run_stages(bench: Bench, ledger: Ledger, moment: Moment, report: Report) -> None:
    states = _read(bench, ledger, report)
    _go_on(bench)
    map_rows(ledger, bench.mapper, report, bench.observer, bench.interruption)
    _go_on(bench)
    merge_due(ledger, bench.mapper, moment, report, bench.observer, bench.interruption)
    _go_on(bench)
    try:
        Deliverer(
            bench.destination,
            ledger,
            bench.mapper,
            moment,
            report,
            bench.observer,
            bench.interruption,
        ).deliver(states)
        _go_on(bench)
    finally:
        _sum_up(ledger, report)
    report.problems.extend(report.discrepancies())
    if not report.problems:
        report.status = RunStatus.SUCCEEDED


def _left(ledger: Ledger) -> str:
    """Say what an interrupted run leaves to the next one."""
    rows = ledger.rows.count_due()
    objects = sum(ledger.deliveries.count_due().values())
    return (
        f"Left for the next run, beside what the source still has: {rows:,} rows to map, "
        f"{objects:,} objects to look at."
    )


def _go_on(bench: Bench) -> None:
    if bench.interruption.requested:
        raise InterruptedRunError("Stopped on request.")


def _read(bench: Bench, ledger: Ledger, report: Report) -> dict[str, dict[str, object]]:
    """Read the source; return the states that are to be kept once all before them is terminal."""
    mapper = bench.mapper
    plan = plan_read(
        bench.source.discover(), mapper.source_streams, mapper.lookup_fields, mapper.also_from
    )
    result = Reader(
        bench.source, ledger, plan, report.run_id, bench.observer, bench.interruption
    ).read()
    for name, stored in result.stored.items():
        report.streams[name] = StreamCounts(read=stored)
    report.problems.extend(result.problems)
    kept = ledger.runs.acknowledged_states()
    return {
        stream: state
        for stream, state in ledger.runs.states().items()
        if stream not in kept or kept[stream][0] != state or stream in result.states
    }


def _sum_up(ledger: Ledger, report: Report) -> None:
    left = ledger.deliveries.left_behind(report.run_id)
    for name, counts in report.objects.items():
        counts.left_behind = left.get(name, 0)
    money = totals(ledger.database, ledger.connection)
    report.money = [
        MoneyLine(
            currency,
            money.erp[currency],
            money.delivered[currency],
            tuple(
                (kind, reason, amount)
                for (kind, reason), amount in sorted(money.apart[currency].items())
            ),
        )
        for currency in sorted({*money.erp, *money.delivered})
    ]
