"""The input, line by line, by a reader of its own: a pause in the input can be noticed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from queue import Empty, Queue
from typing import IO, Final

_CHUNK_BYTES: Final = 65_536
_CHUNKS_AHEAD: Final = 16
_TICK: Final = 0.1
PAUSE: Final = b""
"""Stands for a pause in the input."""


class Intake:
    """Reads ahead, and tells a pause from an end.

    Args:
        stream: The input.
        stopping: Asked at every pause and chunk; True ends the input.
    """

    def __init__(self, stream: IO[bytes], *, stopping: Callable[[], bool]) -> None:
        self._queue: Queue[list[bytes] | None] = Queue(_CHUNKS_AHEAD)
        self._stopping = stopping
        threading.Thread(target=self._read, args=(stream,), name="intake", daemon=True).start()

    def _read(self, stream: IO[bytes]) -> None:
        """Hand lines on in groups, as they come: a queue per line would cost more than the line."""
        read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        begun: list[bytes] = []
        with contextlib.suppress(ValueError, OSError):
            while chunk := read(_CHUNK_BYTES):
                first, newline, rest = chunk.partition(b"\n")
                begun.append(first)
                if newline:
                    *lines, last = rest.split(b"\n")
                    self._queue.put([b"".join(begun), *lines])
                    begun = [last]
        self._queue.put([b"".join(begun)])
        self._queue.put(None)

    def lines(self) -> Iterator[bytes]:
        """Yield each line, and `PAUSE` whenever none came for a tenth of a second."""
        while not self._stopping():
            try:
                lines = self._queue.get(timeout=_TICK)
            except Empty:
                yield PAUSE
                continue
            if lines is None:
                return
            for line in lines:
                if stripped := line.strip():
                    yield stripped
                    if self._stopping():
                        return
