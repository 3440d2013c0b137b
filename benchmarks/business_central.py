"""source-business-central: customers of three companies, and invoices with their lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from benchmarks.measure import Measured
from benchmarks.reading import LATENCIES, Reading, compare, config_of, flat, read, read_bare
from benchmarks.servers import Servers, servers
from source_business_central.endpoint.manifest import specification
from source_business_central.endpoint.plan import plan_of
from source_business_central.endpoint.query import options
from source_business_central.settings import Settings, with_defaults

_WORKERS: Final = (1, 2, 3, 4, 5)
_DEFAULT_WORKERS: Final = 4
CUSTOMERS: Final = Reading(
    "source-business-central",
    "customers",
    "lastModifiedDateTime",
    ("companyId", "id"),
    100_000,
    8.0,
)
INVOICES: Final = replace(CUSTOMERS, stream="sales_invoices", count=20_000, ratio=10.0)


def config_for(started: Servers, workers: int) -> dict[str, Any]:
    """Return the connector's config, with its default page size."""
    config = config_of(started, "business-central") | {"num_workers": workers}
    config.pop("companies", None)
    return config


def bare(folder: Path, started: Servers, reading: Reading) -> Measured:
    """Read the same pages with the bare loop."""
    config = with_defaults(
        config_for(started, _DEFAULT_WORKERS), specification()["connection_specification"]
    )
    settings = Settings.of(config)
    plan = plan_of(reading.stream, settings)
    query = "&".join(f"{name}={quote(value)}" for name, value in options(plan, "").items())
    addresses = [
        f"{settings.service_url}/api/{plan.api}/companies({company})/{plan.entity_set}?{query}"
        for company in started.companies
    ]
    return read_bare(folder, "bare_links.py", [started.token, str(plan.page_size), *addresses])


def measure(
    folder: Path, reading: Reading, latency: float, workers: Iterable[int] = (_DEFAULT_WORKERS,)
) -> tuple[bool, Measured]:
    """Read one stream both ways; whether the bounds were kept, and how the last one went."""
    kind = "invoices" if reading.stream == INVOICES.stream else "customers"
    kept = True
    with servers("business-central", erp_latency=latency, **{kind: reading.count}) as started:
        fastest = bare(folder, started, reading), started.requests()
        for number in workers:
            connector = read(folder, reading, config_for(started, number)), started.requests()
            setting = f"{latency * 1000:.0f} ms a page, workers {number}"
            kept &= compare(reading, setting, fastest, connector)
    return kept, connector[0]


def main(folder: Path, customers: int = CUSTOMERS.count, invoices: int = INVOICES.count) -> bool:
    """Measure each stream without latency and with it; whether all bounds were kept."""
    kept = True
    for each, count, workers in (
        (CUSTOMERS, customers, _WORKERS),
        (INVOICES, invoices, (_DEFAULT_WORKERS,)),
    ):
        reading = replace(each, count=count)
        results = [measure(folder, reading, latency, workers) for latency in LATENCIES]
        few = replace(reading, count=count // 2)  # several full pages of each company
        small = measure(folder, few, 0.0)
        kept &= all(good for good, _ in [*results, small])
        kept &= flat(reading, (few.count, small[1]), results[0][1])
    return kept
