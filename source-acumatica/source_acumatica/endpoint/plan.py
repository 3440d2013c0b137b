"""What can be asked of which endpoint version.

The JSON schemas in `schemas/` name every field that the connector wants. This module knows which
of them an endpoint version has, under which name it keeps the time of the last change, and how a
list of them is asked for. Nothing here does I/O but read those schemas.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from source_acumatica.endpoint.streams import FORMS, KEYS, STREAMS, WITH_LINES
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.reading.records import Convert, compile_row
from source_acumatica.settings import Settings

FIRST_GENERATION: Final[Mapping[str, Mapping[str, int]]] = {
    "customers": {
        "BAccountID": 22,
        "CreditLimit": 22,
        "IsGuestCustomer": 22,
        "NoteID": 22,
        "CustomerCategory": 23,
        "Email": 23,
        "PrimaryContactID": 23,
    },
    "contacts": {"FullName": 22},
    "stock_items": {
        "Availability": 22,
        "CurySpecificMSRP": 22,
        "CurySpecificPrice": 22,
        "CustomURL": 22,
        "ExportToExternal": 22,
        "MetaDescription": 22,
        "NoteID": 22,
        "PageTitle": 22,
        "TemplateItemID": 22,
        "Visibility": 22,
        "LastModifiedDateTime": 24,
    },
    "non_stock_items": {
        "Availability": 22,
        "Content": 22,
        "CurySpecificMSRP": 22,
        "CurySpecificPrice": 22,
        "CustomURL": 22,
        "ExportToExternal": 22,
        "MSRP": 22,
        "MetaDescription": 22,
        "NoteID": 22,
        "PageTitle": 22,
        "TemplateItemID": 22,
        "Visibility": 22,
    },
    "sales_invoices": {"CreatedDate": 24, "ExternalRef": 24},
}
"""Top-level fields that came later than 20.200.001. All nested fields of the schemas exist in every
version."""


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How one stream is asked for, and what becomes of its rows.

    Attributes:
        stream: The stream's name.
        entity: The entity's name in the address.
        form: The form whose rights decide what a user may read of it; empty where it is not known.
        keys: The fields that name a row on its form; none where they are not known.
        schema: The JSON schema of its records, cut to the fields that the endpoint has.
        select: Value of `$select`.
        expand: Value of `$expand`; empty if the entity is flat.
        custom: Value of `$custom`; empty if no unmapped field is asked for.
        cursor_field: The record's field with the time of the last change; empty if there is none,
            so that the stream is read whole each time.
        cursor_term: How `$filter` names that field; empty if there is none.
        wide: Whether its rows carry lines, so that fewer of them fit on a page.
        convert: Makes a record of a row.
    """

    stream: str
    entity: str
    form: str
    keys: tuple[str, ...]
    schema: Mapping[str, Any]
    select: str
    expand: str
    custom: str
    cursor_field: str
    cursor_term: str
    wide: bool
    convert: Convert


def plan_of(stream: str, config: Mapping[str, Any]) -> StreamPlan:
    """Plan one stream for one config.

    Args:
        stream: The stream's name.
        config: The config, defaults filled in.

    Raises:
        ConfigError: A setting cannot be used.
    """
    return plan_stream(stream, Settings.of(config).endpoint)


@cache
def plan_stream(stream: str, endpoint: Endpoint) -> StreamPlan:
    """Plan one stream for one endpoint version.

    Args:
        stream: A key of `STREAMS`.
        endpoint: The endpoint to read.
    """
    entity = STREAMS[stream]
    schema = _cut(_full_schema(stream), stream, endpoint.generation)
    unmapped = UNMAPPED_CURSORS.get(stream) if endpoint.generation < _INVOICE_CURSOR else None
    cursor_field = _cursor_field(stream, endpoint.generation)
    selected = [path for path in paths(schema) if not (unmapped and path == cursor_field)]
    return StreamPlan(
        stream=stream,
        entity=entity,
        form=FORMS[entity],
        keys=KEYS[entity],
        schema=schema,
        select=",".join(selected),
        expand=",".join(_ancestors(selected)),
        custom=unmapped or "",
        cursor_field=cursor_field,
        cursor_term=f"cf.DateTime(f='{unmapped}')" if unmapped else cursor_field,
        wide=entity in WITH_LINES,
        convert=compile_row(schema, {cursor_field: unmapped} if unmapped else {}),
    )


_INVOICE_CURSOR: Final = 23
UNMAPPED_CURSORS: Final[Mapping[str, str]] = {"sales_invoices": "Document.LastModifiedDateTime"}
"""View and field behind a cursor that the older versions do not map."""


def paths(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """List the fields of a schema as the API names them, such as `MainContact/Address/City`.

    Args:
        schema: The schema of a record, a linked entity or a detail row.
        prefix: The path that leads to it.
    """
    for name, field in schema["properties"].items():
        inner = field.get("items", field)
        if "properties" in inner:
            yield from paths(inner, f"{prefix}{name}/")
        elif name != "id":
            yield prefix + name


def _ancestors(selected: list[str]) -> list[str]:
    found: dict[str, None] = {}
    for path in selected:
        steps = path.split("/")[:-1]
        found.update(dict.fromkeys("/".join(steps[: n + 1]) for n in range(len(steps))))
    return list(found)


def _cursor_field(stream: str, generation: int) -> str:
    if stream == "stock_items" and generation < FIRST_GENERATION[stream]["LastModifiedDateTime"]:
        return "LastModified"
    return "LastModifiedDateTime"


def _cut(schema: dict[str, Any], stream: str, generation: int) -> dict[str, Any]:
    first = FIRST_GENERATION[stream]
    fields = {
        name: field
        for name, field in schema["properties"].items()
        if first.get(name, 0) <= generation
    }
    return schema | {"properties": fields}


@cache
def _full_schema(stream: str) -> dict[str, Any]:
    text = resources.files("source_acumatica").joinpath(f"schemas/{stream}.json").read_text()
    schema: dict[str, Any] = json.loads(text)
    return schema
