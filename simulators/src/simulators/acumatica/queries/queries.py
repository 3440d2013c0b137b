"""The query parameters of a request, compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Final

from simulators.acumatica.contract.tables import Entity, tables
from simulators.acumatica.queries.filters import FilterError, parse_filter
from simulators.acumatica.queries.predicates import Compiled, compile_filter
from simulators.acumatica.queries.shapes import Shape, compile_shape
from simulators.acumatica.records.conditions import Condition

_NO_FILTER: Final = Compiled(Condition(""), (), two_views=False)


@dataclass(frozen=True, slots=True)
class Query:
    """What a read asks for.

    Attributes:
        condition: which records.
        shape: which fields of them.
        top: at most so many; None = all.
        skip: after so many.
        paths: every field it touches, in its answer or its filter.
        two_views: whether the filter joins two data views by `and`.
    """

    condition: Condition
    shape: Shape
    top: int | None
    skip: int
    paths: tuple[str, ...]
    two_views: bool


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What of the instance bears on reading: the session's zone, the fields that are off."""

    zone: tzinfo
    hidden: frozenset[str]


def read_query(
    entity: Entity, version: str, parameters: Mapping[str, str], settings: ReadSettings
) -> Query:
    """Compile the parameters that the real system knows; others, `$orderby` too, are ignored.

    Raises:
        UnknownFieldError: a field that the entity lacks in this version.
        IncompatibleTypesError: the filter compares a field with a literal of another type.
        FilterError: the filter or a number cannot be read.
    """
    text = parameters.get("$filter", "").strip()
    filtered = _compiled(entity.name, version, text, settings.zone) if text else _NO_FILTER
    shape = compile_shape(
        entity.name,
        version,
        parameters.get("$select"),
        parameters.get("$expand"),
        parameters.get("$custom"),
        settings.hidden,
    )
    return Query(
        filtered.condition,
        shape,
        _count(parameters, "$top"),
        _count(parameters, "$skip") or 0,
        shape.paths + filtered.paths,
        filtered.two_views,
    )


@lru_cache(maxsize=256)
def _compiled(entity_name: str, version: str, text: str, zone: tzinfo) -> Compiled:
    return compile_filter(tables().entities[entity_name], version, parse_filter(text), zone)


def _count(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    try:
        count = int(text)
    except ValueError as error:
        raise FilterError(f"Invalid value '{text}' for {name}.") from error
    if count < 0:
        raise FilterError(f"Invalid value '{text}' for {name}.")
    return count
