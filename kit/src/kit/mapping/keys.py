"""How an object's key is made of its fields: `key: [company, currency_code, id]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.mapping.convert import is_empty, to_text
from kit.mapping.document import Spot
from kit.mapping.scope import Value
from kit.protocol.keys import member_key


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One part of a key.

    Args:
        field: The object's field.
        is_address: Whether the part is the member key of the address in that field.
    """

    field: str
    is_address: bool = False

    def of(self, data: Mapping[str, Any]) -> str | None:
        """Return the part, None where the field is empty."""
        value = data.get(self.field)
        if is_empty(value):
            return None
        return member_key(to_text(value)) if self.is_address else to_text(value)


@dataclass(frozen=True, slots=True)
class KeyRule:
    """The parts of a key, joined by slashes."""

    parts: tuple[KeyPart, ...]

    @property
    def needs(self) -> str:
        """The fields that it is made of, for people."""
        return ", ".join(f"`{part.field}`" for part in self.parts)

    def of(self, data: Mapping[str, Any]) -> str | None:
        """Return the key of an object, None where a field is empty."""
        if len(self.parts) == 1:
            return self.parts[0].of(data)
        found = [part.of(data) for part in self.parts]
        return None if None in found else "/".join(str(part) for part in found)

    def check(self, fields: Value, spot: Spot) -> None:
        """Refuse a rule that does not fill the key.

        Raises:
            CatalogError: A field of the key is not among the rule's fields.
        """
        for part in self.parts:
            if part.field not in (fields.fields or {}):
                raise spot.fail(f"the key needs the field `{part.field}`, which `fields` lacks")


def compile_key(spot: Spot) -> KeyRule:
    """Compile a `key:` list of field names and `{member_key: field}`.

    Raises:
        CatalogError: It is empty or has another form.
    """
    parts = tuple(_compile_part(each) for each in spot.each())
    if not parts:
        raise spot.fail("a key needs at least one field")
    return KeyRule(parts)


def _compile_part(spot: Spot) -> KeyPart:
    if not spot.is_mapping:
        return KeyPart(spot.text())
    entries = spot.entries(("member_key",))
    if not entries:
        raise spot.fail("`member_key` is missing")
    return KeyPart(entries["member_key"].text(), is_address=True)
