"""What the runner remembers: source rows, what they made, what was sent, and what became of it."""

from glue.ledger.database import Database
from glue.ledger.ledger import Ledger

__all__ = ["Database", "Ledger"]
