"""A waiting room on disk for records whose turn comes at the end of input.

The file has no name and only this user can read it, so nothing is left behind when the process
ends, however it ends.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self


class Spool:
    """Keeps lines, each with a number, in the order in which they came."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="spool-")  # noqa: SIM115 - closed by `close`
        self._count = 0

    def __len__(self) -> int:
        """Return how many lines it holds."""
        return self._count

    def put(self, number: int, line: bytes) -> None:
        """Keep one line."""
        self._file.write(b"%d " % number + line + b"\n")
        self._count += 1

    def take(self) -> Iterator[tuple[int, bytes]]:
        """Yield every line with its number, in order."""
        self._file.seek(0)
        for stored in self._file:
            number, _, line = stored.rstrip(b"\n").partition(b" ")
            yield int(number), line

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def __enter__(self) -> Self:
        """Return the spool itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the disk space back."""
        self.close()
