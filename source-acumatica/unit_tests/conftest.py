"""Fixtures: a config, an instance to read from, and ways to run the connector."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests_mock as requests_mocker
from airbyte_cdk.logger import PRINT_BUFFER

from simulators.acumatica import AcumaticaSimulator
from simulators.wholesaler import Wholesaler, wholesaler
from source_acumatica.endpoint.description import forget_descriptions
from source_acumatica.run import run
from source_acumatica.signin.tokens import forget_keepers

STREAMS = ("customers", "contacts", "stock_items", "non_stock_items", "sales_invoices")
URL = "http://erp.test/Site"


@dataclass
class Output:
    """What one run of the connector wrote."""

    messages: list[dict[str, Any]]
    text: str
    code: int = 0

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    def records(self, stream: str) -> list[dict[str, Any]]:
        rows = [message["record"] for message in self.of("RECORD")]
        return [row["data"] for row in rows if row["stream"] == stream]

    @property
    def errors(self) -> list[str]:
        traces = [message["trace"] for message in self.of("TRACE")]
        return [trace["error"]["message"] for trace in traces if trace["type"] == "ERROR"]

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        found = {}
        for message in self.of("STATE"):
            stream = message["state"]["stream"]
            found[stream["stream_descriptor"]["name"]] = stream["stream_state"]
        return found

    @property
    def status(self) -> dict[str, str]:
        return dict(self.of("CONNECTION_STATUS")[-1]["connectionStatus"])

    @property
    def new_configs(self) -> list[dict[str, Any]]:
        return [message["control"]["connectorConfig"]["config"] for message in self.of("CONTROL")]


@dataclass
class Files:
    """Writes the files that a verb is given."""

    folder: Path

    def arguments(
        self,
        verb: str,
        config: Mapping[str, Any] | None = None,
        streams: tuple[str, ...] = STREAMS,
        state: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> list[str]:
        words = [verb]
        if config is not None:
            words += ["--config", self._write("config", config)]
        if verb == "read":
            words += ["--catalog", self._write("catalog", catalog(*streams))]
            words += ["--state", self._write("state", state_messages(state or {}))]
        return words

    def _write(self, name: str, content: Any) -> str:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content))
        return str(path)


@dataclass
class Source:
    """Runs the console script's function in this process: two seconds faster than a new one."""

    files: Files
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def __call__(
        self,
        verb: str,
        config: Mapping[str, Any] | None = None,
        streams: tuple[str, ...] = STREAMS,
        state: Mapping[str, Mapping[str, Any]] | None = None,
        **environment: str,
    ) -> Output:
        forget_keepers()
        forget_descriptions()
        words = self.files.arguments(verb, config, streams, state)
        with self.monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["source-acumatica", *words])
            for name, value in environment.items():
                patch.setenv(name, value)
            code = self._run()
        written = self.capture.readouterr()
        return Output(parse(written.out), written.out + written.err, code)

    def _run(self) -> int:
        handlers = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            run()
        except SystemExit as leaving:
            return int(leaving.code or 0)
        except Exception:  # noqa: BLE001 - what the interpreter does with it
            sys.excepthook(*sys.exc_info())
            return 1
        finally:
            PRINT_BUFFER.flush()
            for one, handler in handlers.items():
                signal.signal(one, handler)
        return 0


@dataclass
class Process:
    """Runs the connector as a process of its own, as a platform does."""

    files: Files
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(self, *words: str, **environment: str) -> Output:
        done = subprocess.run(
            [sys.executable, "-m", "source_acumatica", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )
        return Output(parse(done.stdout), done.stdout + done.stderr, done.returncode)

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "source_acumatica", *words], stdout=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process


def parse(text: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [line for line in lines if "type" in line]


def catalog(*streams: str) -> dict[str, Any]:
    return {
        "streams": [
            {
                "stream": {
                    "name": name,
                    "json_schema": {},
                    "supported_sync_modes": ["full_refresh", "incremental"],
                },
                "sync_mode": "incremental",
                "destination_sync_mode": "append_dedup",
            }
            for name in streams
        ]
    }


def state_messages(state: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": name}, "stream_state": value},
        }
        for name, value in state.items()
    ]


@pytest.fixture(autouse=True)
def _many_processes_in_one() -> Iterator[None]:
    forget_keepers()
    forget_descriptions()
    yield
    forget_keepers()
    forget_descriptions()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits are noted instead of waited."""
    noted: list[float] = []
    monkeypatch.setattr("time.sleep", noted.append)
    return noted


@pytest.fixture
def config() -> dict[str, Any]:
    return {
        "instance_url": URL,
        "credentials": {
            "auth_type": "oauth",
            "client_id": "GUID@Company",
            "client_secret": "planted-secret",
            "refresh_token": "planted-refresh-1",
        },
        "start_date": "2026-09-01T00:00:00Z",
        "requests_per_minute": 1_000_000,
    }


@pytest.fixture
def password_config(config: dict[str, Any]) -> dict[str, Any]:
    credentials = {
        "auth_type": "password",
        "client_id": "GUID@Company",
        "client_secret": "planted-secret",
        "username": "sync",
        "password": "planted-password",
    }
    return {**config, "credentials": credentials}


@pytest.fixture
def web() -> Iterator[requests_mocker.Mocker]:
    """An instance whose token service works, made of mocked answers."""
    with requests_mocker.Mocker() as mocker:
        mocker.post(
            f"{URL}/identity/connect/token",
            json={
                "access_token": "planted-access-1",
                "expires_in": 3600,
                "refresh_token": "planted-refresh-2",
            },
        )
        yield mocker


@pytest.fixture(scope="session")
def goods() -> Wholesaler:
    """A corner of the believable wholesaler: enough rows for several pages of fifty."""
    whole = wholesaler()
    return dataclasses.replace(
        whole,
        customers=whole.customers[:120],
        contacts=whole.contacts[:40],
        stock_items=whole.stock_items[:30],
        invoices=whole.invoices[:60],
    )


@pytest.fixture
def erp(goods: Wholesaler) -> Iterator[AcumaticaSimulator]:
    """A simulated instance with some of the wholesaler's data."""
    with AcumaticaSimulator(goods) as simulator:
        yield simulator


@pytest.fixture
def make_config() -> Callable[..., dict[str, Any]]:
    """Makes a config for a simulated instance, with a refresh token of its own."""

    def make(simulator: AcumaticaSimulator, **settings: Any) -> dict[str, Any]:
        given = simulator.credentials()
        names = ("client_id", "client_secret", "refresh_token")
        return {
            "instance_url": simulator.url,
            "credentials": {"auth_type": "oauth", **{name: given[name] for name in names}},
            "start_date": "2020-01-01T00:00:00Z",
            "requests_per_minute": 1_000_000,
            "window_days": 3650,
            "page_size": 50,
            "lag_seconds": 0,
            **settings,
        }

    return make


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def source(
    files: Files, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Source:
    """Runs a verb: `source("read", config, streams, state)`."""
    return Source(files, monkeypatch, capfd)


@pytest.fixture
def process(files: Files) -> Iterator[Process]:
    """Runs a verb as a process of its own."""
    runner = Process(files)
    yield runner
    for started in runner.started:
        started.kill()
        started.wait()


@pytest.fixture
def contracts() -> Path:
    """The published contracts; tests that need them are skipped where they are absent."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("CONTRACTS_DIR", root / "../shared/contracts")) / "acumatica"
    if not folder.is_dir():
        pytest.skip("CONTRACTS_DIR names no folder with the published Acumatica contracts")
    return folder
