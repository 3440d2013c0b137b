"""Inserts and updates, from a PUT or from Python."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from simulators.acumatica.contract.tables import VERSIONS, Entity, Field, tables
from simulators.acumatica.records.rows import Row, Values, canonical, split_values
from simulators.acumatica.records.values import WrongTypeError, from_micros, read_plain, to_micros

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator

_OWN_VIEWS: Final[Mapping[str, frozenset[str]]] = {
    "Customer": frozenset({"BAccount", "CurrentCustomer"})
}
"""The data views whose row carries the entity's last change; any other entity: all of them.

A customer's address and e-mail are rows of their own: changing them does not touch the customer's.
"""
_BARE: Final = frozenset(
    {"id", "rowNumber", "note", "custom", "files", "error", "delete", "_links"}
)
_NUMBERS: Final[Mapping[str, str]] = {
    "CustomerID": "C{:06d}",
    "InventoryID": "ITEM{:05d}",
    "ReferenceNbr": "{:06d}",
    "OrderNbr": "SO{:06d}",
    "ClassID": "CLASS{:03d}",
}
_FIXED: Final[Mapping[str, str]] = {"Type": "Invoice", "OrderType": "SO"}


class WriteRefusedError(Exception):
    """A PUT that is answered with an error."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body


def apply_put(
    erp: AcumaticaSimulator,
    entity: Entity,
    version: str,
    record: Mapping[str, Any],
    headers: Mapping[str, str],
) -> Row:
    """Insert or update the record of a PUT body (wrapped values).

    Raises:
        WriteRefusedError: 412 (`If-Match`, `If-None-Match`) or 422 (a value of the wrong type).
    """
    errors: list[WrongTypeError] = []
    plain = unwrap(entity.name, version, record, errors)
    if errors:
        raise WriteRefusedError(422, _with_errors(record, errors))
    try:
        values, details = split_values(entity, plain, version)
    except KeyError as error:
        raise WriteRefusedError(400, {"message": str(error.args[0])}) from error
    existing = _existing(erp, entity, values, record)
    if headers.get("if-none-match") == "*" and existing is not None:
        raise WriteRefusedError(412, _message("The entity already exists."))
    if headers.get("if-match") == "*" and existing is None:
        raise WriteRefusedError(412, _message("The entity does not exist."))
    row = merged(erp, entity, existing, values, details)
    erp.store(entity.name).put(row)
    return row


def merged(
    erp: AcumaticaSimulator,
    entity: Entity,
    existing: Row | None,
    values: Values,
    details: Mapping[str, list[Values]],
) -> Row:
    """The record after a write: stamps from the clock, key numbers given, details replaced."""
    now = to_micros(erp.clock.now())
    if existing is None:
        values = {**_new_keys(erp, entity), **values}
        key = "|".join(str(values.get(name, "")) for name in entity.keys)
        return Row(new_id(entity.name, key), values, now, now, dict(details), {})
    row = replace(
        existing,
        values={**existing.values, **values},
        details={**existing.details, **details},
        extras={**existing.extras},
    )
    own = _OWN_VIEWS.get(entity.name)
    touched = _touched_views(entity, values, existing)
    if own is None or touched & own or details:
        row.modified = Row("", {}, now, now).modified
    for view in touched - (own or touched):
        row.extras[f"{view}.LastModifiedDateTime"] = from_micros(now)
    return row


def new_id(entity_name: str, key: str) -> str:
    """A GUID that follows from entity and key."""
    digest = hashlib.md5(f"{entity_name}:{key}".encode(), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest))


def _touched_views(entity: Entity, values: Values, existing: Row) -> set[str]:
    return {
        entity.views[path].name
        for path, value in values.items()
        if path in entity.views and existing.values.get(path) != value
    }


def _existing(
    erp: AcumaticaSimulator, entity: Entity, values: Values, record: Mapping[str, Any]
) -> Row | None:
    store, now = erp.store(entity.name), to_micros(erp.clock.now())
    if isinstance(record.get("id"), str):
        return store.find_id(record["id"], now)
    key = tuple(str(values.get(name) or _FIXED.get(name, "")) for name in entity.keys)
    return store.find(key, now) if all(key) else None


def _new_keys(erp: AcumaticaSimulator, entity: Entity) -> Values:
    store = erp.store(entity.name)
    number = len(store) + 100_001
    return {
        canonical(entity.name, name): _FIXED.get(name)
        or (_NUMBERS[name].format(number) if name in _NUMBERS else number)
        for name in entity.keys
    }


def unwrap(
    type_name: str, version: str, record: Mapping[str, Any], errors: list[WrongTypeError]
) -> dict[str, object]:
    """Wrapped (or bare) values to plain ones; unknown names are ignored, as the real system does.

    What does not fit its field goes to `errors`.
    """
    fields = tables().fields(type_name, version if version in VERSIONS else VERSIONS[-1])
    return {
        name: _unwrap_field(fields[name], version, value, errors)
        for name, value in record.items()
        if name in fields and name not in _BARE
    }


def _unwrap_field(
    found: Field,
    version: str,
    value: Any,  # noqa: ANN401 - any JSON
    errors: list[WrongTypeError],
) -> object:
    if found.kind is None:
        if found.many:
            return [unwrap(found.type_name or "", version, line, errors) for line in value or []]
        return unwrap(found.type_name or "", version, value or {}, errors)
    inner = value.get("value") if isinstance(value, Mapping) else value
    try:
        return read_plain(found.kind, inner)
    except WrongTypeError as error:
        error.add_note(found.name)
        errors.append(error)
        return None


def _with_errors(record: Mapping[str, Any], errors: list[WrongTypeError]) -> dict[str, Any]:
    body = dict(record)
    for error in errors:
        name = error.__notes__[0]
        given = body.get(name)
        body[name] = {**(given if isinstance(given, dict) else {}), "error": str(error)}
    return body


def _message(text: str) -> object:
    return {"message": text}
