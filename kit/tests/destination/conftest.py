"""A destination that only remembers, and a way to run its verbs over real pipes."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kit.destination import Bench, Task, run
from kit.destination.pool import KeyedPool
from kit.protocol.errors import ConfigError
from kit.protocol.handshake import END_LINE, Envelope
from kit.protocol.jsonlines import dumps
from kit.protocol.messages import ConnectionStatus, record_message, stream_state_message
from kit.protocol.outcomes import OutcomeKind
from kit.protocol.reasons import Reason


class MemoryWriter:
    """Settles a task as its data asks: `reject`, `park`, `fail`, `wait`."""

    def __init__(self, app: MemoryApp, bench: Bench) -> None:
        self.app = app
        self.bench = bench
        self.buffer: list[Task] = []
        self.pool = KeyedPool(2, backlog=50, stopping=bench.stopping)

    def accept(self, task: Task) -> None:
        self.app.accepted.append(task.data["id"])
        self.buffer.append(task)
        if len(self.buffer) >= self.app.buffer:
            self.flush()

    def flush(self) -> None:
        self.pool.raise_failure()
        tasks, self.buffer = self.buffer, []
        for task in tasks:
            self.pool.submit((task.key,), partial(self._write, task))

    def _write(self, task: Task) -> None:
        if gate := task.data.get("wait"):
            self.app.gates[gate].wait(5)
        if task.data.get("fail"):
            raise self.app.failure
        self.app.written.append(task.data["id"])
        kind = OutcomeKind.CREATED
        reason = None
        if task.data.get("reject"):
            kind, reason = OutcomeKind.REJECTED, Reason.BAD_VALUE
        if task.data.get("park"):
            kind, reason = OutcomeKind.PARKED, Reason.NO_MEMBER
        self.bench.settle(task, task.outcome(kind, reason=reason))

    def drain(self) -> None:
        self.flush()
        self.pool.drain()

    def abort(self) -> None:
        self.app.aborted = True
        self.buffer.clear()
        for gate in self.app.gates.values():
            gate.set()
        self.pool.stop()

    def finish(self) -> None:
        self.app.finished = True


@dataclass
class MemoryApp:
    """The destination."""

    buffer: int = 1
    failure: Exception = field(default_factory=lambda: RuntimeError("secret-canary"))
    accepted: list[Any] = field(default_factory=list)
    written: list[Any] = field(default_factory=list)
    gates: dict[str, threading.Event] = field(default_factory=dict)
    finished: bool = False
    aborted: bool = False
    levels: Mapping[str, int] = field(default_factory=lambda: {"a": 0, "b": 1, "c": 2})
    deferred: frozenset[str] = frozenset({"b", "c"})

    def spec(self) -> Mapping[str, Any]:
        return {"connectionSpecification": {"type": "object"}}

    def check(self, config: Mapping[str, Any]) -> ConnectionStatus:
        if config.get("bad"):
            raise ConfigError("The setting `bad` is bad.", setting="bad")
        return ConnectionStatus(succeeded=True, message="All is well.")

    def discover(self, _config: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"operations": []}

    def key(self, _name: str, data: Mapping[str, Any]) -> str:
        return str(data.get("key", data["id"]))

    def open(self, config: Mapping[str, Any], bench: Bench) -> MemoryWriter:
        if config.get("bad"):
            raise ConfigError("The setting `bad` is bad.", setting="bad")
        return MemoryWriter(self, bench)


@dataclass
class Ran:
    """What a verb answered."""

    code: int
    messages: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        return [message["record"]["data"] for message in self.of("RECORD")]

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["state"] for message in self.of("STATE")]

    @property
    def logs(self) -> list[str]:
        return [message["log"]["message"] for message in self.of("LOG")]


@dataclass
class Bench3:
    """Runs verbs of a `MemoryApp`."""

    folder: Path

    def catalog(self, streams: Sequence[str] = ("a", "b", "c")) -> dict[str, Any]:
        return {"streams": [{"stream": {"name": name}} for name in streams]}

    def write(
        self,
        app: MemoryApp,
        lines: Sequence[bytes] | io.RawIOBase,
        config: Mapping[str, Any] | None = None,
        catalog: Mapping[str, Any] | None = None,
    ) -> Ran:
        config_path, catalog_path = self.folder / "config.json", self.folder / "catalog.json"
        config_path.write_text(json.dumps(config or {}))
        catalog_path.write_text(json.dumps(catalog or self.catalog()))
        stdin: Any = lines if isinstance(lines, io.RawIOBase) else io.BytesIO(b"\n".join(lines))
        stdout = io.BytesIO()
        arguments = ["write", "--config", str(config_path), "--catalog", str(catalog_path)]
        code = run(app, arguments, stdin, stdout)
        return Ran(code, [json.loads(line) for line in stdout.getvalue().splitlines()])


@pytest.fixture
def bench(tmp_path: Path) -> Bench3:
    return Bench3(tmp_path)


@pytest.fixture
def app() -> MemoryApp:
    return MemoryApp()


@pytest.fixture
def make_app() -> type[MemoryApp]:
    return MemoryApp


@pytest.fixture
def record() -> Callable[..., bytes]:
    def make(stream: str, number: Any, glue: int | None = None, **data: Any) -> bytes:
        envelope = Envelope(glue, f"key-{number}") if glue is not None else None
        return dumps(record_message(stream, {"id": number, **data}, envelope))

    return make


@pytest.fixture
def state() -> Callable[..., bytes]:
    def make(stream: str, number: int) -> bytes:
        message = stream_state_message(stream, {"cursor": number})
        message["state"]["id"] = number
        return dumps(message)

    return make


@pytest.fixture
def glue() -> dict[str, Any]:
    return {"_glue": {"run_id": "run-1", "outcomes": True, "expected": {}}}


@pytest.fixture
def end() -> bytes:
    return END_LINE


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    tick = threading.Event()

    def wait(condition: Callable[[], bool]) -> None:
        for _ in range(500):
            if condition():
                return
            tick.wait(0.01)
        raise AssertionError("it did not come to pass within five seconds")

    return wait
