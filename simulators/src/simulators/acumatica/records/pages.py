"""The JSON text of list answers, with the rows' texts kept for the next reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from simulators.acumatica.queries.shapes import Parts, Shape
from simulators.acumatica.records.rows import Row

_LIMIT: Final = 96 * 1024 * 1024
_OVERHEAD: Final = 200


class PageWriter:
    """Writes pages of one entity. Keeps at most about 96 MB of texts, then no more."""

    def __init__(self) -> None:
        self._kept: dict[Shape, dict[int, Parts]] = {}
        self._size = 0

    def page(self, positions: Iterable[int], row: Callable[[int], Row], shape: Shape) -> str:
        """The JSON array of the rows at these positions."""
        kept = self._kept.setdefault(shape, {})
        texts = []
        for number, position in enumerate(positions, 1):
            parts = kept.get(position)
            if parts is None:
                parts = shape.parts(row(position))
                self._keep(kept, position, parts)
            texts.append(f"{parts.head}{number}{parts.tail}")
        return f"[{','.join(texts)}]"

    def forget(self) -> None:
        """A record changed."""
        self._kept.clear()
        self._size = 0

    def _keep(self, kept: dict[int, Parts], position: int, parts: Parts) -> None:
        if self._size < _LIMIT:
            kept[position] = parts
            self._size += len(parts.head) + len(parts.tail) + _OVERHEAD
