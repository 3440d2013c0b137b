"""What a stream asks for, before it is put into a request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from source_acumatica.endpoint.fields import CUSTOM, STAMP, Schema, part_of

Row = Mapping[str, Any]
Reshape = Callable[[Row], Row]

CURSORS: Final = ("LastModifiedDateTime", "LastModified")
"""Names of the field with the time of the last change, the better one first."""


def same(path: str) -> str:
    """Return a path unchanged."""
    return path


@dataclass(frozen=True, slots=True)
class Outline:
    """What a stream asks for.

    Attributes:
        entity: The entity's name in the address.
        form: Its form; empty where it is not known.
        keys: The fields that name a row; none where they are not known.
        schema: The schema of the records.
        selected: The paths that are asked for.
        cursor: The record's field with the time of the last change; empty if there is none.
        unmapped: Fields of the record that the endpoint does not map -> view and field of each.
        wide: Whether its rows carry lines.
        whole: Whether every field is asked for that the entity and its expanded parts have.
        reshape: Renames a row's fields to those of the schema; None if they agree.
        asked_part: Returns the path by which the endpoint knows a part of the record.
    """

    entity: str
    form: str
    keys: tuple[str, ...]
    schema: Schema
    selected: tuple[str, ...]
    cursor: str
    unmapped: Mapping[str, str]
    wide: bool
    whole: bool = False
    reshape: Reshape | None = None
    asked_part: Callable[[str], str] = same


def with_field(schema: Schema, name: str, field: Schema) -> dict[str, Any]:
    """Return a schema with one more field at the end, or another one in its place.

    Args:
        schema: The schema of a record.
        name: The field's name.
        field: The field's schema.
    """
    return {**schema, "properties": {**schema["properties"], name: field}}


def with_stamp(schema: Schema, name: str) -> dict[str, Any]:
    """Return a schema that has a field with a moment; one that is there already stays as it is.

    Args:
        schema: The schema of a record.
        name: The field's name.
    """
    return with_field(schema, name, schema["properties"].get(name, STAMP))


def with_custom(schema: Schema, path: str, fields: Mapping[str, Schema]) -> dict[str, Any]:
    """Return a schema that has unmapped fields under `custom`.

    Args:
        schema: The schema of a record, a linked entity or a detail row.
        path: The path of the linked entity or details that the fields belong to; empty for the
            record itself.
        fields: View and field -> the schema of its value.
    """
    if not path:
        held = {"type": ["null", "object"], "additionalProperties": True, "properties": fields}
        return with_field(schema, CUSTOM, held)
    name, _, rest = path.partition("/")
    field = schema["properties"][name]
    inner = part_of(field)
    if inner is None:
        raise ValueError(f"{name} is a value")
    part = with_custom(inner, rest, fields)
    return with_field(schema, name, {**field, "items": part} if "items" in field else part)
