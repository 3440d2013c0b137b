from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import pytest
import requests
from click.testing import CliRunner

from simulators.cli import main


@pytest.mark.parametrize("system", ["acumatica", "business-central", "mailchimp"])
def test_it_runs_by_hand_until_ctrl_c(system: str) -> None:
    command = [sys.executable, "-m", "simulators.cli", system, "--empty", "--latency", "0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert url, first
        state = requests.get(f"{url[0]}/_simulator/", timeout=5).json()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(10) == 0
    assert (state["name"], state["latency"]) == (system.replace("-", "_"), 0.01)
    assert "Ctrl-C stops it.\nStopped.\n" in rest
    assert "Traceback" not in rest


def test_a_taken_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["acumatica", "--empty", "--port", str(port)])
    assert result.exit_code == 1
    assert f"Port {port} cannot be used" in result.output
    assert "--port" in result.output
