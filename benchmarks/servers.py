"""Simulators in a process of their own: they share no interpreter with what is measured.

As a script: prints one JSON line with addresses and secrets, then answers each line of its input
with the number of requests that reached the ERP since the last one, and ends with its input.
Usage: servers.py '{"erp": "acumatica", "customers": 1000, ...}'
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from demo.erps import AnyErp


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the simulators answer.

    Args:
        connectors: The `connectors` part of a connections file.
        environment: What that part refers to.
        token: An access token of the ERP, for the bare loop.
        companies: The ids of the ERP's companies, where it has several.
        questions: The simulators' input.
        answers: Their output.
    """

    connectors: dict[str, Any]
    environment: dict[str, str]
    token: str
    companies: list[str]
    questions: IO[str]
    answers: IO[str]

    def requests(self) -> int:
        """Return how many requests reached the ERP since this was last asked."""
        self.questions.write("requests\n")
        self.questions.flush()
        return int(self.answers.readline())


@contextmanager
def servers(
    erp: str,
    *,
    customers: int = 0,
    invoices: int = 0,
    erp_latency: float = 0.0,
    mailchimp_latency: float = 0.0,
) -> Iterator[Servers]:
    """Start an ERP and a Mailchimp.

    Args:
        erp: `acumatica` or `business-central`.
        customers: Customers of the ERP.
        invoices: Its invoices, with their lines.
        erp_latency: Seconds added to each of its answers.
        mailchimp_latency: The same for Mailchimp.
    """
    wanted = {
        "erp": erp,
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


def _acumatica(wanted: Mapping[str, Any]) -> AnyErp:
    from demo.erps import Acumatica  # noqa: PLC0415 - a script's own path is set in main
    from simulators.acumatica import (  # noqa: PLC0415 - the same
        AcumaticaSimulator,
        bulk_customers,
        bulk_invoices,
    )

    invoices = bulk_invoices(wanted["invoices"], lines=5)
    return Acumatica(AcumaticaSimulator({**bulk_customers(wanted["customers"]), **invoices}))


def _business_central(wanted: Mapping[str, Any]) -> AnyErp:
    from demo.erps import BusinessCentral  # noqa: PLC0415 - a script's own path is set in main
    from simulators.business_central import (  # noqa: PLC0415 - the same
        BusinessCentralSimulator,
        bulk_customers,
        bulk_month,
    )

    if wanted["invoices"]:
        return BusinessCentral(BusinessCentralSimulator(bulk_month(wanted["invoices"])))
    return BusinessCentral(BusinessCentralSimulator(bulk_customers(wanted["customers"])))


def _token_of(erp: AnyErp) -> str:
    known = erp.simulator.credentials()
    if erp.key == "acumatica":
        return str(erp.simulator.sign_in.grant("api offline_access").access_token)
    answer = requests.post(
        f"{known['login_url']}/{known['tenant_id']}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            "scope": "https://api.businesscentral.dynamics.com/.default",
        },
        timeout=60,
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def main() -> None:
    """Serve until standard input ends."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from demo.world import connectors, secrets  # noqa: PLC0415 - the path was set just above
    from simulators.mailchimp import MailchimpSimulator  # noqa: PLC0415 - the same

    wanted = json.loads(sys.argv[1])
    erp = _acumatica(wanted) if wanted["erp"] == "acumatica" else _business_central(wanted)
    with erp.simulator, MailchimpSimulator() as mailchimp:
        erp.simulator.log_exchanges = mailchimp.log_exchanges = False
        erp.simulator.latency, mailchimp.latency = (
            wanted["erp_latency"],
            wanted["mailchimp_latency"],
        )
        token = _token_of(erp)
        arrived: list[None] = []
        erp.simulator.on_exchange(lambda _exchange: arrived.append(None))
        told = {
            "connectors": connectors(erp, mailchimp),
            "environment": secrets(erp),
            "token": token,
            "companies": [each.id for each in getattr(erp.simulator, "companies", ())],
        }
        print(json.dumps(told), flush=True)
        for _line in sys.stdin:
            print(len(arrived), flush=True)
            arrived.clear()


if __name__ == "__main__":
    main()
