"""A config file into which new credentials are put."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from source_acumatica.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """An existing config file.

    Attributes:
        path: Where it is; a link is followed.
        config: What it holds.
    """

    path: Path
    config: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path, instance: str) -> "ConfigFile":
        """Read a config file, if it is one of this instance.

        Args:
            path: Where it is.
            instance: The instance's address.

        Raises:
            ConfigError: It is not there, no JSON object, or of another instance.
        """
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"The config file {path} cannot be read ({type(error).__name__}). Give `--write` "
                "an existing JSON file, or leave it out and paste what is printed."
            ) from None
        if not isinstance(config, dict):
            raise ConfigError(
                f"The config file {path} holds no JSON object. Give `--write` a config of this "
                "connector, or leave it out and paste what is printed."
            )
        known = str(config.get("instance_url") or instance).strip().rstrip("/")
        if known.casefold() != instance.casefold():
            raise ConfigError(
                f"The config file {path} is for another instance, so it was left as it is. Correct "
                "`--instance-url`, or the setting `instance_url` in the file."
            )
        return cls(path.resolve(), {"instance_url": instance, **config})

    def put_credentials(self, credentials: Mapping[str, str]) -> None:
        """Write the file anew with other credentials: whole or not at all, for its owner alone.

        Args:
            credentials: The setting `credentials`.

        Raises:
            ConfigError: It cannot be written.
        """
        text = json.dumps({**self.config, "credentials": credentials}, indent=2, ensure_ascii=False)
        try:
            _replace(self.path, text + "\n")
        except OSError as error:
            raise ConfigError(
                f"The config file {self.path} cannot be written ({type(error).__name__}). Make its "
                "folder writable for this user, and run the command again without `--write` or "
                "with it: the consent has to be given anew."
            ) from None


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
