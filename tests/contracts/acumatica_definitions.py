"""Reads the published endpoint definitions: metadata (XML) and OpenAPI (JSON)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import orjson

VERSIONS: Final = ("20.200.001", "22.200.001", "23.200.001", "24.200.001")
_BASE_SCHEMA: Final = "Entity"
_VALUE: Final = "Value"


@dataclass(frozen=True, slots=True)
class DefinedField:
    """A field: a value of a wrapper type, or a linked (or, if `many`, detail) entity."""

    wrapper: str
    type_name: str | None
    many: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """The fields per type; `views` maps entity and path to data view and DAC field."""

    name: str
    entities: Mapping[str, str]
    types: Mapping[str, Mapping[str, DefinedField]]
    views: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)

    def resolve(self, type_name: str, path: str) -> DefinedField | None:
        """The field at a path such as `MainContact/Address/City`."""
        found: DefinedField | None = None
        current: str | None = type_name
        for name in path.split("/"):
            found = self.types[current].get(name) if current is not None else None
            if found is None:
                return None
            current = found.type_name
        return found


def read_metadata(path: Path) -> Definition:
    """Read one endpoint metadata file; `entities` maps the name to its screen."""
    root = ET.parse(path).getroot()  # noqa: S314 - see the import
    tag = root.tag.partition("}")[0] + "}"
    types: dict[str, dict[str, DefinedField]] = {}
    for element in root:
        fields = element.iterfind(f"{tag}Fields/{tag}Field")
        types[element.attrib["name"]] = {
            of.attrib["name"]: _metadata_field(of.attrib["type"]) for of in fields
        }
    top = [element for element in root if element.tag == f"{tag}TopLevelEntity"]
    views = {of.attrib["name"]: dict(_mappings(of.find(f"{tag}Mappings"), tag, "")) for of in top}
    entities = {element.attrib["name"]: element.attrib["screen"] for element in top}
    return Definition(f"the metadata of {root.attrib['version']}", entities, types, views)


def _metadata_field(kind: str) -> DefinedField:
    many, name = kind.endswith("[]"), kind.removesuffix("[]")
    if not many and name.endswith(_VALUE):
        return DefinedField(name, None, many=False)
    return DefinedField("", name, many)


def _mappings(
    element: ET.Element | None, tag: str, prefix: str
) -> Iterator[tuple[str, tuple[str, str]]]:
    for mapping in element.findall(f"{tag}Mapping") if element is not None else ():
        path = f"{prefix}{mapping.attrib['field']}"
        target = mapping.find(f"{tag}To")
        if target is not None:
            view = target.attrib["object"].partition(":")[0]
            yield path, (view, target.attrib["field"])
        yield from _mappings(mapping, tag, f"{path}/")


def read_openapi(path: Path) -> Definition:
    """Read the OpenAPI document; `entities` maps each name to an empty text."""
    document = orjson.loads(path.read_bytes())
    schemas = document["components"]["schemas"]
    types = {name: dict(_schema_fields(schema)) for name, schema in schemas.items()}
    entities = {tag["name"]: "" for tag in document["tags"]}
    return Definition(f"the OpenAPI of {document['info']['title']}", entities, types)


def read_operations(path: Path) -> dict[str, frozenset[str]]:
    """Read the methods per path template."""
    paths = orjson.loads(path.read_bytes())["paths"]
    return {template: frozenset(methods) for template, methods in paths.items()}


def _schema_fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, DefinedField]]:
    for part in schema.get("allOf", ()):
        for name, of in part.get("properties", {}).items():
            many = of.get("type") == "array"
            reference = (of["items"] if many else of).get("$ref", "").rpartition("/")[2]
            if not many and reference.endswith(_VALUE):
                yield name, DefinedField(reference, None, many=False)
            elif reference:
                yield name, DefinedField("", reference, many)
