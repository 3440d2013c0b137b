"""The tables of the ledger. All names are fixed by the numbered migrations that make them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.engine import Dialect


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as ISO 8601 text in UTC, which sorts and which a person can read."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write an aware time."""
        return None if value is None else value.astimezone(UTC).isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Read it back."""
        return None if value is None else datetime.fromisoformat(value)


metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection", String(128), nullable=False, index=True),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("status", String(16), nullable=False),
    Column("message", Text),
    Column("catalog_hash", String(64), nullable=False),
    Column("settings_hash", String(64), nullable=False),
    Column("report", JSON),
)

state = Table(
    "state",
    metadata,
    Column("connection", String(128), primary_key=True),
    Column("stream", String(256), primary_key=True),
    Column("read_state", JSON(none_as_null=True)),
    Column("state", JSON(none_as_null=True)),
    Column("run_id", Integer, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

source_rows = Table(
    "source_rows",
    metadata,
    Column("connection", String(128), primary_key=True),
    Column("stream", String(256), primary_key=True),
    Column("key", String(512), primary_key=True),
    Column("data", Text, nullable=False),
    Column("row_hash", String(64), nullable=False),
    Column("due", Boolean, nullable=False),
    Column("catalog_hash", String(64)),
    Column("disposition", String(16)),
    Column("reason", String(32)),
    Column("detail", Text),
    Column("waits_for", String(512)),
    Column("money_amount", String(40)),
    Column("money_currency", String(16)),
    Column("first_seen", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("last_run", Integer, nullable=False),
)
Index(
    "source_rows_due",
    source_rows.c.connection,
    source_rows.c.stream,
    source_rows.c.key,
    sqlite_where=text("due"),
)
Index(
    "source_rows_waiting",
    source_rows.c.connection,
    source_rows.c.waits_for,
    sqlite_where=text("waits_for IS NOT NULL"),
)
Index(
    "source_rows_money",
    source_rows.c.connection,
    source_rows.c.stream,
    source_rows.c.key,
    sqlite_where=text("money_amount IS NOT NULL"),
)

row_keys = Table(
    "row_keys",
    metadata,
    Column("connection", String(128), primary_key=True),
    Column("stream", String(256), primary_key=True),
    Column("field", String(128), primary_key=True),
    Column("value", String(512), primary_key=True),
    Column("key", String(512), primary_key=True),
)
Index("row_keys_by_row", row_keys.c.connection, row_keys.c.stream, row_keys.c.key)

contributions = Table(
    "contributions",
    metadata,
    Column("connection", String(128), primary_key=True),
    Column("stream", String(256), primary_key=True),
    Column("source_key", String(512), primary_key=True),
    Column("rule", String(128), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("object", String(128), nullable=False),
    Column("object_key", String(512), nullable=False),
    Column("person", Boolean, nullable=False),
    Column("carries_money", Boolean, nullable=False),
    Column("fragment", Text, nullable=False),
    Column("run_id", Integer, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)
Index(
    "contributions_by_object",
    contributions.c.connection,
    contributions.c.object,
    contributions.c.object_key,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("connection", String(128), primary_key=True),
    Column("object", String(128), primary_key=True),
    Column("key", String(512), primary_key=True),
    Column("due", SmallInteger, nullable=False, server_default="0"),
    Column("wanted", Text),
    Column("wanted_hash", String(64)),
    Column("acked", Text),
    Column("acked_hash", String(64)),
    Column("attempted_hash", String(64)),
    Column("open_attempt", Integer),
    Column("moved_from", String(512)),
    Column("left_run", Integer),
    Column("destination_id", String(256)),
    Column("status", String(32)),
    Column("last_kind", String(16)),
    Column("last_reason", String(32)),
    Column("last_message", Text),
    Column("waits_for", String(512)),
    Column("settings_hash", String(64)),
    Column("drifted", Boolean, nullable=False, server_default="0"),
    Column("consent", String(16)),
    Column("consent_changed_at", UtcTime),
    Column("acked_amount", String(40)),
    Column("acked_currency", String(8)),
    Column("updated_at", UtcTime),
    sqlite_with_rowid=False,
)
Index(
    "deliveries_due",
    deliveries.c.connection,
    deliveries.c.object,
    deliveries.c.key,
    sqlite_where=text("due > 0"),
)
Index(
    "deliveries_waiting",
    deliveries.c.connection,
    deliveries.c.waits_for,
    sqlite_where=text("waits_for IS NOT NULL"),
)
Index(
    "deliveries_open",
    deliveries.c.connection,
    sqlite_where=text("open_attempt IS NOT NULL"),
)
Index(
    "deliveries_left",
    deliveries.c.connection,
    deliveries.c.left_run,
    sqlite_where=text("left_run IS NOT NULL"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("connection", String(128), nullable=False),
    Column("object", String(128), nullable=False),
    Column("key", String(512), nullable=False),
    Column("payload", Text, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("catalog_hash", String(64), nullable=False),
    Column("intent_at", UtcTime, nullable=False),
    Column("outcome_at", UtcTime),
    Column("kind", String(16)),
    Column("reason", String(32)),
    Column("message", Text),
    Column("differences", Text),
)
Index("attempts_by_object", attempts.c.connection, attempts.c.object, attempts.c.key)

plans = Table(
    "plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("connection", String(128), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("catalog_hash", String(64), nullable=False),
    Column("settings_hash", String(64), nullable=False),
    Column("report", JSON, nullable=False),
    Column("approved_at", UtcTime),
)

secrets = Table(
    "secrets",
    metadata,
    Column("connector", String(128), primary_key=True),
    Column("token", LargeBinary, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("holder_pid", Integer, nullable=False),
    Column("holder_started", Float, nullable=False),
    Column("children", JSON, nullable=False),
    Column("taken_at", UtcTime, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("connector", String(128), primary_key=True),
    Column("verb", String(16), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
)
