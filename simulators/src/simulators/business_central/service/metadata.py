"""`$metadata`: the entity sets of a route as CSDL."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final
from xml.sax.saxutils import quoteattr

from simulators.business_central.odata.entities import Entity, Kind, Property, entities
from simulators.business_central.odata.values import enum_text

_HEAD: Final = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
    '<edmx:DataServices><Schema Namespace="Microsoft.NAV" '
    'xmlns="http://docs.oasis-open.org/odata/ns/edm">'
)
_TAIL: Final = "</Schema></edmx:DataServices></edmx:Edmx>"


@cache
def metadata_text(route: str) -> str:
    """The document of one route."""
    found = [entity for entity in entities().values() if entity.route == route]
    enums = {of.enum: of for entity in found for of in entity.properties.values() if of.enum}
    sets = "".join(
        f"<EntitySet Name={quoteattr(entity.set)} EntityType={quoteattr(entity.type_name)}/>"
        for entity in found
    )
    parts = [*map(_enum, enums.values()), *map(_type, found)]
    return f'{_HEAD}{"".join(parts)}<EntityContainer Name="NAV">{sets}</EntityContainer>{_TAIL}'


def _enum(of: Property) -> str:
    members = "".join(
        f"<Member Name={quoteattr(enum_text(member))} Value={quoteattr(str(number))}/>"
        for number, member in enumerate(of.members)
    )
    return f"<EnumType Name={quoteattr(of.enum)}>{members}</EnumType>"


def _type(entity: Entity) -> str:
    key = f"<Key><PropertyRef Name={quoteattr(entity.key)}/></Key>"
    return (
        f"<EntityType Name={quoteattr(entity.name)}>{key}{''.join(_members(entity))}</EntityType>"
    )


def _members(entity: Entity) -> Iterator[str]:
    for of in entity.properties.values():
        kind = f"Microsoft.NAV.{of.enum}" if of.kind is Kind.ENUM else of.kind.edm
        length = f' MaxLength="{of.length}"' if of.length else ""
        yield f"<Property Name={quoteattr(of.name)} Type={quoteattr(kind)}{length}/>"
    known = entities()
    for navigation in entity.navigations.values():
        target = known[navigation.target].type_name
        kind = f"Collection({target})" if navigation.many else target
        yield f"<NavigationProperty Name={quoteattr(navigation.name)} Type={quoteattr(kind)}/>"
