"""source-acumatica through its entrypoint, against the bare loop over the same pages."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, run
from benchmarks.servers import Servers, servers
from source_acumatica.endpoint.plan import plan_stream
from source_acumatica.endpoint.versions import Endpoint

RECORDS_A_SECOND = 9_000
RATIO = 13.0
PAGE_SIZE = 500


def configured_catalog() -> dict[str, Any]:
    """Return a configured catalog of the stream `customers` alone."""
    return {
        "streams": [
            {
                "stream": {
                    "name": "customers",
                    "json_schema": {},
                    "supported_sync_modes": ["full_refresh", "incremental"],
                },
                "sync_mode": "incremental",
                "destination_sync_mode": "append_dedup",
                "cursor_field": ["LastModifiedDateTime"],
                "primary_key": [["id"]],
            }
        ]
    }


def plain(config: Any, environment: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
    """Put the environment's values into a connections file's references."""
    text = re.sub(r"\$\{env:(\w+)\}", lambda found: environment[found[1]], json.dumps(config))
    return json.loads(text)


def read_through_entrypoint(folder: Path, started: Servers) -> Measured:
    """Read every customer with the connector."""
    config = plain(started.connectors["acumatica"]["config"], started.environment)
    config |= {"page_size": PAGE_SIZE, "requests_per_minute": 1_000_000}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(json.dumps(configured_catalog()))
    command = str(Path(sys.executable).with_name("source-acumatica"))
    arguments = ["read", "--config", "config.json", "--catalog", "catalog.json"]
    return run([command, *arguments], folder=folder, environment=dict(os.environ))


def read_bare(folder: Path, started: Servers, select: str, expand: str) -> Measured:
    """Read the same pages with the bare loop."""
    url = started.connectors["acumatica"]["config"]["instance_url"]
    script = str(Path(__file__).with_name("bare_loop.py"))
    command = [sys.executable, script, url, started.token, str(PAGE_SIZE), select, expand]
    return run(command, folder=folder, environment=dict(os.environ))


def main(folder: Path, customers: int = 50_000) -> bool:
    """Measure at 0 and 50 ms a page; whether the bound was kept each time."""
    stream = plan_stream("customers", Endpoint.named("Default", "24.200.001"))
    kept = True
    for latency in (0.0, 0.05):
        with servers(customers=customers, erp_latency=latency) as started:
            bare = read_bare(folder, started, stream.select, stream.expand)
            connector = read_through_entrypoint(folder, started)
        rate, ratio = customers / connector.seconds, connector.seconds / bare.seconds
        good = connector.code == 0 and (rate >= RECORDS_A_SECOND or ratio <= RATIO)
        kept &= good
        print(
            f"source-acumatica, {customers:,} customers, {latency * 1000:.0f} ms a page: "
            f"{rate:,.0f} records/s, {ratio:.1f} x the bare loop's time "
            f"({customers / bare.seconds:,.0f}/s); "
            f"bound {RECORDS_A_SECOND:,}/s or {RATIO:.0f} x: {'kept' if good else 'BROKEN'}; "
            f"peak {connector.peaks.get('source-acumatica', 0):.0f} MB",
            flush=True,
        )
    return kept
