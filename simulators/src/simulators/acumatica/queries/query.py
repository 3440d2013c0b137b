"""The query parameters of a request, compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Final

from simulators.acumatica.contract.catalog import CustomKinds
from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.tables import Entity
from simulators.acumatica.queries.filters import parse_filter
from simulators.acumatica.queries.predicates import Compiled, compile_filter
from simulators.acumatica.queries.shapes import Asked, Shape, compile_shape
from simulators.acumatica.queries.tokens import Dialect, FilterError
from simulators.acumatica.records.conditions import Condition

_GENERATION: Final = 4
_NO_FILTER: Final = Compiled(Condition(""), (), (), two_views=False)


@dataclass(frozen=True, slots=True)
class Query:
    """What a read asks for.

    Attributes:
        condition: which records.
        shape: which fields of them.
        top: at most so many; None = all.
        skip: after so many.
        paths: every field it touches, in its answer or its filter.
        customs: every field that its filter names by data view.
        two_views: whether the filter joins two data views by `and`.
    """

    condition: Condition
    shape: Shape
    top: int | None
    skip: int
    paths: tuple[str, ...]
    customs: tuple[str, ...]
    two_views: bool


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What of the instance bears on reading an entity.

    Attributes:
        zone: the session's.
        hidden: the paths that are off.
        kinds: the fields that the form has beside the contract.
    """

    zone: tzinfo
    hidden: frozenset[str]
    kinds: CustomKinds


def read_query(
    contract: Contract, entity: Entity, parameters: Mapping[str, str], settings: ReadSettings
) -> Query:
    """Compile the parameters that the real system knows; others, `$orderby` too, are ignored.

    Raises:
        UnknownFieldError: a field that the entity lacks in this version.
        IncompatibleTypesError: the filter compares a field with a literal of another type.
        FilterError: the filter or a number cannot be read.
    """
    text = parameters.get("$filter", "").strip()
    filtered = _compiled(contract, entity, text, settings) if text else _NO_FILTER
    if contract.generation != _GENERATION:
        _refuse_old_manners(parameters)
    asked = Asked(parameters.get("$select"), parameters.get("$expand"), parameters.get("$custom"))
    shape = compile_shape(contract, entity, asked, settings.hidden, settings.kinds)
    return Query(
        filtered.condition,
        shape,
        _count(parameters, "$top"),
        _count(parameters, "$skip") or 0,
        shape.paths + filtered.paths,
        filtered.customs,
        filtered.two_views,
    )


def _refuse_old_manners(parameters: Mapping[str, str]) -> None:
    if "$custom" in parameters:
        raise FilterError("The query parameter '$custom' is not supported.")
    if "/" in parameters.get("$expand", ""):
        raise FilterError("A path in '$expand' must be written as 'Parent($expand=Child)'.")


@lru_cache(maxsize=256)
def _compiled(contract: Contract, entity: Entity, text: str, settings: ReadSettings) -> Compiled:
    dialect = Dialect.ODATA3 if contract.generation == _GENERATION else Dialect.ODATA4
    expression = parse_filter(text, dialect)
    return compile_filter(contract, entity, expression, settings.zone, settings.kinds)


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
