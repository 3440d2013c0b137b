"""What the write loop and a destination hand each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kit.protocol.handshake import Envelope, RunRequest
from kit.protocol.messages import ConnectionStatus
from kit.protocol.outcomes import Outcome, OutcomeKind


@dataclass(frozen=True, slots=True)
class Task:
    """One record that was taken from the input and must be settled exactly once.

    Args:
        object: Destination object, such as `members`.
        key: The object's key, as the destination makes it from the record.
        data: The record.
        envelope: What the runner's ledger knows about it, where a runner of ours sent it.
        segment: Number of the stretch of the stream, between two states, that it belongs to.
    """

    object: str
    key: str
    data: Mapping[str, Any]
    envelope: Envelope | None
    segment: int

    def outcome(self, kind: OutcomeKind, **details: Any) -> Outcome:  # noqa: ANN401 - Outcome's own fields
        """Build an outcome that carries this task's id, object and key."""
        envelope = self.envelope
        return Outcome(
            glue_id=envelope.id if envelope else 0,
            object=self.object,
            key=envelope.key if envelope else self.key,
            kind=kind,
            **details,
        )


@dataclass(frozen=True, slots=True)
class Bench:
    """What the loop gives a writer to work with.

    Args:
        request: What the runner asks for; None where no runner of ours drives us.
        objects: The destination objects that this run may write.
        settle: Reports what became of a task; may be called from any thread.
        log: Writes one log line: level and text, without secrets and personal data.
        stopping: Whether the process was told to stop: take nothing more on.
        halt: Set once the run stops: calls in hand are finished, none is repeated.
    """

    request: RunRequest | None
    objects: frozenset[str]
    settle: Callable[[Task, Outcome], None]
    log: Callable[[str, str], None]
    stopping: Callable[[], bool]
    halt: threading.Event


class Writer(Protocol):
    """What a destination brings to write with. Only `settle` may be called from its threads."""

    def accept(self, task: Task) -> None:
        """Take one record; it may be held back until `flush`. Blocks while too much is in hand."""

    def flush(self) -> None:
        """Start to write what was held back.

        Raises:
            GlueError: A worker failed since the last call.
        """

    def drain(self) -> None:
        """Flush, then wait until every accepted task is settled.

        Raises:
            GlueError: A worker failed: the tasks that are not settled stay open.
        """

    def abort(self) -> None:
        """Drop what waits and wait for the calls in hand; what was dropped is never settled."""

    def finish(self) -> None:
        """Do what is left to do once the whole input was written."""


class Application(Protocol):
    """A destination."""

    @property
    def levels(self) -> Mapping[str, int]:
        """Level of each object: all of a lower level is settled before a higher one is written."""

    @property
    def deferred(self) -> frozenset[str]:
        """Objects that wait for the end of input where no runner orders the streams."""

    def spec(self) -> Mapping[str, Any]:
        """Return the connector's specification."""

    def check(self, config: Mapping[str, Any]) -> ConnectionStatus:
        """Say in plain words whether the config works.

        Raises:
            GlueError: It does not; the message says why.
        """

    def discover(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the destination's catalog: its operations.

        Raises:
            GlueError: The destination cannot be read.
        """

    def key(self, name: str, data: Mapping[str, Any]) -> str:
        """Return a record's key; an incomplete record still gets one."""

    def open(self, config: Mapping[str, Any], bench: Bench) -> Writer:
        """Prepare to write.

        Raises:
            ConfigError: A setting is wrong; nothing was written.
        """
