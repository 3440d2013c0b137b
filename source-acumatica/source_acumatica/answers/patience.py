"""How long the connector goes on asking an instance that is busy or away.

A read has many windows in several streams. Each would wait through all of its retries by itself,
half an hour together, when the instance is away; so the patience is one for the whole process.
"""

import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_RETRIES: Final = 5
_LONGEST_PAUSE: Final = 60.0
_LONGEST_WISH: Final = 600.0  # as long as Acumatica itself holds a request back


def pause_before_retry(attempt: int, retry_after: str | None) -> float:
    """Return how long to wait, in seconds.

    Args:
        attempt: How many attempts were made, from 1.
        retry_after: The header `Retry-After`, if the answer had one: seconds or a date.
    """
    wish = _seconds(retry_after.strip()) if retry_after is not None else None
    if wish is None:
        return min(2.0**attempt, _LONGEST_PAUSE)
    return min(max(wish, 0.0), _LONGEST_WISH)


def _seconds(retry_after: str) -> float | None:
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


class Patience:
    """Whether passing faults are still waited for. Thread-safe."""

    def __init__(self) -> None:
        self._at_an_end = threading.Event()

    @property
    def at_an_end(self) -> bool:
        """Whether a request was given up, and none was answered since."""
        return self._at_an_end.is_set()

    def end(self) -> None:
        """Note that a request was given up: the next ones are sent once, and not again."""
        self._at_an_end.set()

    def renew(self) -> None:
        """Note that the instance answers."""
        self._at_an_end.clear()


PATIENCE = Patience()
"""That of this process: it reads one instance."""
