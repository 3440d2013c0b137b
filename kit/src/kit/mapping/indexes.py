"""What a row is looked up by: one field, or several together, such as `companyId+id`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_AND: Final = "+"


def index_name(fields: Sequence[str]) -> str:
    """Return the name under which a row is found by these fields."""
    return _AND.join(fields)


def indexed_value(row: Mapping[str, Any], index: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a row is found by: the field's value, or the list of several fields' values.

    Returns:
        None where the row lacks one of them: then it cannot be found by this index.
    """
    fields = index.split(_AND)
    values = [row.get(field) for field in fields]
    if any(value is None for value in values):
        return None
    return values if len(fields) > 1 else values[0]
