"""The commands as processes, against simulators over real HTTP."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from demo.erps import ERPS, Acumatica, AnyErp
from demo.world import secrets, write_connections_file
from simulators.mailchimp import MailchimpSimulator
from simulators.wholesaler import Wholesaler, wholesaler

CONNECTION = "acumatica-to-mailchimp"
GLUE = str(Path(sys.executable).with_name("glue"))


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    def sentence(self) -> str:
        """The text with its line breaks and box drawing taken out, to look for phrases."""
        return re.sub(r"[\s│╭╮╰╯─]+", " ", self.text)


@dataclass
class World:
    """An ERP, a Mailchimp account, a connections file, and a user at the keyboard."""

    office: AnyErp
    mailchimp: MailchimpSimulator
    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def erp(self) -> Any:
        """The ERP's simulator."""
        return self.office.simulator

    @property
    def data(self) -> Wholesaler:
        return self.office.data

    @property
    def connection(self) -> str:
        return self.office.connection

    @property
    def folder(self) -> Path:
        return self.path.parent

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `glue` without waiting for it."""
        return subprocess.Popen(
            [GLUE, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment, "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def types(self, *arguments: str, timeout: float = 240) -> Result:
        """Run `glue` with these arguments, and wait."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Result(process.returncode, out, err)

    def succeeds(self, *arguments: str) -> Result:
        """Run `glue`, and fail the test where it fails."""
        result = self.types(*arguments)
        assert result.code == 0, result.text
        return result

    def approves(self) -> None:
        """Plan the first run, and approve it."""
        self.succeeds("plan", self.connection)
        self.succeeds("approve", self.connection)

    def configure(self, connector: str, **settings: Any) -> None:
        """Change settings of a connector; None takes one away."""
        content = yaml.safe_load(self.path.read_text())
        config = content["connectors"][connector]["config"]
        for name, value in settings.items():
            if value is None:
                config.pop(name)
            else:
                config[name] = value
        self.path.write_text(yaml.safe_dump(content))

    def writes(self) -> list[str]:
        """What was sent to Mailchimp that is more than a question: method and path."""
        return [
            f"{exchange.method} {exchange.path}"
            for exchange in self.mailchimp.requests
            if exchange.method not in {"GET", "HEAD"}
            and not exchange.path.startswith("/_simulator")
        ]

    def interrupt_when(self, process: subprocess.Popen[str], stage: str) -> Result:
        """Press Ctrl-C once the other side sees the stage: `read` or `deliver`."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not self._is_in(stage):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        return Result(process.returncode, out, err)

    def _is_in(self, stage: str) -> bool:
        if stage == "read":
            return any("/Customer" in exchange.path for exchange in self.erp.requests)
        return len(self.writes()) > 5


def smaller(whole: Wholesaler) -> Wholesaler:
    """Keep a tenth of a wholesaler, and each of the warts."""
    warts = set(whole.warts.values())
    customers = tuple(
        customer
        for number, customer in enumerate(whole.customers)
        if number % 10 == 0 or customer.code in warts
    )
    codes = {customer.code for customer in customers}
    contacts = tuple(
        contact
        for contact in whole.contacts
        if contact.business_account in codes or str(contact.id) in warts
    )
    invoices = tuple(
        invoice
        for invoice in whole.invoices
        if invoice.customer in codes or invoice.number in warts
    )
    return replace(
        whole,
        customers=customers,
        contacts=contacts,
        invoices=invoices,
        mailchimp_members=whole.mailchimp_members[::5],
    )


@pytest.fixture(scope="session")
def data() -> Wholesaler:
    """A small wholesaler with all of its warts."""
    return smaller(wholesaler())


@pytest.fixture
def make_world(tmp_path: Path, data: Wholesaler) -> Iterator[Callable[..., World]]:
    """Make worlds by name; each has an ERP and a Mailchimp account of its own."""
    with ExitStack() as stack:

        def make(name: str, kind: type[AnyErp] = Acumatica) -> World:
            office = kind.of(data)
            stack.enter_context(office.simulator)
            mailchimp = stack.enter_context(MailchimpSimulator())
            mailchimp.seed(data.mailchimp_members)
            path = write_connections_file(tmp_path / name, office, mailchimp)
            return World(office, mailchimp, path, secrets(office))

        yield make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A world of its own for each test."""
    return make_world("connections")


def descendants(process: subprocess.Popen[str]) -> Mapping[str, psutil.Process]:
    """The connectors that a running `glue` has started, by the name of their command."""
    found: dict[str, psutil.Process] = {}
    try:
        for child in psutil.Process(process.pid).children(recursive=True):
            command = " ".join(child.cmdline())
            for name in (*(f"source-{key}" for key in ERPS), "destination-mailchimp"):
                if name in command:
                    found[name] = child
    except psutil.NoSuchProcess:
        pass
    return found


@pytest.fixture
def children() -> Any:
    """`descendants`, for tests."""
    return descendants
