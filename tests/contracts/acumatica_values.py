"""The wrapped values of the contract: `{"value": ...}`, `{}` for an empty one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

_KEYS: Final = frozenset({"value", "error"})


def value_violations(wrapper: str, wrapped: Any) -> Iterator[str]:
    """Say what is wrong with one wrapped value of a wrapper type such as `StringValue`."""
    if not isinstance(wrapped, dict) or not wrapped.keys() <= _KEYS:
        yield f"is no {wrapper}: {_shown(wrapped)}"
        return
    if wrapped.get("value") is None:
        if "value" in wrapped:
            yield "has a null value, not an empty object"
        return
    if not _FITS[wrapper](wrapped["value"]):
        yield f"is no {wrapper}: {_shown(wrapped['value'])}"


def _shown(value: Any) -> str:
    return repr(value)[:60]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _guid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except (AttributeError, TypeError, ValueError):
        return False


_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "StringValue": lambda value: isinstance(value, str),
    "DecimalValue": _number,
    "DoubleValue": _number,
    "BooleanValue": lambda value: isinstance(value, bool),
    "DateTimeValue": _moment,
    "GuidValue": _guid,
    "IntValue": _integer,
    "ShortValue": _integer,
    "LongValue": _integer,
    "ByteValue": _integer,
}
