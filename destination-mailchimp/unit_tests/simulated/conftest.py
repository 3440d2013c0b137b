"""Runs the connector over real HTTP against the simulator, in this process."""

from __future__ import annotations

import io
import itertools
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from destination_mailchimp.application import Mailchimp
from kit.destination import run
from kit.destination.retry import Backoff
from kit.protocol.handshake import END_LINE, Envelope
from kit.protocol.jsonlines import dumps
from kit.protocol.messages import record_message, stream_state_message
from simulators.mailchimp import MailchimpSimulator

OBJECTS = ("products", "members", "customers", "orders")
_numbers = itertools.count(0xABCDEF << 96)
Row = tuple[str, Mapping[str, Any]] | tuple[str, Mapping[str, Any], Mapping[str, Any]]


@dataclass
class Ran:
    """What a verb answered."""

    code: int
    messages: list[dict[str, Any]]
    raw: bytes

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def outcomes(self) -> dict[int, dict[str, Any]]:
        """The outcomes by the record's place in the input, counted from 1."""
        found: dict[int, dict[str, Any]] = {}
        for message in self.of("RECORD"):
            data = message["record"]["data"]
            assert data["glue_id"] not in found, "two outcomes for one record"
            found[data["glue_id"]] = data
        return found

    @property
    def kinds(self) -> list[str]:
        """Kind of each record in the order of the input, with its reason if it has one."""
        ordered = (each for _, each in sorted(self.outcomes.items()))
        return [
            f"{each['kind']}({each['reason']})" if "reason" in each else each["kind"]
            for each in ordered
        ]

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["state"] for message in self.of("STATE")]

    @property
    def logs(self) -> list[str]:
        return [message["log"]["message"] for message in self.of("LOG")]

    @property
    def error(self) -> dict[str, Any]:
        return dict(self.of("TRACE")[0]["trace"]["error"])


@dataclass
class Runner:
    """Runs verbs of the connector."""

    mc: MailchimpSimulator
    folder: Path
    waits: list[float] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: f"{next(_numbers):032x}-us1")  # a limiter of its own

    def config(self, **changes: Any) -> dict[str, Any]:
        config = {
            "credentials": {"auth_type": "api_key", "api_key": self.key},
            "base_url": f"{self.mc.url}/3.0",
            "audience": "Newsletter",
            "new_member_status": "transactional",
            "store": {"id_prefix": "wholesale", "name": "Wholesale {currency}"},
            "_glue": {"run_id": "run-1", "outcomes": True, "expected": {}},
        }
        merged = config | self.changes | changes
        return {name: value for name, value in merged.items() if value is not None}

    @property
    def app(self) -> Mailchimp:
        def wait(seconds: float) -> None:
            self.waits.append(seconds)
            _pause.wait(min(seconds, 0.02))

        return Mailchimp(
            clock=self.mc.clock.now,
            backoff=Backoff(attempts=8, base=0.01),
            sleep=wait,
            headers=self.headers,
        )

    def _call(self, arguments: Sequence[str], stdin: Any) -> Ran:
        stdout = io.BytesIO()
        code = run(self.app, arguments, stdin, stdout)
        lines = stdout.getvalue()
        return Ran(code, [json.loads(line) for line in lines.splitlines()], lines)

    def _file(self, name: str, value: Mapping[str, Any]) -> str:
        path = self.folder / name
        path.write_text(json.dumps(value))
        return str(path)

    def verb(self, verb: str, **changes: Any) -> Ran:
        arguments = [verb, "--config", self._file("config.json", self.config(**changes))]
        return self._call(arguments, io.BytesIO())

    def lines(self, rows: Iterable[Row], *, end: bool = True) -> list[bytes]:
        lines: list[bytes] = []
        for number, row in enumerate(rows, 1):
            envelope = Envelope(number, f"key-{number}", **(row[2] if len(row) > 2 else {}))
            lines.append(dumps(record_message(row[0], row[1], envelope)))
        for number, name in enumerate(OBJECTS, 1):
            state = stream_state_message(name, {"cursor": 1})
            state["state"]["id"] = number
            lines.append(dumps(state))
        return [*lines, END_LINE] if end else lines

    def write(
        self,
        rows: Iterable[Row],
        *,
        end: bool = True,
        stdin: Any = None,
        objects: Iterable[str] = OBJECTS,
        **changes: Any,
    ) -> Ran:
        catalog = {"streams": [{"stream": {"name": name}} for name in objects]}
        config = self._file("config.json", self.config(**changes))
        arguments = ["write", "--config", config, "--catalog", self._file("catalog.json", catalog)]
        return self._call(arguments, stdin or io.BytesIO(b"\n".join(self.lines(rows, end=end))))

    def write_then_stop(self, rows: Iterable[Row], until: Callable[[], bool]) -> Ran:
        """Write rows over a pipe, and close it without the end marker once something is true."""
        reader, writer = os.pipe()
        result: list[Ran] = []
        with os.fdopen(reader, "rb") as stdin:
            child = threading.Thread(target=lambda: result.append(self.write([], stdin=stdin)))
            child.start()
            with os.fdopen(writer, "wb") as to_child:
                to_child.write(b"\n".join(self.lines(rows, end=False)) + b"\n")
                to_child.flush()
                for _ in range(1000):
                    if until():
                        break
                    _pause.wait(0.01)
                else:
                    raise AssertionError("it did not come to pass within ten seconds")
            child.join(20)
        return result[0]

    def calls(self, method: str = "", path: str = "") -> list[Any]:
        """The requests of a method whose path holds a text."""
        return [
            each
            for each in self.mc.requests
            if (not method or each.method == method) and path in each.path
        ]

    @property
    def sent(self) -> list[Any]:
        """The requests that are no GET."""
        return [each for each in self.mc.requests if each.method != "GET"]


