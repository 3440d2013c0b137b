"""How often a request is sent again, and how long to wait before."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from source_business_central.answers.faults import Fault

MAX_RETRIES: Final = 9
"""Five minutes of waiting, the length of the window in which requests are counted."""

_LONGEST_PAUSE: Final = 60.0
_LONGEST_TOLD: Final = 600.0
_RETRIES: Final = {Fault.UNREACHABLE: 2, Fault.INTERNAL: 4, Fault.BROKEN_OFF: 4}


def retries_of(fault: Fault | None) -> int:
    """Return how often a request is sent again before it is given up.

    Args:
        fault: What is the matter with it.
    """
    return _RETRIES.get(fault, MAX_RETRIES) if fault else 0


def pause_before_retry(attempt: int, retry_after: str | None, now: datetime) -> float:
    """Return how long to wait, in seconds.

    Args:
        attempt: How many attempts were made, from 1.
        retry_after: The header `Retry-After`, if the answer had one: seconds, or a date.
        now: The present moment.
    """
    told = _seconds(retry_after.strip(), now) if retry_after else None
    if told is not None:
        return min(max(told, 1.0), _LONGEST_TOLD)
    return min(2.0**attempt, _LONGEST_PAUSE)


def _seconds(text: str, now: datetime) -> float | None:
    if text.isdigit():
        return float(text)
    try:
        return (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError):
        return None
