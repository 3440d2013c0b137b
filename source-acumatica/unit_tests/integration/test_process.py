"""What only a process of its own shows: exit codes, standard streams, SIGTERM."""

from __future__ import annotations

import fcntl
import select
import signal
import struct
import termios
import time
from collections.abc import Callable
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]


def test_spec_needs_nothing(process: Any) -> None:
    out = process("spec")
    assert out.code == 0
    specification = out.of("SPEC")[0]["spec"]["connectionSpecification"]
    assert specification["required"] == ["instance_url", "credentials", "start_date"]


def test_a_config_error_ends_with_code_1_and_no_traceback(
    erp: AcumaticaSimulator, make_config: MakeConfig, process: Any, files: Any
) -> None:
    config = make_config(erp)
    config["credentials"]["refresh_token"] = "planted-and-wrong"
    out = process(*files.arguments("read", config))
    assert out.code == 1
    assert "Traceback" not in out.text
    assert [error for error in out.errors if "`credentials.refresh_token`" in error]


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_config_file_that_cannot_be_read_is_told(
    process: Any, tmp_path: Any, content: str | None
) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content)
    out = process("check", "--config", str(path))
    assert out.code == 1
    assert "cannot be read" in out.errors[0]
    assert "Traceback" not in out.text


ENDINGS = pytest.mark.parametrize(("asked", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])


@ENDINGS
def test_a_read_that_is_asked_to_end_does(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    process: Any,
    files: Any,
    asked: signal.Signals,
    code: int,
) -> None:
    erp.faults.on("slow", path="/Customer", seconds=60)
    reading = process.start(*files.arguments("read", make_config(erp), ("customers",)))
    for line in reading.stdout:
        if "Syncing stream" in line:
            break
    reading.send_signal(asked)
    assert reading.wait(timeout=20) == code


@ENDINGS
def test_a_read_ends_also_when_nobody_takes_what_it_writes(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    process: Any,
    files: Any,
    asked: signal.Signals,
    code: int,
) -> None:
    reading = process.start(*files.arguments("read", make_config(erp), ("customers",)))
    wait_until_full(reading.stdout.fileno())
    reading.send_signal(asked)
    assert reading.wait(timeout=20) == code


def wait_until_full(pipe: int) -> None:
    """Wait until a pipe has no room for another page of memory, and its writer has met that."""
    nearly = fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) - select.PIPE_BUF
    deadline = time.monotonic() + 30
    while waiting_in(pipe) < nearly:
        assert time.monotonic() < deadline, "nothing much was written"
        time.sleep(0.05)
    time.sleep(0.2)


def waiting_in(pipe: int) -> int:
    """How many bytes nobody has taken yet."""
    (count,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    return int(count)