_pause = threading.Event()


@pytest.fixture
def mc() -> Iterator[MailchimpSimulator]:
    with MailchimpSimulator() as simulator:
        yield simulator


@pytest.fixture
def runner(mc: MailchimpSimulator, tmp_path: Path) -> Runner:
    return Runner(mc, tmp_path)


@pytest.fixture
def make_runner(tmp_path: Path) -> Callable[[MailchimpSimulator], Runner]:
    return lambda simulator: Runner(simulator, tmp_path)


@pytest.fixture
def member() -> Callable[..., Row]:
    def make(address: str, consent: str = "unknown", **data: Any) -> Row:
        envelope = data.pop("envelope", {})
        return (
            "members",
            {"email_address": address, "consent": consent, "merge_fields": {"FNAME": "Ann"}} | data,
            envelope,
        )

    return make


@pytest.fixture
def product() -> Callable[..., Row]:
    def make(identifier: str = "P-1", **data: Any) -> Row:
        row = {"company": "Main", "currency_code": "USD", "id": identifier, "title": "Nails"}
        return "products", row | data

    return make


@pytest.fixture
def customer() -> Callable[..., Row]:
    def make(address: str, **data: Any) -> Row:
        row = {"company": "Main", "currency_code": "USD", "email_address": address}
        return "customers", row | {"company_name": "Acme"} | data

    return make


@pytest.fixture
def order() -> Callable[..., Row]:
    def make(identifier: str = "INV-1", address: str = "ann@shop.test", **data: Any) -> Row:
        row = {
            "company": "Main",
            "currency_code": "USD",
            "id": identifier,
            "email_address": address,
            "order_total": 20.0,
            "financial_status": "paid",
            "processed_at_foreign": "2024-01-01T00:00:00Z",
            "lines": [
                {
                    "id": "1",
                    "product_id": "P-1",
                    "title": "Nails",
                    "quantity": 2,
                    "price": 10,
                    "amount": 20,
                }
            ],
        }
        return "orders", row | data

    return make
