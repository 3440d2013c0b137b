"""Everything that a verb of the runner needs of one connection, opened and closed together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from glue.connectors import Client, Seat, connector_for
from glue.connectors.command import remove_leftovers
from glue.interruption import Interruption
from glue.ledger import Database, Ledger
from glue.ledger.answers import Answers
from glue.ledger.leases import Leases
from glue.ledger.vault import Vault
from glue.mapper import Mapper
from glue.observer import Observer
from glue.settings import ConnectionSettings, Settings, resolve
from kit.mapping import CatalogError, load_catalog
from kit.protocol.connector import Connector
from kit.protocol.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Bench:
    """One connection, ready to work.

    Args:
        connection: Its settings.
        mapper: Its mapping catalog.
        source: Its source.
        destination: Its destination.
        ledger: The real ledger.
        observer: Who watches.
        interruption: Whether somebody asked to stop.
    """

    connection: ConnectionSettings
    mapper: Mapper
    source: Client
    destination: Client
    ledger: Ledger
    observer: Observer
    interruption: Interruption


def load_mapper(settings: Settings, connection: ConnectionSettings) -> Mapper:
    """Load a connection's mapping catalog.

    Raises:
        ConfigError: It cannot be found or is wrong; the message names file, line and field.
    """
    name = connection.catalog
    is_file = "/" in name or name.endswith((".yaml", ".yml"))
    try:
        return load_catalog(
            settings.folder / Path(name).expanduser() if is_file else name,
            variables=connection.variables,
        )
    except CatalogError as error:
        raise ConfigError(str(error), setting=f"connections.{connection.name}.catalog") from None


def _client(
    settings: Settings, name: str, seat: Seat, connectors: Mapping[str, Connector]
) -> Client:
    entry = settings.connectors[name]
    resolved = resolve(
        entry.config,
        folder=settings.folder,
        where=settings.path.name,
        setting=f"connectors.{name}.config",
    )
    connector = connectors.get(name) or connector_for(entry, settings.folder)
    return Client(name, connector, resolved.values, resolved.secrets, seat)


@contextmanager
def open_bench(
    settings: Settings,
    name: str,
    observer: Observer,
    interruption: Interruption,
    *,
    mapper: Mapper | None = None,
    connectors: Mapping[str, Connector] | None = None,
) -> Iterator[Bench]:
    """Open a connection, and hold it while the block runs.

    Args:
        settings: The connections file.
        name: The connection.
        observer: Who watches.
        interruption: Whether somebody asked to stop.
        mapper: A mapping catalog to use instead of the named one.
        connectors: Connectors to use instead of the configured ones, by name.

    Raises:
        ConfigError: A setting is wrong.
        LeaseHeldError: Another process holds the connection, or one of its connectors.
    """
    connection = settings.connection(name)
    mapper = mapper or load_mapper(settings, connection)
    remove_leftovers()
    with Database(settings.ledger) as database:
        leases = Leases(database)
        seat = Seat(Vault(database), Answers(database), leases, interruption)
        source, destination = (
            _client(settings, each, seat, connectors or {})
            for each in (connection.source, connection.destination)
        )
        names = {f"connection:{name}", f"connector:{source.name}", f"connector:{destination.name}"}
        with leases.hold(sorted(names)):
            yield Bench(
                connection,
                mapper,
                source,
                destination,
                Ledger(database, name),
                observer,
                interruption,
            )
