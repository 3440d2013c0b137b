"""The verbs of a destination on the command line: spec, check, discover, write."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final

from kit.destination.loop import WriteLoop
from kit.destination.output import Output
from kit.destination.tasks import Application
from kit.protocol.errors import ConfigError, GlueError
from kit.protocol.jsonlines import loads

_TERMINATED: Final = 128 + signal.SIGTERM


class _Termination:
    """Notes the termination signal; the loop looks at it at least ten times a second."""

    def __init__(self) -> None:
        self.came = False

    def __call__(self) -> bool:
        return self.came

    def listen(self) -> None:
        """Listen for the signal; only the main thread of a process can."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True


def run(app: Application, args: Sequence[str], stdin: IO[bytes], stdout: IO[bytes]) -> int:
    """Run one verb.

    Args:
        app: The destination.
        args: The verb and its options, as on a command line.
        stdin: Messages to write.
        stdout: Where messages go.

    Returns:
        The exit code: 0 done (a failed check is an answer, too), 1 an error, which was said in
        one plain sentence.
    """
    output = Output(stdout)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        arguments = _parse(args)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 2
    try:
        return _run_verb(app, arguments, stdin, output)
    except ConfigError as error:
        output.error(str(error), "config_error")
    except GlueError as error:
        output.error(str(error), "transient_error")
    except BrokenPipeError:
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence: its text may hold personal data
        output.error(
            f"Something went wrong inside the connector ({type(error).__name__}). What was "
            "acknowledged stays; start again, and report the error if it comes back.",
            "system_error",
            internal="".join(traceback.format_tb(error.__traceback__)),
        )
    return 1


def console(app: Application) -> None:
    """Run one verb as a program, and end the process."""
    code = run(app, sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.flush()
    os._exit(code)  # a reader that still waits for input would hold the interpreter's own exit up


def _parse(args: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="An Airbyte destination.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("spec", help="print the specification")
    for verb, text in (
        ("check", "see whether the config works"),
        ("discover", "list the objects that can be written"),
        ("write", "write what comes on standard input"),
    ):
        sub = verbs.add_parser(verb, help=text)
        sub.add_argument("--config", required=True, type=Path)
        if verb == "write":
            sub.add_argument("--catalog", required=True, type=Path)
    return parser.parse_args(list(args))


def _run_verb(
    app: Application, arguments: argparse.Namespace, stdin: IO[bytes], output: Output
) -> int:
    if arguments.verb == "spec":
        output.send({"type": "SPEC", "spec": app.spec()})
        return 0
    if arguments.verb == "check":
        return _check(app, arguments.config, output)
    config = _read_json(arguments.config, "config")
    if arguments.verb == "discover":
        catalog = app.discover(config)
        output.send({"type": "DESTINATION_CATALOG", "destination_catalog": catalog})
        return 0
    return _write(app, config, _read_json(arguments.catalog, "catalog"), stdin, output)


def _check(app: Application, config: Path, output: Output) -> int:
    try:
        status = app.check(_read_json(config, "config"))
        succeeded, message = status.succeeded, status.message
    except GlueError as error:
        succeeded, message = False, str(error)
    answer = {"status": "SUCCEEDED" if succeeded else "FAILED", "message": message}
    output.send({"type": "CONNECTION_STATUS", "connectionStatus": answer})
    return 0


def _write(
    app: Application,
    config: Mapping[str, Any],
    catalog: Mapping[str, Any],
    stdin: IO[bytes],
    output: Output,
) -> int:
    termination = _Termination()
    termination.listen()
    loop = WriteLoop(app, config=config, catalog=catalog, output=output, stopping=termination)
    loop.run(stdin)
    return _TERMINATED if termination.came else 0


def _read_json(path: Path, what: str) -> dict[str, Any]:
    """Read a file that the caller made.

    Raises:
        ConfigError: There is none, or it holds no JSON object.
    """
    try:
        value = loads(path.read_bytes())
    except (OSError, ValueError):
        value = None
    if not isinstance(value, dict):
        raise ConfigError(f"The {what} file `{path.name}` is no JSON object.", setting=what)
    return value
