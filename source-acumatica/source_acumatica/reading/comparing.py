"""Customers whose e-mail address changed and whose stamp did not: reading all of them again.

An address belongs to the contact row, and its change need not move the customer's own stamp. Where
no stream reads by the contact's stamp, all customers are read again once in a while, and whoever
takes the records compares them with what it has.

A whole read is a first read: the cursor is set back to the start date, and `full_read_at` notes
how far the read is to go. A cursor that has not come so far yet is that of a whole read that was
broken off; the next run goes on with it, however long ago it began.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from source_acumatica.endpoint.streams import CUSTOMERS, CUSTOMERS_BY_CONTACT
from source_acumatica.reading.parts import moment_of, text_of
from source_acumatica.settings import EmailChanges, Settings

FULL_READ_AT: Final = "full_read_at"
"""Key of the state: up to where all customers were read again, or are being read."""


def reads_all_again(stream: str, configured: Collection[str], settings: Settings) -> bool:
    """Whether a stream is read whole once in a while.

    Args:
        stream: The stream.
        configured: The streams of the configured catalog.
        settings: The settings.
    """
    if stream != CUSTOMERS:
        return False
    if settings.email_changes is EmailChanges.AUTO:
        return CUSTOMERS_BY_CONTACT not in configured
    return settings.email_changes is EmailChanges.FULL_COMPARE


def begin_if_due(
    state: Mapping[str, Any], cursor_field: str, end: datetime, every: timedelta
) -> dict[str, Any]:
    """Set a state back to the start date if it is time for a whole read.

    Args:
        state: The state of the last run.
        cursor_field: The state's key of the cursor.
        end: Up to where this run reads.
        every: How often all is read.
    """
    last = moment_of(state.get(FULL_READ_AT))
    reached = moment_of(state.get(cursor_field))
    if cursor_field in state and reached is None:
        return dict(state)  # not ours, which the cursor tells
    under_way = last is not None and (reached is None or reached < last)
    if under_way or (last is not None and end - last < every):
        return dict(state)
    return {FULL_READ_AT: text_of(end)}
