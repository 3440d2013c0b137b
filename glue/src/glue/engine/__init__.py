"""Puts the stages together: a run, and a plan of one."""

from glue.engine.bench import Bench
from glue.engine.run import run

__all__ = ["Bench", "run"]
