"""Numbered migrations. A ledger of a newer version is refused; an older one is brought up to date.

A migration that is released never changes: a later one corrects it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select

from glue.ledger.schema import UtcTime, metadata
from kit.protocol.errors import ConfigError

_versions: Final = Table(
    "schema_version",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("applied_at", UtcTime, nullable=False),
)


def _first_tables(connection: Connection) -> None:
    metadata.create_all(connection)


MIGRATIONS: Final[tuple[tuple[int, str, Callable[[Connection], None]], ...]] = (
    (1, "first tables", _first_tables),
)


def migrate(connection: Connection) -> None:
    """Apply the migrations that are missing, inside the caller's transaction.

    Raises:
        ConfigError: The ledger was made by a newer version of this program.
    """
    _versions.create(connection, checkfirst=True)
    current = connection.execute(select(func.max(_versions.c.number))).scalar() or 0
    newest = MIGRATIONS[-1][0]
    if current > newest:
        raise ConfigError(
            f"The ledger has schema version {current}; this program knows {newest}. "
            "Install the newer version that wrote it."
        )
    for number, name, apply in MIGRATIONS:
        if number > current:
            apply(connection)
            connection.execute(
                insert(_versions).values(number=number, name=name, applied_at=datetime.now(UTC))
            )
