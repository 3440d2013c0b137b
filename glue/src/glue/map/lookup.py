"""Lookups of other source rows, with the last ones kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from glue.ledger.sources import SourceRows, lookup_text
from kit.protocol.jsonlines import loads

_KEPT: Final = 2_000


class RowLookup:
    """Finds source rows by a field; the catalog's `lookup`.

    Args:
        rows: Where to look. They must not change while this is in use.

    Attributes:
        last: The place that was looked at last, as `stream:field=value`; None since it was cleared.
    """

    def __init__(self, rows: SourceRows) -> None:
        self.last: str | None = None
        self._rows = rows
        self._kept: OrderedDict[tuple[str, str, str], Mapping[str, Any] | None] = OrderedDict()

    def __call__(self, stream: str, field: str, value: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - any JSON
        """Return the row of the stream whose field has the value; None if there is none."""
        if value is None:
            return None
        place = (stream, field, lookup_text(value))
        self.last = f"{stream}:{field}={place[2]}"
        if place in self._kept:
            self._kept.move_to_end(place)
            return self._kept[place]
        found = self._rows.find(*place)
        row = None if found is None else loads(found)
        self._kept[place] = row
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return row
