"""Where records come from: the wholesaler, or recorded answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from simulators.acumatica.contract.endpoints import system_contract
from simulators.acumatica.contract.tables import CREATED, MODIFIED, Entity, Field, Kind, tables
from simulators.acumatica.data.wholesale import wholesale_rows
from simulators.acumatica.records.rows import Row, Values
from simulators.acumatica.records.store import RowList, RowSource
from simulators.acumatica.records.values import Value, to_micros
from simulators.wholesaler import Wholesaler

AcumaticaData: TypeAlias = Mapping[str, RowSource]
"""Records per entity name."""

_RECORDED_VERSION: Final = "20.200.001"
_RECORDED: Final[Mapping[str, str]] = {
    "customer-list-top1.json": "Customer",
    "customer-put-ok.json": "Customer",
    "stockitem-list-top1.json": "StockItem",
    "stockitem-put-ok.json": "StockItem",
    "salesorder-list-top1.json": "SalesOrder",
    "salesorder-put-expand-details.json": "SalesOrder",
}


@lru_cache(maxsize=4)
def load_wholesaler(data: Wholesaler) -> AcumaticaData:
    """The wholesaler's records as Acumatica holds them.

    Simulators share the rows: a write makes a new one, and never changes one in place.
    """
    return {name: RowList(rows) for name, rows in wholesale_rows(data).items()}


def load_recorded(folder: Path) -> tuple[AcumaticaData, Mapping[str, frozenset[str]]]:
    """The records of the recorded answers in a folder, and the fields that their site left out.

    Raises:
        FileNotFoundError: the folder, or a file of it, is not there.
    """
    recorded: dict[str, list[Mapping[str, Any]]] = {}
    for name, entity in _RECORDED.items():
        content = json.loads((folder / name).read_text("utf-8"), parse_float=Decimal)
        recorded.setdefault(entity, []).extend(content if isinstance(content, list) else [content])
    entities = tables().entities
    rows = {
        name: RowList(tuple(_row(entities[name], record) for record in records))
        for name, records in recorded.items()
    }
    return rows, {name: frozenset(_absent(name, records)) for name, records in recorded.items()}


def _absent(
    type_name: str, records: Iterable[Mapping[str, Any]], prefix: str = ""
) -> Iterator[str]:
    """The paths that the recorded version has, and that none of the records shows."""
    records = list(records)
    for name, found in system_contract(_RECORDED_VERSION).types[type_name].items():
        shown = [record[name] for record in records if name in record]
        if found.kind is not None and not shown:
            yield f"{prefix}{name}"
        if found.many and shown:
            lines = [line for lines in shown for line in lines]
            yield from _absent(found.type_name or "", lines, f"{prefix}{name}/")


def _row(entity: Entity, record: Mapping[str, Any]) -> Row:
    values: Values = {}
    details: dict[str, list[Values]] = {}
    stamps = {MODIFIED: 0, CREATED: 0}
    for name, found in _known(entity.name, record):
        if found.many:
            details[name] = [_line(found, line) for line in record[name]]
            continue
        value = _plain(found, record[name])
        system = entity.systems.get(name)
        if system in stamps and isinstance(value, datetime):
            stamps[system] = to_micros(value)
        else:
            values[entity.canonical(name)] = value
    note = record["note"]["value"] if record["note"] is not None else None
    modified, created = stamps.values()
    return Row(record["id"], values, modified, created, details, note=note)


def _line(of: Field, line: Mapping[str, Any]) -> Values:
    known = _known(of.type_name or "", line)
    return {"id": line["id"], **{name: _plain(found, line[name]) for name, found in known}}


def _known(type_name: str, record: Mapping[str, Any]) -> Iterable[tuple[str, Field]]:
    fields = tables().types[type_name]
    return [(name, fields[name]) for name in record if name in fields]


def _plain(found: Field, wrapped: Mapping[str, Any]) -> Value:
    value: Value = wrapped.get("value")
    if found.kind is Kind.DATETIME and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    if found.kind is Kind.DECIMAL and isinstance(value, int):
        return Decimal(value)
    return value
