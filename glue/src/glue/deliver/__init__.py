"""Brings what the ledger wants to the destination, and remembers what became of it."""

from glue.deliver.merge import merge_due
from glue.deliver.stage import Deliverer

__all__ = ["Deliverer", "merge_due"]
