"""The JSON text of rows and pages, with the rows' texts kept for the next reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from simulators.business_central.odata.options import Expansion, Shape
from simulators.business_central.odata.values import stamp_text, writer_of
from simulators.business_central.store.rows import MODIFIED, Row

Follow = Callable[[Row, Expansion], Sequence[Row]]
"""The rows that a navigation leads to, filtered and in order."""

_LIMIT: Final = 64 * 1024 * 1024
_OVERHEAD: Final = 200


class RowWriter:
    """Writes rows in one shape.

    Args:
        shape: what of them goes out.
        digits: fraction digits of the stamps; see `stamp_text`.
        follow: finds the rows of expansions.
        media_url: the URL below which a row's media lie.
    """

    def __init__(self, shape: Shape, digits: int, follow: Follow, media_url: str = "") -> None:
        self._shape = shape
        self._digits = digits
        self._follow = follow
        self._media_url = media_url
        properties = shape.entity.properties
        self._columns = [(name, f'"{name}":', writer_of(properties[name])) for name in shape.names]
        self._nested = [
            (expansion, RowWriter(expansion.query.shape, digits, follow, media_url))
            for expansion in shape.expansions
        ]
        self._etag = "noetag" not in shape.entity.flags
        self._media = shape.entity.set == "companyInformation" and not shape.selected

    def members(self, row: Row) -> str:
        """The row's JSON members, without the braces."""
        texts = []
        if self._etag:
            escaped = row.etag.replace('"', '\\"')
            texts.append(f'"@odata.etag":"{escaped}"')
        values, digits = row.values, self._digits
        for name, head, write in self._columns:
            if name == MODIFIED:
                texts.append(f'{head}"{stamp_text(row.modified, digits)}"')
            else:
                texts.append(head + write(values[name]))
        if self._media:
            texts.append(
                f'"picture@odata.mediaReadLink":"{self._media_url}/companyInformation'
                f'({row.id})/picture"'
            )
        texts += [self._expanded(row, expansion, writer) for expansion, writer in self._nested]
        return ",".join(texts)

    def row(self, row: Row) -> str:
        """The row's JSON object."""
        return f"{{{self.members(row)}}}"

    def _expanded(self, row: Row, expansion: Expansion, writer: RowWriter) -> str:
        found = self._follow(row, expansion)
        name = expansion.navigation.name
        if expansion.navigation.many:
            return f'"{name}":[{",".join(writer.row(each) for each in found)}]'
        return f'"{name}":{writer.row(found[0]) if found else "null"}'


class TextStore:
    """Texts of rows that were written before: at most about 64 MB, then no more."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[int, str]] = {}
        self._size = 0

    def texts(
        self, name: str, positions: Iterable[int], write: Callable[[int], str]
    ) -> Iterable[str]:
        """The texts of the rows at these positions; `name` names view, revision and shape."""
        kept = self._kept.setdefault(name, {})
        for position in positions:
            text = kept.get(position)
            if text is None:
                text = write(position)
                if self._size < _LIMIT:
                    kept[position] = text
                    self._size += len(text) + _OVERHEAD
            yield text

    def forget(self) -> None:
        """A row changed."""
        self._kept.clear()
        self._size = 0
