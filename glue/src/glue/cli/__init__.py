"""The command `glue`."""

from glue.cli.main import main

__all__ = ["main"]
