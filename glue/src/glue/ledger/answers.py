"""What connectors answered to `spec` and `discover`, kept for a day so that a run starts fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert

from glue.ledger.database import Database
from glue.ledger.schema import answers

A_DAY: Final = timedelta(hours=24)
"""How old an answer may be for a run."""
RECENTLY: Final = timedelta(minutes=10)
"""How old it may be for a plan: one that was made just now, by a check."""


class Answers:
    """The kept answers of a ledger's connectors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(
        self, connector: str, verb: str, fingerprint: str, *, max_age: timedelta
    ) -> dict[str, Any] | None:
        """Return a kept answer; None if there is none, or it is older or of other settings."""
        with self._database.read() as sql:
            return sql.execute(
                select(answers.c.answer).where(
                    answers.c.connector == connector,
                    answers.c.verb == verb,
                    answers.c.fingerprint == fingerprint,
                    answers.c.asked_at > datetime.now(UTC) - max_age,
                )
            ).scalar()

    def keep(self, connector: str, verb: str, fingerprint: str, answer: dict[str, Any]) -> None:
        """Keep an answer."""
        statement = upsert(answers).values(
            connector=connector,
            verb=verb,
            fingerprint=fingerprint,
            answer=answer,
            asked_at=datetime.now(UTC),
        )
        with self._database.write() as sql:
            sql.execute(
                statement.on_conflict_do_update(
                    index_elements=["connector", "verb"],
                    set_={
                        name: statement.excluded[name]
                        for name in ("fingerprint", "answer", "asked_at")
                    },
                )
            )
