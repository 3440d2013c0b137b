"""What an endpoint's own description says of its entities.

Builds differ in how they write it: Swagger 2.0 keeps its types under `definitions`, OpenAPI 3 under
`components`. Both are read here into the same small types, and nothing of the document is kept:
it has some megabytes, most of them words about actions.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Document = Mapping[str, Any]

_NOT_FIELDS: Final = frozenset(
    {"id", "rowNumber", "note", "custom", "error", "files", "_links", "delete"}
)


_FORM: Final = re.compile(r"\(([A-Z]{2}[A-Z0-9]{6})\)\s*$")
"""How a tag ends, such as `Payments and Applications (AR302000)`."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entity.

    Attributes:
        json_type: The JSON type of its value; empty if it is a linked entity or details.
        moment: Whether the value is a date and time.
        entity: The type of the linked entity or of a detail row; empty if it is a value.
        many: Whether it is a list of details.
    """

    json_type: str = ""
    moment: bool = False
    entity: str = ""
    many: bool = False


@dataclass(frozen=True, eq=False)
class Description:
    """The entities of one endpoint.

    Attributes:
        entities: The names of those that can be listed.
        types: Type -> its fields.
        forms: Entity -> its form, of those whose form is told.
    """

    entities: frozenset[str]
    types: Mapping[str, Mapping[str, Field]]
    forms: Mapping[str, str]

    def find(self, entity: str, path: str) -> Field | None:
        """Return the field at a path such as `MainContact/Address/City`.

        Args:
            entity: Where the path begins.
            path: The path.

        Returns:
            None if the endpoint has no such field.
        """
        found: Field | None = None
        of = entity
        for step in path.split("/"):
            found = self.types.get(of, {}).get(step)
            if found is None:
                return None
            of = found.entity
        return found


def describe(document: Document) -> Description:
    """Read a description of either kind.

    Args:
        document: The parsed `swagger.json`.

    Raises:
        ValueError: It is no description of an endpoint.
    """
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, Mapping) else None
    schemas = schemas or document.get("definitions")
    if not isinstance(schemas, Mapping) or not isinstance(document.get("paths"), Mapping):
        raise ValueError("no schemas and paths")  # noqa: TRY004 - a wrong document, no wrong type
    values = {name: field for name, of in schemas.items() if (field := _value(of)) is not None}
    types = {
        name: dict(_fields(of, values, schemas))
        for name, of in schemas.items()
        if name not in values
    }
    listed = (path.strip("/") for path, of in document["paths"].items() if "get" in of)
    forms = dict(_forms(document.get("tags") or ()))
    return Description(frozenset(name for name in listed if name in types), types, forms)


def _forms(tags: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for tag in tags:
        told = _FORM.search(str(tag.get("description", "")))
        if told is not None:
            yield str(tag.get("name")), told[1]


def _value(schema: Mapping[str, Any]) -> Field | None:
    """Recognise a wrapper such as `StringValue`: an object with a `value`, and no entity's base."""
    value = schema.get("properties", {}).get("value")
    if "allOf" in schema or not isinstance(value, Mapping):
        return None
    return Field(str(value.get("type", "string")), moment=value.get("format") == "date-time")


def _fields(
    schema: Mapping[str, Any], values: Mapping[str, Field], schemas: Mapping[str, Any]
) -> Iterator[tuple[str, Field]]:
    for part in (schema, *schema.get("allOf", ())):
        for name, of in part.get("properties", {}).items():
            field = _field(of, values, schemas)
            if field is not None and name not in _NOT_FIELDS:
                yield name, field


def _field(
    of: Mapping[str, Any], values: Mapping[str, Field], schemas: Mapping[str, Any]
) -> Field | None:
    many = of.get("type") == "array"
    name = _reference(of.get("items", {}) if many else of)
    if name in values:
        return None if many else values[name]
    return Field(entity=name, many=many) if name in schemas else None


def _reference(of: Mapping[str, Any]) -> str:
    """Follow a `$ref`, also one that stands in an `allOf` of its own beside a description."""
    for part in (of, *of.get("allOf", ())):
        if "$ref" in part:
            return str(part["$ref"]).rpartition("/")[2]
    return ""
