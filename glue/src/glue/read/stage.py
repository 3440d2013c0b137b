"""One `read` of the source: its rows go into the ledger, and then its states.

A state is kept only after the rows before it: a reader that is killed at any point reads again what
it did not keep.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from glue.connectors import Client
from glue.interruption import Interruption
from glue.ledger import Ledger
from glue.ledger.sources import BATCH, Stored, indexed_values
from glue.ledger.values import IncomingRow
from glue.observer import Observer, Stage
from glue.read.catalog import ReadPlan, StreamPlan
from kit.protocol.connector import Verb
from kit.protocol.errors import ConfigError
from kit.protocol.jsonlines import canonical
from kit.protocol.messages import Message, Record, State, StreamStatus, TraceError
from kit.protocol.session import Session

_GROUP_SECONDS: Final = 0.2
_NO_KEY: Final = "no-key-"


@dataclass(slots=True)
class ReadResult:
    """What one read brought.

    Args:
        stored: Rows by stream.
        states: The last state of each stream, as `read --state` takes it.
        complete: The streams that said that they are complete.
        problems: What went wrong, one sentence each.
    """

    stored: dict[str, Stored] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows came."""
        return sum(stored.total for stored in self.stored.values())


def _incoming(stream: StreamPlan, data: Mapping[str, Any]) -> IncomingRow:
    row = stream.complete(data)
    text = canonical(row)
    row_hash = sha256(text).hexdigest()
    key = stream.key(row)
    return IncomingRow(
        key=_NO_KEY + row_hash[:32] if key is None else key,
        data=text.decode(),
        row_hash=row_hash,
        indexed=indexed_values(row, stream.indexed),
    )


class Reader:
    """Reads a source into a ledger.

    Args:
        source: The source.
        ledger: Where its rows go.
        plan: What to read.
        run_id: The run.
        observer: Who watches.
        interruption: Whether somebody asked to stop.
    """

    def __init__(
        self,
        source: Client,
        ledger: Ledger,
        plan: ReadPlan,
        run_id: int,
        observer: Observer,
        interruption: Interruption,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._plan = plan
        self._run_id = run_id
        self._observer = observer
        self._interruption = interruption
        self._result = ReadResult(stored={name: Stored() for name in plan.homes})
        self._buffers: dict[str, list[IncomingRow]] = {name: [] for name in plan.homes}
        self._unkept: dict[str, dict[str, Any]] = {}
        self._errors: list[TraceError] = []
        self._flushed_at = time.monotonic()
        self._strangers: Counter[str] = Counter()

    def read(self) -> ReadResult:
        """Read.

        Raises:
            ConfigError: The source says that its settings are wrong, before anything was read.
        """
        self._observer.stage_began(Stage.READ, None)
        states = list(self._ledger.runs.states().values())
        with self._source.start(
            Verb.READ, catalog=self._plan.configured, state=states or None
        ) as session:
            try:
                code = self._receive(session)
            finally:
                self._flush()
        self._judge(code)
        self._observer.stage_ended(Stage.READ)
        return self._result

    def _receive(self, session: Session) -> int:
        for message in session.messages():
            if not self._source.take(message):
                self._take(message)
            if time.monotonic() - self._flushed_at > _GROUP_SECONDS:
                self._flush()
        return session.finish()

    def _take(self, message: Message) -> None:
        if isinstance(message, Record):
            self._take_record(message)
        elif isinstance(message, State):
            self._unkept[message.stream or ""] = message.raw["state"]
        elif isinstance(message, StreamStatus):
            if message.status == "COMPLETE":
                self._result.complete.add(message.stream)
        elif isinstance(message, TraceError):
            self._errors.append(message)

    def _take_record(self, record: Record) -> None:
        stream = self._plan.streams.get(record.stream)
        if stream is None:
            self._strangers[record.stream] += 1
            return
        buffer = self._buffers[stream.home]
        buffer.append(_incoming(stream, record.data))
        if len(buffer) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        """Store the rows that came, and then the states that came after them."""
        now = datetime.now(UTC)
        for name, buffer in self._buffers.items():
            if buffer:
                stored = self._ledger.rows.store(name, buffer, run_id=self._run_id, now=now)
                self._result.stored[name] += stored
                self._observer.advanced(Stage.READ, name, len(buffer))
                buffer.clear()
        for stream, state in self._unkept.items():
            self._ledger.runs.keep_read_state(stream, state, self._run_id)
        self._result.states |= self._unkept
        self._unkept = {}
        self._flushed_at = time.monotonic()

    def _judge(self, code: int) -> None:
        if self._interruption.requested:
            return
        if not self._errors and code == 0:
            return
        error = self._source.failure(self._errors[-1] if self._errors else None, code)
        if isinstance(error, ConfigError) and not self._result.rows:
            raise error
        incomplete = sorted(set(self._plan.streams) - self._result.complete)
        streams = ", ".join(f"`{name}`" for name in incomplete) or "none"
        self._result.problems.append(
            f"{error} Streams that did not complete: {streams}. What was read is kept; "
            "the next run reads the rest."
        )
