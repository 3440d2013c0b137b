"""The loop of `write`: raw messages in, each record settled once, states echoed in order.

Driven by a runner of ours (`_glue` is set), the objects come in their levels, a pause in the input
means "work on what you have", and an end of input without the end marker means abort. Elsewhere
streams come mixed: what depends on others waits in a spool until the end of input, and the end of
input means finish. The termination signal means abort in both cases.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import IO, Any, Final

from kit.destination.acknowledgements import Acknowledgements
from kit.destination.intake import PAUSE, Intake
from kit.destination.output import OutcomeReport, Output, is_lost
from kit.destination.spool import Spool
from kit.destination.tasks import Application, Bench, Task, Writer
from kit.protocol.errors import ConfigError
from kit.protocol.handshake import RunRequest
from kit.protocol.messages import End, Record, State, parse
from kit.protocol.outcomes import Outcome, OutcomeKind

_UNHURRIED_PAUSES: Final = 50
"""Pauses of a tenth of a second after which records are written though more may come, where no
runner waits for them."""


class WriteLoop:
    """One `write`.

    Args:
        app: The destination.
        config: Its settings.
        catalog: The configured catalog.
        output: Where messages go.
        stopping: Whether the process was told to stop.
    """

    def __init__(
        self,
        app: Application,
        *,
        config: Mapping[str, Any],
        catalog: Mapping[str, Any],
        output: Output,
        stopping: Callable[[], bool],
    ) -> None:
        self._app = app
        self._output = output
        self._stopping = stopping
        self._request = RunRequest.from_config(config)
        self._planned = bool(config.get("dry_run"))
        self._objects = _objects_of(catalog, app)
        request = self._request
        self._report = OutcomeReport(output, wanted=request is not None and request.outcomes)
        self._acknowledgements = Acknowledgements(output.send, tuple(self._objects))
        self._halt = threading.Event()
        self._spools: dict[str, Spool] = {}
        self._level = 0
        self._ended = False
        bench = Bench(
            request=request,
            objects=frozenset(self._objects.values()),
            settle=self._settle,
            log=output.log,
            stopping=stopping,
            halt=self._halt,
        )
        self._writer: Writer = app.open(config, bench)

    def run(self, stream: IO[bytes]) -> bool:
        """Write everything that comes.

        Returns:
            True when the input was complete and all of it is settled, False after an abort.

        Raises:
            GlueError: The run cannot go on; calls in hand were finished and reported before.
        """
        try:
            self._read(Intake(stream, stopping=self._stopping))
            if self._is_complete():
                self._write_spools()
            if self._is_complete():
                self._writer.drain()
        except BaseException:
            self._abort()
            raise
        finally:
            self._output.flush()
        if not self._is_complete():
            self._abort()
            return False
        self._writer.finish()
        self._summarise()
        return True

    def _is_complete(self) -> bool:
        return not self._stopping() and (self._ended or self._request is None)

    def _abort(self) -> None:
        self._halt.set()
        self._writer.abort()
        open_records = self._acknowledgements.open_records
        self._output.log(
            "WARN",
            f"Stopped before the end of the input; {open_records} records that were taken in are "
            "not written. The next run sends them again.",
        )

    def _summarise(self) -> None:
        for line in self._report.summary():
            self._output.log("INFO", line)

    def _read(self, intake: Intake) -> None:
        pauses = 0
        for line in intake.lines():
            if line is not PAUSE:
                pauses = 0
                self._take(line)
                if self._ended:
                    return
                continue
            pauses += 1
            self._output.flush()
            if self._request is not None or pauses % _UNHURRIED_PAUSES == 0:
                self._writer.flush()

    def _take(self, line: bytes) -> None:
        message = parse(line)
        match message:
            case Record():
                self._take_record(message, line)
            case State():
                self._acknowledgements.state(message)
                if self._request is None:
                    self._writer.flush()
            case End():
                self._ended = True
            case None:
                self._output.log("INFO", f"Passed over a line of {len(line)} bytes: no message.")
            case _:
                pass

    def _take_record(self, record: Record, line: bytes) -> None:
        name = self._objects.get(record.stream)
        if name is None:
            raise ConfigError(
                f"A record came for the stream `{record.stream}`, which the configured catalog "
                "does not have; add the stream to the catalog.",
                setting="catalog",
            )
        segment = self._acknowledgements.opened(record.stream)
        if self._request is None and name in self._app.deferred:
            self._spools.setdefault(name, Spool()).put(segment, line)
            return
        self._accept(name, record, segment)

    def _accept(self, name: str, record: Record, segment: int) -> None:
        level = self._app.levels[name]
        if level != self._level:
            self._writer.drain()
            self._level = level
        key = self._app.key(name, record.data)
        self._writer.accept(Task(name, key, record.data, record.envelope, segment))

    def _write_spools(self) -> None:
        for name in sorted(self._spools, key=lambda each: self._app.levels[each]):
            with self._spools[name] as spool:
                for segment, line in spool.take():
                    message = parse(line)
                    if isinstance(message, Record):
                        self._accept(name, message, segment)
                    if self._stopping():
                        return

    def _settle(self, task: Task, outcome: Outcome) -> None:
        self._report.report(replace(outcome, planned=True) if self._planned else outcome)
        lost = is_lost(outcome) if self._request is None else outcome.kind is OutcomeKind.REJECTED
        self._acknowledgements.settled(task.segment, rejected=lost)


def _objects_of(catalog: Mapping[str, Any], app: Application) -> dict[str, str]:
    """Return the destination object of each stream of a configured catalog.

    Raises:
        ConfigError: A stream names no object of this destination.
    """
    objects: dict[str, str] = {}
    for configured in catalog.get("streams") or ():
        stream = str(configured.get("stream", {}).get("name"))
        name = str(configured.get("destination_object_name") or stream)
        if name not in app.levels:
            known = ", ".join(f"`{each}`" for each in sorted(app.levels))
            raise ConfigError(
                f"The stream `{stream}` is for an object `{name}`, which this destination does "
                f"not have; it has {known}. Rename the stream, or map it.",
                setting="catalog",
            )
        objects[stream] = name
    return objects
