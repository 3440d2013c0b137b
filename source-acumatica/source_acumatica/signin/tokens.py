"""One access token for all streams of a process, and nobody locked out.

A licence counts sessions, so a process takes the token in the config while it is good, and asks
for one only when it ends. Each refresh token is good once: the new one goes out as a CONTROL
message before anything is asked with the access token that came with it. A refusal is remembered:
four more streams that try the same password would lock the account.
"""

import copy
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests
from airbyte_cdk.config_observation import emit_configuration_as_airbyte_control_message
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from source_acumatica.answers.answer import Answer
from source_acumatica.answers.exchange import ask_patiently
from source_acumatica.answers.sentences import token_refused
from source_acumatica.errors import AcumaticaError, ConfigError
from source_acumatica.signin.grant import Grant, credentials_of
from source_acumatica.signin.service import Tokens, diagnose, parse, post

_EARLY: Final = timedelta(seconds=60)
_MOST_REPLACEMENTS: Final = 3
_LOST: Final = frozenset({400, 401})


class TokenKeeper:
    """Gets, keeps and renews the token of one grant. Thread-safe.

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
        self._tokens = _known_tokens(config)
        self._may_have_died = True
        self._replacements = 0
        self._refusal: ConfigError | None = None
        self._lock = threading.Lock()

    def access_token(self) -> str:
        """Return a token that is good for another minute at least.

        Raises:
            AcumaticaError: None was to be had; a refusal is raised again without another attempt.
        """
        with self._lock:
            if self._tokens is None or self._tokens.expires - _EARLY <= datetime.now(UTC):
                self._tokens = self._exchange()
            return self._tokens.access

    def accepted(self) -> None:
        """Note that the present token was accepted: if it is refused later, it has died."""
        self._may_have_died = True

    def replace(self, refused: str) -> None:
        """Replace a token that Acumatica refused before its time.

        A replacement that is refused at once is not replaced again: the next one would be refused
        too, and each attempt is a sign-in that the licence counts.

        Args:
            refused: The token of the refused request; if another request replaced it meanwhile,
                nothing is done.

        Raises:
            AcumaticaError: As `access_token`, or replacing it would not help.
        """
        with self._lock:
            if self._tokens is not None and self._tokens.access != refused:
                return
            if not self._may_have_died or self._replacements >= _MOST_REPLACEMENTS:
                self._refusal = self._refusal or token_refused()
                raise self._refusal
            self._replacements += 1
            self._may_have_died = False
            self._tokens = self._exchange()

    def _exchange(self) -> Tokens:
        if self._refusal is not None:
            raise self._refusal
        try:
            body = ask_patiently(self._ask, subject="a token", diagnose=self._diagnose)
        except ConfigError as refusal:
            self._refusal = refusal
            raise
        return self._keep(parse(body))

    def _ask(self) -> requests.Response:
        form = dict(self._grant.form)
        if self._refresh_token:
            form["refresh_token"] = self._refresh_token
        return post(self._grant.url, form)

    def _diagnose(self, answer: Answer) -> AcumaticaError | None:
        if self._refresh_token and answer.status in _LOST and "invalid_grant" in answer.body:
            return ConfigError(
                "Acumatica refused the setting `credentials.refresh_token`: it is expired, revoked "
                f"or was used before. Run `{self._grant.next_command}` and paste what it prints."
            )
        return diagnose(answer)

    def _keep(self, tokens: Tokens) -> Tokens:
        if self._refresh_token:
            self._refresh_token = tokens.refresh or self._refresh_token
            add_to_secrets(self._refresh_token)
        add_to_secrets(tokens.access)
        kept = Tokens(tokens.access, tokens.expires, self._refresh_token)
        config = copy.deepcopy(dict(self._config))
        config["credentials"] |= kept.as_settings()
        self._announce(config)
        return kept


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


def _known_tokens(config: Mapping[str, Any]) -> Tokens | None:
    credentials = credentials_of(config)
    access, expiry = credentials.get("access_token"), credentials.get("token_expiry_date")
    if not access or not expiry:
        return None
    try:
        expires = datetime.fromisoformat(str(expiry))
    except ValueError:
        return None
    return Tokens(str(access), expires if expires.tzinfo else expires.replace(tzinfo=UTC))
