"""Reads a stream's windows: lists where Acumatica can list, row by row where it cannot."""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any, Final

import requests
from airbyte_cdk.sources.declarative.requesters.requester import Requester
from airbyte_cdk.sources.declarative.retrievers.retriever import Retriever
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.core import StreamData
from airbyte_cdk.sources.types import Config, StreamSlice

from source_acumatica.endpoint.plan import StreamPlan, plan_of
from source_acumatica.errors import AcumaticaError, CannotOptimizeError, MissingRecordError
from source_acumatica.reading.extraction import Extraction
from source_acumatica.reading.paging import Row
from source_acumatica.reading.parts import Part
from source_acumatica.reading.splitting import WindowReader
from source_acumatica.reading.windows import WindowCursor, slice_of, windows_of

LOGGER: Final = logging.getLogger("airbyte")

ROW: Final = "row"
"""Extra field of the slice that a row is read by: its id."""

_FEWER_ROWS_WITH_LINES: Final = 5
_SMALLEST_PAGE: Final = 2  # pages overlap by one row


@dataclass
class WindowRetriever(Retriever):
    """Reads one stream, window by window.

    Attributes:
        requester: Lists rows with all fields.
        keys_requester: Lists rows with their keys and stamps alone.
        row_requester: Reads one row, with all fields, by its id.
        cursor: Takes the state.
        config: The config, defaults filled in.
        parameters: The stream's `$parameters`; `stream` names it.
    """

    requester: Requester
    keys_requester: Requester
    row_requester: Requester
    cursor: Cursor
    config: Config
    parameters: InitVar[Mapping[str, Any]]
    _plan: StreamPlan = field(init=False)
    _extraction: Extraction = field(init=False)
    _reader: WindowReader = field(init=False)
    _by_key: threading.Event = field(init=False, default_factory=threading.Event)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._plan = plan_of(parameters["stream"], self.config)
        self._extraction = Extraction(self._plan)
        size = int(self.config["page_size"]) // (_FEWER_ROWS_WITH_LINES if self._plan.wide else 1)
        self._reader = WindowReader(
            lister=self,
            mark=self._extraction.mark,
            entity=self._plan.entity,
            page_size=max(_SMALLEST_PAGE, size),
            most_pages=int(self.config["most_pages_per_window"]),
        )

    def read_records(
        self,
        records_schema: Mapping[str, Any],  # noqa: ARG002 - the plan has it
        stream_slice: StreamSlice | None = None,
    ) -> Iterable[StreamData]:
        """Read the windows of a slice; the state moves at the end of each part of them.

        Args:
            records_schema: Not used.
            stream_slice: A slice of the cursor; none for a stream that has no cursor.

        Raises:
            AcumaticaError: A part could not be read; the state stays before it.
        """
        for step in self._reader.read(windows_of(stream_slice)):
            for row in self._whole(step.rows):
                yield self._extraction.record(row)
            if step.closed and stream_slice and isinstance(self.cursor, WindowCursor):
                self.cursor.close_part(step.closed, stream_slice)

    def page(self, part: Part, skip: int, size: int) -> Sequence[Row]:
        """Return a page of the rows in a part, or their keys alone where a list has no more.

        Args:
            part: The part.
            skip: Value of `$skip`.
            size: Value of `$top`.
        """
        if not self._by_key.is_set():
            try:
                return self._list(self.requester, part, skip, size)
            except CannotOptimizeError as refusal:
                self._go_by_key(refusal)
        return self._list(self.keys_requester, part, skip, size)

    def peek(self, part: Part, skip: int) -> Row | None:
        """Return key and stamp of one row, or None if the part ends before it.

        Args:
            part: The part.
            skip: Value of `$skip`.
        """
        rows = self._list(self.keys_requester, part, skip, 1)
        return rows[0] if rows else None

    def _list(self, requester: Requester, part: Part, skip: int, size: int) -> list[Row]:
        response = requester.send_request(
            stream_slice=slice_of(part),
            next_page_token={"next_page_token": {"size": size, "skip": skip}},
        )
        return self._extraction.rows(_answered(response))

    def _go_by_key(self, refusal: CannotOptimizeError) -> None:
        with self._lock:
            if self._by_key.is_set():
                return
            self._by_key.set()
        fields = ", ".join(refusal.fields) or "a field that it does not name"
        LOGGER.warning(
            "Acumatica cannot list %s, since a customisation computes %s. The stream %s is read "
            "row by row instead, which takes one request for each row. Have the view's delegate "
            "removed by who made the customisation.",
            refusal.entity,
            fields,
            self._plan.stream,
        )

    def _whole(self, rows: Sequence[Row]) -> Iterator[Row]:
        if not self._by_key.is_set():
            yield from rows
            return
        gone = 0
        for key in rows:
            row = self._read(key)
            if row is None:
                gone += 1
            else:
                yield row
        self._refuse_emptiness(gone, len(rows))

    def _read(self, key: Row) -> Row | None:
        """Read one row; None if it was deleted since it was listed."""
        place = StreamSlice(partition={}, cursor_slice={}, extra_fields={ROW: key["id"]})
        try:
            response = _answered(self.row_requester.send_request(stream_slice=place))
        except MissingRecordError:
            return None
        return next(iter(self._extraction.rows(response)), None)

    def _refuse_emptiness(self, gone: int, count: int) -> None:
        """Stop where no listed row is there: that is no deletion, and silence would lose them."""
        if gone == count > 1:
            raise AcumaticaError(
                f"Acumatica lists rows of {self._plan.entity}, but finds none of {count} by its "
                "id. What was read so far is kept; run again, and leave the stream "
                f"{self._plan.stream} out if it happens again."
            )


def _answered(response: requests.Response | None) -> requests.Response:
    if response is None:
        raise AcumaticaError("Acumatica did not answer. What was read so far is kept; run again.")
    return response
