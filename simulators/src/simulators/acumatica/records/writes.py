"""Inserts and updates: what a record looks like after one, and its stamps."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.tables import Entity, Field
from simulators.acumatica.records.rows import Row, Values
from simulators.acumatica.records.store import Store
from simulators.acumatica.records.values import WrongTypeError, from_micros, read_plain

_OWN_VIEWS: Final[Mapping[str, frozenset[str]]] = {
    "Customer": frozenset({"BAccount", "CurrentCustomer"})
}
"""The data views whose row carries the entity's last change; any other entity: all of them.

A customer's address and e-mail are rows of their own: changing them does not touch the customer's.
"""
_SIDE_VIEWS: Final[Mapping[str, tuple[str, ...]]] = {"Customer": ("DefContact", "DefAddress")}
"""Rows that are made together with the entity's own, with a stamp of their own."""
_BARE: Final = frozenset(
    {"id", "rowNumber", "note", "custom", "files", "error", "delete", "_links"}
)
_NUMBERS: Final[Mapping[str, str]] = {
    "CustomerID": "C{:06d}",
    "InventoryID": "ITEM{:05d}",
    "ReferenceNbr": "{:06d}",
    "OrderNbr": "SO{:06d}",
    "ClassID": "CLASS{:03d}",
    "SalespersonID": "SP{:04d}",
}
FIXED_KEYS: Final[Mapping[str, str]] = {"Type": "Invoice", "OrderType": "SO"}


def merged(
    store: Store,
    existing: Row | None,
    values: Values,
    details: Mapping[str, list[Values]],
    now: int,
) -> Row:
    """The record after a write at `now`: stamps moved, key numbers given, details replaced."""
    entity = store.entity
    if existing is None:
        values = {**_new_keys(store), **values}
        key = "|".join(str(values.get(name, "")) for name in entity.keys)
        row = Row(new_id(entity.name, key), values, now, now, dict(details))
        _stamp(row, set(_SIDE_VIEWS.get(entity.name, ())))
        return row
    row = replace(
        existing,
        values={**existing.values, **values},
        details={**existing.details, **details},
    )
    own = _OWN_VIEWS.get(entity.name)
    touched = _touched_views(entity, values, existing)
    before = row.modified
    row.modified = Row("", {}, now, now).modified
    _stamp(row, touched - (own or touched))
    if not (own is None or touched & own or details):
        row.modified = before
    return row


def new_id(entity_name: str, key: str) -> str:
    """A GUID that follows from entity and key."""
    digest = hashlib.md5(f"{entity_name}:{key}".encode(), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest))


def unwrap(
    contract: Contract, type_name: str, record: Mapping[str, Any], errors: list[WrongTypeError]
) -> dict[str, object]:
    """Wrapped (or bare) values to plain ones; unknown names are ignored, as the real system does.

    What does not fit its field goes to `errors`.
    """
    fields = contract.types[type_name]
    return {
        name: _unwrap_field(contract, fields[name], value, errors)
        for name, value in record.items()
        if name in fields and name not in _BARE
    }


def plain_record(
    contract: Contract, entity: str, record: Mapping[str, object]
) -> dict[str, object]:
    """A record of JSON values as one of plain values; nothing in it is passed over.

    Raises:
        KeyError: no such entity or field.
        WrongTypeError: a value does not fit its field.
    """
    errors: list[WrongTypeError] = []
    plain = unwrap(contract, contract.entities[entity].name, record, errors)
    unknown = set(record) - set(plain)
    if unknown:
        raise KeyError(f"{entity} has no field {', '.join(sorted(unknown))}.")
    if errors:
        raise errors[0]
    return plain


def _stamp(row: Row, views: set[str]) -> None:
    """Move the stamps of the rows behind some data views to that of the record."""
    for view in views:
        row.values[f"{view}.LastModifiedDateTime"] = from_micros(row.modified)


def _touched_views(entity: Entity, values: Values, existing: Row) -> set[str]:
    return {
        entity.views[path].name if path in entity.views else path.partition(".")[0]
        for path, value in values.items()
        if (path in entity.views or "." in path) and existing.values.get(path) != value
    }


def _new_keys(store: Store) -> Values:
    number = len(store) + 100_001
    return {
        store.entity.canonical(name): FIXED_KEYS.get(name)
        or (_NUMBERS[name].format(number) if name in _NUMBERS else number)
        for name in store.entity.keys
    }


def _unwrap_field(
    contract: Contract,
    found: Field,
    value: Any,  # noqa: ANN401 - any JSON
    errors: list[WrongTypeError],
) -> object:
    if found.kind is None:
        type_name = found.type_name or ""
        if found.many:
            return [unwrap(contract, type_name, line, errors) for line in value or []]
        return unwrap(contract, type_name, value or {}, errors)
    inner = value.get("value") if isinstance(value, Mapping) else value
    try:
        return read_plain(found.kind, inner)
    except WrongTypeError as error:
        error.add_note(found.name)
        errors.append(error)
        return None
