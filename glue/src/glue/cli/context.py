"""What every command shares: the file, the terminal, the log, how errors end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import structlog

from glue.console import Terminal
from glue.engine.errors import HeldError, InterruptedRunError
from glue.settings import Settings, load_settings
from kit.protocol.errors import GlueError


class Exit(IntEnum):
    """Exit codes; they are an interface."""

    OK = 0
    ERROR = 1
    HELD = 3
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Context:
    """One call of the command.

    Args:
        file: The connections file.
        out: Where results go.
        err: Where errors go.
    """

    file: Path
    out: Terminal
    err: Terminal

    def settings(self) -> Settings:
        """Load the connections file.

        Raises:
            ConfigError: It is missing or wrong.
        """
        return load_settings(self.file)


def set_up_log(path: Path | None) -> None:
    """Write JSON lines to a file, or nowhere."""
    if path is None:
        structlog.configure(
            processors=[structlog.processors.JSONRenderer()],
            logger_factory=structlog.ReturnLoggerFactory(),
        )
        return
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    stream = os.fdopen(handle, "a", encoding="utf-8", buffering=1)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=stream),
    )


def end(context: Context, work: Callable[[], int]) -> None:
    """Do a command's work and leave the program: an error is one sentence, never a traceback."""
    try:
        code = work()
    except HeldError as error:
        context.err.line(str(error))
        code = Exit.HELD
    except InterruptedRunError as error:
        context.err.line(str(error))
        code = Exit.INTERRUPTED
    except KeyboardInterrupt:
        context.err.line("Stopped at once. What was stored stays; the next run goes on from there.")
        code = Exit.INTERRUPTED
    except GlueError as error:
        context.err.error(str(error))
        code = Exit.ERROR
    except Exception as error:
        if os.environ.get("GLUE_DEBUG"):
            raise
        context.err.error(
            f"an unexpected fault, {type(error).__name__}. What was stored stays, and the next run "
            "goes on from there. To see where it happened, set GLUE_DEBUG=1 and run again; the "
            "trace may hold personal data."
        )
        code = Exit.ERROR
    sys.exit(code)
