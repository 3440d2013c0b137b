"""source-acumatica through its entrypoint, against the bare loop over the same pages."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Measured, run
from benchmarks.servers import Servers, servers
from source_acumatica.endpoint.manifest import specification
from source_acumatica.endpoint.plan import plan_of
from source_acumatica.settings import with_defaults

RATIO: Final = 13.0
PAGE_SIZE: Final = 500
WIDE_PAGE_SIZE: Final = 100
FLAT_WITHIN: Final = 1.20
LATENCIES: Final = (0.0, 0.3)


@dataclass(frozen=True, slots=True)
class Case:
    """What is read.

    Args:
        stream: The stream.
        count: Its rows.
        page_size: Rows of one page.
    """

    stream: str
    count: int
    page_size: int

    def servers_with(self, latency: float) -> dict[str, Any]:
        """Return what the simulator is to hold."""
        kind = "invoices" if self.stream == "sales_invoices" else "customers"
        return {kind: self.count, "erp_latency": latency}


def configured_catalog(stream: str) -> dict[str, Any]:
    """Return a configured catalog of one stream."""
    return {
        "streams": [
            {
                "stream": {
                    "name": stream,
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


def config_of(started: Servers) -> dict[str, Any]:
    """Return the connector's config: the default windows, and no limit on requests."""
    config: dict[str, Any] = plain(started.connectors["acumatica"]["config"], started.environment)
    config |= {"page_size": PAGE_SIZE, "requests_per_minute": 1_000_000, "email_changes": "off"}
    del config["window_days"]
    return config


def read_through_entrypoint(folder: Path, started: Servers, case: Case) -> Measured:
    """Read the stream with the connector."""
    (folder / "config.json").write_text(json.dumps(config_of(started)))
    (folder / "catalog.json").write_text(json.dumps(configured_catalog(case.stream)))
    command = str(Path(sys.executable).with_name("source-acumatica"))
    arguments = ["read", "--config", "config.json", "--catalog", "catalog.json"]
    return run([command, *arguments], folder=folder, environment=dict(os.environ))


def read_bare(folder: Path, started: Servers, case: Case) -> Measured:
    """Read the same pages with the bare loop."""
    config = with_defaults(config_of(started), specification()["connection_specification"])
    plan = plan_of(case.stream, config)
    script = str(Path(__file__).with_name("bare_loop.py"))
    address = f"{config['instance_url']}/entity/Default/24.200.001/{plan.entity}"
    command = [sys.executable, script, address, started.token, str(case.page_size)]
    return run([*command, plan.select, plan.expand], folder=folder, environment=dict(os.environ))


def measure(folder: Path, case: Case, latency: float) -> tuple[bool, float]:
    """Read one case both ways; whether the bound was kept, and the connector's peak in MB."""
    with servers(**case.servers_with(latency)) as started:
        bare = read_bare(folder, started, case)
        fewest = started.requests()
        connector = read_through_entrypoint(folder, started, case)
        made = started.requests()
    ratio = connector.seconds / bare.seconds
    kept = connector.code == 0 and ratio <= RATIO
    peak = connector.peaks.get("source-acumatica", 0.0)
    print(
        f"source-acumatica, {case.count:,} {case.stream}, {latency * 1000:.0f} ms a page: "
        f"{case.count / connector.seconds:,.0f} records/s, {ratio:.1f} x the bare loop's time "
        f"({case.count / bare.seconds:,.0f}/s), bound {RATIO:.0f} x: "
        f"{'kept' if kept else 'BROKEN'}; {made:,} requests, fewest possible {fewest:,}; "
        f"peak {peak:.0f} MB",
        flush=True,
    )
    return kept, peak


def main(folder: Path, customers: int = 100_000, invoices: int = 20_000) -> bool:
    """Measure each case without latency and with it; whether all bounds were kept."""
    kept = True
    for case in (
        Case("customers", customers, PAGE_SIZE),
        Case("sales_invoices", invoices, WIDE_PAGE_SIZE),
    ):
        peaks = []
        for latency in LATENCIES:
            good, peak = measure(folder, case, latency)
            kept &= good
            peaks.append(peak)
        kept &= flat(folder, case, peaks[0])
    return kept


def flat(folder: Path, case: Case, peak_of_all: float) -> bool:
    """Whether a fifth of the rows needs nearly as much memory as all of them."""
    few = Case(case.stream, case.count // 5, case.page_size)
    with servers(**few.servers_with(0.0)) as started:
        peak = read_through_entrypoint(folder, started, few).peaks.get("source-acumatica", 0.0)
    ratio = peak_of_all / peak if peak else float("inf")
    print(
        f"peak memory of source-acumatica, {case.stream}: {peak:.0f} MB at {few.count:,}, "
        f"{peak_of_all:.0f} MB at {case.count:,}: x {ratio:.2f}, bound x {FLAT_WITHIN:.2f}: "
        f"{'kept' if ratio <= FLAT_WITHIN else 'BROKEN'}",
        flush=True,
    )
    return ratio <= FLAT_WITHIN
