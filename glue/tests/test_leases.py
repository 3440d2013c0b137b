from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from glue.ledger import Database
from glue.ledger.leases import LeaseHeldError, Leases, Running
from glue.ledger.schema import leases

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "glue.db") as opened:
        yield opened


def store(database: Database, holder: Running, *children: Running) -> None:
    with database.write() as sql:
        sql.execute(
            leases.insert().values(
                name="connection:flow",
                holder_pid=holder.pid,
                holder_started=holder.started,
                children=[[child.pid, child.started] for child in children],
                taken_at=datetime.now(UTC),
            )
        )


def running() -> tuple[subprocess.Popen[bytes], Running]:
    process = subprocess.Popen(SLEEPER)
    described = Running.of(process.pid)
    assert described is not None
    return process, described


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def count(database: Database) -> int:
    with database.read() as sql:
        return len(sql.execute(leases.select()).all())


def test_a_lease_is_given_back(database: Database) -> None:
    with Leases(database).hold(["connection:flow", "connector:erp"]):
        assert count(database) == 2
    assert count(database) == 0


def test_a_living_holder_keeps_its_lease(database: Database) -> None:
    process, holder = running()
    store(database, holder)
    try:
        with (
            pytest.raises(LeaseHeldError, match=f"in use by process {process.pid}"),
            Leases(database).hold(["connection:flow"]),
        ):
            pass
    finally:
        end(process)
    with Leases(database).hold(["connection:flow"]):
        assert count(database) == 1


def test_a_new_process_of_the_same_number_is_not_the_holder(database: Database) -> None:
    process, holder = running()
    store(database, Running(holder.pid, holder.started - 1000))
    try:
        with Leases(database).hold(["connection:flow"]):
            assert count(database) == 1
    finally:
        end(process)


def test_a_dead_holders_lease_waits_for_its_children(database: Database) -> None:
    process, child = running()
    store(database, Running(child.pid, 1.0), child)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        end(process)

    with Leases(database, sleep=sleep).hold(["connection:flow"]):
        assert slept


def test_children_that_do_not_end_are_named(database: Database) -> None:
    process, child = running()
    store(database, Running(child.pid, 1.0), child)
    try:
        with (
            pytest.raises(LeaseHeldError, match=f"process {process.pid}. Nothing was started"),
            Leases(database, parting_seconds=0.3).hold(["connection:flow"]),
        ):
            pass
    finally:
        end(process)


def test_children_are_noted_while_the_lease_is_held(database: Database) -> None:
    process, child = running()
    held = Leases(database)
    try:
        with held.hold(["connection:flow"]):
            held.add_child(None)
            held.add_child(process.pid)
            with database.read() as sql:
                [row] = sql.execute(leases.select())
            assert row.children == [[child.pid, child.started]]
            assert row.holder_pid == os.getpid()
    finally:
        end(process)
    assert not child.lives
