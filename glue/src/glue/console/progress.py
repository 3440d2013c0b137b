"""Progress of a run: a live display on a terminal, plain lines now and then elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column

from glue.console.terminal import Terminal
from glue.observer import Observer, Stage

_LINE_SECONDS: Final = 5.0
_VERBS: Final = {
    Stage.READ: ("Reading", "Read", "rows"),
    Stage.MAP: ("Mapping", "Mapped", "rows"),
    Stage.MERGE: ("Comparing", "Compared", "objects"),
    Stage.DELIVER: ("Delivering", "Delivered", "records"),
}


class _Counts:
    """How far a stage is."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        self.done: Counter[str] = Counter()
        self.began = time.monotonic()

    @property
    def rate(self) -> float:
        """Records a second since the stage began."""
        return self.done.total() / max(time.monotonic() - self.began, 0.001)

    def text(self) -> str:
        """Return how many, and of how many where that is known."""
        of = f" of {self.total:,}" if self.total is not None else ""
        return f"{self.done.total():,}{of}"

    def details(self) -> str:
        """List the streams or objects."""
        return ", ".join(f"{name} {count:,}" for name, count in self.done.items())


class PlainProgress:
    """Prints a line at the end of each stage, and every few seconds within one."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._counts = _Counts(None)
        self._said_at = 0.0

    def stage_began(self, stage: Stage, total: int | None) -> None:  # noqa: ARG002 - Observer's shape
        """Start counting."""
        self._counts = _Counts(total)
        self._said_at = time.monotonic()

    def advanced(self, stage: Stage, label: str, count: int) -> None:
        """Count, and say so from time to time."""
        self._counts.done[label] += count
        if time.monotonic() - self._said_at >= _LINE_SECONDS:
            self._said_at = time.monotonic()
            doing, _, what = _VERBS[stage]
            self._terminal.line(
                f"{doing}: {self._counts.text()} {what}, {self._counts.rate:,.0f}/s"
            )

    def stage_ended(self, stage: Stage) -> None:
        """Say what was done."""
        _, done, what = _VERBS[stage]
        total = self._counts.done.total()
        details = f" ({self._counts.details()})" if total else ""
        seconds = time.monotonic() - self._counts.began
        self._terminal.line(f"{done} {total:,} {what} in {seconds:.1f} s{details}")

    def noticed(self, text: str) -> None:
        """Print it."""
        self._terminal.line(text)


class LiveProgress:
    """Draws a bar for each stage, over and over."""

    def __init__(self, terminal: Terminal, progress: Progress) -> None:
        self._terminal = terminal
        self._progress = progress
        self._task: TaskID | None = None
        self._counts = _Counts(None)

    def stage_began(self, stage: Stage, total: int | None) -> None:
        """Add a bar."""
        self._counts = _Counts(total)
        doing, _, _ = _VERBS[stage]
        self._task = self._progress.add_task(doing, total=total, count="", details="")

    def advanced(self, stage: Stage, label: str, count: int) -> None:  # noqa: ARG002 - Observer's shape
        """Move the bar."""
        self._counts.done[label] += count
        if self._task is not None:
            self._progress.update(
                self._task,
                advance=count,
                count=self._counts.text(),
                details=f"{self._counts.rate:,.0f}/s  {self._counts.details()}",
            )

    def stage_ended(self, stage: Stage) -> None:
        """Fill the bar."""
        if self._task is not None:
            _, done, _ = _VERBS[stage]
            total = self._counts.done.total()
            self._progress.update(
                self._task,
                description=done,
                total=max(total, 1),
                completed=max(total, 1),
                count=f"{total:,}",
                details=self._counts.details(),
            )

    def noticed(self, text: str) -> None:
        """Print it above the bars."""
        self._progress.console.print(text, markup=False)


@contextmanager
def progress_for(terminal: Terminal) -> Iterator[Observer]:
    """Yield the progress display that fits the terminal."""
    if not terminal.is_live:
        yield PlainProgress(terminal)
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<10}"),
        BarColumn(bar_width=16),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        # takes what is left and gives way first: on a narrow terminal the names of the stages stay
        TextColumn("{task.fields[details]}", table_column=Column(no_wrap=True, ratio=1)),
        console=terminal.console,
        expand=True,
    ) as progress:
        yield LiveProgress(terminal, progress)
