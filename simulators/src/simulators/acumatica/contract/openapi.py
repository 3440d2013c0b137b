"""The OpenAPI 3.0.1 document of what the simulator serves, made from its own tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from simulators.acumatica.contract.tables import ENDPOINT, Entity, Field, Kind, tables
from simulators.acumatica.queries.custom_fields import custom_type
from simulators.acumatica.records.rows import Values

_JSON: Final = ("application/json", "text/json")
_VALUE_TYPES: Final[Mapping[Kind, dict[str, str]]] = {
    Kind.STRING: {"type": "string"},
    Kind.DECIMAL: {"type": "number", "format": "double"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.INTEGER: {"type": "integer", "format": "int32"},
    Kind.SHORT: {"type": "integer", "format": "int32"},
    Kind.GUID: {"type": "string", "format": "uuid"},
}
_QUERY: Final = ("select", "filter", "expand", "custom")
_PARAMETERS: Final = {
    "ids": {"name": "ids", "in": "path", "required": True, "schema": {"type": "string"}},
    "id": {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    },
    **{name: {"name": f"${name}", "in": "query", "schema": {"type": "string"}} for name in _QUERY},
    **{
        name: {
            "name": f"${name}",
            "in": "query",
            "schema": {"type": "integer", "format": "int32"},
        }
        for name in ("skip", "top")
    },
}


@lru_cache(maxsize=8)
def openapi(version: str, server: str) -> dict[str, Any]:
    """The document of one endpoint version."""
    names = sorted(tables().entities)
    paths: dict[str, Any] = {}
    for name in names:
        paths |= _paths(name)
    return {
        "openapi": "3.0.1",
        "info": {"title": f"{ENDPOINT}/{version}", "version": "4"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": _schemas(version),
            "responses": _responses(),
            "parameters": _PARAMETERS,
        },
        "tags": [{"name": name} for name in names],
    }


def ad_hoc_schema(entity: Entity, version: str, extras: Values) -> dict[str, Any]:
    """The answer of `$adHocSchema`: every field, and the fields outside of the contract."""
    body: dict[str, Any] = {
        name: _schema_value(found) for name, found in tables().fields(entity.name, version).items()
    }
    custom: dict[str, dict[str, Any]] = {}
    for path, value in sorted(extras.items()):
        view, _, dac_field = path.partition(".")
        custom.setdefault(view, {})[dac_field] = {
            "type": custom_type(value),
            "viewName": view,
            "fieldName": dac_field,
        }
    return {**body, "custom": custom}


def _schema_value(found: Field) -> object:
    if found.kind is not None:
        return {"type": found.kind.wrapper}
    return [] if found.many else {}


def _schemas(version: str) -> dict[str, Any]:
    schemas: dict[str, Any] = {
        kind.wrapper: {
            "type": "object",
            "properties": {"value": of, "error": {"type": "string"}},
        }
        for kind, of in _VALUE_TYPES.items()
    }
    schemas["Entity"] = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "rowNumber": {"type": "integer", "format": "int64"},
            "note": _ref("schemas", "StringValue"),
            "custom": {"type": "object", "additionalProperties": {"type": "object"}},
            "error": {"type": "string"},
            "files": {"type": "array", "items": {"type": "object"}},
        },
    }
    schemas["HttpError"] = {
        "type": "object",
        "properties": {
            name: {"type": "string", "nullable": True}
            for name in ("message", "exceptionMessage", "exceptionType", "stackTrace")
        },
    }
    for name in tables().type_names():
        fields = tables().fields(name, version)
        if fields:
            schemas[name] = _entity_schema(fields)
    return schemas


def _entity_schema(fields: Mapping[str, Field]) -> dict[str, Any]:
    properties = {name: _field_schema(found) for name, found in fields.items()}
    return {
        "allOf": [
            _ref("schemas", "Entity"),
            {"type": "object", "properties": properties},
        ]
    }


def _field_schema(found: Field) -> dict[str, Any]:
    name = found.kind.wrapper if found.kind is not None else found.type_name or ""
    if found.many:
        return {"type": "array", "items": _ref("schemas", name)}
    return _ref("schemas", name)


def _paths(name: str) -> dict[str, Any]:
    one, many = _ref("schemas", name), {"type": "array", "items": _ref("schemas", name)}
    query = [_ref("parameters", of) for of in _QUERY]
    paging = [_ref("parameters", of) for of in ("skip", "top")]
    keyed = {kind: [_ref("parameters", kind)] for kind in ("ids", "id")}
    put = _operation(name, "PutEntity", query, one) | {
        "requestBody": {"content": _content(one), "required": True}
    }
    put["responses"]["422"] = {"description": "Invalid data.", "content": _content(one)}
    paths = {
        f"/{name}": {"get": _operation(name, "GetList", query + paging, many), "put": put},
        f"/{name}/$adHocSchema": {"get": _operation(name, "GetAdHocSchema", [], one)},
    }
    for kind, label in (("ids", "ByKeys"), ("id", "ById")):
        paths[f"/{name}/{{{kind}}}"] = {
            "get": _operation(name, f"Get{label}", keyed[kind] + query, one),
            "delete": _operation(name, f"Delete{label}", keyed[kind], None),
        }
    return paths


def _operation(
    name: str, action: str, parameters: list[dict[str, Any]], schema: dict[str, Any] | None
) -> dict[str, Any]:
    ok = {"description": "OK.", "content": _content(schema)} if schema else {"description": "Done."}
    return {
        "tags": [name],
        "summary": f"{action} of {name}.",
        "operationId": f"{name}_{action}",
        "parameters": parameters,
        "responses": {
            "401": _ref("responses", "ContractBasedControllerBase_401"),
            "500": _ref("responses", "ContractBasedControllerBase_500"),
            "200" if schema else "204": ok,
        },
    }


def _responses() -> dict[str, Any]:
    content = _content(_ref("schemas", "HttpError"))
    return {
        f"ContractBasedControllerBase_{status}": {"description": text, "content": content}
        for status, text in (("401", "Not signed in."), ("500", "Internal server error."))
    }


def _content(schema: dict[str, Any] | None) -> dict[str, Any]:
    return {media: {"schema": schema} for media in _JSON}


def _ref(kind: str, name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/{kind}/{name}"}
