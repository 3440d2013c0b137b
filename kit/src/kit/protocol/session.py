"""One running verb of a connector, over any transport.

The four streams of a read and a write can never block each other: standard error has a reader of
its own from the start; a destination's standard output has one too, which never waits for anybody,
since the number of records in flight is bounded by the caller.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Final, Protocol, Self

from kit.protocol.messages import Message, parse

_STDERR_LINES_KEPT: Final = 40
_PARTING_SECONDS: Final = 10.0


class Worker(Protocol):
    """What runs behind a session: a process, or a thread in tests."""

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end; the exit code, or None when the time was up."""

    def terminate(self) -> None:
        """Ask it to stop."""

    def kill(self) -> None:
        """Stop it without asking."""

    @property
    def pid(self) -> int | None:
        """The process id, None where there is no process."""


class Session:
    """One running verb.

    Args:
        worker: What runs.
        stdin: Where its input goes; None if it takes none.
        stdout: Where its messages come from.
        stderr: Where it complains; None if it has no such stream.
        on_close: Called once when the session is closed, to remove temporary files.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        stdin: IO[bytes] | None,
        stdout: IO[bytes],
        stderr: IO[bytes] | None,
        on_close: Callable[[], None],
    ) -> None:
        self.worker = worker
        self._stdin = stdin
        self._stdout = stdout
        self._on_close = on_close
        self._complaints: deque[str] = deque(maxlen=_STDERR_LINES_KEPT)
        self._stderr_reader = self._start(self._drain_stderr, stderr) if stderr else None
        self._inbox: SimpleQueue[Message | None] | None = None
        self._inbox_ended = False

    @staticmethod
    def _start(target: Callable[[IO[bytes]], None], stream: IO[bytes]) -> threading.Thread:
        thread = threading.Thread(target=target, args=(stream,), daemon=True)
        thread.start()
        return thread

    def _drain_stderr(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in stream:
                self._complaints.append(line.decode(errors="replace").rstrip())

    @property
    def complaints(self) -> tuple[str, ...]:
        """The last lines of standard error; they may hold personal data, so never log them."""
        return tuple(self._complaints)

    def messages(self) -> Iterator[Message]:
        """Yield messages as they come, in the caller's own time: a slow caller slows the connector.

        Lines that are no message are passed over.
        """
        for line in self._stdout:
            message = parse(line)
            if message is not None:
                yield message

    def start_inbox(self) -> None:
        """Read messages in a thread from now on; `receive` hands them out."""
        inbox: SimpleQueue[Message | None] = SimpleQueue()

        def fill(_stream: IO[bytes]) -> None:
            with contextlib.suppress(ValueError, OSError):
                for message in self.messages():
                    inbox.put(message)
            inbox.put(None)

        self._inbox = inbox
        self._start(fill, self._stdout)

    def receive(self, timeout: float | None = None) -> Message | None:
        """Return the next message of the inbox, or None when the time is up or the output ended.

        Args:
            timeout: Seconds to wait; 0 takes what is there, None waits for ever.
        """
        if self._inbox is None or self._inbox_ended:
            return None
        try:
            message = self._inbox.get(block=timeout != 0, timeout=timeout or None)
        except Empty:
            return None
        self._inbox_ended = message is None
        return message

    @property
    def output_ended(self) -> bool:
        """Whether the connector has closed its output and all of it was received."""
        return self._inbox_ended

    def send(self, line: bytes) -> None:
        """Write one line of input.

        Raises:
            BrokenPipeError: The connector no longer reads.
        """
        if self._stdin is None:
            raise BrokenPipeError("this verb takes no input")
        self._stdin.write(line + b"\n")

    def flush(self) -> None:
        """Hand what was sent to the connector.

        Raises:
            BrokenPipeError: The connector no longer reads.
        """
        if self._stdin is not None:
            self._stdin.flush()

    def close_input(self) -> None:
        """End the input; what was sent before is handed over."""
        if self._stdin is not None:
            with contextlib.suppress(BrokenPipeError, ValueError):
                self._stdin.close()

    def stop(self) -> None:
        """Ask the connector to stop, and make it stop when it does not within ten seconds."""
        self.worker.terminate()
        if self.worker.wait(_PARTING_SECONDS) is None:
            self.worker.kill()

    def finish(self) -> int:
        """Wait for the end, and return the exit code."""
        code = self.worker.wait()
        if self._stderr_reader is not None:
            self._stderr_reader.join(timeout=_PARTING_SECONDS)
        return -1 if code is None else code

    def close(self) -> None:
        """End everything: a connector that still runs is stopped."""
        self.close_input()
        if self.worker.wait(0) is None:
            self.stop()
        with contextlib.suppress(OSError, ValueError):
            self._stdout.close()
        self._on_close()

    def __enter__(self) -> Self:
        """Return the session itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything."""
        self.close()
