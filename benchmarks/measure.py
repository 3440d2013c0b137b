"""Wall time and peak memory of processes, as the operating system counts them."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Measured:
    """How a command went.

    Args:
        seconds: Wall time.
        code: Exit code.
        peaks: Peak resident memory in MB of each process, by the name of its command.
        out: What it printed, if that was kept.
    """

    seconds: float
    code: int
    peaks: Mapping[str, float] = field(default_factory=dict)
    out: str = ""


def _name(process: psutil.Process) -> str | None:
    for part in process.cmdline():
        name = Path(part).name
        if name in {"glue", "source-acumatica", "source-business-central", "destination-mailchimp"}:
            return name
    return None


def _high_water(process: psutil.Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _watch(root: psutil.Process, peaks: dict[str, float], done: threading.Event) -> None:
    while not done.wait(_EVERY):
        with contextlib.suppress(psutil.Error, OSError, StopIteration):
            for process in [root, *root.children(recursive=True)]:
                name = _name(process)
                if name:
                    peaks[name] = max(peaks.get(name, 0.0), _high_water(process))


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    keep_output: bool = False,
) -> Measured:
    """Run a command to its end, watching its children's memory as well."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE if keep_output else subprocess.DEVNULL,
        stderr=subprocess.STDOUT if keep_output else subprocess.DEVNULL,
        text=True,
    )
    peaks: dict[str, float] = {}
    done = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(psutil.Process(process.pid), peaks, done), daemon=True
    )
    watcher.start()
    out, _ = process.communicate()
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    return Measured(seconds, process.returncode, peaks, out or "")
