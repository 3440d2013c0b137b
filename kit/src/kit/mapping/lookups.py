"""`lookup`: the row of another source stream, such as the customer that an invoice names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kit.mapping import convert
from kit.mapping.document import Spot
from kit.mapping.errors import MissingRowError
from kit.mapping.scope import Frame, Getter, Scope, Shape, Value, split_path, walker
from kit.protocol.reasons import Reason


def compile_lookup(
    entries: Mapping[str, Spot],
    frame: Frame,
    spot: Spot,
    compile_value: Callable[[Spot, Frame], Value],
) -> Value:
    """Compile `{lookup: customers, by: CustomerID, from: CustomerID, path, missing}`.

    With `missing:` a record whose row is not there is parked for that reason; without, the value
    is null. Nothing is looked up for a null.

    Raises:
        CatalogError: `by` or `from` is missing, or the reason is unknown.
    """
    if "by" not in entries or "from" not in entries:
        raise spot.fail("`lookup` needs `by` (a field there) and `from` (the value here)")
    stream, field = entries["lookup"].text(), entries["by"].text()
    frame.usage.lookups.add((stream, field))
    frame.read(Shape(stream, (field,)), entries["by"])
    wanted = compile_value(entries["from"], frame)
    reason = compile_reason(entries["missing"]) if "missing" in entries else None
    row = Value(_finder(stream, field, wanted.get, reason), spot, Shape(stream))
    return _at_path(row, entries["path"], frame) if "path" in entries else row


def _finder(stream: str, field: str, wanted: Getter, reason: Reason | None) -> Getter:
    def get(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
        value = wanted(scope)
        if convert.is_empty(value):
            return None
        row = scope.lookup(stream, field, value)
        if row is None and reason is not None:
            text = convert.to_text(value)
            raise MissingRowError(reason, stream=stream, field=field, value=text)
        return row

    return get


def _at_path(row: Value, spot: Spot, frame: Frame) -> Value:
    path, optional = split_path(spot.text(), spot)
    names = tuple(path.split("."))
    shape = row.shape.down(*names) if row.shape else None
    frame.read(shape, spot, optional=optional)
    return replace(row, get=walker(row.get, names), shape=shape)


def compile_reason(spot: Spot) -> Reason:
    """Return the reason that stands here.

    Raises:
        CatalogError: There is no such reason.
    """
    for reason in Reason:
        if reason.value == spot.text():
            return reason
    known = ", ".join(reason.value for reason in Reason)
    raise spot.fail(f"unknown reason `{spot.text()}` (known: {known})")
