"""`$custom` and `cf.`: fields by data view, which the contract lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from simulators.acumatica.contract.catalog import CustomKinds
from simulators.acumatica.contract.tables import Entity, Kind, View
from simulators.acumatica.queries.errors import UnknownFieldError
from simulators.acumatica.records.columns import column_reader
from simulators.acumatica.records.rows import Row, Values
from simulators.acumatica.records.values import Value, wire


def custom_paths(paths: Iterable[str]) -> dict[str, list[View]]:
    """`MainContact/DefContact.FullName` -> `{"MainContact": [View("DefContact", "FullName")]}`.

    Raises:
        UnknownFieldError: a path is not of the form `[Entity/]View.Field`.
    """
    found: dict[str, list[View]] = {}
    for path in paths:
        prefix, _, name = path.rpartition("/")
        view, _, dac_field = name.partition(".")
        if not view or not dac_field:
            raise UnknownFieldError(path)
        found.setdefault(prefix, []).append(View(view, dac_field))
    return found


def custom_writer(
    entity: Entity, views: Sequence[View], kinds: CustomKinds
) -> Callable[[Row], str]:
    """The JSON text of a record's `custom`; fields that the form does not have are left out."""
    known = [(view, custom_kind(entity, view, kinds)) for view in views]
    readers = [(view, kind, custom_reader(entity, view)) for view, kind in known if kind]

    def write(row: Row) -> str:
        return _text((view, kind, read(row)) for view, kind, read in readers)

    return write


def line_writer(
    entity: Entity, detail: str, views: Sequence[View], kinds: CustomKinds
) -> Callable[[Values], str]:
    """The same for a line of a detail entity."""
    places = dict(kinds)
    fields: list[tuple[View, Kind, str]] = []
    for view in views:
        for path, of in entity.views.items():
            if of.key == view.key and path.startswith(f"{detail}/") and path in entity.kinds:
                fields.append((view, entity.kinds[path], path.removeprefix(f"{detail}/")))
                break
        else:
            if view.text in places:
                fields.append((view, places[view.text], view.text))

    def write(line: Values) -> str:
        return _text((view, kind, line.get(place)) for view, kind, place in fields)

    return write


def custom_kind(entity: Entity, wanted: View, kinds: CustomKinds) -> Kind | None:
    """The kind of a field by data view; None = the form has no such field."""
    path = _path_of(entity, wanted)
    if path is not None and path in entity.kinds:
        return entity.kinds[path]
    return dict(kinds).get(wanted.text)


def custom_reader(entity: Entity, wanted: View) -> Callable[[Row], Value]:
    """How to read a field by data view from a record."""
    path = _path_of(entity, wanted)
    if path is None:
        name = wanted.text
        return lambda row: row.values.get(name)
    return column_reader(entity, path)


def _path_of(entity: Entity, wanted: View) -> str | None:
    for path, view in entity.views.items():
        if view.key == wanted.key and path.split("/")[0] not in entity.details:
            return path
    return None


def _text(fields: Iterable[tuple[View, Kind, Value]]) -> str:
    out: dict[str, dict[str, Any]] = {}
    for view, kind, value in fields:
        shown = {"type": kind.custom}
        if value is not None:
            shown["value"] = wire(value)
        out.setdefault(view.name, {})[view.dac_field] = shown
    return orjson.dumps(out).decode()
