"""Configuration that connectors hand back, such as rotated tokens: encrypted, durable at once.

What is kept are only the fields that differ from the connections file, each with a fingerprint of
the file's value: when the user changes that value, the file wins again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert

from glue.ledger.database import Database
from glue.ledger.schema import secrets
from kit.protocol.errors import ConfigError
from kit.protocol.handshake import HIDDEN_SETTING
from kit.protocol.jsonlines import content_hash, dumps, loads

KEY_VARIABLE: Final = "GLUE_SECRET_KEY"
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class HandedBack:
    """One field that a connector changed.

    Args:
        path: Where it is in the config.
        value: What the connector set.
        basis: Fingerprint of the value that the file had then; for a field that the file does not
            have, such as an access token, of the group that it is in.
    """

    path: tuple[str, ...]
    value: Any
    basis: str


def _leaves(
    value: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, each in value.items():
        if isinstance(each, Mapping):
            yield from _leaves(each, (*path, key))
        else:
            yield (*path, key), each


def _at(config: Mapping[str, Any], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    value: Any = config
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return _ABSENT
        value = value[key]
    return value


def _basis(config: Mapping[str, Any], path: tuple[str, ...]) -> str:
    """Fingerprint what the user wrote: a change of it means that the file wins again."""
    value = _at(config, path)
    if value is _ABSENT:
        group = _at(config, path[:-1]) if len(path) > 1 else _ABSENT
        return "" if group is _ABSENT else "group:" + content_hash(group)
    return content_hash(value)


def changed_fields(
    file_config: Mapping[str, Any], handed_back: Mapping[str, Any]
) -> list[HandedBack]:
    """Return the fields in which a handed-back config differs from the file's."""
    return [
        HandedBack(path, value, _basis(file_config, path))
        for path, value in _leaves(handed_back)
        if path[0] != HIDDEN_SETTING and _at(file_config, path) != value
    ]


def overlay(file_config: Mapping[str, Any], fields: list[HandedBack]) -> dict[str, Any]:
    """Return the file's config with handed-back fields, where the file did not change since."""
    config = deepcopy(dict(file_config))
    for field in fields:
        if _basis(file_config, field.path) != field.basis:
            continue
        target = config
        for key in field.path[:-1]:
            if not isinstance(target.get(key), dict):
                target[key] = {}
            target = target[key]
        target[field.path[-1]] = field.value
    return config


def _keys(ledger: Path, environment: Mapping[str, str]) -> MultiFernet:
    given = environment.get(KEY_VARIABLE)
    path = ledger.with_name(ledger.name + ".key")
    if given:
        texts, where = given.split(","), f"The environment variable `{KEY_VARIABLE}`"
    else:
        if not path.exists():
            handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(Fernet.generate_key() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        texts, where = path.read_text().split(), f"The key file `{path}`"
    try:
        return MultiFernet([Fernet(text.strip()) for text in texts])
    except ValueError:
        raise ConfigError(
            f"{where} holds no valid key: it takes Fernet keys, 32 bytes in URL-safe base64.",
            setting=KEY_VARIABLE,
        ) from None


class Vault:
    """Handed-back configuration, by connector.

    Args:
        database: The ledger; never a scratch copy.
        environment: Variables; this process's own by default.
    """

    def __init__(self, database: Database, environment: Mapping[str, str] | None = None) -> None:
        self._database = database
        self._environment = os.environ if environment is None else environment

    def keep(
        self, connector: str, file_config: Mapping[str, Any], handed_back: Mapping[str, Any]
    ) -> None:
        """Store what a connector handed back; it is durable when this returns."""
        fields = changed_fields(file_config, handed_back)
        content = dumps(
            {
                "connector": connector,
                "fields": [[list(each.path), each.value, each.basis] for each in fields],
            }
        )
        token = _keys(self._database.path, self._environment).encrypt(content)
        statement = upsert(secrets).values(
            connector=connector, token=token, updated_at=datetime.now(UTC)
        )
        with self._database.write() as sql:
            sql.execute(
                statement.on_conflict_do_update(
                    index_elements=["connector"],
                    set_={
                        "token": statement.excluded.token,
                        "updated_at": statement.excluded.updated_at,
                    },
                )
            )

    def config(self, connector: str, file_config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the config to start a connector with.

        Raises:
            ConfigError: What is stored cannot be decrypted with the keys that there are.
        """
        with self._database.read() as sql:
            token = sql.execute(
                select(secrets.c.token).where(secrets.c.connector == connector)
            ).scalar()
        if token is None:
            return deepcopy(dict(file_config))
        try:
            content = loads(_keys(self._database.path, self._environment).decrypt(token))
        except InvalidToken:
            raise ConfigError(
                f"The stored configuration of the connector `{connector}` cannot be decrypted. "
                f"Set `{KEY_VARIABLE}` to the key that it was stored with, or put the key file "
                f"back beside the ledger.",
                setting=KEY_VARIABLE,
            ) from None
        if content["connector"] != connector:
            raise ConfigError(
                f"The stored configuration of `{connector}` belongs to another connector; the "
                "ledger was tampered with. Log in again and change the credential in the file."
            )
        fields = [HandedBack(tuple(path), value, basis) for path, value, basis in content["fields"]]
        return overlay(file_config, fields)
