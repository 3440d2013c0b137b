"""`$custom`: fields by data view, which the contract lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import orjson

from simulators.acumatica.contract.tables import Entity, View, tables
from simulators.acumatica.queries.predicates import UnknownFieldError
from simulators.acumatica.records.rows import MODIFIED, Row, canonical, system_column
from simulators.acumatica.records.values import Value, from_micros, wire

_TYPES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "CustomBooleanField"),
    (int, "CustomIntField"),
    (Decimal, "CustomDecimalField"),
    (date, "CustomDateTimeField"),
    (str, "CustomStringField"),
)


def custom_paths(paths: Iterable[str]) -> dict[str, list[View]]:
    """`MainContact/DefContact.FullName` -> `{"MainContact": [View("DefContact", "FullName")]}`.

    Raises:
        UnknownFieldError: a path is not of the form `[Entity/]View.Field`.
    """
    found: dict[str, list[View]] = {}
    for path in paths:
        prefix, _, name = path.rpartition("/")
        view, _, dac_field = name.partition(".")
        if not view or not dac_field:
            raise UnknownFieldError(path)
        found.setdefault(prefix, []).append(View(view, dac_field))
    return found


def custom_writer(entity: Entity, views: Sequence[View]) -> Callable[[Row], str]:
    """The JSON text of a `custom` object with these fields."""
    readers = [(view, _reader(entity, view)) for view in views]

    def write(row: Row) -> str:
        out: dict[str, dict[str, Any]] = {}
        for view, read in readers:
            out.setdefault(view.name, {})[view.dac_field] = _field(read(row))
        return orjson.dumps(out).decode()

    return write


def custom_type(value: Value) -> str:
    """The type's name as the real system writes it."""
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "CustomStringField")


def _field(value: Value) -> dict[str, Any]:
    field: dict[str, Any] = {"type": custom_type(value)}
    if value is not None:
        field["value"] = wire(value)
    return field


def _reader(entity: Entity, wanted: View) -> Callable[[Row], Value]:
    fields = tables().all_fields(entity.name)
    for path, view in entity.views.items():
        if view.key != wanted.key or fields[path.split("/")[0]].many:
            continue
        if system_column(entity.name, path) == MODIFIED:
            return lambda row: from_micros(row.modified)
        stored = canonical(entity.name, path)
        return lambda row: row.values.get(stored)
    name = f"{wanted.name}.{wanted.dac_field}"
    return lambda row: row.extras.get(name)
