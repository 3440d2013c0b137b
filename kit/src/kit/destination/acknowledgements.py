"""Which states may be echoed: each one, in order, only when all before it is terminal.

The input of a stream is cut into segments by its states. A state is due when every record of its
segment, and of all segments before it in that stream, is settled. A state without a stream (global
or legacy) cuts all streams at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kit.protocol.messages import State


@dataclass(slots=True)
class _PendingState:
    raw: dict[str, Any]
    streams: tuple[str, ...]
    waits_for: set[str]


@dataclass(slots=True)
class _Segment:
    number: int
    stream: str
    open: int = 0
    records: int = 0
    rejected: int = 0
    state: _PendingState | None = None


@dataclass(slots=True)
class Acknowledgements:
    """Counts open records, and hands out the states that are due.

    Args:
        echo: Called with each state message that is due, in order, under the lock.
        streams: The streams that may come.
    """

    echo: Callable[[dict[str, Any]], None]
    streams: tuple[str, ...] = ()
    _current: dict[str, _Segment] = field(default_factory=dict)
    _queues: dict[str, deque[_Segment]] = field(default_factory=dict)
    _segments: dict[int, _Segment] = field(default_factory=dict)
    _last_number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def opened(self, stream: str) -> int:
        """Count one more record of a stream, and return the number of its segment."""
        with self._lock:
            segment = self._segment_of(stream)
            segment.open += 1
            segment.records += 1
            return segment.number

    def settled(self, number: int, *, rejected: bool) -> None:
        """Count one record of a segment as terminal."""
        with self._lock:
            segment = self._segments[number]
            segment.open -= 1
            segment.rejected += rejected
            if not segment.open:
                self._advance(segment.stream)

    def state(self, state: State) -> None:
        """Take a state of the input; it is echoed at once if nothing before it is open."""
        with self._lock:
            streams = self.streams if state.stream is None else (state.stream,)
            pending = _PendingState(state.raw, streams, set(streams))
            if not streams:
                self._emit(pending, ())
            for stream in streams:
                self._segment_of(stream).state = pending
                del self._current[stream]
            for stream in streams:
                self._advance(stream)

    @property
    def open_records(self) -> int:
        """How many records are not settled yet."""
        with self._lock:
            return sum(segment.open for segment in self._segments.values())

    def _segment_of(self, stream: str) -> _Segment:
        segment = self._current.get(stream)
        if segment is None:
            self._last_number += 1
            segment = _Segment(self._last_number, stream)
            self._current[stream] = self._segments[segment.number] = segment
            self._queues.setdefault(stream, deque()).append(segment)
        return segment

    def _advance(self, stream: str) -> None:
        """Echo the states that are due; a state of all streams holds each of them up."""
        queue = self._queues[stream]
        while queue and queue[0].state is not None and not queue[0].open:
            pending = queue[0].state
            pending.waits_for.discard(stream)
            if pending.waits_for:
                return
            self._emit(pending, [self._queues[each].popleft() for each in pending.streams])
            for other in pending.streams:
                if other != stream:
                    self._advance(other)

    def _emit(self, pending: _PendingState, segments: Iterable[_Segment]) -> None:
        records = rejected = 0
        for segment in segments:
            del self._segments[segment.number]
            records += segment.records
            rejected += segment.rejected
        pending.raw["state"]["destinationStats"] = {
            "recordCount": records,
            "rejectedRecordCount": rejected,
        }
        self.echo(pending.raw)
