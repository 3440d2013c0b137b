"""References inside settings: `${env:NAME}` and `${file:PATH}`.

A config holds references instead of secrets. Every value that came out of one is treated as a
secret: it is masked wherever a connector's words are passed on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kit.protocol.errors import ConfigError

_REFERENCE: Final = re.compile(r"\$\{(?P<kind>[a-z]+):(?P<name>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings with every reference replaced.

    Args:
        values: The settings.
        secrets: What came out of references.
    """

    values: dict[str, Any]
    secrets: frozenset[str]


class _Resolver:
    def __init__(self, folder: Path, where: str, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._where = where
        self._environment = environment
        self.secrets: set[str] = set()

    def value(self, value: Any, setting: str) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, str):
            return _REFERENCE.sub(lambda match: self._replace(match, setting), value)
        if isinstance(value, Mapping):
            return {str(key): self.value(each, f"{setting}.{key}") for key, each in value.items()}
        if isinstance(value, list):
            return [self.value(each, f"{setting}.{i}") for i, each in enumerate(value)]
        return value

    def _replace(self, match: re.Match[str], setting: str) -> str:
        kind, name = match["kind"], match["name"]
        if kind == "env":
            text = self._environment.get(name)
            problem = f"the environment variable `{name}`, which is not set or empty; set it"
        elif kind == "file":
            text = self._read(name)
            problem = f"the file `{name}`, which cannot be read or is empty; create it"
        else:
            text = None
            problem = (
                f"`${{{kind}:…}}`, which is not known; use `${{env:NAME}}` or `${{file:PATH}}`"
            )
        if not text:
            raise ConfigError(f"{self._where}: `{setting}` refers to {problem}.", setting=setting)
        self.secrets.add(text)
        return text

    def _read(self, name: str) -> str | None:
        try:
            return (self._folder / Path(name).expanduser()).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None


def resolve(
    config: Mapping[str, Any],
    *,
    folder: Path,
    where: str,
    setting: str,
    environment: Mapping[str, str] | None = None,
) -> Resolved:
    """Replace the references in a config.

    Args:
        config: As written in the connections file.
        folder: Where relative file references start.
        where: Name of the connections file, for messages.
        setting: Dotted path of the config in it, for messages.
        environment: Variables; this process's own by default.

    Raises:
        ConfigError: A variable is not set, or a file cannot be read.
    """
    resolver = _Resolver(folder, where, os.environ if environment is None else environment)
    values = {str(key): resolver.value(each, f"{setting}.{key}") for key, each in config.items()}
    return Resolved(values, frozenset(resolver.secrets))
