"""The answers of the OData service. Its errors are not on record: OData's own form is taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from starlette.responses import Response

from simulators.acumatica.records.values import Value, stamp_text, to_micros

_HEADERS = {
    "content-type": "application/json; odata.metadata=minimal; charset=utf-8",
    "odata-version": "4.0",
}


def collection(context: str, rows: list[dict[str, Any]], next_link: str | None = None) -> Response:
    """A page of a set."""
    body: dict[str, Any] = {"@odata.context": context, "value": rows}
    if next_link is not None:
        body["@odata.nextLink"] = next_link
    return Response(orjson.dumps(body), headers=_HEADERS)


def refusal(status: int, message: str) -> Response:
    """An error."""
    body = {"error": {"code": str(status), "message": message}}
    return Response(orjson.dumps(body), status, headers=_HEADERS)


def plain(value: Value, codes: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - any JSON
    """A column's value: codes instead of captions, stamps without an offset."""
    if isinstance(value, datetime):
        return stamp_text(to_micros(value)).removesuffix("+00:00")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}".encode())
    if isinstance(value, str) and codes is not None:
        return codes.get(value, value)
    return value
