"""What every test of the repository starts from: the packages, and the published contracts.

Every simulator that a test starts is watched: each request that reaches it, and each answer it
gives, is held against the published API description, where that folder is present. A test that
breaks a contract on purpose says so with the marker `breaks_contract`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import hypothesis
import pytest

# The folders kit/, glue/ and simulators/ bear the names of the packages inside them. The packages
# are imported first, so that pytest never takes a folder of tests for the package itself.
import glue
import kit
import simulators
from simulators.common import Exchange, Simulator

__all__ = ["glue", "kit", "simulators"]

# No test fails for being slow: speed is measured under benchmarks/.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

CONTRACTS_DIR = Path(
    os.environ.get("CONTRACTS_DIR", Path(__file__).parent.parent / "shared" / "contracts")
)


class Contract(Protocol):
    """A published API description."""

    def violations(self, exchange: Exchange) -> list[str]:
        """What in this exchange the description does not allow."""


@cache
def contract_of(name: str) -> Contract | None:
    """Return the contract of a simulator, by the simulator's name; None where there is none."""
    if not CONTRACTS_DIR.is_dir():
        return None
    if name == "acumatica":
        from tests.contracts.acumatica import AcumaticaContract  # noqa: PLC0415 - reads megabytes

        return AcumaticaContract(CONTRACTS_DIR)
    if name == "mailchimp":
        from tests.contracts.mailchimp import MailchimpContract  # noqa: PLC0415 - reads megabytes

        return MailchimpContract(CONTRACTS_DIR)
    if name == "business_central":
        from tests.contracts.business_central import (  # noqa: PLC0415 - the same
            BusinessCentralContract,
        )

        return BusinessCentralContract(CONTRACTS_DIR)
    return None


class ContractWatch:
    """Collects what the simulators of a test see that no contract allows."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._watched: set[int] = set()

    def watch(self, simulator: Simulator) -> None:
        """Hold every exchange of a simulator against its contract, from now on."""
        contract = contract_of(simulator.NAME)
        if contract is None or id(simulator) in self._watched:
            return
        self._watched.add(id(simulator))

        def look(exchange: Exchange) -> None:
            self.found += contract.violations(exchange)

        simulator.on_exchange(look)


@pytest.fixture(autouse=True)
def contracts_are_kept(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Watch every simulator that a test starts, and fail the test where a contract is broken."""
    if request.node.get_closest_marker("breaks_contract"):
        yield
        return
    watch = ContractWatch()
    start = Simulator.start

    def watched_start(simulator: Simulator, *arguments: Any, **options: Any) -> int:
        watch.watch(simulator)
        return start(simulator, *arguments, **options)

    monkeypatch.setattr(Simulator, "start", watched_start)
    yield
    shown = "\n".join(dict.fromkeys(watch.found[:20]))
    assert not watch.found, f"{len(watch.found)} exchanges break a published contract:\n{shown}"


@pytest.fixture(scope="session")
def contracts_dir() -> Path:
    """The folder of published API descriptions; skips where it is absent."""
    if not CONTRACTS_DIR.is_dir():
        pytest.skip(f"no published contracts in {CONTRACTS_DIR}: set CONTRACTS_DIR to read them")
    return CONTRACTS_DIR
