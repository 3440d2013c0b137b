"""How a connector is started: as a process, or in this process for tests.

A connector is any command that speaks the Airbyte protocol: a console script, `docker run -i
image`, a script of somebody else's. Its config, catalog and state go to it as files that only this
user can read, which are removed when the verb ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final, Protocol

from kit.protocol.errors import ConfigError
from kit.protocol.jsonlines import dumps
from kit.protocol.session import Session

FOLDER_PREFIX: Final = "glue-{pid}-"
"""How the folder of a verb is named: one whose process is gone may be removed."""


class Verb(StrEnum):
    """What a connector can be asked to do."""

    SPEC = "spec"
    CHECK = "check"
    DISCOVER = "discover"
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a verb.

    Args:
        verb: What to do.
        config: The connector's settings; None for `spec`.
        catalog: The configured catalog, for `read` and `write`.
        state: The list of states to go on from, for `read`.
    """

    verb: Verb
    config: Mapping[str, Any] | None = None
    catalog: Mapping[str, Any] | None = None
    state: Sequence[Mapping[str, Any]] | None = None


class Connector(Protocol):
    """Something that can run a verb."""

    def start(self, call: Call) -> Session:
        """Start the verb.

        Raises:
            ConfigError: There is no such command.
        """


def _write_arguments(call: Call, folder: Path) -> list[str]:
    arguments = [str(call.verb)]
    for name in ("config", "catalog", "state"):
        value = getattr(call, name)
        if value is None:
            continue
        path = folder / f"{name}.json"
        path.touch(mode=0o600)
        path.write_bytes(dumps(value))
        arguments += [f"--{name}", str(path)]
    return arguments


class _Process:
    """A child in a session of its own: Ctrl-C at the terminal reaches the runner alone."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int | None:
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


@dataclass(frozen=True, slots=True)
class ProcessConnector:
    """A connector that runs as a process.

    Args:
        command: The command and its leading arguments; the verb follows them. `{folder}` in an
            argument stands for the folder that holds the config, for a container to mount.
        environment: Variables added to this process's own.
    """

    command: Sequence[str]
    environment: Mapping[str, str] | None = None

    def start(self, call: Call) -> Session:
        """Start the verb as a child process.

        Raises:
            ConfigError: There is no such command.
        """
        folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX.format(pid=os.getpid())))
        takes_input = call.verb is Verb.WRITE
        command = [part.replace("{folder}", str(folder)) for part in self.command]
        try:
            process = subprocess.Popen(
                [*command, *_write_arguments(call, folder)],
                stdin=subprocess.PIPE if takes_input else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **(self.environment or {})},
                start_new_session=True,
            )
        except (FileNotFoundError, PermissionError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise ConfigError(
                f"The command `{self.command[0]}` cannot be started: {error.strerror}. "
                "Install the connector, or correct `command` in the connections file.",
                setting="command",
            ) from None
        assert process.stdout is not None  # noqa: S101 - PIPE was asked for, just above
        return Session(
            _Process(process),
            stdin=process.stdin,
            stdout=process.stdout,
            stderr=process.stderr,
            on_close=lambda: shutil.rmtree(folder, ignore_errors=True),
        )


Entry = Callable[[Sequence[str], IO[bytes], IO[bytes]], int]
"""A connector's main function: arguments, input and output; it returns the exit code."""


class _Thread:
    """A connector that runs in a thread of this process."""

    pid: int | None = None

    def __init__(self, run: Callable[[], int]) -> None:
        self._code: int | None = None
        self._run = run
        self._thread = threading.Thread(target=self._main, daemon=True)
        self._thread.start()

    def _main(self) -> None:
        self._code = self._run()

    def wait(self, timeout: float | None = None) -> int | None:
        self._thread.join(timeout)
        return None if self._thread.is_alive() else self._code

    def terminate(self) -> None:
        """Nothing to do: closing its pipes ends it."""

    def kill(self) -> None:
        """Nothing to do: a thread cannot be killed, and a daemon ends with the process."""


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")


@dataclass(frozen=True, slots=True)
class InProcessConnector:
    """A connector that runs in a thread, behind the same interface; for tests.

    Args:
        entry: Its main function.
    """

    entry: Entry

    def start(self, call: Call) -> Session:
        """Start the verb in a thread, over real pipes."""
        folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX.format(pid=os.getpid())))
        arguments = _write_arguments(call, folder)
        child_in, our_out = _pipe()
        our_in, child_out = _pipe()

        def run() -> int:
            with child_in, child_out:
                return self.entry(arguments, child_in, child_out)

        return Session(
            _Thread(run),
            stdin=our_out,
            stdout=our_in,
            stderr=None,
            on_close=lambda: shutil.rmtree(folder, ignore_errors=True),
        )
