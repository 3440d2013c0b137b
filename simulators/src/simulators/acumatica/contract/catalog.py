"""The endpoints that an instance offers, and the fields on its forms beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from simulators.acumatica.contract.endpoints import (
    ENDPOINT,
    NEXT_VERSION,
    VERSIONS,
    Contract,
    OwnEntity,
    OwnField,
    own_contract,
    system_contract,
)
from simulators.acumatica.contract.tables import Kind

CustomKinds: TypeAlias = tuple[tuple[str, Kind], ...]
"""The fields that an entity's form has beside the contract: `View.Field` and its kind."""

_KNOWN_FIELDS: Final[Mapping[str, CustomKinds]] = {
    "Customer": (
        ("DefContact.LastModifiedDateTime", Kind.DATETIME),
        ("DefAddress.LastModifiedDateTime", Kind.DATETIME),
    ),
    "Invoice": (("Document.CuryID", Kind.STRING),),
    "SalesInvoice": (("Document.FinPeriodID", Kind.STRING),),
}
"""Fields of the standard forms that no version of the contract has, as far as they are filled."""


_BUILD: Final = "25.093.0036"
_NEXT_BUILD: Final = "26.200.0110"


class Catalog:
    """What one instance and its tenant offer.

    Attributes:
        versions: the versions of `Default`; with 26.200.001 the instance is of release 2026 R2.
        hidden: the paths of an entity that are left out of every answer.
    """

    def __init__(self) -> None:
        self.versions: tuple[str, ...] = VERSIONS
        self.hidden: dict[str, frozenset[str]] = {}
        self._own: dict[tuple[str, str], Contract] = {}
        self._custom: dict[str, CustomKinds] = dict(_KNOWN_FIELDS)

    @property
    def build(self) -> str:
        """The build that the instance names."""
        return _NEXT_BUILD if NEXT_VERSION in self.versions else _BUILD

    @property
    def newest(self) -> Contract:
        """The contract that knows every field."""
        return system_contract(VERSIONS[-1])

    def contract(self, endpoint: str, version: str) -> Contract | None:
        """One version of one endpoint, or None."""
        if endpoint == ENDPOINT:
            return system_contract(version) if version in self.versions else None
        return self._own.get((endpoint, version))

    def listed(self, *, signed_in: bool) -> list[tuple[str, str]]:
        """Name and version of the endpoints: the tenant's own only for who signed in."""
        system = [(ENDPOINT, version) for version in self.versions]
        return system + list(self._own) if signed_in else system

    def add(self, name: str, version: str, extends: str, entities: Mapping[str, OwnEntity]) -> None:
        """Add an endpoint of the tenant's own, and its fields to the forms behind it."""
        self._own[name, version] = own_contract(name, version, extends, entities)
        for own in entities.values():
            for of in own.fields.values():
                if isinstance(of, OwnField):
                    self.add_custom_field(own.of, of.field, of.kind)

    def add_custom_field(self, entity: str, field: str, kind: Kind) -> None:
        """Put a field on an entity's form.

        Raises:
            KeyError: there is no such entity.
            ValueError: `field` is not of the form `View.Field`.
        """
        if entity not in self.newest.entities:
            raise KeyError(f"There is no entity {entity}.")
        if not all(field.partition(".")):
            raise ValueError(f"{field} names no data view: write View.Field.")
        fields = dict(self._custom.get(entity, ())) | {field: kind}
        self._custom[entity] = tuple(fields.items())

    def custom_kinds(self, entity: str) -> CustomKinds:
        """The fields on an entity's form that no contract has."""
        return self._custom.get(entity, ())

    def hide(self, entity: str, *paths: str) -> None:
        """Leave fields out of every answer."""
        self.hidden[entity] = self.hidden.get(entity, frozenset()) | set(paths)
