"""A run, held until a plan was approved."""

from __future__ import annotations

from glue.engine.bench import Bench
from glue.engine.errors import HeldError
from glue.engine.stages import execute
from glue.report import Report


def run(bench: Bench) -> Report:
    """Run a connection.

    Raises:
        HeldError: No plan of it was approved; nothing was done.
        ConfigError: A setting is wrong; nothing was written.
    """
    reason = why_held(bench)
    if reason is not None:
        name = bench.connection.name
        raise HeldError(
            f"{reason} Nothing was read or sent. See what it would do with `glue plan {name}`, "
            f"approve that with `glue approve {name}`, then run again."
        )
    return execute(bench, bench.ledger, planned=False)


def why_held(bench: Bench) -> str | None:
    """Say why a connection may not run yet; None if it may."""
    runs = bench.ledger.runs
    name = bench.connection.name
    plan = runs.approved_plan()
    if plan is None:
        return f"The connection `{name}` is held: its first run needs an approved plan."
    if runs.last(1):
        return None
    if plan.catalog_hash != bench.mapper.hash:
        return f"The connection `{name}` is held: the mapping catalog changed since plan {plan.id}."
    if plan.settings_hash != bench.destination.settings_hash:
        return (
            f"The connection `{name}` is held: settings of `{bench.destination.name}` changed "
            f"since plan {plan.id}."
        )
    return None
