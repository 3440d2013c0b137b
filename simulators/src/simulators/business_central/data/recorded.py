"""The records of recorded and live answers, served again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from simulators.business_central.data.settings import company_data
from simulators.business_central.odata.entities import Entity, Kind, Property, entities
from simulators.business_central.odata.values import UNSTAMPED, Value, default, to_ticks
from simulators.business_central.store.company import CompanyData, new_id
from simulators.business_central.store.rows import MODIFIED, Row, full_values
from simulators.business_central.store.table import RowList

RECORDED: Final[Mapping[str, str]] = {
    "recorded/customers.list.json": "customers",
    "recorded/items.list.expanded.json": "items",
    "recorded/salesInvoices.list.expanded.json": "salesInvoices",
    "recorded/salesOrders.list.expanded.json": "salesOrders",
}
LIVE: Final[Mapping[str, str]] = {
    "live/customers.page1.json": "customers",
    "live/contact.created.json": "contacts",
}
_GUID: Final = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DIGITS: Final = re.compile(r"(\.\d+)")
_SINCE: Final = datetime(2026, 2, 4, 3, 43, tzinfo=UTC)


def recorded_companies(folder: Path) -> tuple[CompanyData, CompanyData]:
    """Two companies: that of the recorded answers, and that of the live ones.

    What the recording's publisher scrubbed to a text that does not fit its type is blank, and an
    id that is no GUID becomes one that follows from the text.

    Raises:
        FileNotFoundError: the folder, or a file of it, is not there.
    """
    return (
        _company(folder, "CRONUS USA, Inc.", RECORDED),
        _company(folder, "CRONUS Live", LIVE),
    )


def _company(folder: Path, name: str, names: Mapping[str, str]) -> CompanyData:
    sources = {}
    for path, entity_set in names.items():
        content = json.loads((folder / path).read_text("utf-8"), parse_float=Decimal)
        records = content.get("value", [content])
        rows = [_row(entities()[entity_set], record) for record in records]
        sources[entity_set] = RowList(rows)
    return company_data(name, name, "USD", _SINCE, sources)


def _row(entity: Entity, record: Mapping[str, Any]) -> Row:
    values = {
        name: _value(of, record[name])
        for name, of in entity.properties.items()
        if name in record and name != MODIFIED
    }
    lines = next(
        (
            [_row(entities()[navigation.target], line) for line in record[name]]
            for name, navigation in entity.navigations.items()
            if navigation.many and isinstance(record.get(name), list) and name.endswith("Lines")
        ),
        [],
    )
    stamp = _stamp(record.get(MODIFIED))
    row_id = str(values["id"])
    return Row(
        row_id, full_values(entity, values), stamp, lines=tuple(lines), inner={"posted": True}
    )


def _value(of: Property, value: Any) -> Value:  # noqa: ANN401 - any JSON
    if of.kind is Kind.GUID:
        text = str(value).lower()
        return text if _GUID.match(text) else new_id(text)
    if of.kind is Kind.ENUM:
        member = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), str(value))
        return member if member in of.members else default(of)
    if of.kind is Kind.DATE:
        return _day(of, value)
    if of.kind is Kind.DECIMAL:
        return Decimal(str(value))
    found: Value = value
    return found


def _day(of: Property, value: Any) -> Value:  # noqa: ANN401 - any JSON
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return default(of)


def _stamp(value: Any) -> int:  # noqa: ANN401 - any JSON
    if value is None:
        return UNSTAMPED
    return to_ticks(datetime.fromisoformat(_DIGITS.sub(lambda m: f"{m[1]:0<4}", str(value))))
