"""Keeps secrets and addresses out of what connectors say when it is passed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

STARS: Final = "****"
_SHORTEST_SECRET: Final = 4
_EMAIL: Final = re.compile(r"[^\s@<>\"'(),;:=\[\]{}]+(?:@|%40)[^\s@<>\"'(),;:=\[\]{}]+\.\w+")
_TELLING: Final = ("secret", "password", "token", "api_key", "apikey", "private_key")


def secret_names(specification: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the settings that a connector's spec marks as secret, at any depth."""
    return frozenset(_marked(specification))


def _marked(schema: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON schema
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            for name, each in properties.items():
                if isinstance(each, Mapping) and each.get("airbyte_secret") is True:
                    yield str(name)
        for each in schema.values():
            yield from _marked(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _marked(each)


def _is_secret(name: str, names: frozenset[str]) -> bool:
    return name in names or any(part in name.lower() for part in _TELLING)


def secret_values(config: Mapping[str, Any], names: frozenset[str]) -> Iterator[str]:
    """Yield the values of a config that are secret, by its spec or by a telling name."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from secret_values(value, names)
        elif isinstance(value, str) and _is_secret(name, names):
            yield value


def without_secrets(config: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Return a config without its secret settings."""
    return {
        name: without_secrets(value, names) if isinstance(value, Mapping) else value
        for name, value in config.items()
        if isinstance(value, Mapping) or not _is_secret(name, names)
    }


class Masker:
    """Replaces secrets and e-mail addresses by stars."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, values: Iterable[str]) -> None:
        """Learn more secrets; a very short one is left alone, since it would garble all text."""
        for value in values:
            if len(value) >= _SHORTEST_SECRET:
                self._secrets |= {value, quote(value, safe=""), quote_plus(value)}
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._pattern = (
            re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        )

    def __call__(self, text: str) -> str:
        """Return the text with stars."""
        if self._pattern is not None:
            text = self._pattern.sub(STARS, text)
        return _EMAIL.sub(STARS, text)
