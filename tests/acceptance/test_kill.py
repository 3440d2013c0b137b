"""Killed at any moment, and started again at once: the same Mailchimp in the end."""

from __future__ import annotations

import random
import time
from typing import Any

import psutil
import pytest

from demo.erps import ERPS

KILLS = 20
MOST_ATTEMPTS = 3 * KILLS
LATENCIES = [0.0, 0.01, 0.03]


class Tally:
    """Counts the requests of each process where they arrive."""

    def __init__(self, world: Any, source: str) -> None:
        self.of = dict.fromkeys(("glue", source, "destination-mailchimp"), 0)
        world.erp.on_exchange(lambda _exchange: self._count(source))
        world.mailchimp.on_exchange(lambda _exchange: self._count("destination-mailchimp"))

    def _count(self, process: str) -> None:
        self.of[process] += 1
        self.of["glue"] += 1


def strike(world: Any, tally: Tally, victim: str, after: int, pause: float, children: Any) -> bool:
    """Run `glue`, and kill a process after so many of its requests; whether that was done.

    The moment is counted in requests and not in seconds: a run is struck at the same places on a
    fast machine and on a slow one.
    """
    begun = tally.of[victim]
    process = world.start("run", world.connection)
    hit = False
    while process.poll() is None and not hit:
        if tally.of[victim] - begun >= after:
            found = (
                psutil.Process(process.pid) if victim == "glue" else children(process).get(victim)
            )
            if found is not None:
                time.sleep(pause)
                hit = kill_if_there(found)
        time.sleep(0.005)
    process.communicate(timeout=120)
    return hit


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
    whole = Tally(calm, f"source-{key}")
    calm.succeeds("run", calm.connection)
    share = whole.of["destination-mailchimp"] // KILLS  # so that work is left for each of them

    world = make_world("stormy", ERPS[key])
    victims = {"glue": share, f"source-{key}": 4, "destination-mailchimp": share}
    world.approves()
    tally = Tally(world, f"source-{key}")
    dice = random.Random(20261122)  # noqa: S311 - chance, no secret
    struck = 0
    for attempt in range(MOST_ATTEMPTS):
        world.mailchimp.latency = dice.choice(LATENCIES)
        victim = list(victims)[attempt % 3]
        after, pause = dice.randint(0, victims[victim]), dice.uniform(0.0, 0.3)
        struck += strike(world, tally, victim, after, pause, children)
        if struck == KILLS:
            break
    world.mailchimp.latency = 0.0
    world.succeeds("run", world.connection)

    assert struck == KILLS
    assert world.mailchimp.state_fingerprint() == calm.mailchimp.state_fingerprint()
    assert not world.mailchimp.notifications
    before = len(world.writes())
    world.succeeds("run", world.connection)
    assert len(world.writes()) == before
