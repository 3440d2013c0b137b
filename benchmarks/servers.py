"""The simulators in a process of their own: they share no interpreter with what is measured.

As a script: prints one JSON line with addresses and secrets, and serves until its input ends.
Usage: servers.py CUSTOMERS ERP_LATENCY MAILCHIMP_LATENCY
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the simulators answer.

    Args:
        connectors: The `connectors` part of a connections file.
        environment: What that part refers to.
        token: An access token of the ERP, for the bare loop.
    """

    connectors: dict[str, Any]
    environment: dict[str, str]
    token: str


@contextmanager
def servers(
    *, customers: int, erp_latency: float = 0.0, mailchimp_latency: float = 0.0
) -> Iterator[Servers]:
    """Start both simulators with this many customers; latencies in seconds an answer."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(customers), str(erp_latency), str(mailchimp_latency)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdin is not None  # noqa: S101 - PIPE was asked for, just above
    assert process.stdout is not None  # noqa: S101 - the same
    try:
        yield Servers(**json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def main() -> None:
    """Serve until standard input ends."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from demo.world import connectors, secrets  # noqa: PLC0415 - a script's own path is set above
    from simulators.acumatica import AcumaticaSimulator, bulk_customers  # noqa: PLC0415
    from simulators.mailchimp import MailchimpSimulator  # noqa: PLC0415

    customers, erp_latency, mailchimp_latency = sys.argv[1:4]
    with (
        AcumaticaSimulator(data=bulk_customers(int(customers))) as erp,
        MailchimpSimulator() as mailchimp,
    ):
        erp.log_exchanges = mailchimp.log_exchanges = False
        erp.latency, mailchimp.latency = float(erp_latency), float(mailchimp_latency)
        print(
            json.dumps(
                {
                    "connectors": connectors(erp, mailchimp),
                    "environment": secrets(erp),
                    "token": erp.sign_in.grant("api offline_access").access_token,
                }
            ),
            flush=True,
        )
        sys.stdin.read()


if __name__ == "__main__":
    main()
