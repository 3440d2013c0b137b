"""The fields of a record: the schemas in `schemas/`, cut to what an endpoint has.

A schema there is the JSON schema of the records with two words of its own: `$ref` names a file with
a part that several schemas share, and `since` the generation of the endpoint that brought a field.
Neither is left in a schema that goes out.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

Schema = Mapping[str, Any]

STAMP: Final[Schema] = {
    "type": ["null", "string"],
    "format": "date-time",
    "airbyte_type": "timestamp_with_timezone",
}
"""The schema of a moment, UTC."""

ID: Final[Schema] = {
    "type": "string",
    "description": "The record's own GUID (its NoteID); stable, and the primary key.",
}
"""The schema of the primary key, which no endpoint lists among its fields."""

CUSTOM: Final = "custom"
"""The field of a record, or of a part of it, that holds the unmapped fields that were asked for."""

_SINCE: Final = "since"
_BARE: Final = frozenset({"id", CUSTOM})
_FIRST_OF_ALL: Final = 0


@cache
def full_schema(stream: str) -> dict[str, Any]:
    """Return the schema of a stream with every field that any version has.

    Args:
        stream: The stream's name.
    """
    return _resolved(_file(f"{stream}.json"))


def since(field: Schema) -> int:
    """Return the generation of the endpoint `Default` that brought a field.

    Args:
        field: The field's schema, as in `schemas/`.
    """
    first: int = field.get(_SINCE, _FIRST_OF_ALL)
    return first


def cut(schema: Schema, has: Callable[[str, Schema], bool], prefix: str = "") -> dict[str, Any]:
    """Cut a schema to the fields that an endpoint has.

    Args:
        schema: The schema of a record, a linked entity or a detail row.
        has: Tells of a path, such as `MainContact/Address/City`, and its schema whether the
            endpoint has it.
        prefix: The path that leads to the schema.

    Returns:
        The schema without the others, and without linked entities of which nothing is left.
    """
    fields: dict[str, Any] = {}
    for name, field in schema["properties"].items():
        path = prefix + name
        if name in _BARE:
            fields[name] = dict(field)
        elif has(path, field):
            kept = _cut_inside(field, has, f"{path}/")
            if kept is not None:
                fields[name] = kept
    return {**schema, "properties": fields}


def paths(schema: Schema, prefix: str = "") -> Iterator[str]:
    """List the fields of a schema as the API names them, such as `MainContact/Address/City`.

    Args:
        schema: The schema of a record, a linked entity or a detail row.
        prefix: The path that leads to it.
    """
    for name, field in schema["properties"].items():
        if name in _BARE:
            continue
        inner = part_of(field)
        if inner is None:
            yield prefix + name
        else:
            yield from paths(inner, f"{prefix}{name}/")


def parts(schema: Schema, prefix: str = "") -> dict[str, Schema]:
    """List the linked entities and details of a schema, each before its own.

    Args:
        schema: The schema of a record, a linked entity or a detail row.
        prefix: The path that leads to it.

    Returns:
        Path -> the schema of one entity there.
    """
    found: dict[str, Schema] = {}
    for name, field in schema["properties"].items():
        inner = part_of(field) if name not in _BARE else None
        if inner is not None:
            found[prefix + name] = inner
            found |= parts(inner, f"{prefix}{name}/")
    return found


def with_ancestors(found: Iterable[str]) -> list[str]:
    """List paths of linked entities and details, each after those that lead to it, none twice.

    Args:
        found: The paths.
    """
    listed: dict[str, None] = {}
    for path in found:
        steps = path.split("/")
        listed.update(dict.fromkeys("/".join(steps[: n + 1]) for n in range(len(steps))))
    return list(listed)


def part_of(field: Schema) -> Schema | None:
    """Return the schema of the linked entity or the detail row behind a field.

    Args:
        field: The field's schema.

    Returns:
        None if the field is a value.
    """
    inner: Schema = field.get("items", field)
    return inner if "properties" in inner else None


def _cut_inside(
    field: Schema, has: Callable[[str, Schema], bool], prefix: str
) -> dict[str, Any] | None:
    kept = {word: value for word, value in field.items() if word != _SINCE}
    inner = part_of(field)
    if inner is None:
        return kept
    part = cut(inner, has, prefix)
    if not part["properties"]:
        return None
    return kept | ({"items": part} if "items" in field else {"properties": part["properties"]})


def _resolved(field: Schema) -> dict[str, Any]:
    """Put the shared parts in the place of their `$ref`; words beside it are added to the part."""
    resolved = dict(field)
    shared = resolved.pop("$ref", None)
    if shared is not None:
        part = _file(shared)
        properties = {**part.get("properties", {}), **resolved.get("properties", {})}
        resolved = {**part, **resolved}
        if properties:
            resolved["properties"] = properties
    if "properties" in resolved:
        inner = resolved["properties"]
        resolved["properties"] = {name: _resolved(of) for name, of in inner.items()}
    if "items" in resolved:
        resolved["items"] = _resolved(resolved["items"])
    return resolved


def _file(name: str) -> dict[str, Any]:
    text = resources.files("source_acumatica").joinpath(f"schemas/{name}").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content
