"""Deleted records, by OData: lists of the REST API do not show them.

Acumatica keeps track of deletions for the record types that are listed on form SM207010.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from airbyte_cdk.sources.declarative.requesters.requester import Requester
from airbyte_cdk.sources.declarative.retrievers.retriever import Retriever
from airbyte_cdk.sources.streams.core import StreamData
from airbyte_cdk.sources.types import Config, StreamSlice

from source_acumatica.errors import (
    AcumaticaError,
    ConfigError,
    NothingThereError,
    NotReadableError,
)
from source_acumatica.protocol import FailureType
from source_acumatica.reading.parts import Part
from source_acumatica.reading.records import to_utc
from source_acumatica.reading.windows import OPEN, slice_of, windows_of
from source_acumatica.settings import instance_url

LOGGER: Final = logging.getLogger("airbyte")

DACS: Final[Mapping[str, str]] = {
    "PX_Objects_AR_Customer": "Customer",
    "PX_Objects_CR_Contact": "Contact",
    "PX_Objects_IN_InventoryItem": "InventoryItem",
    "PX_Objects_AR_ARInvoice": "Invoice",
    "PX_Objects_SO_SOOrder": "SalesOrder",
}
"""Where records are kept -> what they are. Stock and non-stock items are kept together."""

_DAC: Final = "dac"
"""Extra field of the slice that one record type is asked for with."""


@dataclass
class DeletionRetriever(Retriever):
    """Reads what was deleted in a slice of time, one record type after the other.

    Attributes:
        requester: Asks for the deletions of one record type.
        config: The config, defaults filled in.
        parameters: The stream's `$parameters`, not used.
    """

    requester: Requester
    config: Config
    parameters: InitVar[Mapping[str, Any]]
    _refused: set[str] = field(init=False, default_factory=set)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def read_records(
        self,
        records_schema: Mapping[str, Any],  # noqa: ARG002 - the base's
        stream_slice: StreamSlice | None = None,
    ) -> Iterable[StreamData]:
        """Read a slice; a record type that Acumatica refuses is left out, and told once.

        Args:
            records_schema: Not used.
            stream_slice: A slice of the cursor.

        Raises:
            ConfigError: Acumatica refuses all of them.
        """
        windows = windows_of(stream_slice)
        whole = Part(windows[0].start, windows[-1].before)
        for dac in DACS:
            try:
                yield from self._deleted(dac, whole)
            except AcumaticaError as refusal:
                self._leave_out(dac, refusal)
        if self._refused == set(DACS):
            raise ConfigError(
                "Acumatica tells no deletions. List the record types on form SM207010 and give "
                "the user's role access to OData, or leave the stream deleted_records out."
            )

    def _deleted(self, dac: str, part: Part) -> Iterator[dict[str, Any]]:
        window = slice_of(part)
        place = StreamSlice(
            partition={},
            cursor_slice=window.cursor_slice,
            extra_fields={_DAC: dac, OPEN: window.extra_fields[OPEN]},
        )
        link: str | None = None
        while True:
            rows, link = self._page(dac, place, link)
            yield from rows
            if link is None:
                return

    def _page(
        self, dac: str, place: StreamSlice, link: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        response = self.requester.send_request(stream_slice=place, path=link)
        try:
            answer = orjson.loads(response.content) if response is not None else None
        except orjson.JSONDecodeError:
            answer = None
        if not isinstance(answer, Mapping) or not isinstance(answer.get("value"), list):
            raise AcumaticaError(
                "Acumatica answered a list of deleted records with something else."
            )
        rows = [_record(dac, row) for row in answer["value"] if row.get("RefNoteID")]
        return rows, self._next(answer.get("@odata.nextLink"))

    def _next(self, link: str | None) -> str | None:
        """Follow a link to the next page, but not to another host: the token goes with it."""
        if link and urlsplit(link).netloc not in {"", urlsplit(instance_url(self.config)).netloc}:
            raise ConfigError(
                "Acumatica's list of deleted records goes on at another address. Set "
                "`instance_url` to the address that Acumatica itself uses."
            )
        return link

    def _leave_out(self, dac: str, refusal: AcumaticaError) -> None:
        refused = isinstance(refusal, NothingThereError | NotReadableError)
        if not refused and refusal.failure_type is not FailureType.system_error:
            raise refusal
        with self._lock:
            if dac in self._refused:
                return
            self._refused.add(dac)
        LOGGER.warning(
            "Acumatica does not tell which records of %s were deleted, so they are left out. List "
            "%s on form SM207010, and give the user's role access to it.",
            DACS[dac],
            dac.replace("_", "."),
        )


def _record(dac: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Make a record of a row; its time comes without an offset and is taken for UTC."""
    date = row.get("DeleteDate")
    return {
        "id": row["RefNoteID"],
        "entity": DACS[dac],
        "dac": dac,
        "DeleteDate": to_utc(date) if date else None,
    }
