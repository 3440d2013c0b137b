"""What `$select`, `$expand` and `$custom` make of a record: a compiled writer per combination."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Final, NamedTuple, TypeAlias

from simulators.acumatica.contract.catalog import CustomKinds
from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.tables import CREATED, MODIFIED, NOTE_ID, Entity, Field, View
from simulators.acumatica.queries.custom_fields import (
    custom_paths,
    custom_writer,
    line_writer,
)
from simulators.acumatica.queries.errors import UnknownFieldError
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import Value, json_text, stamp_text

Maker: TypeAlias = Callable[[Row], str]

_EMPTY: Final = "{}"
_SUFFIX: Final = 24  # the first 24 characters of a GUID are the record's own
_LINE_HEAD: Final = '{"id":"%s","rowNumber":%d,"note":null'


class Parts(NamedTuple):
    """The JSON text of a record, before and after its row number."""

    head: str
    tail: str


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A compiled answer shape.

    Attributes:
        parts: makes the JSON text of a record.
        paths: the fields it reads, for faults that name fields.
    """

    parts: Callable[[Row], Parts]
    paths: tuple[str, ...]

    def write(self, row: Row) -> str:
        """The JSON text of a single record: row number 1."""
        head, tail = self.parts(row)
        return f"{head}1{tail}"


@dataclass(frozen=True, slots=True)
class Asked:
    """`$select`, `$expand` and `$custom`, decoded; None = absent."""

    select: str | None = None
    expand: str | None = None
    custom: str | None = None


@lru_cache(maxsize=256)
def compile_shape(
    contract: Contract,
    entity: Entity,
    asked: Asked,
    hidden: frozenset[str] = frozenset(),
    kinds: CustomKinds = (),
) -> Shape:
    """Compile the writer for one combination of parameters.

    A linked or detail entity is there only if `$expand` names it; with `$select`, only the fields
    that it names are, and of an expanded entity those that it names with their path. Fields in
    `hidden` (paths) are left out: those of a feature that is off.

    Raises:
        UnknownFieldError: a name that the entity does not have in this version.
    """
    selected = _paths(asked.select)
    expanded = _closed(_paths(asked.expand))
    for path in [*selected, *expanded]:
        if contract.resolve(entity.name, path) is None:
            raise UnknownFieldError(path)
    wanted = _Wanted(frozenset(selected), frozenset(expanded), hidden)
    custom = _Custom(custom_paths(_paths(asked.custom)), kinds)
    compiler = _Compiler(contract, entity, wanted, custom)
    return Shape(compiler.record(), tuple(compiler.read))


def _paths(text: str | None) -> list[str]:
    return [path.strip() for path in (text or "").split(",") if path.strip()]


def _closed(paths: Iterable[str]) -> list[str]:
    """With every parent: `MainContact/Address` expands `MainContact` as well."""
    closed: dict[str, None] = {}
    for path in paths:
        names = path.split("/")
        closed.update(("/".join(names[: n + 1]), None) for n in range(len(names)))
    return list(closed)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which paths an answer shows."""

    selected: frozenset[str]
    expanded: frozenset[str]
    hidden: frozenset[str]

    def value(self, path: str) -> bool:
        if path in self.hidden:
            return False
        return (
            not self.selected or path in self.selected or path.rpartition("/")[0] in self.selected
        )

    def entity(self, path: str) -> bool:
        if path not in self.expanded:
            return False
        below = f"{path}/"
        return self.value(path) or any(name.startswith(below) for name in self.selected)


class _Custom(NamedTuple):
    """The fields by data view that are asked for, by the path of their entity, and all kinds."""

    views: Mapping[str, list[View]]
    kinds: CustomKinds


class _Slot(NamedTuple):
    """What goes into one `%s` of a template: a stored value, or something made of the record."""

    source: str
    make: Maker | None


class _Template:
    """A JSON text with slots, and what fills them."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._slots: list[_Slot] = []

    def text(self, text: str) -> None:
        self._text.append(text.replace("%", "%%"))

    def slot(self, source: str, make: Maker | None = None) -> None:
        self._text.append("%s")
        self._slots.append(_Slot(source, make))

    def compiled(self) -> Maker:
        # A page of 500 runs through here 10,000 times and more: no objects, one string.
        template, slots = "".join(self._text), tuple(self._slots)

        def fill(row: Row) -> str:
            get = row.values.get
            return template % tuple(
                [_wrapped(get(source)) if make is None else make(row) for source, make in slots]
            )

        return fill


