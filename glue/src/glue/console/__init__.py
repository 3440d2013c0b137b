"""All that the runner says to a person: progress, summaries, plans, stories, errors."""

from glue.console.progress import LiveProgress, PlainProgress, progress_for
from glue.console.terminal import Terminal

__all__ = ["LiveProgress", "PlainProgress", "Terminal", "progress_for"]
