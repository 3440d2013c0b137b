"""How fragments that share a key become one object, whatever order they come in.

The result depends on the set of fragments alone: they are sorted by their content first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from kit.mapping.convert import is_empty
from kit.protocol.jsonlines import canonical

Fragment: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str, ...]
ORIGIN: Final = "_from"
"""Entry of a fragment that says which rule made it (`rule`) from how new a row (`changed`)."""


class Take(StrEnum):
    """How one value is chosen among fragments."""

    NEWEST = "newest"
    PRIORITY = "priority"
    UNION = "union"
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


@dataclass(frozen=True, slots=True)
class MergeRule:
    """One entry of a `merge:` list.

    Args:
        fields: The fields it is about; several are taken together, from one fragment.
        take: How.
    """

    fields: tuple[Path, ...]
    take: Take


@dataclass(frozen=True, slots=True)
class Merger:
    """Merges the fragments of one object.

    Args:
        rules: What the catalog says; other fields are `newest`. Without any rule the newest
            fragment is taken as a whole.
        priorities: Priority of each rule of the catalog; a lower number comes first.
    """

    rules: tuple[MergeRule, ...]
    priorities: Mapping[str, int]

    def merge(self, fragments: Sequence[Fragment]) -> dict[str, Any]:
        """Return one object without the entry `_from`.

        Raises:
            ValueError: There is no fragment.
        """
        if not fragments:
            raise ValueError("there is nothing to merge")
        if not self.rules:
            return self._whole(fragments)
        newest = self._newest_first(self._speaking(fragments))
        ranked = sorted(newest, key=self._priority)
        merged = self._plain(newest)
        for rule in self.rules:
            _CHOOSERS[rule.take](
                merged, rule.fields, ranked if rule.take is Take.PRIORITY else newest
            )
        return merged

    def _whole(self, fragments: Sequence[Fragment]) -> dict[str, Any]:
        """Take the newest fragment as it is: mixing two documents would make a third one."""
        newest = self._newest_first(fragments)[0]
        return {name: value for name, value in newest.items() if name != ORIGIN}

    def _newest_first(self, fragments: Sequence[Fragment]) -> list[Fragment]:
        return sorted(sorted(fragments, key=canonical), key=_changed, reverse=True)

    def _plain(self, newest: Sequence[Fragment]) -> dict[str, Any]:
        """Take every field that no rule is about from the newest fragment that has it."""
        merged: dict[str, Any] = {}
        for fragment in newest:
            for name, value in fragment.items():
                if name != ORIGIN and merged.get(name) is None:
                    merged[name] = _copy(value)
        return merged

    def _speaking(self, fragments: Sequence[Fragment]) -> Sequence[Fragment]:
        """Leave excluded fragments out, unless all are: an excluded row says nothing."""
        paths = [path for rule in self.rules if rule.take is Take.STRICTEST for path in rule.fields]
        speaking = [
            fragment
            for fragment in fragments
            if all(_read(fragment, path) != Consent.EXCLUDED for path in paths)
        ]
        return speaking or fragments

    def _priority(self, fragment: Fragment) -> int:
        rule = (fragment.get(ORIGIN) or {}).get("rule")
        return self.priorities.get(str(rule), _LAST)


_LAST: Final = 1_000_000


def _changed(fragment: Fragment) -> str:
    return str((fragment.get(ORIGIN) or {}).get("changed") or "")


def _copy(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return dict(value) if isinstance(value, dict) else value


def _read(fragment: Fragment, path: Path) -> Any:  # noqa: ANN401 - any JSON value
    value: Any = fragment
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


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
        values = [_read(fragment, path) for path in paths]
        if not all(is_empty(value) for value in values):
            for path, value in zip(paths, values, strict=True):
                if value is not None or _read(merged, path) is not None:
                    _write(merged, path, value)
            return


def _united(merged: dict[str, Any], paths: tuple[Path, ...], order: Sequence[Fragment]) -> None:
    for path in paths:
        lists = [found for fragment in order if isinstance(found := _read(fragment, path), list)]
        if lists:
            _write(merged, path, _distinct([str(item) for items in lists for item in items]))


def _distinct(items: Sequence[str]) -> list[str]:
    """Sort, and keep one of those that differ only in case: Mailchimp takes them for one tag."""
    found: dict[str, str] = {}
    for item in sorted(items):
        found.setdefault(item.casefold(), item)
    return sorted(found.values(), key=lambda item: (item.casefold(), item))


def _strictest(merged: dict[str, Any], paths: tuple[Path, ...], order: Sequence[Fragment]) -> None:
    for path in paths:
        _write(
            merged, path, strictest([str(_read(each, path) or Consent.UNKNOWN) for each in order])
        )


def _field_by_field(
    merged: dict[str, Any], paths: tuple[Path, ...], order: Sequence[Fragment]
) -> None:
    for path in paths:
        group: dict[str, Any] = {}
        for fragment in order:
            for name, value in (_read(fragment, path) or {}).items():
                if group.get(name) is None:
                    group[name] = _copy(value)
        _write(merged, path, group)


_Chooser: TypeAlias = Callable[[dict[str, Any], tuple[Path, ...], Sequence[Fragment]], None]
_CHOOSERS: Final[Mapping[Take, _Chooser]] = {
    Take.NEWEST: _together,
    Take.PRIORITY: _together,
    Take.UNION: _united,
    Take.STRICTEST: _strictest,
    Take.FIELD_BY_FIELD: _field_by_field,
}
