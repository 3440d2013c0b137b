"""Ctrl-C, SIGTERM, SIGKILL and a second runner: real processes, real signals."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest


def wait_for(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def lives(process: psutil.Process) -> bool:
    """Whether it still works; one that only waits to be reaped does not."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def rows_stored(workshop: Any) -> int:
    return int(workshop.query("SELECT count(*) FROM source_rows")[0][0])


def members_held(workshop: Any) -> int:
    return len(workshop.held.get("members", {}))


def approved(workshop: Any, people: int) -> None:
    workshop.people = [workshop.person(n) for n in range(people)]
    workshop.approved()


def ended(process: subprocess.Popen[str], seconds: float = 30.0) -> tuple[int, str]:
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out + err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_reading_keeps_the_rows(workshop: Any, number: int) -> None:
    approved(workshop, 400)
    workshop.source["delay"] = 0.01
    process = workshop.start("run", "flow")
    wait_for(lambda: rows_stored(workshop) > 20)
    process.send_signal(number)
    code, text = ended(process)
    assert code == 130
    assert "go on with: glue run flow" in text
    assert "Left for the next run" in text
    assert "All counts add up" not in text
    assert "Traceback" not in text
    stored = rows_stored(workshop)
    assert 20 < stored < 400
    assert workshop.held == {}
    workshop.source.pop("delay")
    assert workshop.run().code == 0
    assert members_held(workshop) == 400


def test_ctrl_c_while_delivering_finishes_the_call_in_hand(workshop: Any) -> None:
    approved(workshop, 400)
    workshop.destination["delay"] = 0.01
    process = workshop.start("run", "flow")
    wait_for(lambda: members_held(workshop) > 20)
    process.send_signal(signal.SIGINT)
    code, text = ended(process)
    assert code == 130
    assert "go on with: glue run flow" in text
    assert workshop.query("SELECT status FROM runs") == [("interrupted",)]
    [(acknowledged,)] = workshop.query("SELECT count(*) FROM deliveries WHERE acked NOT NULL")
    assert acknowledged == members_held(workshop) + len(workshop.held.get("orders", {}))
    workshop.destination.pop("delay")
    assert workshop.run().code == 0
    assert members_held(workshop) == 400
    assert len(workshop.held["orders"]) == 3


def test_a_second_ctrl_c_ends_at_once(workshop: Any) -> None:
    approved(workshop, 50)
    workshop.destination["delay"] = 30
    process = workshop.start("run", "flow")
    wait_for(lambda: workshop.query("SELECT count(*) FROM attempts")[0][0] > 0)
    children = wait_for(lambda: psutil.Process(process.pid).children())
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    code, text = ended(process, seconds=10)
    assert code == 130
    assert "Stopped at once" in text
    assert not any(lives(child) for child in children)


def test_ctrl_c_in_a_plan_plans_nothing(workshop: Any) -> None:
    approved(workshop, 300)
    workshop.source["delay"] = 0.02
    process = workshop.start("plan", "flow")
    wait_for(lambda: psutil.Process(process.pid).children())
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    code, text = ended(process)
    assert code == 130
    assert "nothing was planned" in text
    assert workshop.query("SELECT count(*) FROM plans") == [(1,)]


def test_a_second_runner_is_turned_away(workshop: Any) -> None:
    approved(workshop, 300)
    workshop.source["delay"] = 0.02
    process = workshop.start("run", "flow")
    wait_for(lambda: rows_stored(workshop) > 5)
    second = workshop.glue("run", "flow")
    assert second.code == 1
    assert f"is in use by process {process.pid}" in second.err
    assert workshop.glue("status").code == 0
    process.send_signal(signal.SIGINT)
    assert ended(process)[0] == 130


def test_a_killed_runner_leaves_nothing_behind(workshop: Any) -> None:
    approved(workshop, 400)
    workshop.destination["delay"] = 0.01
    process = workshop.start("run", "flow")
    wait_for(lambda: members_held(workshop) > 20)
    children = psutil.Process(process.pid).children()
    process.kill()
    process.communicate()
    workshop.destination.pop("delay")
    assert workshop.run().code == 0
    assert not any(lives(child) for child in children)
    assert members_held(workshop) == 400
    assert workshop.query("SELECT status FROM runs") == [("interrupted",), ("succeeded",)]


def victims(process: subprocess.Popen[str]) -> list[int]:
    """The runner, and the connector that works at this moment."""
    return [process.pid, *(child.pid for child in psutil.Process(process.pid).children())]


@pytest.mark.slow
def test_killing_any_process_at_any_time_ends_in_the_same_state(workshop: Any) -> None:
    approved(workshop, 150)
    workshop.bills = [workshop.bill(n, of=n) for n in range(1, 100)]
    workshop.source["delay"] = workshop.destination["delay"] = 0.003
    chance = random.Random(7)  # noqa: S311 - a test that can be repeated
    for _ in range(20):
        process = workshop.start("run", "flow")
        time.sleep(chance.uniform(0.3, 3.0))
        if process.poll() is None:
            with_children = victims(process)
            try:
                os.kill(chance.choice(with_children), signal.SIGKILL)
            except ProcessLookupError:
                continue
            finally:
                process.communicate(timeout=60)
        else:
            process.communicate()
    workshop.source.pop("delay")
    workshop.destination.pop("delay")
    assert workshop.run().code == 0
    assert members_held(workshop) == 150
    assert workshop.held["orders"].keys() == {bill["id"] for bill in workshop.bills}
    workshop.calls()
    last = workshop.run()
    assert last.code == 0
    assert workshop.calls() == []
    assert "✓ USD" in last.out


@pytest.mark.slow
def test_a_source_that_ignores_the_request_is_ended_after_ten_seconds(workshop: Any) -> None:
    workshop.source["stubborn"] = True
    approved(workshop, 400)
    workshop.source["delay"] = 0.5
    process = workshop.start("run", "flow")
    wait_for(lambda: rows_stored(workshop) > 1)
    process.send_signal(signal.SIGINT)
    code, _ = ended(process)
    assert code == 130
    assert 0 < rows_stored(workshop) < 400
