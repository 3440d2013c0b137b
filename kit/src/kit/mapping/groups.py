"""Groups of fields and lists of them: `fields:` and `each:`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from kit.mapping import convert
from kit.mapping.conditions import compile_condition
from kit.mapping.document import Spot
from kit.mapping.errors import BadValueError
from kit.mapping.scope import Condition, Frame, Getter, Scope, Value, compile_path

CompileValue: TypeAlias = Callable[[Spot, Frame], Value]
_NULLS: Final = ("omit", "keep")


def compile_group(
    entries: Mapping[str, Spot], frame: Frame, spot: Spot, compile_value: CompileValue
) -> Value:
    """Compile `fields:` with `require:` and `nulls:`.

    A group of which a required field is empty is null; so is one without any field, unless
    `nulls: keep` says that its nulls mean something.

    Raises:
        CatalogError: A required name is no field of the group, or a field is wrong.
    """
    fields = {
        name: compile_value(each.named(f"{spot.label}.{name}"), frame)
        for name, each in entries["fields"].items()
    }
    required = _required(entries, fields)
    keep = "nulls" in entries and _nulls(entries["nulls"]) == "keep"
    pairs = tuple((name, value.get) for name, value in fields.items())

    def get(scope: Scope) -> dict[str, Any] | None:
        group = _read_all(pairs, scope, keep=keep)
        for name in required:
            if convert.is_empty(group.get(name)):
                return None
        return group or None

    return Value(get, spot, kind="object", fields=fields)


def _read_all(pairs: tuple[tuple[str, Getter], ...], scope: Scope, *, keep: bool) -> dict[str, Any]:
    group: dict[str, Any] = {}
    for name, read in pairs:
        try:
            value = read(scope)
        except BadValueError as error:
            raise error.within(name) from None
        if keep or value is not None:
            group[name] = value
    return group


def _required(entries: Mapping[str, Spot], fields: Mapping[str, Value]) -> tuple[str, ...]:
    if "require" not in entries:
        return ()
    for each in entries["require"].each():
        if each.text() not in fields:
            known = ", ".join(fields)
            raise each.fail(f"`{each.text()}` is no field of this group (known: {known})")
    return tuple(each.text() for each in entries["require"].each())


def _nulls(spot: Spot) -> str:
    if spot.text() not in _NULLS:
        raise spot.fail(f"unknown choice `{spot.text()}` (known: {', '.join(_NULLS)})")
    return spot.text()


def compile_each(
    entries: Mapping[str, Spot], frame: Frame, spot: Spot, compile_value: CompileValue
) -> Value:
    """Compile `each:` with `where:` and either `fields:` or `item:`; null counts as no element.

    Raises:
        CatalogError: Something in it is wrong.
    """
    if ("fields" in entries) == ("item" in entries):
        raise spot.fail("`each` needs either `fields` or `item`")
    lines = compile_path(entries["each"].text(), frame, entries["each"])
    inner = frame.line(lines.shape.down("[]") if lines.shape else None)
    where = compile_condition(entries["where"], inner) if "where" in entries else None
    if "item" in entries:
        element = compile_value(entries["item"], inner)
    else:
        element = compile_group({"fields": entries["fields"]}, inner, spot, compile_value)
    return Value(_lister(lines.get, where, element.get), spot, kind="array", element=element)


def _lister(lines: Getter, where: Condition | None, element: Getter) -> Getter:
    def get(scope: Scope) -> list[Any]:
        found = []
        for index, line in enumerate(line_scopes(lines, scope)):
            try:
                value = element(line) if where is None or where(line) else None
            except BadValueError as error:
                raise error.within(f"[{index}]") from None
            if value is not None:
                found.append(value)
        return found

    return get


def line_scopes(lines: Getter, scope: Scope) -> list[Scope]:
    """Return the scopes of a list's elements.

    Raises:
        BadValueError: It is no list, or an element is no group of fields.
    """
    rows = lines(scope)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise BadValueError(f"expected a list, got {convert.kind_of(rows)}")
    for row in rows:
        if not isinstance(row, dict):
            raise BadValueError(
                f"expected a list of groups of fields, it has {convert.kind_of(row)}"
            )
    return [scope.line(row) for row in rows]
