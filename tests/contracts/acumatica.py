"""Holds exchanges with an Acumatica instance against the published endpoint definitions.

What is checked: the entity, every field named in `$select`, `$expand`, `$filter` and `$custom`,
every field of a record that is sent or answered, and the type of its value: against the metadata of
the endpoint version, and for 24.200.001 against its OpenAPI document as well. 25.200.001 has no
published description: its metadata is that of 24.200.001 for what is used. What no description
covers at all stands in `UNCOVERED`, with the source that it was written from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import orjson

from simulators.common import Exchange
from tests.contracts.acumatica_definitions import (
    VERSIONS,
    Definition,
    read_metadata,
    read_openapi,
    read_operations,
)
from tests.contracts.acumatica_values import value_violations

_PATH: Final = re.compile(
    r"^(?P<site>.*)/entity/(?P<endpoint>[^/]+)/(?P<version>\d+\.\d+\.\d+)/(?P<rest>.+)$"
)
UNCOVERED: Final[Mapping[str, str]] = {
    r"/entity/?$": "the vendor's guide, topic Retrieve the Version and the List of Endpoints",
    r"/entity/auth/": "the vendor's guide, topic Sign In to the Service; recorded answers",
    r"/identity/": "the vendor's guide, chapter Authorizing with OAuth 2.0",
    r"/swagger\.json$": "the vendor's own documents, which these are made after",
    r"/(t/[^/]+/api/odata|odatav4)/": "the vendor's guide, topic DAC-Based OData: Data Retrieval",
    r"/entity/Default/26\.200\.001/": "second-hand notes on contract version 5",
    r"/entity/(?!Default/)[^/]+/[^/]+/": "an endpoint of the tenant's own describes itself",
}
"""What no published description covers: a pattern of the path, and where its facts are from."""
_ODATA: Final = re.compile(r"/(t/[^/]+/api/odata|odatav4)/")
_OPENAPI_VERSION: Final = "24.200.001"
_NEWEST: Final = VERSIONS[-1]
_UNCHECKED: Final = frozenset({0, 401, 404})
_PARAMETERS: Final = frozenset({"$select", "$filter", "$expand", "$custom", "$skip", "$top"})
_BARE: Final = frozenset(
    {"id", "rowNumber", "note", "custom", "error", "files", "_links", "delete"}
)
_STRING: Final = re.compile(r"(?:datetimeoffset|datetime|date|guid)?'(?:[^']|'')*'")
_CUSTOM_FIELD: Final = re.compile(r"cf\.(\w+)\(\s*f\s*=\s*'([^']*)'\s*\)")
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*")
_WORDS: Final = frozenset(
    {"and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "true", "false", "null"}
    | {"substringof", "startswith", "endswith"}
)
_CUSTOM_KINDS: Final = frozenset(
    {"String", "Decimal", "Boolean", "DateTime", "Int", "Short", "Guid", "Long", "Double", "Byte"}
)
_ERROR_TYPES: Final = {
    "message": str,
    "exceptionMessage": str,
    "exceptionType": str,
    "stackTrace": str,
    "messageDetail": str,
    "modelState": dict,
}


class AcumaticaContract:
    """The published endpoint definitions below `contracts_dir`/acumatica.

    Args:
        contracts_dir: The folder of published descriptions.
    """

    def __init__(self, contracts_dir: Path) -> None:
        self._folder = contracts_dir / "acumatica"
        self._read: dict[str, Definition] = {}

    def violations(self, exchange: Exchange) -> list[str]:
        """Say what in one exchange the definitions do not allow; empty = nothing."""
        if _ODATA.search(exchange.path):
            return list(_odata_problems(exchange))
        match = _PATH.match(exchange.path)
        if match is None or exchange.status in _UNCHECKED or self.uncovered(exchange.path):
            return []
        version = match["version"]
        entity, _, keys = match["rest"].partition("/")
        where = f"{exchange.method} {match['endpoint']}/{version}/{match['rest']}"
        definition = self.definition(version)
        if entity not in definition.entities:
            return [f"{where}: no such entity"]
        checked = _Checked(exchange, entity, keys, definition, self._openapi_for(version))
        return [f"{where}: {problem}" for problem in checked.problems()]

    def uncovered(self, path: str) -> str | None:
        """The source of what no published description covers; None = one does."""
        return next((source for of, source in UNCOVERED.items() if re.search(of, path)), None)

    def definition(self, version: str) -> Definition:
        """The metadata of an endpoint version; of one that is not published, the newest."""
        known = version if version in VERSIONS else _NEWEST
        if known not in self._read:
            name = f"endpoint-metadata-Default-{known}.xml"
            self._read[known] = read_metadata(self._folder / name)
        return self._read[known]

    @cached_property
    def openapi(self) -> Definition:
        """The OpenAPI document of 24.200.001."""
        return read_openapi(self._openapi_path)

    @cached_property
    def operations(self) -> dict[str, frozenset[str]]:
        """The methods per path template of the OpenAPI document."""
        return read_operations(self._openapi_path)

    @property
    def _openapi_path(self) -> Path:
        return self._folder / f"openapi-Default-{_OPENAPI_VERSION}.json"

    def _openapi_for(self, version: str) -> tuple[Definition, dict[str, frozenset[str]]] | None:
        if version != _OPENAPI_VERSION:
            return None
        return self.openapi, self.operations


class _Checked:
    """One exchange with the definitions that it is held against."""

    def __init__(
        self,
        exchange: Exchange,
        entity: str,
        keys: str,
        definition: Definition,
        openapi: tuple[Definition, dict[str, frozenset[str]]] | None,
    ) -> None:
        self._exchange = exchange
        self._entity = entity
        self._keys = keys
        self._definitions = [definition] if openapi is None else [definition, openapi[0]]
        self._operations = None if openapi is None else openapi[1]

    def problems(self) -> Iterator[str]:
        yield from self._method_problems()
        yield from self._parameter_problems()
        if self._exchange.method == "PUT" and self._exchange.request_body:
            yield from self._record_problems(self._exchange.request_json(), "sent ")
        if not self._keys.startswith("$"):
            yield from self._answer_problems()

    def _method_problems(self) -> Iterator[str]:
        if self._operations is None:
            return
        template = f"/{self._entity}"
        if self._keys:
            template += f"/{self._keys}" if self._keys.startswith("$") else "/{ids}"
        if self._exchange.method.lower() not in self._operations.get(template, frozenset()):
            yield f"{template} has no operation {self._exchange.method}"

    def _parameter_problems(self) -> Iterator[str]:
        for name, value in self._exchange.parameters:
            if name not in _PARAMETERS:
                if name.startswith("$"):
                    yield f"{name} is no parameter"
            elif name in {"$skip", "$top"}:
                if not value.isdigit():
                    yield f"{name} is no number: {value}"
            else:
                yield from self._path_problems(name, value)

    def _path_problems(self, name: str, value: str) -> Iterator[str]:
        if name == "$custom":
            for path in _listed(value):
                if "." not in path.rpartition("/")[2]:
                    yield f"$custom names no view: {path}"
            return
        if name == "$filter":
            yield from (
                f"$filter: cf.{kind} is no kind"
                for kind, _ in _CUSTOM_FIELD.findall(value)
                if kind not in _CUSTOM_KINDS
            )
        for path in _filter_paths(value) if name == "$filter" else _listed(value):
            yield from self._known(name, path)

    def _known(self, name: str, path: str) -> Iterator[str]:
        for definition in self._definitions:
            found = definition.resolve(self._entity, path)
            if found is None:
                yield f"{name} names {path}, which is not in {definition.name}"
            elif name == "$expand" and found.type_name is None:
                yield f"$expand names {path}, which is a value"
            elif name == "$filter" and found.type_name is not None:
                yield f"$filter names {path}, which is no value"

    def _answer_problems(self) -> Iterator[str]:
        exchange = self._exchange
        if "json" not in exchange.response_headers.get("content-type", ""):
            return
        try:
            content = exchange.response_json()
        except orjson.JSONDecodeError:
            return  # cut short by a fault
        if exchange.status != 200:
            if exchange.status != 422:
                yield from _error_problems(content)
        elif exchange.method == "GET" and not self._keys:
            if not isinstance(content, list):
                yield "a list read answers no array"
                return
            for record in content:
                yield from self._record_problems(record, "")
        else:
            yield from self._record_problems(content, "")

    def _record_problems(self, record: Any, prefix: str) -> Iterator[str]:
        for definition in self._definitions:
            yield from _entity_problems(definition, self._entity, record, prefix)


def _entity_problems(
    definition: Definition, type_name: str, record: Any, prefix: str
) -> Iterator[str]:
    if not isinstance(record, dict):
        yield f"{prefix}{type_name} is no object"
        return
    fields = definition.types[type_name]
    for name, value in record.items():
        if name in _BARE:
            continue
        found = fields.get(name)
        path = f"{prefix}{type_name}.{name}"
        if found is None:
            yield f"{path} is not in {definition.name}"
        elif found.type_name is None:
            yield from (f"{path} {problem}" for problem in value_violations(found.wrapper, value))
        elif not found.many:
            yield from _entity_problems(definition, found.type_name, value, prefix)
        elif not isinstance(value, list):
            yield f"{path} is no array"
        else:
            for line in value:
                yield from _entity_problems(definition, found.type_name, line, prefix)


def _error_problems(content: Any) -> Iterator[str]:
    if not isinstance(content, dict):
        yield "an error is no object"
        return
    for name, value in content.items():
        expected = _ERROR_TYPES.get(name)
        if expected is not None and value is not None and not isinstance(value, expected):
            yield f"HttpError.{name} is no {expected.__name__}"


def _odata_problems(exchange: Exchange) -> Iterator[str]:
    """The little that OData itself asks of a service that only reads."""
    where = f"{exchange.method} {exchange.path}"
    if exchange.method != "GET":
        yield f"{where}: the service only reads"
    if exchange.status != 200:
        return
    content = exchange.response_json()
    if not isinstance(content, dict) or "@odata.context" not in content:
        yield f"{where}: the answer names no context"
    elif not isinstance(content.get("value"), list):
        yield f"{where}: the answer has no list of values"


def _listed(value: str) -> Iterable[str]:
    return (path.strip() for path in value.split(",") if path.strip())


def _filter_paths(value: str) -> list[str]:
    bare = _STRING.sub(" ", _CUSTOM_FIELD.sub(" ", value))
    bare = re.sub(r"\b\d[\w.]*", " ", bare)
    return [name for name in _NAME.findall(bare) if name not in _WORDS]
