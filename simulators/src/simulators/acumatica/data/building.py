"""What the wholesaler's rows have in common."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from simulators.acumatica.contract.endpoints import VERSIONS, system_contract
from simulators.acumatica.records.rows import Row, split_values
from simulators.acumatica.records.writes import new_id
from simulators.wholesaler import Address

PRICE: Final = Decimal("0.000000")
MONEY: Final = Decimal("0.0000")


def build_row(
    entity_name: str, record: Mapping[str, object], modified: int, created: int, note: str = ""
) -> Row:
    """A row with an id that follows from its key; stamps in microseconds since 1970."""
    contract = system_contract(VERSIONS[-1])
    entity = contract.entities[entity_name]
    values, details = split_values(contract, entity, record)
    key = "|".join(str(values.get(name)) for name in entity.keys)
    return Row(new_id(entity_name, key), values, modified, created, details, note=note)


def money(amount: Decimal) -> Decimal:
    """An amount with the zeros that the real system pads."""
    return amount.quantize(MONEY)


def draw(key: str, what: str, sides: int) -> int:
    """A number from 0 to `sides` - 1 that follows from a record's key: the same every time."""
    return zlib.crc32(f"{key}:{what}".encode()) % sides


def attribute(code: str, label: str, value: str, caption: str) -> dict[str, object]:
    """A line of `Attributes`."""
    return {
        "AttributeID": code,
        "AttributeDescription": label,
        "Value": value,
        "ValueDescription": caption,
        "Required": False,
        "IsActive": True,
    }


def address_record(of: Address) -> dict[str, object]:
    """An address as the linked entity has it."""
    return {
        "AddressLine1": of.line1,
        "AddressLine2": of.line2,
        "City": of.city,
        "State": of.state,
        "PostalCode": of.postal_code,
        "Country": of.country,
    }
