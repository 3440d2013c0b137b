"""The query options of a read: `$filter`, `$select`, `$expand`, `$orderby`, `$top` and others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulators.business_central.odata.entities import Entity, Kind, Navigation, entities
from simulators.business_central.odata.filters import parse_filter
from simulators.business_central.odata.predicates import Condition, compile_filter, equalities
from simulators.business_central.odata.problems import (
    bad_request,
    bad_syntax,
    unknown_property,
)
from simulators.business_central.store.rows import Row

_KNOWN: Final = frozenset(
    {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$schemaversion"}
    | {"$skiptoken", "$format"}
)
_NESTED: Final = frozenset({"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count"})
_VERSIONS: Final = frozenset({"1.0", "2.0", "2.1"})


@dataclass(frozen=True, slots=True)
class Order:
    """One term of `$orderby`."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a row goes out.

    Attributes:
        entity: whose row it is.
        names: the properties, in the order of the answer.
        selected: whether `$select` chose them.
        expansions: the navigations that are followed.
    """

    entity: Entity
    names: tuple[str, ...]
    selected: bool
    expansions: tuple[Expansion, ...] = ()


@dataclass(frozen=True, slots=True)
class Expansion:
    """One navigation of `$expand`, with its own options."""

    navigation: Navigation
    query: Query


@dataclass(frozen=True, slots=True)
class Query:
    """All options of one read.

    Attributes:
        text: names filter and order, for caches.
        equals: what the filter, all of it, wants to be equal.
        token: `$skiptoken`, or empty.
    """

    shape: Shape
    condition: Condition
    order: tuple[Order, ...]
    text: str
    equals: Mapping[str, object]
    top: int | None = None
    skip: int = 0
    count: bool = False
    token: str = ""

    @property
    def sort(self) -> Callable[[Row], Any] | None:
        """What a row sorts by; None = by id alone."""
        if not self.order:
            return None
        terms = self.order

        def key(row: Row) -> tuple[Any, ...]:
            found = (_directed(row.sort_key(term.name), term) for term in terms)
            return (*found, row.order)

        return key


@dataclass(frozen=True, slots=True)
class Reversed:
    """Sorts the other way round."""

    value: Any

    def __lt__(self, other: Reversed) -> bool:
        return bool(other.value < self.value)


def _directed(value: Any, term: Order) -> Any:  # noqa: ANN401 - whatever sorts
    return Reversed(value) if term.descending else value


def read_query(entity: Entity, parameters: Iterable[tuple[str, str]]) -> Query:
    """Read the options of a URL.

    Args:
        entity: what is read.
        parameters: the decoded pairs of the query string.

    Raises:
        ServiceError: an option is unknown, given twice, or cannot be read.
    """
    given: dict[str, str] = {}
    for name, value in parameters:
        if not name.startswith("$"):
            continue
        if name not in _KNOWN:
            raise bad_request(
                f"The query parameter '{name}' is not supported. It is a system query option that "
                "this service does not know."
            )
        if name in given:
            raise bad_request(
                f"Query option '{name}' was specified more than once, but it must be specified at "
                "most once."
            )
        given[name] = value
    version = given.get("$schemaversion", "2.0")
    if version not in _VERSIONS:
        raise bad_request(f"The schema version '{version}' is not supported.")
    return _query(entity, given, nested=version == "2.1")


def _query(entity: Entity, given: Mapping[str, str], *, nested: bool) -> Query:
    filter_text = given.get("$filter", "").strip()
    condition, equals = Condition(), dict[str, object]()
    if filter_text:
        expression = parse_filter(filter_text, nested=nested)
        condition = compile_filter(entity, expression)
        equals = dict(equalities(expression))
    order = tuple(_orders(entity, given.get("$orderby", "")))
    return Query(
        shape=_shape(entity, given.get("$select", ""), given.get("$expand", ""), nested=nested),
        condition=condition,
        order=order,
        text=f"{filter_text}|{order}",
        equals=equals,
        top=_number("$top", given["$top"]) if "$top" in given else None,
        skip=_number("$skip", given.get("$skip", "0")),
        count=given.get("$count", "false").lower() == "true",
        token=given.get("$skiptoken", ""),
    )


def _number(name: str, text: str) -> int:
    if not text.isdigit():
        raise bad_request(
            f"Invalid value '{text}' for {name} query option found. The {name} query option "
            "requires a non-negative integer value."
        )
    return int(text)


def _orders(entity: Entity, text: str) -> Iterator[Order]:
    for part in split_list(text):
        name, _, direction = part.partition(" ")
        of = entity.properties.get(name)
        if of is None:
            raise unknown_property(name, entity.type_name)
        if direction.strip() not in {"", "asc", "desc"} or of.kind is Kind.STREAM:
            raise bad_syntax(f"Syntax error in $orderby: '{part}'.")
        yield Order(name, direction.strip() == "desc")


def _shape(entity: Entity, select: str, expand: str, *, nested: bool) -> Shape:
    wanted = split_list(select)
    for name in wanted:
        if name != "*" and name not in entity.properties and name not in entity.navigations:
            raise unknown_property(name, entity.type_name)
    selected = bool(wanted) and "*" not in wanted
    names = [
        name
        for name, of in entity.properties.items()
        if not (selected and name not in wanted) and of.kind is not Kind.STREAM
    ]
    expansions = tuple(_expansion(entity, part, nested=nested) for part in split_list(expand))
    return Shape(entity, tuple(names), selected, expansions)


def _expansion(entity: Entity, part: str, *, nested: bool) -> Expansion:
    name, bracket, rest = part.partition("(")
    navigation = entity.navigations.get(name.strip())
    if navigation is None:
        raise unknown_property(name.strip(), entity.type_name)
    given: dict[str, str] = {}
    if bracket:
        if not rest.endswith(")"):
            raise bad_syntax(f"Syntax error in $expand: '{part}'.")
        for option in split_list(rest[:-1], ";"):
            key, equals, value = option.partition("=")
            if not equals or key.strip() not in _NESTED:
                raise bad_syntax(f"Syntax error in $expand: '{option}'.")
            given[key.strip()] = value
    return Expansion(navigation, _query(entities()[navigation.target], given, nested=nested))


def split_list(text: str, mark: str = ",") -> list[str]:
    """Split at a mark that stands outside brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for position, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
        elif not quoted and depth == 0 and character == mark:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]
