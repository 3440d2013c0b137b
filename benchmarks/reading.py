"""A source through its entrypoint, against the bare loop over the same pages."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Measured, run
from benchmarks.servers import Servers

FLAT_WITHIN: Final = 1.20
LATENCIES: Final = (0.0, 0.3)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read, and by which connector.

    Args:
        command: The connector's command.
        stream: The stream.
        cursor: Its cursor field.
        primary_key: Paths of its primary key.
        count: How many records there are.
        ratio: How many times the bare loop's time it may take.
    """

    command: str
    stream: str
    cursor: str
    primary_key: tuple[str, ...]
    count: int
    ratio: float

    def catalog(self) -> dict[str, Any]:
        """Return a configured catalog of the stream alone."""
        return {
            "streams": [
                {
                    "stream": {
                        "name": self.stream,
                        "json_schema": {},
                        "supported_sync_modes": ["full_refresh", "incremental"],
                    },
                    "sync_mode": "incremental",
                    "destination_sync_mode": "append_dedup",
                    "cursor_field": [self.cursor],
                    "primary_key": [[name] for name in self.primary_key],
                }
            ]
        }


def config_of(started: Servers, connector: str) -> dict[str, Any]:
    """Return a connector's config with the environment's values in it."""
    text = json.dumps(started.connectors[connector]["config"])
    filled = re.sub(r"\$\{env:(\w+)\}", lambda found: started.environment[found[1]], text)
    config: dict[str, Any] = json.loads(filled)
    return config


def read(folder: Path, reading: Reading, config: dict[str, Any]) -> Measured:
    """Read the stream with the connector."""
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(json.dumps(reading.catalog()))
    command = str(Path(sys.executable).with_name(reading.command))
    arguments = ["read", "--config", "config.json", "--catalog", "catalog.json"]
    return run([command, *arguments], folder=folder, environment=dict(os.environ))


def read_bare(folder: Path, script: str, arguments: Sequence[str]) -> Measured:
    """Read the same pages with a bare loop."""
    path = str(Path(__file__).with_name(script))
    return run([sys.executable, path, *arguments], folder=folder, environment=dict(os.environ))


def compare(
    reading: Reading,
    setting: str,
    bare: tuple[Measured, int],
    connector: tuple[Measured, int],
) -> bool:
    """Print one line; whether the connector did its work within the bound.

    Args:
        reading: What was read.
        setting: Under which conditions, for the line.
        bare: How the bare loop went, and the requests that it made.
        connector: The same of the connector.
    """
    (fastest, fewest), (measured, made) = bare, connector
    ratio = measured.seconds / fastest.seconds
    kept = measured.code == 0 and ratio <= reading.ratio
    print(
        f"{reading.command}, {reading.count:,} {reading.stream}, {setting}: "
        f"{reading.count / measured.seconds:,.0f} records/s, {ratio:.1f} x the bare loop's time "
        f"({reading.count / fastest.seconds:,.0f}/s), bound {reading.ratio:.0f} x: "
        f"{_verdict(kept)}; {made:,} requests, the bare loop {fewest:,}; "
        f"peak {peak_of(reading, measured):.0f} MB",
        flush=True,
    )
    return kept


def flat(reading: Reading, few: tuple[int, Measured], many: Measured) -> bool:
    """Whether a part of the rows needs nearly as much memory as all of them."""
    count, measured = few
    small, large = peak_of(reading, measured), peak_of(reading, many)
    ratio = large / small if small else float("inf")
    print(
        f"peak memory of {reading.command}, {reading.stream}: {small:.0f} MB at {count:,}, "
        f"{large:.0f} MB at {reading.count:,}: x {ratio:.2f}, bound x {FLAT_WITHIN:.2f}: "
        f"{_verdict(ratio <= FLAT_WITHIN)}",
        flush=True,
    )
    return ratio <= FLAT_WITHIN


def peak_of(reading: Reading, measured: Measured) -> float:
    """Return the connector's peak memory in MB."""
    return measured.peaks.get(reading.command, 0.0)


def _verdict(kept: bool) -> str:  # noqa: FBT001 - one word for one bit
    return "kept" if kept else "BROKEN"
