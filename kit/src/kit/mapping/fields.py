"""Values of a catalog, compiled to closures: a path, or a mapping with one origin and modifiers.

Origins: `from`, `value`, `expr`, `first_of`, `case`, `concat`, `join`, `lookup`, `fields`, `list`,
`each`. Modifiers, in the order they work: `when`, then the origin, `steps`, `type`, `default`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from kit.mapping import convert
from kit.mapping.conditions import compile_condition
from kit.mapping.document import Spot
from kit.mapping.errors import BadValueError
from kit.mapping.expressions import compile_expression
from kit.mapping.groups import compile_each, compile_group
from kit.mapping.lookups import compile_lookup
from kit.mapping.scope import Frame, Scope, Value, compile_path, constant
from kit.mapping.steps import STEPS, TYPES, Step, compile_step, stepped

Entries: TypeAlias = Mapping[str, Spot]
_MODIFIERS: Final = ("when", "steps", "type", "default")


def compile_value(spot: Spot, frame: Frame) -> Value:
    """Compile a value.

    Raises:
        CatalogError: It has no origin or two, or something in it is wrong.
    """
    value = _always(spot, frame)
    when = dict(spot.items()).get("when") if spot.is_mapping else None
    return _conditional(value, when, frame) if when else value


def _always(spot: Spot, frame: Frame) -> Value:
    """Compile a value without its `when`."""
    if not spot.is_mapping:
        return _scalar(_path(spot, frame))
    entries = dict(spot.items())
    origins = _origins(entries)
    if len(origins) != 1:
        found = " and ".join(f"`{name}`" for name in origins) or "none"
        raise spot.fail(f"a value has one origin, found {found} (known: {', '.join(ORIGINS)})")
    (origin,) = origins
    companions, compile_origin = ORIGINS[origin]
    spot.entries((origin, *companions, *_MODIFIERS))
    value = compile_origin(entries, frame, spot)
    steps = _steps(entries, frame, spot)
    if origin == "from" and not (steps and steps[0].refuses_groups):
        value = _scalar(value)
    return _stepped(value, steps, spot)


def _origins(entries: Entries) -> list[str]:
    """Find the origins; a key that belongs to another origin, as `fields` to `each`, is none."""
    found = [name for name in entries if name in ORIGINS]
    owned = {name for origin in found for name in ORIGINS[origin][0]}
    return [name for name in found if name not in owned]


def _scalar(value: Value) -> Value:
    """Refuse groups and lists where a single value is meant; a name of the rule may be a list."""
    if value.constant or value.kind is not None:
        return value
    get = value.get

    def single(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
        result = get(scope)
        if type(result) is dict or (type(result) is list and value.shape is not None):
            raise BadValueError(f"expected a single value, got {convert.kind_of(result)}")
        return result

    return replace(value, get=single)


def _from(entries: Entries, frame: Frame, _: Spot) -> Value:
    return _path(entries["from"], frame)


def _path(spot: Spot, frame: Frame) -> Value:
    value = compile_path(spot.text(), frame, spot)
    if value.is_row:
        raise spot.fail(f"`{spot.text()}` is a whole row: name one of its fields")
    return value


def _literal(entries: Entries, _: Frame, __: Spot) -> Value:
    return constant(entries["value"].plain, entries["value"])


def _expr(entries: Entries, frame: Frame, _: Spot) -> Value:
    return compile_expression(entries["expr"], frame)


def _values(spot: Spot, frame: Frame) -> list[Value]:
    values = [compile_value(each, frame) for each in spot.each()]
    if not values:
        raise spot.fail("the list must not be empty")
    return values


def _shared_kind(values: list[Value]) -> str | None:
    kinds = {value.kind for value in values}
    if kinds == {"integer", "number"}:
        return "number"
    return kinds.pop() if len(kinds) == 1 else None


def _first_of(entries: Entries, frame: Frame, spot: Spot) -> Value:
    values = _values(entries["first_of"], frame)
    getters = [value.get for value in values]

    def get(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
        for each in getters:
            value = each(scope)
            if not convert.is_empty(value):
                return value
        return None

    element = next((value.element for value in values if value.element), None)
    return Value(get, spot, kind=_shared_kind(values), element=element)


def _case(entries: Entries, frame: Frame, spot: Spot) -> Value:
    branches = []
    values = []
    for each in entries["case"].each():
        when = dict(each.items()).get("when") if each.is_mapping else None
        condition = compile_condition(when, frame) if when else None
        values.append(_always(each, frame))
        branches.append((condition, values[-1].get))
    if not branches:
        raise spot.fail("`case` needs at least one branch")

    def get(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
        for condition, value in branches:
            if condition is None or condition(scope):
                return value(scope)
        return None

    return Value(get, spot, kind=_shared_kind(values))


def _concat(entries: Entries, frame: Frame, spot: Spot) -> Value:
    getters = [value.get for value in _values(entries["concat"], frame)]

    def get(scope: Scope) -> str | None:
        parts = [each(scope) for each in getters]
        if any(part is None for part in parts):
            return None
        return "".join(map(convert.to_text, parts))

    return Value(get, spot, kind="string")


def _join(entries: Entries, frame: Frame, spot: Spot) -> Value:
    inner = entries["join"].entries(("parts", "with"))
    if set(inner) != {"parts", "with"}:
        raise spot.fail("`join` needs `parts` and `with`")
    mark = inner["with"].text()
    getters = [value.get for value in _values(inner["parts"], frame)]

    def get(scope: Scope) -> str | None:
        parts = [part for each in getters if not convert.is_empty(part := each(scope))]
        return mark.join(map(convert.to_text, parts)) if parts else None

    return Value(get, spot, kind="string")


def _list(entries: Entries, frame: Frame, spot: Spot) -> Value:
    values = [compile_value(each, frame) for each in entries["list"].each()]
    getters = [value.get for value in values]

    def get(scope: Scope) -> list[Any]:
        return list(_flat([each(scope) for each in getters]))

    singles = [value for value in values if value.kind != "array"]
    return Value(get, spot, kind="array", element=singles[0] if singles else None)


def _flat(items: list[Any]) -> list[Any]:
    """Leave empty items out and open inner lists, such as a variable with several tags."""
    flat: list[Any] = []
    for item in items:
        if isinstance(item, list):
            flat.extend(item)
        elif not convert.is_empty(item):
            flat.append(item)
    return flat


def _fields(entries: Entries, frame: Frame, spot: Spot) -> Value:
    return compile_group(entries, frame, spot, compile_value)


def _each(entries: Entries, frame: Frame, spot: Spot) -> Value:
    return compile_each(entries, frame, spot, compile_value)


def _lookup(entries: Entries, frame: Frame, spot: Spot) -> Value:
    return compile_lookup(entries, frame, spot, compile_value)


def _steps(entries: Entries, frame: Frame, spot: Spot) -> list[Step]:
    steps: list[Step] = []
    if "steps" in entries:
        steps = [
            compile_step(each, spot.label, frame.variables) for each in entries["steps"].each()
        ]
    if "type" in entries:
        name = entries["type"].text()
        if name not in TYPES:
            raise entries["type"].fail(f"unknown type `{name}` (known: {', '.join(TYPES)})")
        steps.append(STEPS[name].build(entries["type"], frame.variables))
    if "default" in entries:
        steps.append(STEPS["default"].build(entries["default"], frame.variables))
    return steps


def _stepped(value: Value, steps: list[Step], spot: Spot) -> Value:
    if not steps:
        return value
    return Value(stepped(value.get, steps), spot, kind=_kind_after(value, steps))


def _kind_after(value: Value, steps: list[Step]) -> str | None:
    if steps[-1].on_null:
        return steps[-2].kind if len(steps) > 1 else value.kind
    return steps[-1].kind


def _conditional(value: Value, when: Spot, frame: Frame) -> Value:
    condition, get = compile_condition(when, frame), value.get
    return replace(
        value,
        get=lambda scope: get(scope) if condition(scope) else None,
        constant=False,
        literal=None,
    )


_Origin: TypeAlias = Callable[[Entries, Frame, Spot], Value]

ORIGINS: Final[Mapping[str, tuple[tuple[str, ...], _Origin]]] = {
    "from": ((), _from),
    "value": ((), _literal),
    "expr": ((), _expr),
    "first_of": ((), _first_of),
    "case": ((), _case),
    "concat": ((), _concat),
    "join": ((), _join),
    "lookup": (("by", "from", "path", "missing"), _lookup),
    "fields": (("require", "nulls"), _fields),
    "list": ((), _list),
    "each": (("where", "fields", "item"), _each),
}
"""Each origin with the keys that belong to it."""
