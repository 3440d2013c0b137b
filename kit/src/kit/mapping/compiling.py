"""From a catalog's document to what it compiles to: sources, objects, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kit.mapping.document import Spot
from kit.mapping.fields import compile_value
from kit.mapping.keys import KeyRule, compile_key
from kit.mapping.merging import Merger
from kit.mapping.objects import OBJECT_KEYS, compile_merger
from kit.mapping.rules import Rule, compile_rule, is_enabled, with_names
from kit.mapping.scope import Frame, Getter, Shape, Usage

_SECTIONS: Final = ("catalog", "about", "variables", "sources", "objects", "streams")
SOURCE_KEYS: Final = ("about", "also_from", "changed", "money", "let")


@dataclass(frozen=True, slots=True)
class Source:
    """A source stream.

    Args:
        changed: When a row changed.
        amount: The amount of money that a row stands for.
        currency: Its currency.
        also_from: Other streams that bring the same rows, where the source has them.
    """

    changed: Getter | None = None
    amount: Getter | None = None
    currency: Getter | None = None
    also_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a catalog compiles to.

    Args:
        name: The catalog's name.
        sources: Declared source streams.
        stream_spots: Where each stream that an enabled rule needs is declared, in that order.
        keys: How each object's key is made.
        levels: Objects that an enabled rule makes, in the order of work.
        mergers: How each object's fragments are merged.
        rules: All enabled rules, in the catalog's order.
        rules_of: The rules of each source stream.
        usage: Which source paths are read, and which streams are looked up.
        lookup_fields: For each stream that is looked up, the fields by which it is.
    """

    name: str
    sources: Mapping[str, Source]
    stream_spots: Mapping[str, Spot]
    keys: Mapping[str, KeyRule]
    levels: tuple[tuple[str, ...], ...]
    mergers: Mapping[str, Merger]
    rules: tuple[Rule, ...]
    rules_of: Mapping[str, tuple[Rule, ...]]
    usage: Usage
    lookup_fields: Mapping[str, tuple[str, ...]]


def compile_parts(root: Spot, variables: Mapping[str, Any]) -> Parts:
    """Compile a whole catalog.

    Raises:
        CatalogError: Something in it is wrong.
    """
    sections = root.entries(_SECTIONS)
    for name in ("catalog", "sources", "objects", "streams"):
        if name not in sections:
            raise root.fail(f"`{name}` is missing")
    usage = Usage()
    spots = dict(sections["sources"].items())
    frames = {
        name: _with_names(spot, Frame(Shape(name), variables, usage))
        for name, spot in spots.items()
    }
    sources = {name: _source(spot, frames[name]) for name, spot in spots.items()}
    object_spots = dict(sections["objects"].items())
    objects = {name: spot.entries(OBJECT_KEYS) for name, spot in object_spots.items()}
    keys = {name: _key(entries, object_spots[name]) for name, entries in objects.items()}
    changed = {name: source.changed for name, source in sources.items() if source.changed}
    rules = tuple(
        compile_rule(spot, name, frames=frames, keys=keys, changed=changed)
        for name, spot in sections["streams"].items()
        if is_enabled(spot, variables)
    )
    _check_lookups(usage, spots, sections["sources"])
    _check_also_from(spots)
    needed = {rule.stream for rule in rules} | {stream for stream, _ in usage.lookups}
    return Parts(
        name=sections["catalog"].text(),
        sources=sources,
        stream_spots={name: spot for name, spot in spots.items() if name in needed},
        keys=keys,
        levels=_levels(objects, {rule.object for rule in rules}),
        mergers={
            name: compile_merger(
                object_spots[name], entries, keys[name], _making(name, rules), variables
            )
            for name, entries in objects.items()
        },
        rules=rules,
        rules_of={name: tuple(rule for rule in rules if rule.stream == name) for name in spots},
        usage=usage,
        lookup_fields=_lookup_fields(usage),
    )


def _with_names(spot: Spot, frame: Frame) -> Frame:
    entries = spot.entries(SOURCE_KEYS)
    return with_names(entries["let"], frame, of_row=True) if "let" in entries else frame


def _source(spot: Spot, frame: Frame) -> Source:
    entries = spot.entries(SOURCE_KEYS)
    changed = compile_value(entries["changed"], frame).get if "changed" in entries else None
    also = (
        tuple(each.text() for each in entries["also_from"].each()) if "also_from" in entries else ()
    )
    if "money" not in entries:
        return Source(changed, also_from=also)
    money = entries["money"].entries(("amount", "currency"))
    if set(money) != {"amount", "currency"}:
        raise entries["money"].fail("`money` needs `amount` and `currency`")
    amount, currency = (compile_value(money[name], frame).get for name in ("amount", "currency"))
    return Source(changed, amount, currency, also)


def _key(entries: Mapping[str, Spot], spot: Spot) -> KeyRule:
    if "key" not in entries:
        raise spot.fail("an object needs a `key`")
    return compile_key(entries["key"])


def _levels(
    objects: Mapping[str, Mapping[str, Spot]], made: set[str]
) -> tuple[tuple[str, ...], ...]:
    level_of = {
        name: entries["level"].count(least=1) if "level" in entries else 1
        for name, entries in objects.items()
        if name in made
    }
    return tuple(
        tuple(name for name, level in level_of.items() if level == each)
        for each in sorted(set(level_of.values()))
    )


def _making(name: str, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.object == name)


def _check_lookups(usage: Usage, spots: Mapping[str, Spot], section: Spot) -> None:
    for stream, field in sorted(usage.lookups):
        if stream not in spots:
            known = ", ".join(spots)
            raise section.fail(
                f"`{stream}` is looked up by `{field}` but is no source (known: {known})"
            )


def _check_also_from(spots: Mapping[str, Spot]) -> None:
    taken = set(spots)
    for spot in spots.values():
        entries = dict(spot.items())
        for each in entries["also_from"].each() if "also_from" in entries else ():
            if each.text() in taken:
                raise each.fail(f"the stream `{each.text()}` is read already")
            taken.add(each.text())


def _lookup_fields(usage: Usage) -> dict[str, tuple[str, ...]]:
    streams = sorted({stream for stream, _ in usage.lookups})
    return {
        stream: tuple(sorted(field for name, field in usage.lookups if name == stream))
        for stream in streams
    }
