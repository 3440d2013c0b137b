"""Swagger 2.0, as endpoints before 2024 R2 describe themselves: made from OpenAPI 3.0.1."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.openapi import openapi

_MEDIA: Final = ["application/json", "text/json"]
_FIRST_OF_OPENAPI: Final = "24.200.001"


def description(contract: Contract, server: str) -> dict[str, Any]:
    """What `swagger.json` of an endpoint at the address `server` answers."""
    if contract.base >= _FIRST_OF_OPENAPI:
        return openapi(contract, server)
    return swagger(contract, server)


@lru_cache(maxsize=16)
def swagger(contract: Contract, server: str) -> dict[str, Any]:
    """The Swagger 2.0 document of an endpoint at the address `server`."""
    document = openapi(contract, server)
    parts = urlsplit(server)
    components = document["components"]
    return {
        "swagger": "2.0",
        "info": document["info"],
        "host": parts.netloc,
        "basePath": parts.path,
        "schemes": [parts.scheme],
        "paths": {
            path: {
                method: _operation(operation, components) for method, operation in methods.items()
            }
            for path, methods in document["paths"].items()
        },
        "definitions": _pointed(components["schemas"]),
        "tags": document["tags"],
    }


def _operation(
    operation: Mapping[str, Any], components: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    parameters = [_parameter(_target(of, components)) for of in operation["parameters"]]
    if "requestBody" in operation:
        schema = _schema_of(operation["requestBody"])
        parameters.append({"in": "body", "name": "entity", "required": True, "schema": schema})
    return {
        "tags": operation["tags"],
        "summary": operation["summary"],
        "operationId": operation["operationId"],
        "consumes": _MEDIA if "requestBody" in operation else [],
        "produces": _MEDIA,
        "parameters": parameters,
        "responses": {
            status: _response(_target(of, components))
            for status, of in operation["responses"].items()
        },
    }


def _target(
    of: Mapping[str, Any], components: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any]:
    if "$ref" not in of:
        return of
    kind, name = of["$ref"].split("/")[-2:]
    target: Mapping[str, Any] = components[kind][name]
    return target


def _parameter(of: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: of[name] for name in of if name != "schema"}, **of["schema"]}


def _response(of: Mapping[str, Any]) -> dict[str, Any]:
    if "content" not in of:
        return dict(of)
    return {"description": of["description"], "schema": _schema_of(of)}


def _schema_of(of: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON schema
    return _pointed(of["content"][_MEDIA[0]]["schema"])


def _pointed(schema: Any) -> Any:  # noqa: ANN401 - any JSON schema
    """The same schema, its references pointing where Swagger 2.0 keeps the definitions."""
    if isinstance(schema, list):
        return [_pointed(of) for of in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: of.replace("#/components/schemas/", "#/definitions/")
        if name == "$ref"
        else _pointed(of)
        for name, of in schema.items()
        if name not in {"nullable", "discriminator"}
    }
