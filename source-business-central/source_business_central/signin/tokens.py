"""One access token for all streams of a process; a refusal is remembered, never tried again."""

import base64
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import jwt
import requests
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from source_business_central.answers.faults import parse
from source_business_central.answers.pauses import pause_before_retry
from source_business_central.errors import BusinessCentralError, ConfigError, PassingError
from source_business_central.settings import AuthType, auth_type
from source_business_central.signin.grants import Grant, needed
from source_business_central.signin.refusals import explain

_TIMEOUT: Final = (10.0, 60.0)
_TRIES: Final = 4
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
_EARLY: Final = timedelta(minutes=5)
_SHORTEST_LIFE: Final = 60


class Keeper(Protocol):
    """Signs requests."""

    def header(self) -> str:
        """Return the value of the header `Authorization`."""

    def renew(self) -> None:
        """Replace what was refused, if it can be replaced."""

    def roles(self) -> tuple[str, ...] | None:
        """Return the roles that the sign-in carries; None if it does not tell."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and when it is replaced, UTC."""

    access: str
    good_until: datetime


class TokenKeeper:
    """Gets, keeps and renews the token of one grant. Thread-safe.

    Args:
        grant: What to ask with.
    """

    def __init__(self, grant: Grant) -> None:
        self._grant = grant
        self._token: Token | None = None
        self._refusal: ConfigError | None = None
        self._lock = threading.Lock()

    def header(self) -> str:
        """Return the value of the header `Authorization`.

        Raises:
            BusinessCentralError: No token was to be had.
        """
        return f"Bearer {self._current().access}"

    def renew(self) -> None:
        """Replace a token that was refused before its time.

        Raises:
            BusinessCentralError: As `header`.
        """
        with self._lock:
            self._token = self._exchange()

    def roles(self) -> tuple[str, ...] | None:
        """Return the token's claim `roles`; None if the token cannot be read."""
        try:
            claims = jwt.decode(self._current().access, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return None
        return tuple(str(role) for role in claims.get("roles") or ())

    def _current(self) -> Token:
        with self._lock:
            if self._token is None or self._token.good_until <= datetime.now(UTC):
                self._token = self._exchange()
            return self._token

    def _exchange(self) -> Token:
        if self._refusal is not None:
            raise self._refusal
        try:
            return _token(_ask(self._grant))
        except ConfigError as refusal:
            self._refusal = refusal
            raise


class KeyKeeper:
    """Signs in with a user name and a web service key, on-premises.

    Args:
        username: The user.
        key: The user's web service key.
    """

    def __init__(self, username: str, key: str) -> None:
        pair = base64.b64encode(f"{username}:{key}".encode()).decode()
        add_to_secrets(pair)
        self._header = f"Basic {pair}"

    def header(self) -> str:
        """Return the value of the header `Authorization`."""
        return self._header

    def renew(self) -> None:
        """Do nothing: a key is good until it is deleted."""

    def roles(self) -> None:
        """Return None: rights belong to the user."""


def _ask(grant: Grant) -> requests.Response:
    for attempt in range(1, _TRIES + 1):
        now = datetime.now(UTC)
        try:
            response = requests.post(
                grant.url, data=grant.form(now), timeout=_TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            if attempt > 1 or isinstance(error, requests.exceptions.InvalidURL):
                raise _unreachable(error) from None
            time.sleep(pause_before_retry(attempt, None, now))
            continue
        if response.status_code not in _PASSING:
            return response
        if attempt < _TRIES:
            time.sleep(pause_before_retry(attempt, response.headers.get("Retry-After"), now))
    raise PassingError(
        "Microsoft Entra was busy when asked for a token, also after retries. Nothing was read; "
        "run again later."
    )


def _token(response: requests.Response) -> Token:
    body = parse(response.content)
    answer = body if isinstance(body, Mapping) else {}
    if response.status_code != requests.codes.ok:
        raise explain(response.status_code, answer)
    access = answer.get("access_token")
    if not isinstance(access, str) or not access:
        raise BusinessCentralError(
            "The token service answered without a token. Nothing was read; check the setting "
            "`login_url`, and run again."
        )
    add_to_secrets(access)
    life = timedelta(seconds=max(_SHORTEST_LIFE, int(answer.get("expires_in") or 0)))
    return Token(access, datetime.now(UTC) + life - min(_EARLY, life / 2))


def _unreachable(error: requests.RequestException) -> ConfigError:
    return ConfigError(
        f"The token service could not be reached ({type(error).__name__}). Check the setting "
        "`login_url`, and that this machine may connect to it."
    )


_keepers: dict[object, Keeper] = {}
_keepers_lock = threading.Lock()


def keeper_for(config: Mapping[str, Any]) -> Keeper:
    """Return the process's one keeper for the config's credentials.

    Args:
        config: The config, defaults filled in.

    Raises:
        ConfigError: A credential is missing or cannot be used.
    """
    if auth_type(config) is AuthType.BASIC:
        given = config.get("credentials") or {}
        pair = (needed(given, "username"), needed(given, "web_service_key"))
        with _keepers_lock:
            return _keepers.setdefault(pair, KeyKeeper(*pair))
    grant = Grant.of(config)
    with _keepers_lock:
        return _keepers.setdefault(grant, TokenKeeper(grant))


def forget_keepers() -> None:
    """Drop all tokens of this process; for tests, which are many processes in one."""
    with _keepers_lock:
        _keepers.clear()
