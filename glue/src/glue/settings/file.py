"""Reads the connections file; a mistake in it becomes one sentence that names setting and fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from glue.settings.model import ConnectionSettings, ConnectorSettings, Settings
from glue.settings.yaml import read_yaml
from kit.protocol.errors import ConfigError

DEFAULT_LEDGER: Final = "sqlite:///glue.db"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Connector(_Strict):
    command: tuple[str, ...] = ()
    image: str | None = None
    config: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_way_to_start(self) -> Self:
        if bool(self.command) == bool(self.image):
            raise ValueError("give either `command` or `image`")
        return self


class _Connection(_Strict):
    source: str
    destination: str
    catalog: str
    variables: dict[str, Any] = Field(default_factory=dict)


class _File(_Strict):
    ledger: str = DEFAULT_LEDGER
    connectors: dict[str, _Connector]
    connections: dict[str, _Connection]


def load_settings(path: Path) -> Settings:
    """Read and check a connections file.

    References such as `${env:NAME}` are not replaced yet: a connection that is not used needs none
    of its secrets.

    Raises:
        ConfigError: It cannot be read, or a setting is missing, unknown or wrong.
    """
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        raise ConfigError(
            f"{path.name} is empty or no mapping; `glue init` writes an example to start from."
        )
    try:
        parsed = _File.model_validate(raw)
    except ValidationError as error:
        # A misspelt name shows as two errors: the unknown one tells more than the missing one
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise _sentence(path, first["loc"], first["type"], first["msg"]) from None
    settings = Settings(
        path=path.absolute(),
        ledger=_ledger_path(path, parsed.ledger),
        connectors={
            name: ConnectorSettings(name, each.command, each.image, each.config)
            for name, each in parsed.connectors.items()
        },
        connections={
            name: ConnectionSettings(
                name, each.source, each.destination, each.catalog, each.variables
            )
            for name, each in parsed.connections.items()
        },
    )
    _check_names(settings)
    return settings


_KNOWN: Final[Mapping[int, Sequence[str]]] = {
    1: tuple(_File.model_fields),
    3: (*_Connector.model_fields, *_Connection.model_fields),
}


def _sentence(path: Path, place: tuple[int | str, ...], kind: str, message: str) -> ConfigError:
    setting = ".".join(str(part) for part in place)
    if kind == "missing":
        text = f"`{setting}` is missing; add it."
    elif kind == "extra_forbidden":
        close = get_close_matches(str(place[-1]), _KNOWN.get(len(place), ()), n=1)
        hint = f"Did you mean `{close[0]}`?" if close else "Remove it, or correct its name."
        text = f"`{setting}` is not a known setting. {hint}"
    else:
        text = f"`{setting}` is wrong: {message.removeprefix('Value error, ')}."
    return ConfigError(f"{path.name}: {text}", setting=setting)


def _check_names(settings: Settings) -> None:
    for connection in settings.connections.values():
        for role in ("source", "destination"):
            name = getattr(connection, role)
            if name not in settings.connectors:
                known = ", ".join(f"`{each}`" for each in sorted(settings.connectors)) or "none"
                raise ConfigError(
                    f"{settings.path.name}: `connections.{connection.name}.{role}` names the "
                    f"connector `{name}`, which is not under `connectors`. There are: {known}.",
                    setting=f"connections.{connection.name}.{role}",
                )


def _ledger_path(path: Path, text: str) -> Path:
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "sqlite" or not url.database or ":" in url.database:
        raise ConfigError(
            f"{path.name}: `ledger` has to be an SQLite file such as `{DEFAULT_LEDGER}`; "
            "other databases are not supported.",
            setting="ledger",
        )
    return path.absolute().parent / url.database
