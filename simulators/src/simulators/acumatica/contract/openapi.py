"""The published description of an endpoint, made from the simulator's own tables.

Endpoints of 2024 R2 and later describe themselves by OpenAPI 3.0.1, older ones by Swagger 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.tables import Field, Kind

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
_ERROR: Final = {"type": "string"}
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


@lru_cache(maxsize=16)
def openapi(contract: Contract, server: str) -> dict[str, Any]:
    """The OpenAPI 3.0.1 document of an endpoint at the address `server`."""
    entities = sorted(contract.entities.items())
    paths: dict[str, Any] = {}
    for name, _ in entities:
        paths |= _paths(name)
    return {
        "openapi": "3.0.1",
        "info": {
            "title": f"{contract.endpoint}/{contract.version}",
            "version": str(contract.generation),
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": _schemas(contract),
            "responses": _responses(),
            "parameters": _PARAMETERS,
        },
        "tags": [{"name": name, "description": f"({of.screen})"} for name, of in entities],
    }


def _schemas(contract: Contract) -> dict[str, Any]:
    schemas = _base_schemas()
    for name, fields in contract.types.items():
        if fields:
            properties = {of.name: _field_schema(of) for of in fields.values()}
            schemas[name] = _derived("Entity", properties)
    return schemas


def _base_schemas() -> dict[str, Any]:
    values = {kind.wrapper: _object({"value": of, "error": _ERROR}) for kind, of in _kinds()}
    customs = {
        kind.custom: _derived("CustomField", {"value": of, "error": _ERROR})
        for kind, of in _kinds()
    }
    custom = {"type": "object", "additionalProperties": _ref("schemas", "CustomField")}
    return {
        **values,
        **customs,
        "CustomField": {
            **_object({"type": {"type": "string"}}),
            "required": ["type"],
            "discriminator": {"propertyName": "type"},
        },
        "FileLink": _object(
            {
                "id": {"type": "string", "format": "uuid"},
                "filename": {"type": "string"},
                "href": {"type": "string", "format": "uri"},
                "comment": {"type": "string", "nullable": True},
            }
        ),
        "Entity": _object(
            {
                "id": {"type": "string", "format": "uuid"},
                "rowNumber": {"type": "integer", "format": "int64"},
                "note": _ref("schemas", "StringValue"),
                "custom": {"type": "object", "additionalProperties": custom},
                "error": _ERROR,
                "files": {"type": "array", "items": _ref("schemas", "FileLink")},
            }
        ),
        "HttpError": _object(
            {
                "message": {"type": "string"},
                **{
                    name: {"type": "string", "nullable": True}
                    for name in ("exceptionMessage", "exceptionType", "stackTrace")
                },
                "messageDetail": {"type": "string"},
            }
        ),
    }


def _kinds() -> list[tuple[Kind, dict[str, str]]]:
    return list(_VALUE_TYPES.items())


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _derived(base: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"allOf": [_ref("schemas", base), _object(properties)]}


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
