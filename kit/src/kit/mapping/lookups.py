"""`lookup`: the row of another source stream, such as the customer that an invoice names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kit.mapping import convert
from kit.mapping.document import Spot
from kit.mapping.errors import MissingRowError
from kit.mapping.indexes import index_name
from kit.mapping.scope import Frame, Getter, Scope, Shape, Value, split_path, walker
from kit.protocol.jsonlines import canonical
from kit.protocol.reasons import Reason


def compile_lookup(
    entries: Mapping[str, Spot],
    frame: Frame,
    spot: Spot,
    compile_value: Callable[[Spot, Frame], Value],
) -> Value:
    """Compile `{lookup: customers, by: CustomerID, from: CustomerID, path, missing}`.

    `by` and `from` may be lists: several fields that have to agree together. With `missing:` a
    record whose row is not there is parked for that reason; without, the value is null. Nothing
    is looked up for a null.

    Raises:
        CatalogError: `by` or `from` is missing, or the reason is unknown.
    """
    if "by" not in entries or "from" not in entries:
        raise spot.fail("`lookup` needs `by` (a field there) and `from` (the value here)")
    stream = entries["lookup"].text()
    fields = [each.text() for each in _one_or_more(entries["by"])]
    index = index_name(fields)
    frame.usage.lookups.add((stream, index))
    for field in fields:
        frame.read(Shape(stream, (field,)), entries["by"])
    wanted = [compile_value(each, frame).get for each in _one_or_more(entries["from"])]
    if len(wanted) != len(fields):
        raise spot.fail("`by` and `from` of a `lookup` must be equally many")
    reason = compile_reason(entries["missing"]) if "missing" in entries else None
    row = Value(_finder(stream, index, wanted, reason), spot, Shape(stream))
    return _at_path(row, entries["path"], frame) if "path" in entries else row


def _one_or_more(spot: Spot) -> list[Spot]:
    return list(spot.each()) if spot.is_list else [spot]


def _finder(stream: str, index: str, wanted: Sequence[Getter], reason: Reason | None) -> Getter:
    def get(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
        values = [each(scope) for each in wanted]
        if any(convert.is_empty(value) for value in values):
            return None
        value = values if len(values) > 1 else values[0]
        row = scope.lookup(stream, index, value)
        if row is None and reason is not None:
            raise MissingRowError(reason, stream=stream, field=index, value=_text(value))
        return row

    return get


def _text(value: object) -> str:
    return canonical(value).decode() if isinstance(value, list) else convert.to_text(value)


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
