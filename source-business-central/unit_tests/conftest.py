"""Fixtures: a config, a service to read from, and ways to run the connector."""

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
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets

from simulators.business_central import BusinessCentralSimulator
from simulators.wholesaler import Wholesaler, wholesaler
from source_business_central.endpoint.manifest import specification
from source_business_central.run import run
from source_business_central.settings import with_defaults
from source_business_central.signin.tokens import forget_keepers

STREAMS = (
    "companies",
    "customers",
    "contacts",
    "customer_contacts",
    "items",
    "item_variants",
    "item_categories",
    "sales_invoices",
    "sales_credit_memos",
    "sales_orders",
    "posted_sales_invoices",
    "accounts",
    "general_ledger_entries",
    "currencies",
)


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
    def warnings(self) -> list[str]:
        logs = [message["log"] for message in self.of("LOG")]
        return [log["message"] for log in logs if log["level"] == "WARN"]

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        """The last state of each stream."""
        found = {}
        for message in self.of("STATE"):
            stream = message["state"]["stream"]
            found[stream["stream_descriptor"]["name"]] = stream["stream_state"]
        return found

    def reached(self, stream: str) -> dict[str, Any]:
        """How far a stream was read, by company."""
        return {
            entry["partition"]["company_id"]: next(iter(entry["cursor"].values()))
            for entry in self.states[stream]["states"]
        }

    @property
    def status(self) -> dict[str, str]:
        return dict(self.of("CONNECTION_STATUS")[-1]["connectionStatus"])

    @property
    def streams(self) -> dict[str, dict[str, Any]]:
        return {stream["name"]: stream for stream in self.of("CATALOG")[-1]["catalog"]["streams"]}


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
        words = self.files.arguments(verb, config, streams, state)
        with self.monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["source-business-central", *words])
            for name, value in environment.items():
                patch.setenv(name, value)
            code = self._run()
        written = self.capture.readouterr()
        return Output(parse(written.out), written.out + written.err, code)

    def _run(self) -> int:
        handler = signal.getsignal(signal.SIGTERM)
        try:
            run()
        except SystemExit as leaving:
            return int(leaving.code or 0)
        except Exception:  # noqa: BLE001 - what the interpreter does with it
            sys.excepthook(*sys.exc_info())
            return 1
        finally:
            PRINT_BUFFER.flush()
            signal.signal(signal.SIGTERM, handler)
        return 0


@dataclass
class Process:
    """Runs the connector as a process of its own, as a platform does."""

    files: Files
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(self, *words: str, **environment: str) -> Output:
        done = subprocess.run(
            [sys.executable, "-m", "source_business_central", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )
        return Output(parse(done.stdout), done.stdout + done.stderr, done.returncode)

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "source_business_central", *words],
            stdout=subprocess.PIPE,
            text=True,
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
    yield
    forget_keepers()
    update_secrets([])


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits are noted instead of waited."""
    noted: list[float] = []
    monkeypatch.setattr("time.sleep", noted.append)
    return noted


@pytest.fixture
def complete() -> Callable[..., dict[str, Any]]:
    """Makes a config with its defaults filled in."""

    def make(**settings: Any) -> dict[str, Any]:
        secret = {"auth_type": "client_secret", "client_id": "app", "client_secret": "planted"}
        given = {"tenant_id": "contoso.com", "environment": "Production", "credentials": secret}
        return with_defaults(given | settings, specification()["connection_specification"])

    return make


@pytest.fixture(scope="session")
def goods() -> Wholesaler:
    """A corner of the believable wholesaler: enough rows for several pages of fifty."""
    whole = wholesaler()
    invoices = whole.invoices[:150]
    buyers = {invoice.customer for invoice in invoices}
    customers = [
        customer
        for number, customer in enumerate(whole.customers)
        if number < 120 or customer.code in buyers
    ]
    return dataclasses.replace(
        whole, customers=customers, contacts=whole.contacts[:40], invoices=invoices
    )


@pytest.fixture
def erp(goods: Wholesaler) -> Iterator[BusinessCentralSimulator]:
    """A simulated environment with some of the wholesaler's data in three companies."""
    with BusinessCentralSimulator(goods) as simulator:
        yield simulator


@pytest.fixture
def empty() -> Iterator[BusinessCentralSimulator]:
    """A simulated environment with one company and nothing in it."""
    with BusinessCentralSimulator() as simulator:
        yield simulator


@pytest.fixture
def make_config() -> Callable[..., dict[str, Any]]:
    """Makes a config for a simulated environment or server."""

    def make(simulator: BusinessCentralSimulator, **settings: Any) -> dict[str, Any]:
        given = dict(simulator.credentials())
        place = {
            name: given.pop(name)
            for name in ("base_url", "login_url", "tenant_id", "environment")
            if name in given
        }
        kind = "client_secret" if "client_secret" in given else "basic"
        credentials = {"auth_type": kind, **given}
        return {**place, "credentials": credentials, "page_size": 50, "lag_seconds": 0, **settings}

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
