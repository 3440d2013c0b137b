"""Makes and approves plans."""

from __future__ import annotations

from dataclasses import dataclass

from glue.engine.bench import Bench
from glue.engine.stages import execute
from glue.ledger import Ledger
from glue.ledger.answers import RECENTLY
from glue.ledger.runs import Runs
from glue.ledger.values import Plan, RunStatus
from glue.report import Report
from kit.protocol.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that was made.

    Args:
        number: Under which it is stored; None if it did not come to its end.
        report: What a run would do.
    """

    number: int | None
    report: Report


def make_plan(bench: Bench) -> Planned:
    """See what a run would do.

    Nothing is written, neither to the destination nor to the ledger, except the plan itself and
    configuration that a connector hands back.

    Raises:
        ConfigError: A setting is wrong.
    """
    bench.source.discover(max_age=RECENTLY)
    bench.destination.spec(max_age=RECENTLY)
    status = bench.destination.check()  # before minutes of reading, not after them
    if not status.succeeded:
        raise ConfigError(f"Connector `{bench.destination.name}`: {status.message}")
    with bench.ledger.database.scratch() as scratch:
        report = execute(bench, Ledger(scratch, bench.connection.name), planned=True)
    if report.status is not RunStatus.SUCCEEDED:
        return Planned(None, report)
    number = bench.ledger.runs.store_plan(
        catalog_hash=bench.mapper.hash,
        settings_hash=bench.destination.settings_hash,
        report=report.to_json(),
    )
    return Planned(number, report)


def approve(runs: Runs, connection: str, number: int | None = None) -> Plan:
    """Approve a plan, the latest by default.

    Raises:
        ConfigError: There is no such plan.
    """
    plan = runs.plan(number)
    if plan is None:
        which = "no plan" if number is None else f"no plan {number}"
        raise ConfigError(
            f"The connection `{connection}` has {which} to approve. Make one with "
            f"`glue plan {connection}`."
        )
    runs.approve(plan.id)
    return plan
