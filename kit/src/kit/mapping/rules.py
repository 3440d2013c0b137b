"""One rule of a catalog (an entry of `streams:`): from a row of one stream to one object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kit.mapping.conditions import compile_condition
from kit.mapping.convert import is_empty, to_instant, to_text
from kit.mapping.document import Spot
from kit.mapping.errors import BadValueError, MissingRowError
from kit.mapping.fields import compile_value
from kit.mapping.groups import compile_group, line_scopes
from kit.mapping.keys import KeyRule
from kit.mapping.lookups import compile_reason
from kit.mapping.merging import ORIGIN
from kit.mapping.results import Lookup, Mapped, Parked, Record, Result, Skipped
from kit.mapping.scope import Condition, Frame, Getter, Scope, Value, compile_path, remember
from kit.protocol.reasons import Reason

_KEYS: Final = (
    "about", "enabled", "from", "to", "person", "adds", "priority", "for_each", "let", "each",
    "where", "when", "skip", "fields",
)  # fmt: skip
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
NO_PRIORITY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Skip:
    """One entry of `skip:`: a condition, the reason, and what exactly."""

    when: Condition
    reason: Reason
    detail: Getter | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule.

    Args:
        name: Its name in the catalog.
        stream: Source stream.
        object: Destination object.
        fields: The object's fields.
        key: How the object's key is made.
        changed: When the source row changed.
        person: Whether a row is one person.
        adds: Whether a row only adds to an object that another rule makes.
        priority: Whose fields win in a merge; a lower number comes first.
        when: Which rows the rule is about; the others are left to other rules.
        skips: Which of them are left out, and why; the first that holds counts.
        each: The list whose elements become one object each.
        where: Which elements.
        for_each: A name, and the list whose values it has one after the other: one object each.
    """

    name: str
    stream: str
    object: str
    fields: Value
    key: KeyRule
    changed: Getter | None = None
    person: bool = False
    adds: bool = False
    priority: int = NO_PRIORITY
    when: Condition | None = None
    skips: tuple[Skip, ...] = ()
    each: Getter | None = None
    where: Condition | None = None
    for_each: tuple[str, Getter] | None = None

    def apply(self, record: Record, lookup: Lookup) -> list[Result]:
        """Map one row; empty if the rule is not about this row. Never raises for a bad value."""
        top = Scope(record, lookup)
        try:
            scopes = self._scopes(top)
        except BadValueError as error:
            return [self._bad(error)]
        if not scopes:
            return [self._skipped(Reason.CATALOG_RULE, "the list has no element for this rule")]
        return [result for scope in scopes if (result := self._apply(scope, top)) is not None]

    def _scopes(self, top: Scope) -> list[Scope]:
        if self.for_each is not None:
            return _value_scopes(*self.for_each, top)
        if self.each is None:
            return [top]
        lines = line_scopes(self.each, top)
        for line in lines:
            line.root = line
        return [line for line in lines if self.where is None or self.where(line)]

    def _apply(self, scope: Scope, top: Scope) -> Result | None:
        try:
            if self.when is not None and not self.when(scope):
                return None
            for skip in self.skips:
                if skip.when(scope):
                    return self._skipped(skip.reason, _detail(skip, scope))
            return self._mapped(scope, top)
        except BadValueError as error:
            return self._bad(error)
        except MissingRowError as row:
            return Parked(self.name, self.object, row.reason, row.detail, row.waits_for)

    def _mapped(self, scope: Scope, top: Scope) -> Result:
        data = self.fields.get(scope) or {}
        key = self.key.of(data)
        if key is None:
            return self._skipped(Reason.MISSING_KEY, f"the key needs {self.key.needs}")
        data[ORIGIN] = {"rule": self.name, "changed": self._changed(top)}
        return Mapped(self.name, self.object, key, data, self.person)

    def _changed(self, top: Scope) -> str | None:
        value = self.changed(top) if self.changed else None
        try:
            return None if is_empty(value) else to_instant(value)
        except BadValueError as error:
            raise error.within("changed") from None

    def _skipped(self, reason: Reason, detail: str) -> Skipped:
        return Skipped(self.name, self.object, reason, detail)

    def _bad(self, error: BadValueError) -> Skipped:
        return self._skipped(Reason.BAD_VALUE, error.detail)


def _value_scopes(name: str, values: Getter, top: Scope) -> list[Scope]:
    """Return a scope of the row for each value of a list; where there is none, one with null."""
    try:
        found = values(top)
    except BadValueError as error:
        raise error.within(name) from None
    scopes = []
    for value in (found or [None]) if isinstance(found, list) else [found]:
        scope = Scope(top.row, top.lookup)
        scope.lets[name] = value
        scopes.append(scope)
    return scopes


def _detail(skip: Skip, scope: Scope) -> str:
    value = skip.detail(scope) if skip.detail else None
    return "" if is_empty(value) else to_text(value)


