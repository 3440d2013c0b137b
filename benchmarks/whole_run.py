"""The whole run of many members: seconds, and the peak memory of each process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import yaml

from benchmarks.measure import Measured, run
from benchmarks.servers import Servers, servers

CONNECTION = "acumatica-to-mailchimp"
FLAT_WITHIN = 1.20


def prepare(folder: Path, started: Servers) -> dict[str, str]:
    """Write a connections file for members only; return the environment."""
    folder.mkdir(parents=True)
    connectors = started.connectors
    connectors["acumatica"]["config"]["requests_per_minute"] = 1_000_000
    del connectors["mailchimp"]["config"]["store"]
    connection = {
        "source": "acumatica",
        "destination": "mailchimp",
        "catalog": "acumatica-to-mailchimp",
        "variables": {"company": "wholesale", "base_currency": "USD", "shop": False},
    }
    content = {"connectors": connectors, "connections": {CONNECTION: connection}}
    (folder / "glue.yaml").write_text(yaml.safe_dump(content))
    return {**os.environ, **started.environment}


def whole_run(folder: Path, customers: int) -> Measured:
    """Plan, approve, and run; the run is measured.

    Raises:
        RuntimeError: A command failed.
    """
    glue = str(Path(sys.executable).with_name("glue"))
    with servers("acumatica", customers=customers) as started:
        environment = prepare(folder, started)
        for verb in ("plan", "approve"):
            before = run(
                [glue, verb, CONNECTION], folder=folder, environment=environment, keep_output=True
            )
            if before.code != 0:
                raise RuntimeError(f"glue {verb} ended with {before.code}:\n{before.out}")
        measured = run(
            [glue, "run", CONNECTION], folder=folder, environment=environment, keep_output=True
        )
    if measured.code != 0:
        raise RuntimeError(f"glue run ended with {measured.code}:\n{measured.out}")
    return measured


def main(folder: Path, few: int = 50_000, many: int = 200_000) -> bool:
    """Run twice; whether the memory of each process stayed flat."""
    small = whole_run(folder / "few", few)
    print(f"whole run of {few:,} members: {small.seconds:.1f} s, {few / small.seconds:,.0f}/s")
    large = whole_run(folder / "many", many)
    print(f"whole run of {many:,} members: {large.seconds:.1f} s, {many / large.seconds:,.0f}/s")
    kept = True
    for name in ("glue", "source-acumatica", "destination-mailchimp"):
        ratio = large.peaks[name] / small.peaks[name]
        kept &= ratio <= FLAT_WITHIN
        print(
            f"peak memory of {name}: {small.peaks[name]:.0f} MB at {few:,}, "
            f"{large.peaks[name]:.0f} MB at {many:,}: x {ratio:.2f}, "
            f"bound x {FLAT_WITHIN:.2f}: {'kept' if ratio <= FLAT_WITHIN else 'BROKEN'}",
            flush=True,
        )
    return kept
