"""Whole objects for a plan, kept on disk: memory stays flat however large the audience is.

The database has no name; SQLite removes it from the folder as soon as it is open.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from typing import Any

from kit.protocol.jsonlines import dumps, loads


class Details:
    """Keeps JSON objects under 16-byte digests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE detail (digest BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID"
        )
        self._database.execute("BEGIN")

    def put(self, digest: bytes, detail: Mapping[str, Any]) -> None:
        """Keep one object."""
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO detail VALUES (?, ?)", (digest, dumps(detail))
            )

    def get(self, digest: bytes) -> Mapping[str, Any] | None:
        """Return one object, None if it was not kept."""
        with self._lock:
            row = self._database.execute(
                "SELECT body FROM detail WHERE digest = ?", (digest,)
            ).fetchone()
        if row is None:
            return None
        detail: Mapping[str, Any] = loads(row[0])
        return detail

    def close(self) -> None:
        """Give the disk space back."""
        self._database.close()
