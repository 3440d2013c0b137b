"""What becomes of one source record: the values that `Catalog.map` and `Catalog.money` return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from kit.protocol.reasons import Reason

Record: TypeAlias = Mapping[str, Any]
"""One source row: field name to JSON value."""

Lookup: TypeAlias = Callable[[str, str, Any], Record | None]
"""`lookup(stream, field, value)`: the row of `stream` whose top-level `field` equals `value`."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A fragment of a destination object.

    Args:
        rule: Name of the rule that made it.
        object: Destination object, such as `members`.
        key: The object's key; fragments of one key are merged.
        data: The fragment. Its entry `_from` says which rule made it from how new a row;
            `Catalog.merge` reads it and leaves it out of what it returns.
        person: Whether the source row is one person, so that a changed address is a rename.
    """

    rule: str
    object: str
    key: str
    data: dict[str, Any]
    person: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule leaves the record out.

    Args:
        rule: Name of the rule.
        object: Destination object that the rule makes.
        reason: Why.
        detail: What exactly, in a few words without personal data; may be empty.
    """

    rule: str
    object: str
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """A rule needs a row of another stream that is not there yet.

    Args:
        rule: Name of the rule.
        object: Destination object that the rule makes.
        reason: Why.
        detail: What exactly, in a few words.
        waits_for: The row waited for, as `stream:field=value`.
    """

    rule: str
    object: str
    reason: Reason
    detail: str
    waits_for: str


Result: TypeAlias = Mapped | Skipped | Parked


@dataclass(frozen=True, slots=True)
class Money:
    """What one source row adds to the total of its currency.

    Args:
        amount: Exact amount; negative where the row takes money back.
        currency: ISO 4217 code.
    """

    amount: Decimal
    currency: str


def no_rows(stream: str, field: str, value: object) -> None:
    """Find nothing: the lookup of a caller that keeps no rows."""
