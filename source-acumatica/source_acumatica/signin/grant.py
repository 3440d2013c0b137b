"""What a token is asked for with, read from the settings."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from source_acumatica.errors import ConfigError
from source_acumatica.settings import instance_url

TOKEN_PATH: Final = "/identity/connect/token"  # noqa: S105 - the path of an address


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is asked for with. Never printed: it is all secrets.

    Attributes:
        url: The token endpoint.
        form: The form fields that do not change, `client_id` and `client_secret` among them.
        refresh_token: The token to give in return for a new one; empty for the password grant.
        next_command: The command that gives the consent anew.
    """

    url: str
    form: tuple[tuple[str, str], ...]
    refresh_token: str
    next_command: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Grant":
        """Read the grant from the config.

        Args:
            config: The config.

        Raises:
            ConfigError: A credential is missing, or belongs to another tenant than `tenant` says.
        """
        credentials = credentials_of(config)
        instance = instance_url(config)
        client_id = _needed(credentials, "client_id")
        refuse_other_tenant(client_id, config.get("tenant"))
        client = (
            ("client_id", client_id),
            ("client_secret", _needed(credentials, "client_secret")),
        )
        command = authorize_command(instance, client_id)
        if credentials.get("auth_type") == "password":
            user = [(name, _needed(credentials, name)) for name in ("username", "password")]
            form = (("grant_type", "password"), ("scope", "api"), *client, *user)
            return cls(instance + TOKEN_PATH, form, "", command)
        if not _text(credentials, "refresh_token"):
            raise ConfigError(
                "Setting `credentials.refresh_token` is missing. Get one by "
                f"`{command}`, and paste what it prints."
            )
        form = (("grant_type", "refresh_token"), *client)
        return cls(instance + TOKEN_PATH, form, _text(credentials, "refresh_token"), command)


def credentials_of(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the setting `credentials`.

    Args:
        config: The config.

    Raises:
        ConfigError: It is missing, or no object.
    """
    credentials = config.get("credentials")
    if not isinstance(credentials, Mapping) or not credentials:
        raise ConfigError(
            "Setting `credentials` is missing. Get one by `source-acumatica authorize`, and paste "
            "what it prints."
        )
    return credentials


def tenant_of(client_id: str) -> str:
    """Return the tenant that a client id belongs to.

    Args:
        client_id: Such as `4B2F9C60-7C8F-0F3A-1234-5F0C3B7B5A10@Company`.

    Raises:
        ConfigError: It names none.
    """
    application, _, tenant = client_id.strip().rpartition("@")
    if not application or not tenant:
        raise ConfigError(
            "Setting `credentials.client_id` does not name the tenant. Copy it whole from form "
            "Connected Applications SM303010: an id, @ and the tenant."
        )
    return tenant


def refuse_other_tenant(client_id: str, tenant: object) -> None:
    """Stop where the setting `tenant` and the client id name different tenants.

    Acumatica would read the client id's without a word.

    Args:
        client_id: The client id.
        tenant: The setting `tenant`; None or empty if it is not used.

    Raises:
        ConfigError: They differ, or the client id names no tenant.
    """
    named = tenant_of(client_id)
    wanted = str(tenant or "").strip()
    if wanted and wanted.casefold() != named.casefold():
        raise ConfigError(
            f"Setting `tenant` is {wanted}, but `credentials.client_id` belongs to the tenant "
            f"{named}. Make the connected application in the tenant {wanted}, or correct `tenant`."
        )


def authorize_command(instance: str, client_id: str) -> str:
    """Return the command that gives the consent.

    Args:
        instance: The instance's address.
        client_id: The client id.
    """
    return shlex.join(
        ["source-acumatica", "authorize", "--instance-url", instance, "--client-id", client_id]
    )


def _text(credentials: Mapping[str, Any], name: str) -> str:
    value = credentials.get(name)
    return value.strip() if isinstance(value, str) else ""


def _needed(credentials: Mapping[str, Any], name: str) -> str:
    if not _text(credentials, name):
        raise ConfigError(f"Setting `credentials.{name}` is missing. {_WHERE_FROM[name]}")
    return str(credentials[name]) if name == "password" else _text(credentials, name)


_FORM: Final = "form Connected Applications SM303010"
_WHERE_FROM: Final[Mapping[str, str]] = {
    "client_id": f"Copy it from {_FORM}: an id, @ and the tenant.",
    "client_secret": f"Add a shared secret on {_FORM}, tab Secrets, and paste it.",
    "username": "Enter the user with which the connector signs in.",
    "password": "Enter the password of `credentials.username`.",
}
