"""Finds settings that a connector does not know: most are misspelt, and would do nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

_BRANCHES: Final = ("oneOf", "anyOf", "allOf")


def _known(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a spec knows at one place, those of its alternatives too."""
    known = dict(schema.get("properties") or {})
    for word in _BRANCHES:
        for branch in schema.get(word) or ():
            known |= _known(branch)
    return known


def unknown_settings(
    specification: Mapping[str, Any], config: Mapping[str, Any], place: str = ""
) -> Iterator[str]:
    """Yield a sentence for each setting that is not in a connector's spec.

    Args:
        specification: JSON schema of the config; a part of it that names nothing allows all.
        config: The config.
        place: Where it is, as a dotted path that ends with a dot; empty at the top.
    """
    known = _known(specification)
    if not known:
        return
    for name, value in config.items():
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"Did you mean `{close[0]}`?" if close else "Remove it, or correct its name."
            yield f"`{place}{name}` is not a setting of this connector. {hint}"
        elif isinstance(value, Mapping) and isinstance(known[name], Mapping):
            yield from unknown_settings(known[name], value, f"{place}{name}.")
