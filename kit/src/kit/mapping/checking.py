"""A catalog held against the schemas of its source and its destination: pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from kit.mapping.document import Spot
from kit.mapping.errors import CatalogError
from kit.mapping.merging import Merger
from kit.mapping.rules import Rule
from kit.mapping.scope import ELEMENT, PathUse, Usage, Value

Schema: TypeAlias = Mapping[str, Any]
_NUMBERS: Final = frozenset({"integer", "number"})


def source_problems(
    usage: Usage, streams: Mapping[str, Spot], schemas: Mapping[str, Schema]
) -> list[CatalogError]:
    """Find streams and paths that the source does not have."""
    problems = [
        spot.fail(f"the source has no stream `{name}` (it has: {', '.join(schemas)})")
        for name, spot in streams.items()
        if name not in schemas
    ]
    for use in usage.paths:
        schema = schemas.get(use.shape.stream)
        if schema is not None and not use.optional:
            problems += _path_problem(use, schema)
    return _distinct(problems)


def _distinct(problems: Iterable[CatalogError]) -> list[CatalogError]:
    return list({str(problem): problem for problem in problems}.values())


def _path_problem(use: PathUse, schema: Schema) -> Iterator[CatalogError]:
    current: Schema | None = schema
    for index, name in enumerate(use.shape.path):
        known = _children(current)
        if known is None:
            return
        current = known.get(name)
        if current is None:
            path = ".".join(use.shape.path[: index + 1]).replace(f".{ELEMENT}", ELEMENT)
            listed = ", ".join(sorted(known)[:40]) or "no field"
            yield use.spot.fail(f"`{use.shape.stream}` has no field `{path}` (it has: {listed})")
            return


def _children(schema: Schema | None) -> Mapping[str, Schema] | None:
    """Return what is below a schema; None where it leaves that open."""
    if schema is None:
        return None
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _joined(schema[choice])
    if "items" in schema:
        return {ELEMENT: schema["items"]}
    if "properties" in schema:
        return dict(schema["properties"])
    return None if _types(schema) & {"object", "array"} or not _types(schema) else {}


def _joined(schemas: Sequence[Schema]) -> Mapping[str, Schema] | None:
    """Join alternatives: a field of one of them is a field; one open alternative opens all."""
    fields: dict[str, Schema] = {}
    for schema in schemas:
        if _types(schema) == {"null"}:
            continue
        below = _children(schema)
        if below is None:
            return None
        fields.update(below)
    return fields


def _types(schema: Schema) -> set[str]:
    declared = schema.get("type", [])
    return {declared} if isinstance(declared, str) else set(declared)


def destination_problems(
    rules: Sequence[Rule], mergers: Mapping[str, Merger], schemas: Mapping[str, Schema]
) -> list[CatalogError]:
    """Find what the destination does not take, or needs and does not get."""
    problems: list[CatalogError] = []
    for rule in rules:
        schema = schemas.get(rule.object)
        if schema is None:
            known = ", ".join(schemas)
            problem = f"the destination has no object `{rule.object}` (it has: {known})"
            problems.append(rule.fields.spot.fail(problem))
        else:
            problems += _rule_problems(rule, mergers[rule.object], schema)
    return _distinct(problems)


def _rule_problems(rule: Rule, merger: Merger, schema: Schema) -> Iterator[CatalogError]:
    """Look at what is sent of a rule's fields; one that only adds need not bring all of them."""
    sent = {
        name: value
        for name, value in (rule.fields.fields or {}).items()
        if name not in merger.internal
    }
    fields = {**sent, **merger.derived} if not rule.adds else sent
    needed = () if rule.adds else schema.get("required") or ()
    whole = replace(rule.fields, fields=fields)
    yield from _value_problems(whole, {**schema, "required": needed}, rule.object)


def _value_problems(value: Value, schema: Schema, name: str) -> Iterator[CatalogError]:
    types = _types(schema) - {"null"}
    if value.kind and types and not _fits(value.kind, types):
        wanted = " or ".join(sorted(types))
        yield value.spot.fail(f"`{name}` must be of type {wanted}, this gives {value.kind}")
        return
    if value.fields is not None:
        yield from _group_problems(value, value.fields, schema, name)
    if value.element is not None and isinstance(schema.get("items"), Mapping):
        yield from _value_problems(value.element, schema["items"], f"{name}{ELEMENT}")


def _fits(kind: str, types: set[str]) -> bool:
    return kind in types or (kind == "integer" and "number" in types)


def _group_problems(
    value: Value, fields: Mapping[str, Value], schema: Schema, name: str
) -> Iterator[CatalogError]:
    below = schema.get("properties") or {}
    closed = schema.get("additionalProperties", False) is False and bool(below)
    for field, inner in fields.items():
        if field in below:
            yield from _value_problems(inner, below[field], f"{name}.{field}")
        elif closed:
            known = ", ".join(below)
            yield inner.spot.fail(f"`{name}` has no field `{field}` (it has: {known})")
    for field in schema.get("required") or ():
        if field not in fields:
            yield value.spot.fail(f"`{name}` needs the field `{field}`")
