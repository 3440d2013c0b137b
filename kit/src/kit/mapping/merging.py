"""How fragments that share a key become one object, whatever order they come in.

The result depends on the set of fragments alone: they are sorted by their content first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kit.mapping.errors import BadValueError
from kit.mapping.results import no_rows
from kit.mapping.scope import Scope, Value
from kit.mapping.taking import CHOOSERS, Consent, Fragment, Path, Take, copied, read
from kit.protocol.jsonlines import canonical

ORIGIN: Final = "_from"
"""Entry of a fragment that says which rule made it (`rule`) from how new a row (`changed`)."""


def says_the_same(one: Fragment, other: Fragment) -> bool:
    """Whether two fragments differ in nothing but how new their rows are.

    Args:
        one: A fragment.
        other: Another one of the same rule.
    """
    names = {*one, *other} - {ORIGIN}
    return all(name in one and name in other and one[name] == other[name] for name in names)


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
        adding: Rules whose fragments only add to an object that another rule makes.
        derived: Fields that follow from the merged ones.
        internal: Fields that only the merging needs; they are not sent.
    """

    rules: tuple[MergeRule, ...]
    priorities: Mapping[str, int]
    adding: frozenset[str] = frozenset()
    derived: Mapping[str, Value] = field(default_factory=dict)
    internal: frozenset[str] = frozenset()

    def merge(self, fragments: Sequence[Fragment]) -> dict[str, Any] | None:
        """Return one object without the entry `_from`; None if all fragments only add to one.

        Raises:
            ValueError: There is no fragment, or the amounts are too long to be added exactly.
        """
        if not fragments:
            raise ValueError("there is nothing to merge")
        if all(_rule(fragment) in self.adding for fragment in fragments):
            return None
        merged = self._merged(fragments) if self.rules else self._whole(fragments)
        for name, value in self._derived(merged).items():
            merged[name] = value
        return {name: value for name, value in merged.items() if name not in self.internal}

    def _merged(self, fragments: Sequence[Fragment]) -> dict[str, Any]:
        newest = self._newest_first(self._speaking(fragments))
        ranked = sorted(newest, key=self._priority)
        merged = self._plain(newest)
        for rule in self.rules:
            CHOOSERS[rule.take](
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
                    merged[name] = copied(value)
        return merged

    def _speaking(self, fragments: Sequence[Fragment]) -> Sequence[Fragment]:
        """Leave excluded fragments out, unless all are: an excluded row says nothing."""
        paths = [path for rule in self.rules if rule.take is Take.STRICTEST for path in rule.fields]
        speaking = [
            fragment
            for fragment in fragments
            if all(read(fragment, path) != Consent.EXCLUDED for path in paths)
        ]
        return speaking or fragments

    def _priority(self, fragment: Fragment) -> int:
        return self.priorities.get(_rule(fragment), _LAST)

    def _derived(self, merged: Mapping[str, Any]) -> dict[str, Any]:
        """Compute the derived fields, each from the merged ones; a null changes nothing."""
        scope = Scope(merged, no_rows)
        derived = {}
        for name, value in self.derived.items():
            try:
                found = value.get(scope)
            except BadValueError as error:
                raise ValueError(error.within(name).detail) from None
            if found is not None:
                derived[name] = found
        return derived


_LAST: Final = 1_000_000


def _rule(fragment: Fragment) -> str:
    return str((fragment.get(ORIGIN) or {}).get("rule"))


def _changed(fragment: Fragment) -> str:
    return str((fragment.get(ORIGIN) or {}).get("changed") or "")
