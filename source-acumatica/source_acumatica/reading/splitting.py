"""A window is read with as few requests as its rows allow, and closed part by part.

    window that fits        page page page .                                     one part
    window that does not    page ... page, a look ahead, then cut:               many parts
                            [ part ][ part ][  part  ][ part ]                   oldest first

A window with up to `most_pages` pages costs what its pages cost. With more, one row far ahead is
looked at (`$top=1`): is it there, the window is cut in two, and each piece again, until a look
shows that it holds no more than `most_pages`. Rows that came with the first pages are left out
when their part is read. Pieces of one millisecond cannot be cut and are read to their end.

Nothing here does I/O: a `Lister` asks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from source_acumatica.reading.paging import Mark, Row, Walk
from source_acumatica.reading.parts import Part, moment_of

_WORTH_A_CUT: Final = 2
"""A window is cut from so many times `most_pages` on: below, a cut would read more again than the
rest of the window costs."""


class Lister(Protocol):
    """Asks for rows."""

    def page(self, part: Part, skip: int, size: int) -> Sequence[Row]:
        """Return a page of the rows in a part.

        Args:
            part: The part.
            skip: Value of `$skip`.
            size: Value of `$top`.
        """

    def peek(self, part: Part, skip: int) -> Row | None:
        """Return one row, or None if the part ends before it.

        Args:
            part: The part.
            skip: Value of `$skip`.
        """


@dataclass(frozen=True, slots=True)
class Read:
    """What a step of reading brought.

    Attributes:
        rows: Rows that were not read before.
        closed: The part that is read whole with these rows, if it is.
    """

    rows: Sequence[Row]
    closed: Part | None = None


@dataclass(frozen=True, slots=True)
class WindowReader:
    """Reads windows of one stream.

    Attributes:
        lister: Asks for rows.
        mark: Tells rows apart.
        entity: The entity, for messages.
        page_size: Rows of a full page, 2 or more.
        most_pages: How many pages a part may hold.
    """

    lister: Lister
    mark: Callable[[Row], Mark]
    entity: str
    page_size: int
    most_pages: int

    def read(self, windows: Sequence[Part]) -> Iterator[Read]:
        """Read neighbouring windows, oldest first.

        They are asked for as one first: where all their rows fit on a page, as in years of
        silence, that was all.

        Args:
            windows: One or more; each begins where the one before it ends.
        """
        known: set[Mark] = set()
        if len(windows) > 1:
            together = Part(windows[0].start, windows[-1].before)
            rows = self.lister.page(together, 0, self.page_size)
            if len(rows) < self.page_size:
                yield Read(rows, together)
                return
            yield Read(rows)
            known = {self.mark(row) for row in rows}
        for window in windows:
            yield from self._window(window, known)

    def _window(self, window: Part, known: set[Mark]) -> Iterator[Read]:
        walk = self._walk(window, known)
        for number, rows in enumerate(walk, 1):
            yield Read(rows, window if walk.at_end else None)
            if number == self.most_pages and not walk.at_end:
                pieces = self._cut(window, _WORTH_A_CUT, walk.marks)
                if pieces:
                    yield from self._parts(pieces, walk.marks | known)
                    return

    def _parts(self, pieces: Sequence[Part], known: set[Mark]) -> Iterator[Read]:
        waiting = list(reversed(pieces))
        while waiting:
            part = waiting.pop()
            pieces = self._cut(part, 1, known)
            if pieces:
                waiting += reversed(pieces)
                continue
            walk = self._walk(part, known)
            for rows in walk:
                yield Read(rows, part if walk.at_end else None)

    def _walk(self, part: Part, known: set[Mark]) -> Walk:
        return Walk(
            lambda skip: self.lister.page(part, skip, self.page_size),
            size=self.page_size,
            mark=self.mark,
            entity=self.entity,
            known=known,
        )

    def _cut(self, part: Part, times: int, marks: set[Mark]) -> Sequence[Part]:
        """Cut a part that holds more than so many times `most_pages`; else return nothing."""
        if part.cut_at(part.start) is None:
            return ()
        ahead = self.lister.peek(part, times * self.most_pages * self.page_size)
        moment = ahead and moment_of(self.mark(ahead)[1])
        if not moment:
            return ()
        read = sorted(filter(part.holds, filter(None, (moment_of(stamp) for _, stamp in marks))))
        return part.cut_at(_middle(read, moment)) or ()


def _middle(read: Sequence[datetime], ahead: datetime) -> datetime:
    """Guess the stamp that halves a part.

    Lists come in an order that nobody knows. If the row ahead is newer, or older, than all rows
    that were read, they come by time, and all rows read are on one side of it. Else the rows read
    are a sample, and their middle is that of all.
    """
    if read and read[0] < ahead <= read[-1]:
        return read[len(read) // 2]
    return ahead
