"""The connector's settings, read once from the config and checked in plain words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote, urlsplit

from source_business_central.errors import ConfigError

POSTED_STATUSES: Final = ("Open", "Paid", "Canceled", "Corrective")
"""The statuses that may be read: reading a draft can write to it."""

LARGEST_PAGE: Final = 20_000
MOST_WORKERS: Final = 5


class AuthType(StrEnum):
    """How the connector signs in."""

    SECRET = "client_secret"  # noqa: S105 - the name of a choice
    CERTIFICATE = "client_certificate"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a read needs to know, apart from the credentials.

    Attributes:
        service_url: Where `/api/...` begins: host, tenant and environment, or a server instance.
        companies: Ids or names of the companies to read; none means all.
        start: Rows changed before this moment are not read, UTC; None reads all.
        overlap: How far a run reaches back over what was read before.
        lag: How far before a run's start its state may stand at most.
        page_size: Rows of a page without lines.
        invoice_statuses: Which invoices and credit memos are read.
        local_currency: Local currency where the company tells none.
        read_deletions: Whether the stream `living_ids` is offered.
    """

    service_url: str
    companies: tuple[str, ...]
    start: datetime | None
    overlap: timedelta
    lag: timedelta
    page_size: int
    invoice_statuses: tuple[str, ...]
    local_currency: str
    read_deletions: bool

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Settings":
        """Read the settings from a config whose defaults are filled in.

        Args:
            config: The config, as `with_defaults` returns it.

        Raises:
            ConfigError: A setting is missing or cannot be used.
        """
        _number(config, "num_workers", 1, MOST_WORKERS)
        return cls(
            service_url=service_url(config),
            companies=_texts(config, "companies"),
            start=_moment(config, "start_date"),
            overlap=timedelta(minutes=_number(config, "overlap_minutes", 0)),
            lag=timedelta(seconds=_number(config, "lag_seconds", 0)),
            page_size=_number(config, "page_size", 1, LARGEST_PAGE),
            invoice_statuses=_statuses(config),
            local_currency=str(config.get("local_currency") or "").strip(),
            read_deletions=_switch(config, "read_deletions"),
        )


def with_defaults(config: Mapping[str, Any], specification: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in the defaults that the specification names; a null counts as absent.

    Args:
        config: The user's config.
        specification: The JSON schema of the config (`connection_specification`).
    """
    defaults = {
        name: field["default"]
        for name, field in specification["properties"].items()
        if "default" in field
    }
    return defaults | {name: value for name, value in config.items() if value is not None}


def auth_type(config: Mapping[str, Any]) -> AuthType:
    """Return how the connector signs in.

    Args:
        config: The config.

    Raises:
        ConfigError: The choice is missing or unknown.
    """
    given = config.get("credentials")
    choice = given.get("auth_type") if isinstance(given, Mapping) else None
    try:
        return AuthType(str(choice))
    except ValueError:
        raise ConfigError(
            f"Setting `credentials.auth_type` must be one of {', '.join(AuthType)}."
        ) from None


def service_url(config: Mapping[str, Any]) -> str:
    """Return the address that `/api/v2.0` follows, without a slash at the end.

    Online it holds tenant and environment. On-premises, where `environment` is empty, it is
    `base_url` alone.

    Args:
        config: The config.

    Raises:
        ConfigError: A part of it is missing or cannot be used.
    """
    base = web_address(config, "base_url")
    environment = str(config.get("environment") or "").strip()
    if not environment and auth_type(config) is AuthType.BASIC:
        return base
    if not environment and _is_online(base):
        raise ConfigError(
            "Setting `environment` is missing. Take the name from the admin center, such as "
            "Production."
        )
    if not environment:
        return base
    if auth_type(config) is AuthType.BASIC:
        raise ConfigError(
            "Business Central online takes no user name and web service key. Set `credentials` "
            "to a client secret or a certificate, or leave `environment` empty to read an "
            "on-premises server."
        )
    return f"{base}/v2.0/{quote(tenant(config), safe='')}/{quote(environment, safe='')}"


def tenant(config: Mapping[str, Any]) -> str:
    """Return the Microsoft Entra tenant.

    Args:
        config: The config.

    Raises:
        ConfigError: It is missing or no tenant.
    """
    text = str(config.get("tenant_id") or "").strip()
    if not text:
        raise ConfigError(
            "Setting `tenant_id` is missing. Take the Directory (tenant) ID from the app "
            "registration's overview in Microsoft Entra."
        )
    if not re.fullmatch(r"[A-Za-z0-9.\-]+", text):
        raise ConfigError(
            "Setting `tenant_id` must be a tenant's id or domain, such as contoso.onmicrosoft.com."
        )
    return text


def web_address(config: Mapping[str, Any], name: str) -> str:
    """Return a setting that is an address, without a slash at the end.

    Args:
        config: The config.
        name: The setting.

    Raises:
        ConfigError: It is no address, or holds more than the beginning of one.
    """
    text = str(config.get(name) or "").strip().rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"Setting `{name}` must be a full address that begins with https://.")
    if parts.query or parts.fragment or "/api/" in f"{parts.path}/":
        raise ConfigError(
            f"Setting `{name}` holds too much: give the address without /api and what follows it."
        )
    return text


def _is_online(base: str) -> bool:
    return str(urlsplit(base).hostname).endswith(".dynamics.com")


def _texts(config: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = config.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ConfigError(f"Setting `{name}` must be a list of texts.")
    return tuple(value.strip() for value in values if value.strip())


def _statuses(config: Mapping[str, Any]) -> tuple[str, ...]:
    chosen = _texts(config, "invoice_statuses")
    if not chosen or not set(chosen) <= set(POSTED_STATUSES):
        raise ConfigError(
            f"Setting `invoice_statuses` must name one or more of {', '.join(POSTED_STATUSES)}. "
            "Drafts are never read, since reading one can change it."
        )
    return tuple(status for status in POSTED_STATUSES if status in chosen)


def _moment(config: Mapping[str, Any], name: str) -> datetime | None:
    text = str(config.get(name) or "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"Setting `{name}` must be a date and time in UTC, such as 2020-01-01T00:00:00Z."
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _switch(config: Mapping[str, Any], name: str) -> bool:
    value = config[name]
    if not isinstance(value, bool):
        raise ConfigError(f"Setting `{name}` must be true or false.")
    return value


def _number(config: Mapping[str, Any], name: str, at_least: int, at_most: int | None = None) -> int:
    value = config[name]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= at_least
    if not fits or (at_most is not None and value > at_most):
        bounds = f"of {at_least} or more" if at_most is None else f"from {at_least} to {at_most}"
        raise ConfigError(f"Setting `{name}` must be a whole number {bounds}.")
    return int(value)
