"""`variables:` of a catalog: values that each connection gives to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kit.mapping.document import Spot
from kit.mapping.scope import kind_name
from kit.protocol.jsonlines import canonical

_KEYS: Final = ("about", "required", "default", "pattern", "unique")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


def resolve_variables(root: Spot, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each declared variable.

    Raises:
        CatalogError: One is required and not given, has the wrong form, or is not declared.
    """
    declared = _declared(root)
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise root.fail(f"the variable `{name}` is given but not declared (known: {known})")
    return {name: _value(name, spot, given) for name, spot in declared.items()}


def _declared(root: Spot) -> dict[str, Spot]:
    sections = dict(root.items())
    declared = dict(sections["variables"].items()) if "variables" in sections else {}
    for name, spot in declared.items():
        if not _NAME.fullmatch(name) or name == "parent":
            raise spot.fail(f"`{name}` is no name for a variable: small letters, not `parent`")
    return declared


def _value(name: str, spot: Spot, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    entries = spot.entries(_KEYS)
    default = entries["default"].plain if "default" in entries else None
    required = "required" in entries and entries["required"].flag()
    value = given.get(name, default)
    if required and (value is None or value == ""):
        raise spot.fail(f"the variable `{name}` is required: set it under `variables`")
    if value is None:
        return None
    expected = kind_name(default) or "string"
    if kind_name(value) != expected:
        raise spot.fail(f"the variable `{name}` must be of type {expected}")
    if "pattern" in entries and not _pattern(entries["pattern"]).fullmatch(str(value)):
        raise spot.fail(f"the variable `{name}` must match {entries['pattern'].text()}")
    if "unique" in entries and entries["unique"].flag():
        _check_unique(name, value, spot)
    return value


def _check_unique(name: str, value: object, spot: Spot) -> None:
    values = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(values, list):
        raise spot.fail("`unique` is for tables and lists")
    if len({canonical(each) for each in values}) < len(values):
        raise spot.fail(f"the variable `{name}` must not have the same value twice")


def _pattern(spot: Spot) -> re.Pattern[str]:
    try:
        return re.compile(spot.text())
    except re.error as error:
        raise spot.fail(f"this is no pattern: {error}") from None
