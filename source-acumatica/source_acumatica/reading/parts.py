"""Parts of time: what one list is asked for, and how it is cut in two."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

MILLISECOND: Final = timedelta(milliseconds=1)
"""What `$filter` tells apart."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of time, read by itself.

    Attributes:
        start: Rows changed at this moment or later are in it; whole milliseconds.
        before: Rows changed at this moment or later are not; None if the part has no end.
    """

    start: datetime
    before: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Whether rows changed at a moment are in the part.

        Args:
            moment: The moment.
        """
        return self.start <= moment and (self.before is None or moment < self.before)

    def cut_at(self, moment: datetime) -> "tuple[Part, Part] | None":
        """Cut the part in two.

        Args:
            moment: Where to cut; it is brought to a whole millisecond inside of the part.

        Returns:
            The older and the newer part, or None where it cannot be cut: the part is a single
            millisecond, or the moment is before it, as a stamp that was cut to now may be.
        """
        if moment < self.start:
            return None
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        moment = max(moment, self.start + MILLISECOND)
        if self.before is not None and moment >= self.before:
            return None
        return Part(self.start, moment), Part(moment, self.before)


def moment_of(text: Any) -> datetime | None:  # noqa: ANN401 - JSON of any shape
    """Parse a time.

    Args:
        text: ISO 8601; without an offset it is taken for UTC. What is no time gives None.
    """
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def text_of(moment: datetime) -> str:
    """Write a time as states and `$filter` have it: UTC, milliseconds, Z.

    Args:
        moment: The time; it has a zone.
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
