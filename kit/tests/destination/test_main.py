from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from kit.destination import run


def _run(app: Any, *args: str) -> tuple[int, list[dict[str, Any]]]:
    stdout = io.BytesIO()
    code = run(app, args, io.BytesIO(), stdout)
    return code, [json.loads(line) for line in stdout.getvalue().splitlines()]


def test_spec(app: Any) -> None:
    code, messages = _run(app, "spec")
    assert code == 0
    assert messages == [{"type": "SPEC", "spec": {"connectionSpecification": {"type": "object"}}}]


@pytest.mark.parametrize(
    ("config", "status", "message"),
    [({}, "SUCCEEDED", "All is well."), ({"bad": True}, "FAILED", "The setting `bad` is bad.")],
)
def test_check(app: Any, tmp_path: Path, config: dict[str, Any], status: str, message: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    code, messages = _run(app, "check", "--config", str(path))
    assert code == 0
    assert messages[0]["connectionStatus"] == {"status": status, "message": message}


def test_discover(app: Any, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("{}")
    _, messages = _run(app, "discover", "--config", str(path))
    assert messages == [{"type": "DESTINATION_CATALOG", "destination_catalog": {"operations": []}}]


@pytest.mark.parametrize("content", [None, "", "[1]", "{"])
def test_a_config_file_that_is_none(app: Any, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content)
    code, messages = _run(app, "discover", "--config", str(path))
    assert code == 1
    assert messages[0]["trace"]["error"]["failure_type"] == "config_error"
    assert str(tmp_path) not in str(messages)


def test_a_wrong_command_line(app: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(app, "read")[0] == 2
    assert _run(app, "write")[0] == 2
    assert "usage" in capsys.readouterr().err


def test_the_cdk_is_not_loaded_for_the_loop() -> None:
    code = "import sys, kit.destination; sys.exit('airbyte_cdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_signal_ends_a_process_that_waits_for_input(tmp_path: Path) -> None:
    for name in ("config", "catalog"):
        (tmp_path / f"{name}.json").write_text("{}")
    program = textwrap.dedent(f"""
        import importlib.util, sys
        from kit.destination import console
        spec = importlib.util.spec_from_file_location("helpers", {str(Path(__file__).with_name("conftest.py"))!r})
        helpers = importlib.util.module_from_spec(spec)
        sys.modules["helpers"] = helpers
        spec.loader.exec_module(helpers)
        sys.argv[1:] = ["write", "--config", "config.json", "--catalog", "catalog.json"]
        print('{{"type": "READY"}}', flush=True)
        console(helpers.MemoryApp())
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ},
    ) as child:
        assert child.stdout is not None
        assert b"READY" in child.stdout.readline()
        child.send_signal(signal.SIGTERM)
        first = child.stdout.readline()
        assert child.wait(10) in {143, -15}
        assert first == b"" or b"Stopped before the end" in first
