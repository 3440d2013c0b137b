"""`$adHocSchema`: the fields of a form that an endpoint's contract lacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from simulators.acumatica.contract.catalog import CustomKinds
from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.tables import Entity, Kind

_EXAMPLE: Final = "00000000-0000-0000-0000-000000000000"


def ad_hoc_schema(contract: Contract, entity: Entity, kinds: CustomKinds) -> dict[str, Any]:
    """An empty record of the entity, with all its parts, and in `custom` what the contract lacks.

    Each part holds the custom fields of its own data views.
    """
    return _part(contract, entity, entity.name, "", list(_missing(contract, entity, kinds)))


def _missing(
    contract: Contract, entity: Entity, kinds: CustomKinds
) -> Iterator[tuple[str, str, Kind]]:
    """Where, `View.Field` and kind of each field that this version's contract lacks."""
    offered = [
        (path, view) for path, view in entity.views.items() if contract.resolve(entity.name, path)
    ]
    shown = {view.text for _, view in offered}
    places = {view.name: path.rpartition("/")[0] for path, view in reversed(offered)}
    for path, view in entity.views.items():
        if view.text not in shown and path in entity.kinds:
            yield path.rpartition("/")[0], view.text, entity.kinds[path]
    for name, kind in kinds:
        if name not in shown:
            yield places.get(name.partition(".")[0], ""), name, kind


def _part(
    contract: Contract,
    entity: Entity,
    type_name: str,
    path: str,
    missing: list[tuple[str, str, Kind]],
) -> dict[str, Any]:
    part: dict[str, Any] = {"id": _EXAMPLE, "rowNumber": 1, "note": None}
    for name, found in contract.types[type_name].items():
        below = f"{path}/{name}".lstrip("/")
        if found.kind is not None:
            part[name] = {}
        elif below.count("/") < 2:  # noqa: PLR2004 - the real system's depth is not on record
            inner = _part(contract, entity, found.type_name or "", below, missing)
            part[name] = [inner] if found.many else inner
    custom: dict[str, dict[str, Any]] = {}
    for where, name, kind in missing:
        if where == path:
            view, _, dac_field = name.partition(".")
            custom.setdefault(view, {})[dac_field] = {"type": kind.custom, "value": None}
    return {**part, "custom": custom}
