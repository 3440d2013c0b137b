"""One record as the database holds it."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from simulators.business_central.odata.entities import Entity
from simulators.business_central.odata.values import Value, default, guid_order, order_key

MODIFIED: Final = "lastModifiedDateTime"
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A record; a change makes a new one.

    Attributes:
        id: the key, a GUID in lower case.
        values: every property by name but for `lastModifiedDateTime`.
        modified: the stamp, in 1/300 s since 1970, or `UNSTAMPED`.
        version: the row version: moves with every change that the ETag shows.
        lines: the lines of a document, in order.
        inner: what the table holds and the page does not show.
    """

    id: str
    values: Mapping[str, Value]
    modified: int
    version: int = 1
    lines: tuple[Row, ...] = ()
    inner: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    def sort_key(self, name: str) -> Any:  # noqa: ANN401 - whatever sorts
        """What the row sorts by in `$orderby=name`."""
        if name == MODIFIED:
            return self.modified
        return order_key(self.values[name])

    @property
    def order(self) -> bytes:
        """Where the row stands without `$orderby`, and among equals."""
        return guid_order(self.id)

    @property
    def etag(self) -> str:
        """`W/"..."`, opaque, with the form of the real one."""
        mixed = zlib.crc32(self.id.encode()) * 2_654_435_761 + self.version * 1_000_003
        number = 10**18 + mixed % (9 * 10**18)
        return f'W/"{base64.b64encode(f"{chr(39)}19;{number}1;00;{chr(39)}".encode()).decode()}"'


def full_values(entity: Entity, given: Mapping[str, Value]) -> dict[str, Value]:
    """Every property of an entity, those that are not given blank.

    Raises:
        KeyError: the entity has no such property.
    """
    unknown = set(given) - set(entity.properties)
    if unknown:
        raise KeyError(f"{entity.set} has no property {', '.join(sorted(unknown))}.")
    return {
        name: given[name] if name in given else default(of)
        for name, of in entity.properties.items()
        if name != MODIFIED
    }
