"""Simulators in a process of their own: they share no interpreter with what is measured.

As a script: prints one JSON line with addresses and secrets, then answers each line of its input
with the number of requests that reached the ERP since the last one, and ends with its input.
Usage: servers.py '{"customers": 1000, ...}'
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the simulators answer.

    Args:
        connectors: The `connectors` part of a connections file.
        environment: What that part refers to.
        token: An access token of the ERP, for the bare loop.
        questions: The simulators' input.
        answers: Their output.
    """

    connectors: dict[str, Any]
    environment: dict[str, str]
    token: str
    questions: IO[str]
    answers: IO[str]

    def requests(self) -> int:
        """Return how many requests reached the ERP since this was last asked."""
        self.questions.write("requests\n")
        self.questions.flush()
        return int(self.answers.readline())


@contextmanager
def servers(
    *,
    customers: int = 0,
    invoices: int = 0,
    erp_latency: float = 0.0,
    mailchimp_latency: float = 0.0,
) -> Iterator[Servers]:
    """Start an Acumatica and a Mailchimp.

    Args:
        customers: Customers of the ERP.
        invoices: Its invoices, of five lines each.
        erp_latency: Seconds added to each of its answers.
        mailchimp_latency: The same for Mailchimp.
    """
    wanted = {
        "customers": customers,
        "invoices": invoices,
        "erp_latency": erp_latency,
        "mailchimp_latency": mailchimp_latency,
    }
    process = subprocess.Popen(
        [sys.executable, __file__, json.dumps(wanted)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdin is not None  # noqa: S101 - PIPE was asked for, just above
    assert process.stdout is not None  # noqa: S101 - the same
    try:
        told = json.loads(process.stdout.readline())
        yield Servers(**told, questions=process.stdin, answers=process.stdout)
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def main() -> None:
    """Serve until standard input ends."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from demo.world import connectors, secrets  # noqa: PLC0415 - a script's own path is set above
    from simulators.acumatica import (  # noqa: PLC0415 - the same
        AcumaticaSimulator,
        bulk_customers,
        bulk_invoices,
    )
    from simulators.mailchimp import MailchimpSimulator  # noqa: PLC0415 - the same

    wanted = json.loads(sys.argv[1])
    data = {**bulk_customers(wanted["customers"]), **bulk_invoices(wanted["invoices"], lines=5)}
    with AcumaticaSimulator(data=data) as erp, MailchimpSimulator() as mailchimp:
        erp.log_exchanges = mailchimp.log_exchanges = False
        erp.latency, mailchimp.latency = wanted["erp_latency"], wanted["mailchimp_latency"]
        requests: list[None] = []
        erp.on_exchange(lambda _exchange: requests.append(None))
        told = {
            "connectors": connectors(erp, mailchimp),
            "environment": secrets(erp),
            "token": erp.sign_in.grant("api offline_access").access_token,
        }
        print(json.dumps(told), flush=True)
        for _line in sys.stdin:
            print(len(requests), flush=True)
            requests.clear()


if __name__ == "__main__":
    main()