def compile_rule(
    spot: Spot,
    name: str,
    *,
    frames: Mapping[str, Frame],
    keys: Mapping[str, KeyRule],
    changed: Mapping[str, Getter],
) -> Rule:
    """Compile one entry of `streams:`.

    Args:
        spot: The entry.
        name: Its name.
        frames: What names mean, for each declared source stream.
        keys: How keys are made, for each declared object.
        changed: When a row changed, for the source streams that say so.

    Raises:
        CatalogError: Something in it is wrong.
    """
    entries = spot.entries(_KEYS)
    stream = _choice(_needed(entries, "from", spot), frames, "source")
    target = _choice(entries["to"], keys, "object") if "to" in entries else name
    if target not in keys:
        raise spot.fail(f"`{target}` is no object (known: {', '.join(keys)}); name one in `to`")
    outer = frames[stream]
    lines = (
        compile_path(entries["each"].text(), outer, entries["each"]) if "each" in entries else None
    )
    frame = outer if lines is None else outer.line(lines.shape.down("[]") if lines.shape else None)
    for_each = _for_each(entries, outer)
    if for_each:
        frame = frame.with_lets({for_each[0]: for_each[1]})
    frame = _with_lets(entries, frame)
    _needed(entries, "fields", spot)
    fields = compile_group({"fields": entries["fields"]}, frame, entries["fields"], compile_value)
    keys[target].check(fields, spot)
    return Rule(
        name=name,
        stream=stream,
        object=target,
        fields=fields,
        key=keys[target],
        changed=changed.get(stream),
        person="person" in entries and entries["person"].flag(),
        adds="adds" in entries and entries["adds"].flag(),
        priority=entries["priority"].count() if "priority" in entries else NO_PRIORITY,
        when=_condition(entries, "when", frame),
        skips=tuple(_skips(entries, frame)),
        each=lines.get if lines else None,
        where=_condition(entries, "where", frame),
        for_each=(for_each[0], for_each[2]) if for_each else None,
    )


def _for_each(entries: Mapping[str, Spot], frame: Frame) -> tuple[str, Value, Getter] | None:
    """Return the name of `for_each`, what it stands for, and the list of its values."""
    if "for_each" not in entries:
        return None
    spot = entries["for_each"]
    if "each" in entries:
        raise spot.fail("a rule has either `each` or `for_each`")
    names = dict(spot.items())
    if len(names) != 1:
        raise spot.fail("`for_each` has one name, with the list of its values")
    ((name, inner),) = names.items()
    _check_name(name, inner, frame)
    current = Value(lambda scope: scope.root.lets.get(name), inner)
    return name, current, compile_value(inner, frame).get


def is_enabled(spot: Spot, variables: Mapping[str, Any]) -> bool:
    """Tell whether a rule is to be used at all: `enabled: $shop`, true without it.

    Raises:
        CatalogError: It is neither true nor false, nor a variable that is one of them.
    """
    enabled = spot.entries(_KEYS).get("enabled")
    if enabled is None:
        return True
    value = enabled.plain
    if isinstance(value, str) and value.startswith("$"):
        value = variables.get(value[1:])
    if not isinstance(value, bool):
        raise enabled.fail("expected true, false, or a variable that is true or false")
    return value


def _needed(entries: Mapping[str, Spot], key: str, spot: Spot) -> Spot:
    if key not in entries:
        raise spot.fail(f"`{key}` is missing")
    return entries[key]


def _choice(spot: Spot, known: Mapping[str, Any], noun: str) -> str:
    name = spot.text()
    if name not in known:
        raise spot.fail(f"unknown {noun} `{name}` (known: {', '.join(known)})")
    return name


def _condition(entries: Mapping[str, Spot], key: str, frame: Frame) -> Condition | None:
    return compile_condition(entries[key], frame) if key in entries else None


def _with_lets(entries: Mapping[str, Spot], frame: Frame) -> Frame:
    if "let" not in entries:
        return frame
    return with_names(entries["let"], frame)


def with_names(spot: Spot, frame: Frame, *, of_row: bool = False) -> Frame:
    """Return a frame with the names of a `let`.

    Args:
        spot: The `let`.
        frame: What the names before it mean.
        of_row: Whether the names are those of a source stream, for all of its rules.

    Raises:
        CatalogError: A name cannot be one, is taken, or its value is wrong.
    """
    for name, each in spot.items():
        _check_name(name, each, frame)
        value = remember(name, compile_value(each, frame), of_row=of_row)
        frame = frame.with_lets({name: value})
    return frame


def _check_name(name: str, spot: Spot, frame: Frame) -> None:
    if not _NAME.fullmatch(name) or name == "parent" or name in frame.variables:
        raise spot.fail(f"`{name}` cannot be a name: small letters, not `parent`, no variable")
    if name in frame.lets:
        raise spot.fail(f"the name `{name}` is taken already")


def _skips(entries: Mapping[str, Spot], frame: Frame) -> Iterator[Skip]:
    if "skip" not in entries:
        return
    for spot in entries["skip"].each():
        inner = spot.entries(("when", "reason", "detail"))
        yield Skip(
            compile_condition(_needed(inner, "when", spot), frame),
            compile_reason(_needed(inner, "reason", spot)),
            compile_value(inner["detail"], frame).get if "detail" in inner else None,
        )
