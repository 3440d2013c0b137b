"""The connector's settings, as the form in Airbyte and the runner's connections file give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from kit.protocol.errors import ConfigError
from kit.protocol.handshake import HIDDEN_SETTING

_PLACEHOLDERS: Final = frozenset({"company", "currency"})
_DATA_CENTRE: Final = re.compile(r"^[a-z]{2,4}[0-9]{1,3}$")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ApiKey(_Part):
    """An API key, made in Mailchimp under Account, Extras, API keys."""

    auth_type: Literal["api_key"]
    api_key: SecretStr

    @property
    def data_centre(self) -> str | None:
        """The data centre that the key's end names; None if it names none."""
        _, _, suffix = self.api_key.get_secret_value().rpartition("-")
        return suffix if _DATA_CENTRE.match(suffix) else None


class OAuth(_Part):
    """A token of an OAuth app; it never expires, and a dead one was revoked."""

    auth_type: Literal["oauth"]
    access_token: SecretStr


class Store(_Part):
    """The template of the stores: one is made for each company and currency."""

    id_prefix: str = Field(min_length=1, max_length=20)
    name: str = Field(default="{company} {currency}", min_length=1)
    platform: str | None = None
    domain: str | None = None
    email_address: str | None = None

    @field_validator("name")
    @classmethod
    def _knows_placeholders(cls, name: str) -> str:
        try:
            names = {each for _, each, _, _ in Formatter().parse(name) if each is not None}
        except ValueError:
            names = {name}
        if names - _PLACEHOLDERS:
            raise ValueError("only {company} and {currency} may stand in braces")
        return name


class Settings(_Part):
    """Every setting. Defaults are those of `spec.json`, which says what each is for."""

    credentials: Annotated[ApiKey | OAuth, Field(discriminator="auth_type")]
    audience: str = Field(min_length=1)
    new_member_status: Literal["subscribed", "pending", "transactional", "unsubscribed"]
    base_url: str | None = None
    store: Store | None = None
    create_merge_fields: bool = True
    null_merge_fields: Literal["keep", "clear"] = "keep"
    propagate_erp_opt_out: bool = True
    raise_on_new_opt_in: bool = False
    ecommerce_scope: Literal["existing_members", "consented", "all"] = "existing_members"
    notify_after_hours: float = Field(default=24, ge=0)
    connections: int = Field(default=8, ge=1, le=10)
    bulk_from: int = Field(default=500, ge=1)
    dry_run: bool = False

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not re.match(r"^https?://[^/\s]+", value):
            raise ValueError("it has to begin with https:// (or http:// on this machine)")
        return value.rstrip("/")


def read_settings(config: Mapping[str, Any]) -> Settings:
    """Read and check a config.

    Raises:
        ConfigError: A setting is missing or wrong; one sentence names it and the fix.
    """
    values = {name: value for name, value in config.items() if name != HIDDEN_SETTING}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise _config_error(error) from None
    _check_credentials(settings)
    return settings


def _check_credentials(settings: Settings) -> None:
    credentials = settings.credentials
    if not isinstance(credentials, ApiKey):
        return
    key = credentials.api_key.get_secret_value()
    if not re.fullmatch(r"[!-~]+", key):
        raise ConfigError(
            "The setting `credentials.api_key` is empty or holds blanks; copy the whole key from "
            "Mailchimp, Account, Extras, API keys.",
            setting="credentials.api_key",
        )
    if settings.base_url is None and credentials.data_centre is None:
        raise ConfigError(
            "The setting `credentials.api_key` does not end with a data centre such as `-us1`; "
            "copy the whole key from Mailchimp, Account, Extras, API keys.",
            setting="credentials.api_key",
        )


_TAGGED_UNION: Final = frozenset({"api_key", "oauth"})


def _config_error(error: ValidationError) -> ConfigError:
    """Put the first thing that is wrong into one sentence; the value itself is never quoted."""
    first = error.errors(include_input=False, include_url=False)[0]
    path = [str(each) for each in first["loc"]]
    if len(path) > 1 and path[0] == "credentials" and path[1] in _TAGGED_UNION:
        del path[1]
    setting = ".".join(path)
    match first["type"]:
        case "missing":
            text = f"The setting `{setting}` is missing{_hint(setting)}."
        case "extra_forbidden":
            text = f"There is no setting `{setting}`; correct its name or take it out."
        case "union_tag_not_found" | "union_tag_invalid":
            text = "The setting `credentials.auth_type` has to be `api_key` or `oauth`."
            setting = "credentials.auth_type"
        case _:
            message = first["msg"].removeprefix("Value error, ")
            text = f"The setting `{setting}` is wrong: {message[:1].lower()}{message[1:]}."
    return ConfigError(text, setting=setting)


def _hint(setting: str) -> str:
    """Return what to enter for a setting that has no default."""
    return {
        "new_member_status": (
            ": choose what people of unknown consent become, `transactional` (no marketing mail), "
            "`subscribed`, `pending` or `unsubscribed`"
        ),
        "audience": ": enter the audience's id or its exact name",
        "credentials": ": enter an API key or an OAuth token",
    }.get(setting, "")
