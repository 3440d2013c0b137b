"""From an answer to rows, and from a row to a record.

A row stays as it came until its record goes out: a page of records would be held in memory for
nothing, and the search for garbage in it takes as long as its making.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import requests

from source_acumatica.endpoint.plan import StreamPlan
from source_acumatica.errors import AcumaticaError
from source_acumatica.reading.paging import Mark, Row
from source_acumatica.reading.records import to_utc

_NEVER_SO_FAR_AHEAD: Final = timedelta(days=1)
_UNMAPPED: Final = re.compile(r"cf\.DateTime\(f='(\w+)\.(\w+)'\)")
_EMPTY: Final[Row] = {}


class Extraction:
    """Knows the rows of one stream.

    Args:
        plan: How the stream is asked for.
    """

    def __init__(self, plan: StreamPlan) -> None:
        self._plan = plan
        self._stamp = _reader_of(plan.cursor_term)
        now = datetime.now(UTC)
        self._now = to_utc(now.isoformat())
        self._latest = to_utc((now + _NEVER_SO_FAR_AHEAD).isoformat())

    def rows(self, response: requests.Response) -> list[Row]:
        """Return the rows of a list, or the one row of a read by its id.

        Args:
            response: A usable answer.

        Raises:
            AcumaticaError: The answer holds no rows.
        """
        try:
            answer = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            answer = None
        rows = [answer] if isinstance(answer, Mapping) and answer.get("id") else answer
        if not isinstance(rows, list):
            raise AcumaticaError(
                f"Acumatica answered a list of {self._plan.entity} with something else. What was "
                "read so far is kept; run again, and check the setting `endpoint_name` if it "
                "happens again."
            )
        return rows

    def mark(self, row: Row) -> Mark:
        """Return what tells a row apart from others, and from itself before a change.

        Args:
            row: A row, or the key of one.
        """
        return row["id"], self._stamp(row)

    def record(self, row: Row) -> dict[str, Any]:
        """Make the record of a row; a stamp far in the future is cut to now.

        Args:
            row: A whole row.
        """
        record = self._plan.convert(row)
        field = self._plan.cursor_field
        stamp = record[field] if field else None
        if stamp and stamp > self._latest:
            record[field] = self._now
        return record


def _reader_of(term: str) -> Callable[[Row], str | None]:
    """Return the function that reads a row's stamp, given how `$filter` names it."""
    if not term:
        return lambda _row: None
    unmapped = _UNMAPPED.fullmatch(term)
    if unmapped is None:
        return lambda row: (row.get(term) or _EMPTY).get("value")
    view, field = unmapped.groups()

    def stamp(row: Row) -> str | None:
        found = ((row.get("custom") or _EMPTY).get(view) or _EMPTY).get(field) or _EMPTY
        value: str | None = found.get("value")
        return value

    return stamp
