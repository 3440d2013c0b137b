from __future__ import annotations

import asyncio

import pytest

from simulators.acumatica.access.licence import MAX_WAITING, Licence, RefusedByLicenceError


async def _hold(licence: Licence, gate: asyncio.Event, log: list[str], name: str) -> None:
    async with licence:
        log.append(f"{name} in")
        await gate.wait()
        log.append(f"{name} out")


def test_over_the_concurrent_figure_requests_wait_their_turn() -> None:
    async def scenario() -> list[str]:
        licence, gate, log = Licence(), asyncio.Event(), list[str]()
        licence.concurrent = 1
        tasks = [asyncio.create_task(_hold(licence, gate, log, name)) for name in "ab"]
        await asyncio.sleep(0.03)
        assert log == ["a in"]
        gate.set()
        await asyncio.gather(*tasks)
        return log

    assert asyncio.run(scenario()) == ["a in", "a out", "b in", "b out"]


def test_more_than_twenty_waiting_are_refused() -> None:
    async def scenario() -> int:
        licence, gate = Licence(), asyncio.Event()
        licence.concurrent = 1
        tasks = [
            asyncio.create_task(_hold(licence, gate, [], str(n))) for n in range(MAX_WAITING + 4)
        ]
        await asyncio.sleep(0.03)
        gate.set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        return sum(isinstance(outcome, RefusedByLicenceError) for outcome in outcomes)

    assert asyncio.run(scenario()) == 3


def test_ten_minutes_in_the_queue_are_too_long() -> None:
    async def scenario() -> None:
        licence, gate = Licence(), asyncio.Event()
        licence.concurrent, licence.speed = 1, 20_000.0
        holder = asyncio.create_task(_hold(licence, gate, [], "a"))
        await asyncio.sleep(0)
        with pytest.raises(RefusedByLicenceError):
            async with licence:
                pytest.fail("it must not get in")
        gate.set()
        await holder

    asyncio.run(scenario())


def test_without_limits_nobody_waits() -> None:
    async def scenario() -> None:
        licence, gate = Licence(), asyncio.Event()
        gate.set()
        await asyncio.gather(*(_hold(licence, gate, [], str(n)) for n in range(200)))

    asyncio.run(asyncio.wait_for(scenario(), 2))
