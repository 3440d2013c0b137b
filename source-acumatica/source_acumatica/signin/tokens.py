"""One access token for all streams of a process, and nobody locked out.

A licence counts sessions, so a process asks for one token at most and takes the one in the config
while it is good. Each refresh token is good once: the new one goes out as a CONTROL message before
the token is used. A refusal is
remembered: four more streams that try the same password would lock the account.
"""

import copy
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests
from airbyte_cdk.config_observation import emit_configuration_as_airbyte_control_message
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from source_acumatica.answers.exchange import ask_patiently
from source_acumatica.answers.faults import Answer
from source_acumatica.errors import AcumaticaError, ConfigError
from source_acumatica.settings import instance_url

_EARLY: Final = timedelta(seconds=60)
_DEFAULT_LIFE: Final = 3600
TOKEN_TIMEOUT: Final = (10.0, 60.0)
"""Seconds to connect, seconds to answer."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is asked for with. Never printed: it is all secrets.

    Attributes:
        url: The token endpoint.
        form: The form fields that do not change, `client_id` and `client_secret` among them.
        refresh_token: The token to give in return for a new one; empty for the password grant.
    """

    url: str
    form: tuple[tuple[str, str], ...]
    refresh_token: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Grant":
        """Read the grant from the config.

        Args:
            config: The config.

        Raises:
            ConfigError: A credential is missing.
        """
        credentials = config.get("credentials") or {}
        url = instance_url(config) + "/identity/connect/token"
        client = [("client_id", _needed(credentials, "client_id"))]
        client.append(("client_secret", _needed(credentials, "client_secret")))
        if credentials.get("auth_type") == "password":
            user = [(name, _needed(credentials, name)) for name in ("username", "password")]
            return cls(url, (("grant_type", "password"), ("scope", "api"), *client, *user), "")
        token = _needed(credentials, "refresh_token")
        return cls(url, (("grant_type", "refresh_token"), *client), token)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when it ends, UTC."""

    access: str
    expires: datetime


class TokenKeeper:
    """Gets, keeps and renews the token of one grant.

    Args:
        grant: What to ask with.
        config: The user's config; a new token goes out in a copy of it.
        announce: Takes the whole new config.
    """

    def __init__(
        self,
        grant: Grant,
        config: Mapping[str, Any],
        announce: Callable[[dict[str, Any]], None] = emit_configuration_as_airbyte_control_message,
    ) -> None:
        self._grant = grant
        self._refresh_token = grant.refresh_token
        self._config = config
        self._announce = announce
        self._token = _known_token(config)
        self._refusal: ConfigError | None = None
        self._lock = threading.Lock()

    def access_token(self) -> str:
        """Return a token that is good for another minute at least.

        Raises:
            AcumaticaError: None was to be had; a refusal is raised again without another attempt.
        """
        with self._lock:
            if self._token is None or self._token.expires - _EARLY <= datetime.now(UTC):
                self._token = self._exchange()
            return self._token.access

    def renew(self) -> None:
        """Replace a token that Acumatica refused before its time.

        Raises:
            AcumaticaError: As `access_token`.
        """
        with self._lock:
            self._token = self._exchange()

    def _exchange(self) -> Token:
        if self._refusal is not None:
            raise self._refusal
        try:
            body = ask_patiently(self._post, subject="a token", diagnose=self._diagnose)
        except ConfigError as refusal:
            self._refusal = refusal
            raise
        return self._accept(body)

    def _post(self) -> requests.Response:
        form = dict(self._grant.form)
        if self._refresh_token:
            form["refresh_token"] = self._refresh_token
        return requests.post(
            self._grant.url, data=form, timeout=TOKEN_TIMEOUT, allow_redirects=False
        )

    def _diagnose(self, answer: Answer) -> AcumaticaError | None:
        if "invalid_client" in answer.body or "unauthorized_client" in answer.body:
            return ConfigError(
                "Acumatica does not accept the connected application. Check the settings "
                "`credentials.client_id` (an id, @ and the tenant, from form Connected "
                "Applications SM303010) and `credentials.client_secret`."
            )
        if self._refresh_token and answer.status in {400, 401} and "invalid_grant" in answer.body:
            return ConfigError(
                "Acumatica refused the setting `credentials.refresh_token`: it is expired, "
                "revoked or was used before. Give the consent again and paste the new token."
            )
        if answer.status == requests.codes.not_found or 300 <= answer.status < 400:  # noqa: PLR2004 - redirects
            return ConfigError(
                "There is no token service at this address. Check the setting `instance_url`: it "
                "ends with the site folder, such as https://erp.example.com/Site."
            )
        return None

    def _accept(self, body: Any) -> Token:  # noqa: ANN401 - JSON of any shape
        access = body.get("access_token") if isinstance(body, Mapping) else None
        if not isinstance(access, str) or not access:
            raise AcumaticaError(
                "Acumatica's token service answered without a token. Run again later."
            )
        life = int(body.get("expires_in") or _DEFAULT_LIFE)
        token = Token(access, datetime.now(UTC) + timedelta(seconds=life))
        if self._refresh_token:
            self._refresh_token = str(body.get("refresh_token") or self._refresh_token)
            add_to_secrets(self._refresh_token)
        add_to_secrets(access)
        self._announce(self._config_with(token))
        return token

    def _config_with(self, token: Token) -> dict[str, Any]:
        config = copy.deepcopy(dict(self._config))
        credentials = config["credentials"]
        if self._refresh_token:
            credentials["refresh_token"] = self._refresh_token
        credentials["access_token"] = token.access
        credentials["token_expiry_date"] = token.expires.isoformat(timespec="seconds")[:-6] + "Z"
        return config


_keepers: dict[Grant, TokenKeeper] = {}
_keepers_lock = threading.Lock()


def keeper_for(config: Mapping[str, Any]) -> TokenKeeper:
    """Return the process's one keeper for the config's grant.

    The first caller's config is the one that goes out with a new token, so the source calls this
    with the user's own config before any stream is made.

    Args:
        config: The config.

    Raises:
        ConfigError: A credential is missing.
    """
    grant = Grant.of(config)
    with _keepers_lock:
        return _keepers.setdefault(grant, TokenKeeper(grant, config))


def forget_keepers() -> None:
    """Drop all tokens of this process; for tests, which are many processes in one."""
    with _keepers_lock:
        _keepers.clear()


def _known_token(config: Mapping[str, Any]) -> Token | None:
    credentials = config.get("credentials") or {}
    access, expiry = credentials.get("access_token"), credentials.get("token_expiry_date")
    if not access or not expiry:
        return None
    try:
        expires = datetime.fromisoformat(str(expiry))
    except ValueError:
        return None
    return Token(str(access), expires if expires.tzinfo else expires.replace(tzinfo=UTC))


def _needed(credentials: Mapping[str, Any], name: str) -> str:
    value = credentials.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"Setting `credentials.{name}` is missing.")
    return value.strip() if name != "password" else value
