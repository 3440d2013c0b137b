"""The query parameters that every read has: `fields`, `exclude_fields`, `count`, `offset`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from simulators.mailchimp.problems import FieldError, invalid

MAX_COUNT = 1000
DEFAULT_COUNT = 10

_Item = TypeVar("_Item")
Paths: TypeAlias = dict[str, "Paths"]


@dataclass(frozen=True, slots=True)
class Page:
    """A window of a collection."""

    count: int
    offset: int

    def of(self, items: Sequence[_Item]) -> Sequence[_Item]:
        """Return the items inside the window."""
        return items[self.offset : self.offset + self.count]


def page(query: Mapping[str, str]) -> Page:
    """Return the window that a query asks for.

    Raises:
        Problem: `count` or `offset` is no number, is negative, or `count` is over 1000.
    """
    return Page(
        _number(query, "count", DEFAULT_COUNT, MAX_COUNT),
        _number(query, "offset", 0, None),
    )


def _number(query: Mapping[str, str], name: str, default: int, most: int | None) -> int:
    text = query.get(name, "")
    if not text:
        return default
    try:
        number = int(text)
    except ValueError:
        raise invalid(FieldError(name, "This value should be a valid number.")) from None
    if number < 0:
        raise invalid(FieldError(name, "This value should be 0 or more."))
    if most is not None and number > most:
        raise invalid(FieldError(name, f"This value should be {most} or less."))
    return number


def paths(text: str | None) -> Paths:
    """Return `members.id,total_items` as a tree; an empty branch stands for all below it."""
    tree: Paths = {}
    for dotted in (text or "").split(","):
        branch = tree
        for name in filter(None, dotted.strip().split(".")):
            branch = branch.setdefault(name, {})
    return tree


def keep(document: Any, wanted: Paths) -> Any:  # noqa: ANN401 - any JSON
    """Return only what the paths name; lists are looked through."""
    if not wanted:
        return document
    if isinstance(document, list):
        return [keep(each, wanted) for each in document]
    if not isinstance(document, dict):
        return document
    return {
        name: keep(document[name], branch) for name, branch in wanted.items() if name in document
    }


def drop(document: Any, unwanted: Paths) -> Any:  # noqa: ANN401 - any JSON
    """Return the document without what the paths name; lists are looked through."""
    if isinstance(document, list):
        return [drop(each, unwanted) for each in document]
    if not isinstance(document, dict):
        return document
    return {
        name: drop(value, unwanted[name]) if name in unwanted else value
        for name, value in document.items()
        if name not in unwanted or unwanted[name]
    }


def project(document: Any, query: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON
    """Return the part of a document that `fields` and `exclude_fields` leave."""
    wanted, unwanted = query.get("fields"), query.get("exclude_fields")
    if wanted:
        document = keep(document, paths(wanted))
    if unwanted:
        document = drop(document, paths(unwanted))
    return document
