"""What only a process of its own shows: exit codes, standard streams, SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from simulators.business_central import BusinessCentralSimulator

MakeConfig = Callable[..., dict[str, Any]]


def test_spec_needs_nothing(process: Any) -> None:
    out = process("spec")
    assert out.code == 0
    specification = out.of("SPEC")[0]["spec"]["connectionSpecification"]
    assert specification["required"] == ["credentials"]


def test_a_config_error_ends_with_code_1_and_no_traceback(
    erp: BusinessCentralSimulator, make_config: MakeConfig, process: Any, files: Any
) -> None:
    config = make_config(erp)
    config["credentials"]["client_secret"] = "planted-and-wrong"
    out = process(*files.arguments("read", config))
    assert out.code == 1
    assert "Traceback" not in out.text
    assert [error for error in out.errors if "`credentials.client_secret`" in error]


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


def test_a_read_that_is_asked_to_end_does(
    erp: BusinessCentralSimulator, make_config: MakeConfig, process: Any, files: Any
) -> None:
    erp.faults.on("slow", path="/customers$", seconds=60)
    reading = process.start(*files.arguments("read", make_config(erp), ("customers",)))
    for line in reading.stdout:
        if "Syncing stream" in line:
            break
    reading.send_signal(signal.SIGTERM)
    assert reading.wait(timeout=20) == 143
