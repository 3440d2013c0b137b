"""Which command starts a connector."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

import psutil

from glue.ledger.vault import KEY_VARIABLE
from glue.settings import ConnectorSettings
from kit.protocol.connector import ProcessConnector

_LEFTOVER: Final = re.compile(r"glue-(\d+)-")


def _find(command: str, folder: Path) -> str:
    """Find a command: beside this Python first, so that one virtual environment is enough."""
    if os.sep in command:
        return str(folder / Path(command).expanduser())
    beside = Path(sys.executable).parent / command
    if os.access(beside, os.X_OK):
        return str(beside)
    return shutil.which(command) or command


def connector_for(settings: ConnectorSettings, folder: Path) -> ProcessConnector:
    """Return how to start a connector.

    Args:
        settings: The connector's settings.
        folder: Where a relative command starts.
    """
    command: tuple[str, ...]
    if settings.image is not None:
        command = (
            _find("docker", folder),
            *("run", "--rm", "-i", "--user", f"{os.getuid()}:{os.getgid()}"),
            *("-v", "{folder}:{folder}:ro", settings.image),
        )
    else:
        command = (_find(settings.command[0], folder), *settings.command[1:])
    return ProcessConnector(command, environment={KEY_VARIABLE: ""})


def remove_leftovers() -> None:
    """Remove the temporary files of runners that were killed; they may hold a config."""
    for path in Path(tempfile.gettempdir()).glob("glue-*"):
        match = _LEFTOVER.match(path.name)
        if match is None or psutil.pid_exists(int(match[1])):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.stat().st_uid == os.getuid():
            path.unlink(missing_ok=True)
