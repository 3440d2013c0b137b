"""Leases: one holder of a connection, and one holder of a connector's credentials, at a time.

A holder that was killed leaves its children behind for a moment: they end by themselves when their
pipes break, and only then is the lease passed on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import psutil
from sqlalchemy import Connection, delete, insert, select, update

from glue.ledger.database import Database
from glue.ledger.schema import leases
from kit.protocol.errors import FatalError

PARTING_SECONDS: Final = 60.0
_LOOK_AGAIN_SECONDS: Final = 0.2
_SAME_START_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """A process, told apart from a later one of the same number by its start time."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Running | None:
        """Describe a process; None if it is gone."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    @property
    def lives(self) -> bool:
        """Whether it still runs; one that only waits to be reaped does not."""
        try:
            process = psutil.Process(self.pid)
            return (
                abs(process.create_time() - self.started) < _SAME_START_SECONDS
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False


class LeaseHeldError(FatalError):
    """Somebody else holds what is needed."""


@dataclass(frozen=True, slots=True)
class _Held:
    name: str
    holder: Running
    children: tuple[Running, ...]
    taken_at: datetime


def _read(sql: Connection, names: Sequence[str]) -> list[_Held]:
    found = sql.execute(select(leases).where(leases.c.name.in_(names)))
    return [
        _Held(
            row.name,
            Running(row.holder_pid, row.holder_started),
            tuple(Running(pid, started) for pid, started in row.children),
            row.taken_at,
        )
        for row in found
    ]


class Leases:
    """The leases of a ledger.

    Args:
        database: The ledger's file.
        parting_seconds: How long to wait for the children of a dead holder.
        sleep: For tests.
    """

    def __init__(
        self,
        database: Database,
        *,
        parting_seconds: float = PARTING_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._parting_seconds = parting_seconds
        self._sleep = sleep
        self._names: list[str] = []
        self._children: list[Running] = []

    @contextmanager
    def hold(self, names: Sequence[str]) -> Iterator[None]:
        """Hold some names while the block runs.

        Args:
            names: Such as `connection:orders` and `connector:mailchimp`.

        Raises:
            LeaseHeldError: A living process holds one of them, or the children of a dead one do
                not end.
        """
        self._take(sorted(names))
        try:
            yield
        finally:
            self._release()

    def _take(self, names: list[str]) -> None:
        deadline = time.monotonic() + self._parting_seconds
        while (orphans := self._try(names)) is not None:
            if time.monotonic() >= deadline:
                pids = ", ".join(str(child.pid) for child in orphans)
                raise LeaseHeldError(
                    f"An earlier run was killed, and connectors that it started still work after "
                    f"{self._parting_seconds:.0f} seconds: process {pids}. Nothing was started. "
                    "End them, then run again."
                )
            self._sleep(_LOOK_AGAIN_SECONDS)

    def _try(self, names: list[str]) -> list[Running] | None:
        """Take the names; where children of a dead holder still live, return those instead."""
        me = Running.of(os.getpid()) or Running(os.getpid(), 0.0)
        with self._database.write() as sql:
            held = _read(sql, names)
            for lease in held:
                if lease.holder.lives and lease.holder != me:
                    raise LeaseHeldError(_sentence(lease))
            orphans = [child for lease in held for child in lease.children if child.lives]
            if orphans:
                return orphans
            sql.execute(delete(leases).where(leases.c.name.in_(names)))
            sql.execute(
                insert(leases),
                [
                    {
                        "name": name,
                        "holder_pid": me.pid,
                        "holder_started": me.started,
                        "children": [],
                        "taken_at": datetime.now(UTC),
                    }
                    for name in names
                ],
            )
        self._names = names
        return None

    def add_child(self, pid: int | None) -> None:
        """Remember a connector that was started under the held names."""
        child = Running.of(pid) if pid is not None else None
        if child is None or not self._names:
            return
        self._children = [each for each in self._children if each.lives] + [child]
        with self._database.write() as sql:
            sql.execute(
                update(leases)
                .where(leases.c.name.in_(self._names))
                .values(children=[[each.pid, each.started] for each in self._children])
            )

    def _release(self) -> None:
        names, self._names, self._children = self._names, [], []
        with self._database.write() as sql:
            sql.execute(
                delete(leases).where(leases.c.name.in_(names), leases.c.holder_pid == os.getpid())
            )


def _sentence(lease: _Held) -> str:
    kind, _, name = lease.name.partition(":")
    return (
        f"The {kind} `{name}` is in use by process {lease.holder.pid} since "
        f"{lease.taken_at:%Y-%m-%d %H:%M:%S} UTC. Nothing was started. Wait until it ends."
    )
