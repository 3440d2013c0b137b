"""State by company, in the form that Airbyte's per-partition cursor has.

The stock cursor would start a company that it does not know at the newest state of the others,
and so lose its history; it holds states back for ten minutes, so a kill costs a long way; and its
state trusts the newest stamp it saw. Here a company begins at its own beginning, the state moves
with each page, and `watermark` says how far.

    {"use_global_cursor": false,
     "states": [{"partition": {"company_id": "..."}, "cursor": {"lastModifiedDateTime": "..."}}]}
"""

import threading
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor, CursorField
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.stream_slicer import StreamSlicer
from airbyte_cdk.sources.types import Record, StreamSlice

from source_business_central.companies.router import COMPANY_ID
from source_business_central.endpoint.plan import NUMBER, StreamPlan
from source_business_central.endpoint.query import stamps_from
from source_business_central.errors import ConfigError
from source_business_central.reading.watermark import Watermark, watermark
from source_business_central.settings import Settings

SINCE: Final = "since"
"""Name of the slice's field that holds the filter on the cursor."""


@dataclass(slots=True)
class _Reading:
    """A company that is being read."""

    mark: Watermark
    rows: int = 0


@dataclass(frozen=True, slots=True)
class StreamContext:
    """What a cursor belongs to.

    Attributes:
        name: The stream.
        namespace: Its namespace, which is none.
        repository: Where states go: the same queue as the records.
        states: Keeps the states of all streams.
    """

    name: str
    namespace: str | None
    repository: MessageRepository
    states: ConnectorStateManager


@dataclass(slots=True)
class CompanyCursor(Cursor):
    """Cuts a stream into companies and keeps how far each was read. Thread-safe.

    Attributes:
        context: What the cursor belongs to.
        plan: The stream.
        settings: The settings.
        companies: Yields one slice for each company.
        known: Where the last run ended, by company.
    """

    context: StreamContext
    plan: StreamPlan
    settings: Settings
    companies: StreamSlicer
    known: dict[str, Any]
    _readings: dict[str, _Reading] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def cursor_field(self) -> CursorField:
        """The record's field that the state is about."""
        return CursorField(self.plan.cursor)

    @property
    def state(self) -> MutableMapping[str, Any]:
        """The state, companies in the order in which they were met."""
        states = [
            {"partition": {COMPANY_ID: company}, "cursor": {self.plan.cursor: value}}
            for company, value in self.known.items()
            if value is not None
        ]
        return {"use_global_cursor": False, "states": states}

    def stream_slices(self) -> Iterable[StreamSlice]:
        """Yield a slice for each company, with the filter that goes on where the last run ended."""
        for company in self.companies.stream_slices():
            key = company.partition[COMPANY_ID]
            known = self.known.get(key)
            now = datetime.now(UTC)
            with self._lock:
                self._readings[key] = _Reading(self._watermark(known, now))
            yield StreamSlice(
                partition=company.partition,
                cursor_slice={SINCE: self._filter(known)},
                extra_fields=company.extra_fields,
            )

    def observe(self, record: Record) -> None:
        """Take a record that is on its way, and let the state go out behind a whole page.

        Args:
            record: The record.
        """
        key = _company_of(record.associated_slice)
        reading = self._readings[key]
        reading.mark.observe(record.data)
        reading.rows += 1
        if reading.rows % self.plan.page_size == 0:
            self._move(key, reading.mark.reached())

    def close_partition(self, partition: Partition) -> None:
        """Let the state go out: a company was read whole.

        Args:
            partition: The company.
        """
        key = _company_of(partition.to_slice())
        self._move(key, self._readings[key].mark.at_end())

    def ensure_at_least_one_state_emitted(self) -> None:
        """Let the state go out at the end of the stream, whatever happened."""
        with self._lock:
            self._emit()

    def should_be_synced(self, record: Record) -> bool:  # noqa: ARG002 - the base's signature
        """Return True: the service has filtered.

        Args:
            record: Not used.
        """
        return True

    def _move(self, key: str, value: Any) -> None:  # noqa: ANN401 - text or number
        with self._lock:
            if value is not None:
                self.known[key] = value
            self._emit()

    def _emit(self) -> None:
        """Put the state behind the records that are already on the queue; the lock is held."""
        context = self.context
        context.states.update_state_for_stream(context.name, context.namespace, self.state)
        context.repository.emit_message(
            context.states.create_state_message(context.name, context.namespace)
        )

    def _watermark(self, known: Any, now: datetime) -> Watermark:  # noqa: ANN401 - text or number
        settings = self.settings
        return watermark(
            self.plan.cursor,
            known,
            now,
            start=settings.start,
            lag=settings.lag,
            overlap=settings.overlap,
        )

    def _filter(self, known: Any) -> str:  # noqa: ANN401 - text or number
        settings = self.settings
        if self.plan.cursor == NUMBER and known is not None:
            return f"{NUMBER} ge {known}"
        moment = datetime.fromisoformat(known) if known is not None else None
        return stamps_from(moment, settings.start, settings.overlap)


def known_by_company(state: Mapping[str, Any], cursor: str) -> dict[str, Any]:
    """Read a state.

    Args:
        state: As Airbyte keeps it; empty before the first run.
        cursor: The record's field that the state is about.

    Raises:
        ConfigError: It is no state of this connector.
    """
    try:
        found = {
            entry["partition"][COMPANY_ID]: entry["cursor"][cursor]
            for entry in state.get("states", [])
        }
        for value in found.values():
            _ = int(value) if cursor == NUMBER else datetime.fromisoformat(value)
    except (KeyError, TypeError, ValueError):
        raise ConfigError(
            "The stored state is not one of this connector. Reset the stream's state and read it "
            "anew."
        ) from None
    return found


def _company_of(stream_slice: Any) -> str:  # noqa: ANN401 - the CDK's types differ
    return str(stream_slice.partition[COMPANY_ID])
