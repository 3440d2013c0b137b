"""Reads a source into the ledger."""

from glue.read.catalog import ReadPlan, StreamPlan, plan_read
from glue.read.stage import Reader, ReadResult

__all__ = ["ReadPlan", "ReadResult", "Reader", "StreamPlan", "plan_read"]
