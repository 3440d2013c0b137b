"""Where text goes: with colours on a terminal, plain elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import IO, Final

from rich.console import Console
from rich.text import Text

GOOD: Final = "✓"
BAD: Final = "✗"


class Terminal:
    """Prints lines.

    Args:
        stream: Where to; standard output by default.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.console = Console(
            file=stream or sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True
        )

    @property
    def is_live(self) -> bool:
        """Whether a person watches, so that a line may be drawn over."""
        return self.console.is_terminal

    def line(self, text: str = "", *, style: str | None = None) -> None:
        """Print one line."""
        self.console.print(Text(text, style=style or ""))

    def title(self, text: str) -> None:
        """Print a heading."""
        self.line(text, style="bold")

    def tick(self, text: str, *, good: bool) -> None:
        """Print a line with a tick or a cross."""
        mark = Text(f"{GOOD if good else BAD} ", style="green" if good else "red")
        self.console.print(mark + Text(text))

    def error(self, text: str) -> None:
        """Print what went wrong."""
        self.console.print(Text("Error: ", style="bold red") + Text(text))

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
        """Print a table without lines: the first column to the left, the others to the right."""
        cells = [[_cell(each) for each in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
        for number, row in enumerate([list(heads), *cells]):
            parts = [
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.line("  " + "  ".join(parts).rstrip(), style="dim" if number == 0 else None)


def _cell(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else value
