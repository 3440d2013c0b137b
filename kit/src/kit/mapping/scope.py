"""What names mean: while a catalog is compiled (`Frame`) and while a record is mapped (`Scope`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from kit.mapping.document import Spot
from kit.mapping.errors import BadValueError
from kit.mapping.results import Lookup, Record

_PATH: Final = re.compile(r"\$?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
_OPTIONAL: Final = "optional "
ELEMENT: Final = "[]"
"""Path segment that stands for the elements of a list."""


class Scope:
    """One record while it is mapped; a line of it has a scope of its own, with a parent."""

    __slots__ = ("lets", "lookup", "parent", "root", "row")

    def __init__(self, row: Record, lookup: Lookup, parent: Scope | None = None) -> None:
        self.row = row
        self.lookup = lookup
        self.parent = parent
        self.root: Scope = self if parent is None else parent.root
        self.lets: dict[str, Any] = {}

    def line(self, row: Record) -> Scope:
        """Return the scope of one element of a list in this row."""
        return Scope(row, self.lookup, self)


Getter: TypeAlias = Callable[[Scope], Any]
Condition: TypeAlias = Callable[[Scope], bool]


@dataclass(frozen=True, slots=True)
class Shape:
    """Where in a source stream's schema a group of fields stands.

    Args:
        stream: Source stream.
        path: Names down to the group; `[]` for the elements of a list.
    """

    stream: str
    path: tuple[str, ...] = ()

    def down(self, *names: str) -> Shape:
        """Return the shape below."""
        return Shape(self.stream, self.path + names)


@dataclass(frozen=True, slots=True)
class Value:
    """A compiled value: how to get it, and what is known of it beforehand.

    Args:
        get: Computes the value from a scope.
        spot: Where the catalog says so.
        shape: For values that are taken as they are from a source stream.
        kind: JSON type of the result, where it is known.
        fields: For a group of fields, each of them.
        element: For a list, what each element is.
        constant: Whether it is a literal or a variable; then `literal` is its value.
        literal: The constant's value.
    """

    get: Getter
    spot: Spot
    shape: Shape | None = None
    kind: str | None = None
    fields: Mapping[str, Value] | None = None
    element: Value | None = None
    constant: bool = False
    literal: Any = None

    @property
    def is_row(self) -> bool:
        """Whether this is a whole row or line, and no field of it."""
        return self.shape is not None and self.shape.path[-1:] in {(), (ELEMENT,)}


@dataclass(frozen=True, slots=True)
class PathUse:
    """A source path that the catalog reads, for the check against the source's schema.

    Args:
        shape: Stream and path.
        spot: Where the catalog reads it.
        optional: Whether a source without that field is right too (`optional Name`).
    """

    shape: Shape
    spot: Spot
    optional: bool = False


@dataclass(slots=True)
class Usage:
    """What the rules of a catalog read; filled while they are compiled."""

    paths: list[PathUse] = field(default_factory=list)
    lookups: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Frame:
    """What names mean at one place of a catalog.

    Args:
        shape: The source fields that bare names stand for; None if they are not known.
        variables: Values of the catalog's variables.
        lets: The rule's own names, compiled.
        parent: The frame around a list's elements.
        usage: Collects what is read.
    """

    shape: Shape | None
    variables: Mapping[str, Any]
    usage: Usage
    lets: Mapping[str, Value] = field(default_factory=dict)
    parent: Frame | None = None

    def line(self, shape: Shape | None) -> Frame:
        """Return the frame of a list's elements."""
        return replace(self, shape=shape, parent=self)

    def with_lets(self, lets: Mapping[str, Value]) -> Frame:
        """Return this frame with more names."""
        return replace(self, lets={**self.lets, **lets})

    def read(self, shape: Shape | None, spot: Spot, *, optional: bool = False) -> None:
        """Note that a source path is read."""
        if shape is not None and shape.path:
            self.usage.paths.append(PathUse(shape, spot, optional))


def remember(name: str, value: Value, *, of_row: bool = False) -> Value:
    """Return a value that is computed once a record, at its first use.

    Args:
        name: Its name.
        value: What it is.
        of_row: Whether it is about the whole row, also where a rule goes through a list in it.
    """
    compute = value.get

    def get(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
        home = (of_row and scope.root.parent) or scope.root
        lets = home.lets
        if name in lets:
            return lets[name]
        try:
            result = lets[name] = compute(home)
        except BadValueError as error:
            raise error.rooted(name) from None
        return result

    return replace(value, get=get)


def split_path(text: str, spot: Spot) -> tuple[str, bool]:
    """Return a path, and whether the catalog calls it optional: `optional ImageUrl`.

    Raises:
        CatalogError: It is no path.
    """
    path = text.removeprefix(_OPTIONAL)
    if not _PATH.fullmatch(path):
        raise spot.fail(f"`{text}` is no path to a field (for a fixed text write `{{value: ...}}`)")
    return path, path != text


def compile_path(text: str, frame: Frame, spot: Spot) -> Value:
    """Compile a path such as `MainContact.Email`, `$company`, `$customer.Email`, `$parent.Date`.

    Raises:
        CatalogError: It is no path, or names nothing.
    """
    path, optional = split_path(text, spot)
    head, *names = path.split(".")
    if not head.startswith("$"):
        return _below(Value(_row, spot, frame.shape), (head, *names), frame, optional=optional)
    return _named(head[1:], tuple(names), frame, spot, optional=optional)


def _named(name: str, names: tuple[str, ...], frame: Frame, spot: Spot, *, optional: bool) -> Value:
    if name == "parent" and frame.parent is not None:
        base = Value(_parent, spot, frame.parent.shape)
        inner = replace(frame.parent, usage=frame.usage)
        if names and names[0] == "parent":
            raise spot.fail("`$parent.parent` is not a name: one level up is all there is")
        return _below(base, names, inner, optional=optional) if names else base
    if name in frame.lets:
        let = frame.lets[name]
        if names and let.shape is None:
            raise spot.fail(f"`${name}` is a single value: it has no fields")
        return _below(replace(let, spot=spot), names, frame, optional=optional) if names else let
    if name in frame.variables and not names:
        return constant(frame.variables[name], spot)
    known = sorted({*frame.lets, *frame.variables, *(["parent"] if frame.parent else [])})
    listed = ", ".join(f"${each}" for each in known) or "none"
    raise spot.fail(f"unknown name `${name}` (known: {listed})")


def constant(literal: Any, spot: Spot) -> Value:  # noqa: ANN401 - any JSON value
    """Return a value that is the same for every record."""
    return Value(lambda _: literal, spot, kind=kind_name(literal), constant=True, literal=literal)


def kind_name(literal: object) -> str | None:
    """Return the JSON schema type of a literal; None for null."""
    if literal is None:
        return None
    names = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
    return names.get(type(literal), "number")


def _row(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
    return scope.row


def _parent(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
    return scope.parent.row if scope.parent else None


def _below(base: Value, names: tuple[str, ...], frame: Frame, *, optional: bool) -> Value:
    shape = base.shape.down(*names) if base.shape else None
    frame.read(shape, base.spot, optional=optional)
    return Value(walker(base.get, names), base.spot, shape)


def walker(base: Getter, names: tuple[str, ...]) -> Getter:
    """Return a null-safe way down the names; what is no group of fields has no fields."""
    if base is not _row:
        return lambda scope: _down(base(scope), names)
    first, *others = names
    rest = tuple(others)
    if not rest:
        return lambda scope: scope.row.get(first)
    return lambda scope: _down(scope.row.get(first), rest)


def _down(value: Any, names: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    for name in names:
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value
