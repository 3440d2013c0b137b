"""One connection's view of the ledger, put together."""

from __future__ import annotations

from glue.ledger.attempts import Attempts
from glue.ledger.database import Database
from glue.ledger.deliveries import Deliveries
from glue.ledger.mappings import Mappings
from glue.ledger.runs import Runs
from glue.ledger.sources import SourceRows


class Ledger:
    """Everything that the ledger holds of one connection.

    Args:
        database: The file, or a scratch copy of it.
        connection: Name of the connection.
    """

    def __init__(self, database: Database, connection: str) -> None:
        self.database = database
        self.connection = connection
        self.rows = SourceRows(database, connection)
        self.mappings = Mappings(database, connection)
        self.deliveries = Deliveries(database, connection)
        self.attempts = Attempts(database, connection)
        self.runs = Runs(database, connection)
