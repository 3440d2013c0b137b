"""source-acumatica: customers, and invoices with their lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Measured
from benchmarks.reading import LATENCIES, Reading, compare, config_of, flat, read, read_bare
from benchmarks.servers import Servers, servers
from source_acumatica.endpoint.manifest import specification
from source_acumatica.endpoint.plan import plan_of
from source_acumatica.settings import with_defaults

_PAGE_SIZE: Final = 500
_WIDE_PAGE_SIZE: Final = 100
CUSTOMERS: Final = Reading(
    "source-acumatica", "customers", "LastModifiedDateTime", ("id",), 100_000, 13.0
)
INVOICES: Final = replace(CUSTOMERS, stream="sales_invoices", count=20_000)


def config_for(started: Servers) -> dict[str, Any]:
    """Return the connector's config: the default windows, and no limit on requests."""
    config = config_of(started, "acumatica")
    config |= {
        "page_size": _PAGE_SIZE,
        "requests_per_minute": 1_000_000,
        "email_changes": "off",
    }
    del config["window_days"]
    return config


def bare(folder: Path, started: Servers, reading: Reading) -> Measured:
    """Read the same pages with the bare loop."""
    config = with_defaults(config_for(started), specification()["connection_specification"])
    plan = plan_of(reading.stream, config)
    address = f"{config['instance_url']}/entity/Default/24.200.001/{plan.entity}"
    size = _WIDE_PAGE_SIZE if plan.wide else _PAGE_SIZE
    arguments = [address, started.token, str(size), plan.select, plan.expand]
    return read_bare(folder, "bare_pages.py", arguments)


def measure(folder: Path, reading: Reading, latency: float) -> tuple[bool, Measured]:
    """Read one stream both ways; whether the bound was kept, and how the connector went."""
    kind = "invoices" if reading.stream == INVOICES.stream else "customers"
    with servers("acumatica", erp_latency=latency, **{kind: reading.count}) as started:
        fastest = bare(folder, started, reading), started.requests()
        connector = read(folder, reading, config_for(started)), started.requests()
    kept = compare(reading, f"{latency * 1000:.0f} ms a page", fastest, connector)
    return kept, connector[0]


def main(folder: Path, customers: int = CUSTOMERS.count, invoices: int = INVOICES.count) -> bool:
    """Measure each stream without latency and with it; whether all bounds were kept."""
    kept = True
    for each, count in ((CUSTOMERS, customers), (INVOICES, invoices)):
        reading = replace(each, count=count)
        results = [measure(folder, reading, latency) for latency in LATENCIES]
        few = replace(reading, count=count // 5)
        small = measure(folder, few, 0.0)
        kept &= all(good for good, _ in [*results, small])
        kept &= flat(reading, (few.count, small[1]), results[0][1])
    return kept
