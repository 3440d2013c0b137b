"""What the runner needs of a mapping catalog; `kit.mapping.Catalog` is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kit.mapping.results import Lookup, Money, Result


class Mapper(Protocol):
    """A mapping catalog."""

    @property
    def name(self) -> str:
        """What it calls itself."""

    @property
    def hash(self) -> str:
        """SHA-256 over its content and its variables."""

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """Destination objects in the order of work."""

    @property
    def source_streams(self) -> tuple[str, ...]:
        """The streams to read."""

    @property
    def also_from(self) -> Mapping[str, tuple[str, ...]]:
        """By stream, other streams that bring its rows, if the source has them."""

    @property
    def lookup_fields(self) -> Mapping[str, tuple[str, ...]]:
        """By stream, the fields by which its rows are looked up."""

    def map(self, stream: str, record: Mapping[str, Any], lookup: Lookup) -> list[Result]:
        """Map one source row."""

    def money(self, stream: str, record: Mapping[str, Any], lookup: Lookup) -> Money | None:
        """Return what a row adds to the ERP's total."""

    def merge(self, object: str, fragments: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:  # noqa: A002 - the protocol's word
        """Make one object of all fragments that share its key; None if they only add to one."""


def objects_of(mapper: Mapper) -> tuple[str, ...]:
    """Return the destination objects in the order of work."""
    return tuple(name for level in mapper.levels for name in level)
