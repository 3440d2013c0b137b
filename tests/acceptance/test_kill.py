"""Killed at any moment, and started again at once: the same Mailchimp in the end."""

from __future__ import annotations

import random
import subprocess
import time
from typing import Any

import psutil
import pytest

from demo.erps import ERPS

KILLS = 20
SLOWNESS: dict[str, tuple[float, list[float]]] = {
    "acumatica": (0.0, [0.0, 0.01, 0.03]),
    "business-central": (0.4, [0.03, 0.06]),
}
"""Latency of each ERP and, by turns, of Mailchimp: runs long enough to be killed."""


def strike(process: subprocess.Popen[str], victim: str, after: float, children: Any) -> bool:
    """Wait, then kill one of the three processes; whether there was anything left to kill."""
    deadline = time.monotonic() + after
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    if process.poll() is not None:
        return False
    if victim == "glue":
        process.kill()
        process.communicate()
        return True
    give_up = time.monotonic() + 8
    while time.monotonic() < give_up and process.poll() is None:
        child = children(process).get(victim)
        if child is not None:
            time.sleep(min(after, 0.5))
            hit = kill_if_there(child)
            process.communicate(timeout=120)
            return hit
        time.sleep(0.02)
    process.communicate(timeout=120)
    return False


def kill_if_there(child: psutil.Process) -> bool:
    """Kill a process that may end by itself at any moment; whether it was still there."""
    try:
        child.kill()
    except psutil.NoSuchProcess:
        return False
    return True


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("key", ERPS)
def test_twenty_kills_end_in_the_same_mailchimp(key: str, make_world: Any, children: Any) -> None:
    calm = make_world("calm", ERPS[key])
    calm.approves()
    calm.succeeds("run", calm.connection)

    world = make_world("stormy", ERPS[key])
    victims = ("glue", f"source-{key}", "destination-mailchimp")
    world.approves()
    world.erp.latency, latencies = SLOWNESS[key]
    dice = random.Random(20261122)  # noqa: S311 - chance, no secret
    struck = 0
    for number in range(KILLS):
        if number % 4 == 0:
            world.mailchimp.latency = dice.choice(latencies)
        process = world.start("run", world.connection)
        struck += strike(process, victims[number % 3], dice.uniform(0.2, 5.0), children)
    world.erp.latency = world.mailchimp.latency = 0.0
    world.succeeds("run", world.connection)

    assert struck >= KILLS // 2, "the runs were too short to be killed"
    assert world.mailchimp.state_fingerprint() == calm.mailchimp.state_fingerprint()
    assert not world.mailchimp.notifications
    before = len(world.writes())
    world.succeeds("run", world.connection)
    assert len(world.writes()) == before
