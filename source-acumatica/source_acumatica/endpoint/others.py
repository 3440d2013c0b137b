"""Outlines of entities that the settings name, from the endpoint's own description."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from source_acumatica.endpoint.choices import OtherEntity
from source_acumatica.endpoint.fields import ID, STAMP, Schema, paths, with_ancestors
from source_acumatica.endpoint.openapi import Description, Field
from source_acumatica.endpoint.outline import CURSORS, Outline, with_field
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.errors import ConfigError


def outline_of_other(other: OtherEntity, endpoint: Endpoint, description: Description) -> Outline:
    """Outline a stream of the setting `other_entities`.

    Args:
        other: The entity and what is read with it.
        endpoint: The endpoint to read.
        description: What it has.

    Raises:
        ConfigError: The endpoint does not have the entity, what is to be expanded, or the cursor.
    """
    if other.entity not in description.entities:
        raise ConfigError(
            f"Setting `other_entities` names {other.entity}, which the endpoint {endpoint.name}/"
            f"{endpoint.version} does not have. {_near(other.entity, description.entities)}"
        )
    schema: dict[str, Any] = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": {"id": ID, **_values(description, other.entity)},
    }
    wide = False
    for path in with_ancestors(other.expand):
        field = _expandable(other, path, description)
        schema = _with_part(schema, path, field, description)
        wide = wide or field.many
    cursor, view = _cursor(other, description)
    selected = tuple(path for path in paths(schema) if not (view and path == cursor))
    return Outline(
        entity=other.entity,
        form=description.forms.get(other.entity, ""),
        keys=(),
        schema=with_field(schema, cursor, STAMP) if view else schema,
        selected=selected,
        cursor=cursor,
        unmapped={cursor: view} if view else {},
        wide=wide,
        whole=True,
    )


def _cursor(other: OtherEntity, description: Description) -> tuple[str, str]:
    """Return the record's field and, if the endpoint does not map it, view and field behind it."""
    fields = description.types[other.entity]
    if "." in other.cursor:
        return other.cursor.partition(".")[2], other.cursor
    moments = [name for name, field in fields.items() if field.moment]
    if other.cursor and other.cursor not in moments:
        raise ConfigError(
            f"Setting `other_entities`: `cursor` of {other.entity} is {other.cursor}, which is no "
            f"date and time there. {_near(other.cursor, moments)}"
        )
    wanted = (other.cursor,) if other.cursor else CURSORS
    return next((name for name in wanted if name in moments), ""), ""


def _expandable(other: OtherEntity, path: str, description: Description) -> Field:
    field = description.find(other.entity, path)
    if field is not None and field.entity:
        return field
    parent = path.rpartition("/")[0]
    beside = description.types[other.entity]
    if parent and (above := description.find(other.entity, parent)) is not None:
        beside = description.types.get(above.entity, {})
    linked = [name for name, of in beside.items() if of.entity]
    raise ConfigError(
        f"Setting `other_entities`: {other.entity} has no {path} to expand. "
        f"{_near(path.rpartition('/')[2], linked)}"
    )


def _with_part(schema: Schema, path: str, field: Field, description: Description) -> dict[str, Any]:
    """Put a linked entity or details into a schema that has all its ancestors."""
    name, _, rest = path.partition("/")
    if rest:
        above = schema["properties"][name]
        inner = _with_part(above.get("items", above), rest, field, description)
        return with_field(schema, name, {**above, "items": inner} if "items" in above else inner)
    part = {
        "type": ["null", "object"],
        "additionalProperties": True,
        "properties": _values(description, field.entity),
    }
    return with_field(
        schema, name, {"type": ["null", "array"], "items": part} if field.many else part
    )


def _values(description: Description, entity: str) -> dict[str, Schema]:
    return {
        name: STAMP if field.moment else {"type": ["null", field.json_type]}
        for name, field in description.types.get(entity, {}).items()
        if field.json_type
    }


def _near(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    by_lower = {known_name.lower(): known_name for known_name in names}
    near = get_close_matches(name.lower(), by_lower, n=5, cutoff=0.5)
    if near:
        return f"Did you mean {', '.join(by_lower[found] for found in near)}?"
    if not names:
        return "There is none."
    shown = ", ".join(names[:10])
    return f"There are {shown}{' and others' if len(names) > 10 else ''}."  # noqa: PLR2004 - a line
