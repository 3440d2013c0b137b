"""What one version of one endpoint offers: the system's own, or one that the tenant made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from simulators.acumatica.contract.tables import (
    YEARS,
    Entity,
    Field,
    Kind,
    View,
    system_paths,
    tables,
)

ENDPOINT: Final = "Default"
VERSIONS: Final = ("20.200.001", "22.200.001", "23.200.001", "24.200.001", "25.200.001")
"""The system endpoints of a 2025 R2 or 2026 R1 instance, contract version 4."""
NEXT_VERSION: Final = "26.200.001"
"""The system endpoint that 2026 R2 adds, contract version 5."""
_ANY_YEAR: Final = frozenset(YEARS)


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """One version of one endpoint.

    Attributes:
        endpoint: its name; `Default` = the system's.
        version: of the endpoint.
        base: the version of `Default` that it is, or extends.
        generation: the contract version: 4 or 5.
        entities: the top-level entities by name.
        types: the fields of each type, in the order of the answers.
    """

    endpoint: str
    version: str
    base: str
    generation: int
    entities: Mapping[str, Entity]
    types: Mapping[str, Mapping[str, Field]]

    def resolve(self, type_name: str, path: str) -> Field | None:
        """The field at a path like `MainContact/Address/City`, or None."""
        found: Field | None = None
        current: str | None = type_name
        for name in path.split("/"):
            found = self.types.get(current, {}).get(name) if current is not None else None
            if found is None:
                return None
            current = found.type_name
        return found


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field that a tenant added to its endpoint.

    Attributes:
        field: the data view and the field in it: `CurrentCustomer.UsrRoute`.
        kind: its type.
    """

    field: str
    kind: Kind = Kind.STRING


@dataclass(frozen=True, slots=True)
class OwnEntity:
    """An entity of a tenant's own endpoint.

    Attributes:
        of: the entity of `Default` whose records these are.
        fields: a name -> a path of that entity, or a field of the tenant's own.
        inherits: whether the fields of `of` are there as well.
    """

    of: str
    fields: Mapping[str, str | OwnField] = field(default_factory=dict)
    inherits: bool = False


@lru_cache(maxsize=8)
def system_contract(version: str) -> Contract:
    """One version of the endpoint `Default`."""
    year = version[:2] if version[:2] in YEARS else YEARS[-1]
    types = {
        name: {of.name: of for of in fields.values() if year in of.years}
        for name, fields in tables().types.items()
    }
    generation = 5 if version >= NEXT_VERSION else 4
    return Contract(ENDPOINT, version, version, generation, tables().entities, types)


def own_contract(
    endpoint: str, version: str, extends: str, entities: Mapping[str, OwnEntity]
) -> Contract:
    """An endpoint of the tenant's own: all of a version of `Default`, and what it adds.

    Args:
        endpoint: its name.
        version: its version, free in form.
        extends: the version of `Default` that it inherits from.
        entities: what it adds; a name that `Default` has too is that entity, extended.

    Raises:
        KeyError: an entity or a path that `Default` does not have.
    """
    base = system_contract(extends)
    added = {name: _own_entity(base, name, of) for name, of in entities.items()}
    types = {name: _own_fields(base, of) for name, of in entities.items()}
    return Contract(
        endpoint,
        version,
        extends,
        base.generation,
        {**base.entities, **added},
        {**base.types, **types},
    )


def _own_fields(base: Contract, own: OwnEntity) -> dict[str, Field]:
    inherited = dict(base.types[own.of]) if own.inherits else {}
    return inherited | {name: _own_field(base, own, name, of) for name, of in own.fields.items()}


def _own_field(base: Contract, own: OwnEntity, name: str, of: str | OwnField) -> Field:
    if isinstance(of, OwnField):
        return Field(name, of.kind, None, many=False, years=_ANY_YEAR)
    found = base.resolve(own.of, of)
    if found is None or found.kind is None:
        raise KeyError(f"{own.of} has no single value {of} in {base.version}.")
    return replace(found, name=name)


def _own_entity(base: Contract, name: str, own: OwnEntity) -> Entity:
    source = base.entities[own.of]
    views = dict(source.views) if own.inherits else {}
    kinds = dict(source.kinds) if own.inherits else {}
    stored = dict(source.stored) if own.inherits else {}
    for field_name, of in own.fields.items():
        if isinstance(of, OwnField):
            view_name, _, dac_field = of.field.partition(".")
            view = View(view_name, dac_field)
            views[field_name], kinds[field_name] = view, of.kind
            stored[field_name] = place_of(source, view)
        elif of in source.views:
            views[field_name], kinds[field_name] = source.views[of], source.kinds[of]
            stored[field_name] = source.canonical(of)
    keys = source.keys if own.inherits else tuple(_renamed(source.keys, own.fields))
    details = source.details if own.inherits else frozenset[str]()
    systems = dict(system_paths(views))
    return Entity(name, source.screen, keys, views, kinds, source.name, stored, systems, details)


def place_of(entity: Entity, view: View) -> str:
    """Where the value of a field of a data view is kept, whether the contract has it or not."""
    for path, of in entity.views.items():
        if of.key == view.key and path.split("/")[0] not in entity.details:
            return entity.canonical(path)
    return view.text


def _renamed(keys: Iterable[str], fields: Mapping[str, str | OwnField]) -> Iterable[str]:
    names = {of: name for name, of in fields.items() if isinstance(of, str)}
    return (names.get(key, key) for key in keys)
