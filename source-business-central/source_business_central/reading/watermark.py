"""How far a company was read, while it is being read.

Rows come in the order of their cursor, so the state may move while pages go by, but never beyond
what is certain:

- a row that is committed late bears a stamp from before its commit: the state stays a lag before
  the read's start, and the next read reaches back by the overlap;
- rows that do not come in order show that the order was not kept: then the state waits for the
  end of the company.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from source_business_central.endpoint.plan import NUMBER, STAMP
from source_business_central.endpoint.query import EARLIEST, literal
from source_business_central.reading.records import to_utc


class Watermark(Protocol):
    """How far one company was read."""

    def observe(self, record: Mapping[str, Any]) -> None:
        """Take a record that went out."""

    def reached(self) -> Any:  # noqa: ANN401 - text or number
        """Return how far all is read for certain by now; None if nothing is."""

    def at_end(self) -> Any:  # noqa: ANN401 - text or number
        """Return how far all is read for certain when the company was read whole."""


@dataclass(slots=True)
class StampWatermark:
    """Moves by the time of the last change.

    Attributes:
        known: Where the last read ended; None if there was none.
        cap: The state may not go beyond it: the read's start less the lag.
        floor: The state after a whole first read in which no row had a stamp.
    """

    known: str | None
    cap: str
    floor: str
    _highest: str = ""
    _last: str = ""
    _ordered: bool = True

    def observe(self, record: Mapping[str, Any]) -> None:
        """Take a record that went out.

        Args:
            record: The record; one without a stamp sorts before all others.
        """
        stamp: str = record.get(STAMP) or ""
        if stamp < self._last:
            self._ordered = False
        elif stamp > self._highest:
            self._highest = stamp
        self._last = stamp

    def reached(self) -> str | None:
        """Return how far all is read for certain by now; None if nothing is."""
        if not self._ordered or not self._highest:
            return self.known
        return max(self.known or "", min(self._highest, self.cap))

    def at_end(self) -> str:
        """Return how far all is read for certain when the company was read whole."""
        highest = min(self._highest or self.floor, self.cap)
        return max(self.known or self.floor, highest)


@dataclass(slots=True)
class NumberWatermark:
    """Moves by a number that grows with each row.

    A number is drawn before its row is committed. So it counts as read only when its row is older
    than the longest transaction: no lower number can appear after that.

    Attributes:
        known: Where the last read ended; None if there was none.
        settled: Rows with a stamp before it are settled: the read's start less lag and overlap.
    """

    known: int | None
    settled: str
    _highest: int | None = None
    _all_settled: bool = True

    def observe(self, record: Mapping[str, Any]) -> None:
        """Take a record that went out.

        Args:
            record: The record.
        """
        number = record.get(NUMBER)
        if (record.get(STAMP) or "") > self.settled:
            self._all_settled = False
        if not isinstance(number, int) or (self._highest is not None and number < self._highest):
            self._all_settled = False
        if self._all_settled:
            self._highest = number

    def reached(self) -> int | None:
        """Return how far all is read for certain by now; None if nothing is."""
        if self._highest is None:
            return self.known
        return max(self.known or 0, self._highest)

    def at_end(self) -> int | None:
        """Return how far all is read for certain when the company was read whole."""
        return self.reached()


def watermark(
    cursor: str,
    known: Any,  # noqa: ANN401 - text or number
    now: datetime,
    *,
    start: datetime | None,
    lag: timedelta,
    overlap: timedelta,
) -> Watermark:
    """Make the watermark of a company that is about to be read.

    Args:
        cursor: `STAMP` or `NUMBER`.
        known: Where the last read ended; None if there was none.
        now: The present moment, before the first request.
        start: Rows older than this are not read.
        lag: How far before `now` the state may stand at most.
        overlap: How long a transaction may take.
    """
    if cursor == NUMBER:
        return NumberWatermark(known, _stamp(now - lag - overlap))
    return StampWatermark(known, _stamp(now - lag), _stamp(start or EARLIEST))


_SIX_DIGITS: Final = to_utc


def _stamp(moment: datetime) -> str:
    return _SIX_DIGITS(literal(moment)) or ""
