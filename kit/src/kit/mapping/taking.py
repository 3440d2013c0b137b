"""How one field is chosen among the fragments that share a key: the ways of `take:`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from kit.mapping.convert import is_empty
from kit.protocol.jsonlines import canonical, exact

Fragment: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str, ...]


class Take(StrEnum):
    """How one value is chosen among fragments."""

    NEWEST = "newest"
    PRIORITY = "priority"
    UNION = "union"
    BY_ID = "by_id"
    SUM = "sum"
    STRICTEST = "strictest"
    FIELD_BY_FIELD = "field_by_field"


class Consent(StrEnum):
    """What the ERP says of marketing mail."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"
    EXCLUDED = "excluded"


_STRICTEST_FIRST: Final = (Consent.DENIED, Consent.GRANTED, Consent.UNKNOWN)


def strictest(values: Sequence[str]) -> str:
    """Return the strictest consent: denied, then granted, then unknown; excluded if all are."""
    said = {Consent(value) for value in values}
    for consent in _STRICTEST_FIRST:
        if consent in said:
            return str(consent)
    return str(Consent.EXCLUDED)


def read(fragment: Fragment, path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """Return what stands at a path; null where there is nothing."""
    value: Any = fragment
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def copied(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a group or list that can be changed without changing the fragment."""
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list) else value


def _write(merged: dict[str, Any], path: Path, value: Any) -> None:  # noqa: ANN401 - any JSON value
    *groups, last = path
    target = merged
    for name in groups:
        if not isinstance(target.get(name), dict):
            return
        target = target[name]
    target[last] = value


def _together(merged: dict[str, Any], paths: tuple[Path, ...], order: Sequence[Fragment]) -> None:
    for fragment in order:
        values = [read(fragment, path) for path in paths]
        if not all(is_empty(value) for value in values):
            for path, value in zip(paths, values, strict=True):
                if value is not None or read(merged, path) is not None:
                    _write(merged, path, value)
            return


def _lists(order: Sequence[Fragment], path: Path) -> list[list[Any]]:
    return [found for fragment in order if isinstance(found := read(fragment, path), list)]


def _united(merged: dict[str, Any], paths: tuple[Path, ...], order: Sequence[Fragment]) -> None:
    for path in paths:
        if lists := _lists(order, path):
            _write(merged, path, _distinct([str(item) for items in lists for item in items]))


def _distinct(items: Sequence[str]) -> list[str]:
    """Sort, and keep one of those that differ only in case: Mailchimp takes them for one tag."""
    found: dict[str, str] = {}
    for item in sorted(items):
        found.setdefault(item.casefold(), item)
    return sorted(found.values(), key=lambda item: (item.casefold(), item))


def _by_id(merged: dict[str, Any], paths: tuple[Path, ...], order: Sequence[Fragment]) -> None:
    for path in paths:
        if lists := _lists(order, path):
            found: dict[str, Any] = {}
            for items in lists:
                for item in items:
                    found.setdefault(_identity(item), item)
            _write(merged, path, [found[identity] for identity in sorted(found)])


def _identity(item: object) -> str:
    identifier = item.get("id") if isinstance(item, Mapping) else item
    return identifier if isinstance(identifier, str) else canonical(identifier).decode()


def _summed(merged: dict[str, Any], paths: tuple[Path, ...], order: Sequence[Fragment]) -> None:
    for path in paths:
        amounts = [found for fragment in order if (found := read(fragment, path)) is not None]
        if amounts:
            _write(merged, path, exact(sum(map(exact, amounts), Decimal(0))))


def _strictest(merged: dict[str, Any], paths: tuple[Path, ...], order: Sequence[Fragment]) -> None:
    for path in paths:
        _write(
            merged, path, strictest([str(read(each, path) or Consent.UNKNOWN) for each in order])
        )


def _field_by_field(
    merged: dict[str, Any], paths: tuple[Path, ...], order: Sequence[Fragment]
) -> None:
    for path in paths:
        group: dict[str, Any] = {}
        for fragment in order:
            for name, value in (read(fragment, path) or {}).items():
                if group.get(name) is None:
                    group[name] = copied(value)
        _write(merged, path, group)


Chooser: TypeAlias = Callable[[dict[str, Any], tuple[Path, ...], Sequence[Fragment]], None]
CHOOSERS: Final[Mapping[Take, Chooser]] = {
    Take.NEWEST: _together,
    Take.PRIORITY: _together,
    Take.UNION: _united,
    Take.BY_ID: _by_id,
    Take.SUM: _summed,
    Take.STRICTEST: _strictest,
    Take.FIELD_BY_FIELD: _field_by_field,
}
"""What writes the chosen value into the merged object; the fragments come in order of choice."""
