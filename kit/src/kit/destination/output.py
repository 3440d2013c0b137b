"""Messages to standard output: one line each, whole lines even when threads write at once."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from typing import IO, Any, Final

from kit.protocol.jsonlines import dumps
from kit.protocol.messages import log_message, now_ms, record_message
from kit.protocol.outcomes import OUTCOMES_STREAM, Outcome, OutcomeKind

_HELD_SECONDS: Final = 0.02
_HELD_LINES: Final = 200


class Output:
    """Writes Airbyte messages.

    Args:
        stream: Where to.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._held: deque[bytes] = deque()
        self._handed_over_at = 0.0

    def send(self, message: Mapping[str, Any], *, hold: bool = False) -> None:
        """Write one message.

        Args:
            message: The message.
            hold: It may wait a moment for others, until the next `flush` at the latest.
        """
        self._held.append(dumps(message))  # takes no lock, so threads do not queue up here
        if not hold:
            self.flush()
        elif self._is_due() and self._lock.acquire(blocking=False):
            try:
                self._hand_over()
            finally:
                self._lock.release()

    def flush(self) -> None:
        """Hand over what was held."""
        with self._lock:
            self._hand_over()

    def _is_due(self) -> bool:
        late = time.monotonic() - self._handed_over_at >= _HELD_SECONDS
        return late or len(self._held) >= _HELD_LINES

    def _hand_over(self) -> None:
        lines = []
        while self._held:
            lines.append(self._held.popleft())
        if lines:
            self._stream.write(b"\n".join(lines) + b"\n")
            self._stream.flush()
            self._handed_over_at = time.monotonic()

    def log(self, level: str, text: str) -> None:
        """Write one LOG line."""
        self.send(log_message(level, text))

    def error(self, message: str, failure_type: str, *, internal: str = "") -> None:
        """Write a TRACE of type ERROR.

        Args:
            message: One sentence for people.
            failure_type: `config_error`, `transient_error` or `system_error`.
            internal: Where it happened, for developers.
        """
        error = {"message": message, "failure_type": failure_type}
        if internal:
            error["internal_message"] = internal
        trace = {"type": "ERROR", "emitted_at": now_ms(), "error": error}
        self.send({"type": "TRACE", "trace": trace})


class OutcomeReport:
    """Reports outcomes to a runner that asked for them; to anybody else, counts and rejects.

    Args:
        output: Where to write.
        wanted: Whether each outcome goes out as a RECORD.
    """

    def __init__(self, output: Output, *, wanted: bool) -> None:
        self._output = output
        self._wanted = wanted
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._lock = threading.Lock()

    def report(self, outcome: Outcome) -> None:
        """Report one outcome."""
        if self._wanted:
            self._output.send(record_message(OUTCOMES_STREAM, outcome.to_json()), hold=True)
            return
        kind = f"would_{outcome.kind}" if outcome.planned else str(outcome.kind)
        with self._lock:
            self._counts[outcome.object, kind, str(outcome.reason or "")] += 1
        if is_lost(outcome):
            self._output.log("WARN", _reject_line(outcome, kind))

    def summary(self) -> list[str]:
        """Return one line per object, kind and reason; empty where outcomes went out."""
        return [
            f"{name}: {count} {kind}" + (f" ({reason})" if reason else "")
            for (name, kind, reason), count in sorted(self._counts.items())
        ]


def is_lost(outcome: Outcome) -> bool:
    """Whether nobody will write the record later, unless a runner remembers it."""
    return outcome.kind in {OutcomeKind.REJECTED, OutcomeKind.PARKED}


def _reject_line(outcome: Outcome, kind: str) -> str:
    reason = outcome.reason
    where = f" at `{outcome.field}`" if outcome.field else ""
    meaning = f" {outcome.message or reason.meaning} {reason.advice}" if reason else ""
    return f"{outcome.object} {outcome.key}: {kind} ({reason}){where}.{meaning}"
