"""The connections file as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.protocol.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """How one connector is started, and with what.

    Args:
        name: The name in the connections file; handed-back configuration is kept under it.
        command: The command and its leading arguments; empty where an image is used.
        image: A Docker image, None where a command is used.
        config: The config as written, references not yet replaced.
    """

    name: str
    command: tuple[str, ...] = ()
    image: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One flow from a source to a destination.

    Args:
        name: The name in the connections file.
        source: Name of the connector to read.
        destination: Name of the connector to write.
        catalog: Name of a shipped mapping catalog, or a path relative to the connections file.
        variables: Values for the catalog's variables.
    """

    name: str
    source: str
    destination: str
    catalog: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole connections file.

    Args:
        path: The file; relative paths inside it start at its folder.
        ledger: The SQLite file.
        connectors: By name.
        connections: By name.
    """

    path: Path
    ledger: Path
    connectors: Mapping[str, ConnectorSettings]
    connections: Mapping[str, ConnectionSettings]

    @property
    def folder(self) -> Path:
        """Where relative paths start."""
        return self.path.parent

    def connection(self, name: str) -> ConnectionSettings:
        """Return a connection by name.

        Raises:
            ConfigError: There is none of that name.
        """
        found = self.connections.get(name)
        if found is None:
            known = ", ".join(f"`{each}`" for each in sorted(self.connections)) or "none"
            raise ConfigError(
                f"{self.path.name} has no connection `{name}`. It has: {known}.",
                setting=f"connections.{name}",
            )
        return found
