"""`objects:` of a catalog: how fragments are merged, and what follows from the merged object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kit.mapping.document import Spot
from kit.mapping.fields import compile_value
from kit.mapping.keys import KeyRule
from kit.mapping.merging import Merger, MergeRule
from kit.mapping.rules import Rule
from kit.mapping.scope import Frame, Usage, Value
from kit.mapping.taking import Take

OBJECT_KEYS: Final = ("level", "key", "merge", "derive", "internal")
_NUMBERS: Final = frozenset({"integer", "number"})


def compile_merger(
    spot: Spot,
    entries: Mapping[str, Spot],
    key: KeyRule,
    rules: Sequence[Rule],
    variables: Mapping[str, Any],
) -> Merger:
    """Compile how one object is merged.

    Args:
        spot: The object.
        entries: Its entries.
        key: How its key is made.
        rules: The rules that make it.
        variables: Values of the catalog's variables.

    Raises:
        CatalogError: A way is unknown, or does not fit what the rules give.
    """
    merge_rules = tuple(_merge_rules(entries["merge"], rules)) if "merge" in entries else ()
    adding = frozenset(rule.name for rule in rules if rule.adds)
    if adding and not merge_rules:
        named = ", ".join(f"`{name}`" for name in sorted(adding))
        raise spot.fail(f"{named} can only add to this object if `merge` says how")
    # a group that is merged field by field comes before the rules about single fields of it
    ordered = sorted(merge_rules, key=lambda rule: rule.take is not Take.FIELD_BY_FIELD)
    return Merger(
        tuple(ordered),
        {rule.name: rule.priority for rule in rules},
        adding,
        _derived(entries["derive"], variables) if "derive" in entries else {},
        frozenset(_internal(entries["internal"], key)) if "internal" in entries else frozenset(),
    )


def _merge_rules(spot: Spot, rules: Sequence[Rule]) -> Iterator[MergeRule]:
    for each in spot.each():
        entries = each.entries(("fields", "take"))
        if set(entries) != {"fields", "take"}:
            raise each.fail("an entry of `merge` needs `fields` and `take`")
        take = entries["take"].text()
        if take not in list(Take):
            raise entries["take"].fail(f"unknown way `{take}` (known: {', '.join(Take)})")
        paths = tuple(tuple(field.text().split(".")) for field in entries["fields"].each())
        if take == Take.SUM:
            _check_numbers(paths, rules)
        yield MergeRule(paths, Take(take))


def _check_numbers(paths: Sequence[tuple[str, ...]], rules: Sequence[Rule]) -> None:
    for rule in rules:
        for path in paths:
            value = _at(rule.fields, path)
            if value is not None and value.kind not in _NUMBERS:
                raise value.spot.fail("this is added up, so it needs `type: money` or `integer`")


def _at(value: Value, path: Sequence[str]) -> Value | None:
    found: Value | None = value
    for name in path:
        found = (found.fields or {}).get(name) if found else None
    return found


def _derived(spot: Spot, variables: Mapping[str, Any]) -> dict[str, Value]:
    usage = Usage()
    frame = Frame(None, variables, usage)
    derived = {name: compile_value(each, frame) for name, each in spot.items()}
    if usage.lookups:
        raise spot.fail("a derived field cannot look up rows: it follows from the merged object")
    return derived


def _internal(spot: Spot, key: KeyRule) -> Iterator[str]:
    of_key = {part.field for part in key.parts}
    for each in spot.each():
        if each.text() in of_key:
            raise each.fail(f"`{each.text()}` is part of the key, and is sent")
        yield each.text()
