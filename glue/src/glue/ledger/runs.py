"""Runs, the states of streams, and plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from glue.ledger.database import Database
from glue.ledger.schema import plans, runs, state
from glue.ledger.values import Plan, RunStatus


class Runs:
    """The runs, states and plans of one connection."""

    def __init__(self, database: Database, connection: str) -> None:
        self._database = database
        self._name = connection

    def start(self, *, catalog_hash: str, settings_hash: str) -> int:
        """Start a run; one that was killed before is marked as interrupted."""
        now = datetime.now(UTC)
        with self._database.write() as sql:
            sql.execute(
                update(runs)
                .where(runs.c.connection == self._name, runs.c.status == str(RunStatus.RUNNING))
                .values(status=str(RunStatus.INTERRUPTED), message="It was killed.", ended_at=now)
            )
            made = sql.execute(
                insert(runs).values(
                    connection=self._name,
                    started_at=now,
                    status=str(RunStatus.RUNNING),
                    catalog_hash=catalog_hash,
                    settings_hash=settings_hash,
                )
            )
        return int(made.inserted_primary_key[0]) if made.inserted_primary_key else 0

    def end(
        self, run_id: int, status: RunStatus, message: str, report: Mapping[str, Any] | None
    ) -> None:
        """Store how a run ended."""
        with self._database.write() as sql:
            sql.execute(
                update(runs)
                .where(runs.c.id == run_id)
                .values(
                    status=str(status),
                    message=message or None,
                    report=report,
                    ended_at=datetime.now(UTC),
                )
            )

    def last(self, count: int) -> list[Mapping[str, Any]]:
        """Return the last runs, newest first, as rows of the table."""
        with self._database.read() as sql:
            found = sql.execute(
                select(runs)
                .where(runs.c.connection == self._name)
                .order_by(runs.c.id.desc())
                .limit(count)
            )
            return [dict(row) for row in found.mappings()]

    def states(self) -> dict[str, dict[str, Any]]:
        """Return what the next read goes on from, by stream.

        Rows are in the ledger before their state is kept, and stay due until they are delivered:
        a read that was interrupted later on need not be repeated.
        """
        with self._database.read() as sql:
            found = sql.execute(
                select(state.c.stream, state.c.read_state).where(
                    state.c.connection == self._name, state.c.read_state.is_not(None)
                )
            )
            return dict(found.all())

    def acknowledged_states(self) -> dict[str, tuple[dict[str, Any], datetime]]:
        """Return the state up to which all is terminal, and since when, by stream."""
        with self._database.read() as sql:
            found = sql.execute(
                select(state.c.stream, state.c.state, state.c.updated_at).where(
                    state.c.connection == self._name, state.c.state.is_not(None)
                )
            )
            return {stream: (value, at) for stream, value, at in found}

    def keep_read_state(self, stream: str, value: Mapping[str, Any], run_id: int) -> None:
        """Store how far a stream was read into the ledger."""
        self._keep(stream, run_id, read_state=dict(value))

    def keep_state(self, stream: str, value: Mapping[str, Any], run_id: int) -> None:
        """Store the state of a stream: all before it is terminal."""
        self._keep(stream, run_id, state=dict(value))

    def _keep(self, stream: str, run_id: int, **values: dict[str, Any]) -> None:
        statement = upsert(state).values(
            connection=self._name,
            stream=stream,
            run_id=run_id,
            updated_at=datetime.now(UTC),
            **values,
        )
        changed = ("run_id", "updated_at", *values)
        with self._database.write() as sql:
            sql.execute(
                statement.on_conflict_do_update(
                    index_elements=["connection", "stream"],
                    set_={name: statement.excluded[name] for name in changed},
                )
            )

    def store_plan(
        self, *, catalog_hash: str, settings_hash: str, report: Mapping[str, Any]
    ) -> int:
        """Store a plan and return its number."""
        with self._database.write() as sql:
            made = sql.execute(
                insert(plans).values(
                    connection=self._name,
                    created_at=datetime.now(UTC),
                    catalog_hash=catalog_hash,
                    settings_hash=settings_hash,
                    report=dict(report),
                )
            )
        return int(made.inserted_primary_key[0]) if made.inserted_primary_key else 0

    def plan(self, number: int | None = None) -> Plan | None:
        """Return a plan by number, or the latest; None if there is none."""
        statement = select(plans).where(plans.c.connection == self._name)
        if number is not None:
            statement = statement.where(plans.c.id == number)
        with self._database.read() as sql:
            found = sql.execute(statement.order_by(plans.c.id.desc()).limit(1)).mappings().first()
        return Plan(**found) if found else None

    def approved_plan(self) -> Plan | None:
        """Return the plan that was approved last; None if none was."""
        with self._database.read() as sql:
            found = (
                sql.execute(
                    select(plans)
                    .where(plans.c.connection == self._name, plans.c.approved_at.is_not(None))
                    .order_by(plans.c.approved_at.desc())
                    .limit(1)
                )
                .mappings()
                .first()
            )
        return Plan(**found) if found else None

    def approve(self, number: int) -> None:
        """Approve a plan."""
        with self._database.write() as sql:
            sql.execute(
                update(plans).where(plans.c.id == number).values(approved_at=datetime.now(UTC))
            )
