"""Outlines of the streams that the connector knows by itself."""

from collections.abc import Callable, Mapping
from typing import Final

from source_acumatica.endpoint.choices import Choices, InvoiceEntity
from source_acumatica.endpoint.fields import Schema, cut, full_schema, part_of, paths, since
from source_acumatica.endpoint.invoices import (
    CURRENCY,
    CURRENCY_VIEW,
    as_sales_invoice,
    invoice_part,
    invoice_paths,
)
from source_acumatica.endpoint.openapi import Description
from source_acumatica.endpoint.outline import CURSORS, Outline, with_stamp
from source_acumatica.endpoint.streams import (
    CONTACT_CHANGED,
    CUSTOMERS,
    CUSTOMERS_BY_CONTACT,
    ENTITIES,
    INVOICE,
    SALES_INVOICES,
    Entity,
)
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.errors import NothingThereError

CONTACT_CURSOR: Final = "ContactLastModifiedDateTime"
"""The field of `customers_by_contact` with the time when the main contact was changed."""

_Has = Callable[[str, Schema], bool]


def outline_of_known(
    stream: str, endpoint: Endpoint, choices: Choices, description: Description | None
) -> Outline:
    """Outline a stream of `ENTITIES`.

    Args:
        stream: The stream's name.
        endpoint: The endpoint to read.
        choices: What the settings choose.
        description: What an endpoint of the instance's own has; None for `Default`, whose fields
            are known by its version.

    Raises:
        NothingThereError: An endpoint of the instance's own does not have the entity.
    """
    entity = entity_of(stream, choices)
    if description is not None and entity.name not in description.entities:
        raise NothingThereError(
            f"The endpoint {endpoint.name}/{endpoint.version} has no entity {entity.name}. Leave "
            f"the stream {stream} out, or add the entity to the endpoint on form Web Service "
            "Endpoints SM207060."
        )
    has = _by_generation(endpoint.generation)
    if description is not None:
        has = _by_description(description, entity.name)
    if entity is INVOICE:
        return _from_invoices(entity, description)
    schema = cut(full_schema(_file_of(stream)), has)
    if stream == CUSTOMERS_BY_CONTACT:
        return _outline(entity, schema, CONTACT_CURSOR, {CONTACT_CURSOR: CONTACT_CHANGED})
    cursor = next((name for name in CURSORS if name in schema["properties"]), "")
    if cursor:
        return _outline(entity, schema, cursor, {})
    return _outline(entity, schema, CURSORS[0], {CURSORS[0]: entity.changed})


def entity_of(stream: str, choices: Choices) -> Entity:
    """Return the entity that a stream of `ENTITIES` reads.

    Args:
        stream: The stream's name.
        choices: What the settings choose.
    """
    if stream == SALES_INVOICES and choices.invoices_from is InvoiceEntity.INVOICE:
        return INVOICE
    return ENTITIES[stream]


def _outline(entity: Entity, schema: Schema, cursor: str, unmapped: Mapping[str, str]) -> Outline:
    return Outline(
        entity=entity.name,
        form=entity.form,
        keys=entity.keys,
        schema=with_stamp(schema, cursor),
        selected=tuple(paths(schema)),
        cursor=cursor,
        unmapped=unmapped,
        wide=entity.has_lines,
    )


def _from_invoices(entity: Entity, description: Description | None) -> Outline:
    """Keep the one shape of the stream whatever the endpoint has: what it lacks is null."""
    schema = cut(full_schema(SALES_INVOICES), lambda _path, _field: True)
    asked = invoice_paths(schema)
    if description is not None:
        asked = (path for path in asked if description.find(entity.name, path) is not None)
    selected = tuple(asked)
    unmapped = {CURRENCY: CURRENCY_VIEW}
    if CURSORS[0] not in selected:
        unmapped[CURSORS[0]] = entity.changed
    return Outline(
        entity=entity.name,
        form=entity.form,
        keys=entity.keys,
        schema=schema,
        selected=selected,
        cursor=CURSORS[0],
        unmapped=unmapped,
        wide=entity.has_lines,
        reshape=as_sales_invoice,
        asked_part=invoice_part,
    )


def _by_generation(generation: int) -> _Has:
    return lambda _path, field: since(field) <= generation


def _by_description(description: Description, entity: str) -> _Has:
    """Leave out a field that the endpoint has under this name, but as something else."""

    def has(path: str, field: Schema) -> bool:
        found = description.find(entity, path)
        if found is None:
            return False
        if part_of(field) is not None:
            return bool(found.entity) and found.many == ("items" in field)
        return found.json_type in field["type"]

    return has


def _file_of(stream: str) -> str:
    return CUSTOMERS if stream == CUSTOMERS_BY_CONTACT else stream
