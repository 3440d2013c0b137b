"""A plan: the stages of a run on a scratch copy of the ledger; the destination writes nothing."""

from glue.plan.plan import approve, make_plan

__all__ = ["approve", "make_plan"]
