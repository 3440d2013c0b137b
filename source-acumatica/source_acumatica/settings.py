"""The connector's settings, read once from the config and checked in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from source_acumatica.endpoint.choices import Choices
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.errors import ConfigError


class EmailChanges(StrEnum):
    """How customers with a changed e-mail address are found: it need not move their own stamp."""

    AUTO = "auto"
    FULL_COMPARE = "full_compare"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a read needs to know, apart from the credentials.

    Attributes:
        instance_url: Scheme, host and site folder, without a slash at the end.
        endpoint: The endpoint's name and version.
        start: Rows changed before this moment are not read, UTC.
        overlap: How far a window reaches back over what was read before.
        lag: How far before the run's start the state ends.
        window: The length of one closed window.
        choices: Which entities and unmapped fields are read.
        most_pages: How many pages a part of a window may hold.
        email_changes: How customers with a changed e-mail address are found.
        full_compare: How often all customers are read again, where that is the way.
        read_deletions: Whether deleted records are a stream.
        requests_per_minute: How many requests may be sent in a minute.
        headers: Headers by which the instance shows the rows of a branch, or archived ones.
    """

    instance_url: str
    endpoint: Endpoint
    start: datetime
    overlap: timedelta
    lag: timedelta
    window: timedelta
    choices: Choices
    most_pages: int
    email_changes: EmailChanges
    full_compare: timedelta
    read_deletions: bool
    requests_per_minute: int
    headers: Mapping[str, str]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Settings":
        """Read the settings from a config whose defaults are filled in.

        Args:
            config: The config, as `with_defaults` returns it.

        Raises:
            ConfigError: A setting is missing or cannot be used.
        """
        return cls(
            instance_url=instance_url(config),
            endpoint=Endpoint.named(
                str(config["endpoint_name"]).strip(), str(config["endpoint_version"]).strip()
            ),
            start=_start(config),
            overlap=timedelta(minutes=_number(config, "overlap_minutes", at_least=0)),
            lag=timedelta(seconds=_number(config, "lag_seconds", at_least=0)),
            window=timedelta(days=_number(config, "window_days", at_least=1)),
            choices=Choices.of(config),
            most_pages=int(_number(config, "most_pages_per_window", at_least=1)),
            email_changes=_email_changes(config),
            full_compare=timedelta(hours=_number(config, "full_compare_hours", at_least=1)),
            read_deletions=_switch(config, "read_deletions"),
            requests_per_minute=int(_number(config, "requests_per_minute", at_least=1)),
            headers=_headers(config),
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


def instance_url(config: Mapping[str, Any]) -> str:
    """Return the instance's address without a slash at the end.

    Args:
        config: The config.

    Raises:
        ConfigError: It is missing, or more or less than an instance's address.
    """
    text = str(config.get("instance_url", "")).strip().rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(
            "Setting `instance_url` must be the full address of the instance, such as "
            "https://erp.example.com/Site."
        )
    if parts.username is not None:
        raise ConfigError(
            "Setting `instance_url` holds a user name: leave out what stands before the @, and "
            "fill in `credentials` instead."
        )
    if parts.query or parts.fragment or "/entity" in parts.path:
        raise ConfigError(
            "Setting `instance_url` holds more than the instance's address: give only scheme, "
            "host and site folder, such as https://erp.example.com/Site."
        )
    return text


def _start(config: Mapping[str, Any]) -> datetime:
    """Read the start date; a state may never be set to a time that has not come yet."""
    try:
        moment = datetime.fromisoformat(str(config.get("start_date", "")).strip())
    except ValueError:
        raise ConfigError(
            "Setting `start_date` must be a date and time in UTC, such as 2020-01-01T00:00:00Z."
        ) from None
    start = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if start > datetime.now(UTC):
        raise ConfigError(
            "Setting `start_date` is in the future, so nothing would be read. Choose a time before "
            "the oldest change that you want, such as 2020-01-01T00:00:00Z."
        )
    return start


def _headers(config: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    branch = config.get("branch")
    if branch:
        if not isinstance(branch, str) or not branch.isprintable():
            raise ConfigError("Setting `branch` must be the name of a branch, such as MAIN.")
        headers["PX-CbApiBranch"] = branch.strip()
    if _switch(config, "read_archived"):
        headers["PX-ApiArchive"] = "SHOW"
    return headers


def _email_changes(config: Mapping[str, Any]) -> EmailChanges:
    try:
        return EmailChanges(config["email_changes"])
    except ValueError:
        known = ", ".join(EmailChanges)
        raise ConfigError(f"Setting `email_changes` must be one of {known}.") from None


def _switch(config: Mapping[str, Any], name: str) -> bool:
    value = config[name]
    if not isinstance(value, bool):
        raise ConfigError(f"Setting `{name}` must be true or false.")
    return value


def _number(config: Mapping[str, Any], name: str, at_least: float) -> float:
    value = config[name]
    if not isinstance(value, int | float) or isinstance(value, bool) or value < at_least:
        raise ConfigError(f"Setting `{name}` must be a number of {at_least} or more.")
    return float(value)
