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

from source_acumatica.errors import ConfigError

STREAMS: Final[Mapping[str, str]] = {
    "customers": "Customer",
    "contacts": "Contact",
    "stock_items": "StockItem",
    "non_stock_items": "NonStockItem",
    "sales_invoices": "SalesInvoice",
}
"""Stream -> entity."""

FORMS: Final[Mapping[str, str]] = {
    "Customer": "AR303000",
    "Contact": "CR302000",
    "StockItem": "IN202500",
    "NonStockItem": "IN202000",
    "SalesInvoice": "SO303000",
}
"""Entity -> the form whose rights decide what a user may read of it."""

VERSIONS: Final[Mapping[str, int]] = {
    "20.200.001": 20,
    "22.200.001": 22,
    "23.200.001": 23,
    "24.200.001": 24,
    "25.200.001": 25,
}
"""Version of the endpoint `Default` that is spoken here -> the generation of fields it has."""

DEFAULT_GENERATION: Final = 24
_CONTRACT_5: Final = 26

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
class Endpoint:
    """A contract-based REST endpoint.

    Attributes:
        name: `Default`, or the name of an endpoint made in the instance.
        version: Its version as the address has it.
        generation: Which fields it has: the release year of the `Default` version that it equals.
    """

    name: str
    version: str
    generation: int

    @classmethod
    def named(cls, name: str, version: str) -> "Endpoint":
        """Return the endpoint, if the connector speaks it.

        Args:
            name: `Default`, or an endpoint of the instance's own.
            version: The version; for an endpoint of the instance's own, any text.

        Raises:
            ConfigError: The version is unknown, or uses contract version 5.
        """
        known = VERSIONS.get(version)
        if known is not None or name != "Default":
            return cls(name, version, known or DEFAULT_GENERATION)
        year = version.partition(".")[0]
        if year.isdigit() and int(year) >= _CONTRACT_5:
            raise ConfigError(
                f"Setting `endpoint_version` is {version}, which uses contract version 5; this "
                "connector speaks version 4. Set it to 25.200.001 or 24.200.001: newer releases "
                "go on serving them."
            )
        raise ConfigError(
            f"Setting `endpoint_version` is {version}, which this connector does not know. "
            f"Set it to one of {', '.join(sorted(VERSIONS, reverse=True))}."
        )


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How one stream is asked for on one endpoint version.

    Attributes:
        entity: The entity's name in the address.
        schema: The JSON schema of its records, cut to the fields that the version has.
        select: Value of `$select`.
        expand: Value of `$expand`; empty if the entity is flat.
        custom: Value of `$custom`; empty unless the cursor has to be asked for as an unmapped
            field.
        cursor_field: The record's field with the time of the last change.
        cursor_term: How `$filter` names that field.
    """

    entity: str
    schema: Mapping[str, Any]
    select: str
    expand: str
    custom: str
    cursor_field: str
    cursor_term: str


@cache
def plan_stream(stream: str, endpoint: Endpoint) -> StreamPlan:
    """Plan one stream for one endpoint version.

    Args:
        stream: A key of `STREAMS`.
        endpoint: The endpoint to read.
    """
    schema = _cut(_full_schema(stream), stream, endpoint.generation)
    unmapped = UNMAPPED_CURSORS.get(stream) if endpoint.generation < _INVOICE_CURSOR else None
    cursor_field = _cursor_field(stream, endpoint.generation)
    selected = [path for path in paths(schema) if not (unmapped and path == cursor_field)]
    return StreamPlan(
        entity=STREAMS[stream],
        schema=schema,
        select=",".join(selected),
        expand=",".join(_ancestors(selected)),
        custom=unmapped or "",
        cursor_field=cursor_field,
        cursor_term=f"cf.DateTime(f='{unmapped}')" if unmapped else cursor_field,
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