class _Compiler:
    def __init__(
        self, contract: Contract, entity: Entity, wanted: _Wanted, custom: _Custom
    ) -> None:
        self._contract = contract
        self._entity = entity
        self._wanted = wanted
        self._custom = custom
        self.read: list[str] = []

    def record(self) -> Callable[[Row], Parts]:
        """The writer of the entity itself."""
        template = _Template()
        self._fields(template, self._entity.name, "")
        self._write_custom(template, "")
        fill = template.compiled()

        def write(row: Row) -> Parts:
            note = "null" if row.note is None else f'{{"value":{json_text(row.note)}}}'
            return Parts(f'{{"id":"{row.id}","rowNumber":', f',"note":{note}{fill(row)}}}')

        return write

    def _fields(self, template: _Template, type_name: str, prefix: str) -> None:
        for name, found in self._contract.types[type_name].items():
            path = f"{prefix}{name}"
            if found.kind is not None and self._wanted.value(path):
                self.read.append(path)
                template.text(f',"{name}":')
                self._value(template, path)
            elif found.kind is None and self._wanted.entity(path):
                template.text(f',"{name}":')
                self._nested(template, found, path)

    def _value(self, template: _Template, path: str) -> None:
        system = self._entity.systems.get(path)
        if system is not None:
            template.slot("", _SYSTEM[system])
        elif path in self._entity.views:
            template.slot(self._entity.canonical(path))
        else:
            template.text(_EMPTY)

    def _nested(self, template: _Template, found: Field, path: str) -> None:
        type_name = found.type_name or ""
        if found.many:
            template.slot("", self._lines(type_name, path))
            return
        template.text('{"id":"')
        template.slot("", lambda row: row.id[:_SUFFIX])
        template.text(f'{_id_suffix(path, 0)}","rowNumber":1,"note":null')
        self._fields(template, type_name, f"{path}/")
        self._write_custom(template, path)
        template.text("}")

    def _write_custom(self, template: _Template, path: str) -> None:
        template.text(',"custom":')
        views = self._custom.views.get(path)
        if views:
            template.slot("", custom_writer(self._entity, views, self._custom.kinds))
        else:
            template.text(_EMPTY)

    def _lines(self, type_name: str, path: str) -> Maker:
        template, sources = [_LINE_HEAD], list[str]()
        self._line(template, sources, type_name, path, "")
        views = self._custom.views.get(path, [])
        custom = line_writer(self._entity, path, views, self._custom.kinds) if views else None
        compiled = "".join([*template, ',"custom":%s}'])

        def write(row: Row) -> str:
            texts = []
            for number, line in enumerate(row.details.get(path, ()), 1):
                line_id = str(line.get("id") or row.id[:_SUFFIX] + _id_suffix(path, number))
                filled = [_wrapped(line.get(of)) if of else line_id for of in sources]
                shown = custom(line) if custom is not None else _EMPTY
                texts.append(compiled % (line_id, number, *filled, shown))
            return f"[{','.join(texts)}]"

        return write

    def _line(
        self, template: list[str], sources: list[str], type_name: str, path: str, prefix: str
    ) -> None:
        """The fields of a line; a detail of a detail is always empty."""
        for name, found in self._contract.types[type_name].items():
            below = f"{path}/{name}"
            if found.kind is not None and self._wanted.value(below):
                self.read.append(below)
                sources.append(f"{prefix}{name}")
                template.append(f',"{name}":%s')
            elif found.kind is None and self._wanted.entity(below):
                template.append(f',"{name}":')
                if found.many:
                    template.append("[]")
                    continue
                sources.append("")
                template.append('{"id":"%s","rowNumber":1,"note":null')
                self._line(template, sources, found.type_name or "", below, f"{prefix}{name}/")
                template.append(',"custom":{}}')


_SYSTEM: Final[Mapping[str, Maker]] = {
    MODIFIED: lambda row: f'{{"value":"{stamp_text(row.modified)}"}}',
    CREATED: lambda row: f'{{"value":"{stamp_text(row.created)}"}}',
    NOTE_ID: lambda row: f'{{"value":"{row.id}"}}',
}


def _wrapped(value: Value) -> str:
    if type(value) is str:  # most are
        return f'{{"value":{encode_basestring(value)}}}'
    return _EMPTY if value is None else f'{{"value":{json_text(value)}}}'


def _id_suffix(path: str, number: int) -> str:
    return f"{zlib.crc32(path.encode()):08x}{number:04x}"
