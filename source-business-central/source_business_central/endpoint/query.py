"""The OData options of a list. Pure: a plan goes in, options come out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from source_business_central.endpoint.plan import STAMP, StreamPlan

UNSTAMPED: Final = "0001-01-01T00:00:00Z"
"""The stamp of rows from before Business Central kept stamps."""

EARLIEST: Final = datetime(1753, 1, 1, tzinfo=UTC)
"""The first moment that the database can hold: every stamped row is younger."""

_ROUNDING: Final = timedelta(milliseconds=50)
"""Stamps are kept to 1/300 s and shown to 1/1000 s, so one that is shown may be rounded up."""


def literal(moment: datetime) -> str:
    """Write a moment as a filter does: UTC, milliseconds cut, Z.

    Args:
        moment: The moment, with a zone.
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def quoted(text: str) -> str:
    """Write a text as a filter does.

    Args:
        text: The text; an apostrophe in it is doubled.
    """
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def any_of(name: str, values: Iterable[str]) -> str:
    """Return a filter for rows whose field has one of some values.

    Args:
        name: The field: `or` works on one field only.
        values: The values; at least one.
    """
    return "(" + " or ".join(f"{name} eq {quoted(value)}" for value in values) + ")"


def stamps_from(known: datetime | None, start: datetime | None, overlap: timedelta) -> str:
    """Return the filter on the time of the last change; empty if all rows are wanted.

    Args:
        known: How far was read before; None on a first read.
        start: Rows older than this are not wanted.
        overlap: How far to reach back over what was read.
    """
    if known is None:
        if start is None:
            return ""
        return f"({STAMP} ge {literal(start)} or {STAMP} eq {UNSTAMPED})"
    back = overlap + _ROUNDING
    since = known - back if known - EARLIEST > back else EARLIEST
    return f"{STAMP} ge {literal(max(since, start) if start else since)}"


def options(plan: StreamPlan, since: str) -> dict[str, str]:
    """Return the options of a stream's list.

    Args:
        plan: The stream.
        since: The filter on its cursor; empty if all rows are wanted.
    """
    terms = [since, any_of("status", plan.statuses) if plan.statuses else ""]
    found = {
        "$filter": " and ".join(term for term in terms if term),
        "$orderby": plan.cursor,
        "$expand": plan.lines,
    }
    return {name: value for name, value in found.items() if value}
