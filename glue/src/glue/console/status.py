"""How connections stand, as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from glue.console.terminal import Terminal
from glue.ledger.overview import Overview
from glue.ledger.values import reason_of
from kit.protocol.jsonlines import dumps
from kit.protocol.outcomes import OutcomeKind

_LONGEST_STATE: Final = 100
_WHOLE: Final = ("__ab_no_cursor_state_message", "__ab_full_refresh_sync_complete")
"""What the CDK writes into the state of a stream that was read whole."""


def time_text(at: datetime | None) -> str:
    """Return a time as people read it, in UTC."""
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"


def state_text(state: Mapping[str, Any]) -> str:
    """Return where a state stands: its one value, or its JSON, cut short.

    Of a state by partition (a company, say) it is the value of the one that is furthest behind. A
    stream without a cursor is delivered up to its end.
    """
    inner = state.get("stream", {}).get("stream_state") or {}
    if any(mark in inner for mark in _WHOLE):
        return "its end"
    cursors = _cursors(inner)
    values = [value for cursor in cursors for value in _values(cursor)]
    if not values or len(values) != len(cursors):
        return _cut(dumps(inner).decode())
    furthest_behind = _cut(str(min(values, key=_order)))
    if len(values) == 1:
        return furthest_behind
    return f"{furthest_behind}, the furthest behind of {len(values)}"


def _cursors(inner: Mapping[str, Any]) -> list[Any]:
    partitions = inner.get("states")
    if not isinstance(partitions, list):
        return [inner]
    return [part["cursor"] for part in partitions if isinstance(part, Mapping) and "cursor" in part]


def _values(cursor: Any) -> list[str | int]:  # noqa: ANN401 - the source's own
    found = cursor.values() if isinstance(cursor, Mapping) else ()
    return [v for v in found if isinstance(v, str | int) and not isinstance(v, bool)]


def _order(value: str | int) -> tuple[int, str]:
    """Numbers sort as numbers, and times as texts."""
    return (value, "") if isinstance(value, int) else (0, value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_STATE else text[:_LONGEST_STATE] + "…"


def print_overview(terminal: Terminal, overview: Overview) -> None:
    """Print how one connection stands."""
    terminal.title(overview.connection)
    _print_runs(terminal, overview)
    for stream, (state, at) in sorted(overview.states.items()):
        name = stream or "all streams"
        terminal.line(f"  {name}: delivered up to {state_text(state)} (stored {time_text(at)})")
    _print_objects(terminal, overview)
    for name, count in overview.due.items():
        terminal.line(f"  {name} to be looked at by the next run: {count:,}")
    for name, count in overview.left_behind.items():
        terminal.line(f"  {name} left behind (no source record makes them any more): {count:,}")
    for places, what in ((overview.refused, ""), (overview.left_out, " by the catalog")):
        for name, kind, reason, count in places:
            _print_reason(terminal, f"  {name} {kind}{what} {count:,}", reason)
    terminal.line()


def _print_runs(terminal: Terminal, overview: Overview) -> None:
    if overview.waiting_plan is not None:
        terminal.line(
            f"  Held: plan {overview.waiting_plan.id}, made "
            f"{time_text(overview.waiting_plan.created_at)}, was not approved yet. "
            f"`glue approve {overview.connection}` does it."
        )
    elif overview.plan is None:
        terminal.line(
            f"  Held: no plan was approved. `glue plan {overview.connection}`, then "
            f"`glue approve {overview.connection}`."
        )
    if not overview.runs:
        terminal.line("  It never ran.")
    for run in overview.runs:
        message = f": {run['message']}" if run["message"] else ""
        terminal.line(f"  run {run['id']} {time_text(run['started_at'])} {run['status']}{message}")


def _print_objects(terminal: Terminal, overview: Overview) -> None:
    names = dict.fromkeys(name for name, _ in overview.objects)
    for name in names:
        delivered = sum(
            overview.objects.get((name, str(kind)), 0) for kind in OutcomeKind if kind.is_delivered
        )
        terminal.line(f"  {name} delivered: {delivered:,}")


def _print_reason(terminal: Terminal, text: str, name: str) -> None:
    reason = reason_of(name)
    explained = f"{reason}. {reason.meaning} {reason.advice}" if reason else name
    terminal.line(f"{text}: {explained}")
