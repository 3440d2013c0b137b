"""Opens the ledger's SQLite file: WAL, full sync, one writer at a time, readers never blocked."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DatabaseError

from glue.ledger.migrations import migrate
from kit.protocol.errors import ConfigError, FatalError

_BUSY_SECONDS: Final = 60
_WRITES: Final = "glue_writes"
_NO_ROOM: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_PRIMARY: Final = 0xFF
"""The part of SQLite's error code that tells the kind."""


def _no_room(path: Path, error: BaseException | None) -> FatalError | None:
    """Return what a person is told where the disk takes no more; None for any other error."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code & _PRIMARY not in _NO_ROOM:
        return None
    return FatalError(
        f"The disk takes no more of `{path}` ({error}). What was stored before stays. Make room "
        "on that disk, then run again: it goes on from there."
    )


def _make_engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": _BUSY_SECONDS},
        hide_parameters=True,  # a row holds personal data, an error must not
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-32000")

    @event.listens_for(engine, "handle_error")
    def _tell(context: ExceptionContext) -> None:
        if told := _no_room(path, context.original_exception):
            raise told

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Database:
    """The file behind a ledger.

    Args:
        path: The SQLite file; made when it is not there.
        temporary: Whether to remove the file when it is closed.

    Raises:
        ConfigError: The file cannot be opened, or is no ledger of ours.
    """

    def __init__(self, path: Path, *, temporary: bool = False) -> None:
        self.path = path
        self._temporary = temporary
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._engine = _make_engine(path)
            with self.write() as connection:
                migrate(connection)
        except (OSError, DatabaseError) as error:
            cause = getattr(error, "orig", None) or error
            raise ConfigError(
                f"The ledger `{path}` cannot be opened: {cause}. Correct `ledger` in the "
                "connections file.",
                setting="ledger",
            ) from None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction: one consistent view, which blocks nobody."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a write transaction; it is durable on disk when the block ends.

        Raises:
            FatalError: The disk is full.
        """
        with (
            self._engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def scratch(self) -> Database:
        """Return a copy in a temporary file, which goes when it is closed.

        Raises:
            FatalError: The disk has no room for it.
        """
        handle, name = tempfile.mkstemp(prefix=f"glue-{os.getpid()}-", suffix=".db")
        os.close(handle)
        try:
            with (
                closing(sqlite3.connect(self.path)) as source,
                closing(sqlite3.connect(name)) as target,
            ):
                source.backup(target)
        except sqlite3.Error as error:
            Path(name).unlink()
            raise _no_room(Path(name), error) or error from None
        return Database(Path(name), temporary=True)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()
        if self._temporary:
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Return the database itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()
