"""Mailchimp's Marketing API: host, credential, calls, and what a refusal means for the run.

A refusal of one request comes back as an answer. What no record can help (a dead credential, a
role that may not write, a throttle that does not end) is raised and stops the run. A dry run
cannot write: `send` refuses before anything leaves the process.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from destination_mailchimp.problems import Problem, explain
from destination_mailchimp.settings import ApiKey, Settings
from kit.destination.http import Answer, Caller, Exhausted, Request
from kit.destination.limiter import limiter_for
from kit.destination.retry import Backoff, Breaker, Verdict
from kit.protocol.errors import ConfigError, FatalError, RecordRejected
from kit.protocol.jsonlines import dumps
from kit.protocol.keys import path_segment
from kit.protocol.reasons import Reason

METADATA_URL: Final = "https://login.mailchimp.com/oauth2/metadata"
_FAILURES_IN_A_ROW: Final = 40
_ATTEMPTS_AT_START: Final = 3
_USER_AGENT: Final = "airbyte-destination-mailchimp/0.1.0"


def path(*segments: str) -> str:
    """Return a path of the API from its segments, each percent-encoded."""
    return "/" + "/".join(path_segment(segment) for segment in segments)


class Client:
    """Calls to one account.

    Args:
        settings: The connector's settings.
        sleep: Waits between attempts, in seconds.
        halted: Whether the run was told to stop.
        backoff: How often and how long to wait.
        headers: Further headers for every call.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        sleep: Callable[[float], object],
        halted: Callable[[], bool] = lambda: False,
        backoff: Backoff | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        secret, self._setting = _secret_of(settings)
        self._read_only = settings.dry_run
        self._caller = Caller(
            headers={
                "Authorization": _authorization(settings, secret),
                "Accept": "application/json",
                "User-Agent": _USER_AGENT,
                **(headers or {}),
            },
            limiter=limiter_for(sha256(secret.encode()).hexdigest(), settings.connections),
            breaker=Breaker(_FAILURES_IN_A_ROW),
            backoff=backoff,
            sleep=sleep,
            halted=halted,
        )
        self._base = self._base_of(settings, secret)

    def take_calls(self) -> int:
        """Return how many requests this thread has sent since it last asked."""
        return self._caller.take_calls()

    def read(
        self, where: str, query: Mapping[str, Any] | None = None, *, missing: bool = False
    ) -> Any:  # noqa: ANN401 - any JSON
        """GET something.

        Args:
            where: Path below the version, percent-encoded.
            query: Query parameters.
            missing: Return None where it does not exist, instead of raising.

        Raises:
            ConfigError: The credential does not work, or may not read this.
            RecordRejected: Mailchimp refuses to show it.
            FatalError: No answer could be had.
        """
        answer = self._call(Request("GET", self._url(where, query)))
        if missing and answer.status == HTTPStatus.NOT_FOUND:
            return None
        if not answer.ok:
            raise RecordRejected(Reason.REFUSED, explain(Problem.from_answer(*_parts(answer))))
        return answer.body

    def send(
        self,
        method: str,
        where: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        *,
        repeatable: bool | None = None,
    ) -> Answer:
        """Write something; the answer may be a refusal.

        Args:
            method: POST, PUT, PATCH or DELETE.
            where: Path below the version, percent-encoded.
            body: JSON body.
            query: Query parameters.
            repeatable: Whether it may be repeated where it may have been applied; anything but
                a POST may, unless this says otherwise.

        Raises:
            ConfigError: The credential does not work, or may not write.
            Unconfirmed: A POST may or may not have been applied.
            RecordRejected: Mailchimp fails at this very request again and again.
            FatalError: No answer could be had.
        """
        if self._read_only:
            raise AssertionError("a dry run sends nothing but GET")
        content = None if body is None else dumps(body)
        safe = method != "POST" if repeatable is None else repeatable
        return self._call(Request(method, self._url(where, query), content, repeatable=safe))

    def first_read(self, where: str, query: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - any JSON
        """GET something as the first call of all: no answer is a matter of the settings.

        Raises:
            ConfigError: The host cannot be reached, or does not take the credential.
        """
        try:
            answer = self._caller.call(
                Request("GET", self._url(where, query)), attempts=_ATTEMPTS_AT_START
            )
        except Exhausted as error:
            raise self._unreachable(error) from None
        self._check_access(answer)
        if not answer.ok or not isinstance(answer.body, dict):
            raise ConfigError(
                f"{self._base} answered HTTP {answer.status}, which is not what Mailchimp's API "
                "answers; correct or remove the setting `base_url`.",
                setting="base_url",
            )
        return answer.body

    def _call(self, request: Request) -> Answer:
        try:
            answer = self._caller.call(request)
        except Exhausted as error:
            if error.verdict is Verdict.UNKNOWN and self._answers():
                raise RecordRejected(
                    Reason.REFUSED,
                    f"Mailchimp failed at this request again and again ({error}); it was given up. "
                    "Send the record again later.",
                ) from None
            raise FatalError(
                f"Mailchimp takes no calls ({error}). The run stops here; what was acknowledged "
                "stays, and the next run goes on from there."
            ) from None
        self._check_access(answer)
        return answer

    def _answers(self) -> bool:
        """Ask whether Mailchimp works at all: then it is this very request that it fails at."""
        try:
            return self._caller.call(Request("GET", f"{self._base}/ping"), attempts=1).ok
        except Exhausted:
            return False

    def _check_access(self, answer: Answer) -> None:
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise ConfigError(
                f"Mailchimp does not accept the setting `{self._setting}`: it is wrong or was "
                "revoked; make a new one in Mailchimp and enter it.",
                setting=self._setting,
            )
        if answer.status == HTTPStatus.FORBIDDEN:
            problem = explain(Problem.from_answer(*_parts(answer)))
            raise ConfigError(
                f"Mailchimp refuses access with the setting `{self._setting}`: the user may lack "
                f"the role, or the key belongs to another data centre. {problem}",
                setting=self._setting,
            )

    def _unreachable(self, error: Exhausted) -> ConfigError:
        return ConfigError(
            f"{self._base} gives no answer ({error}); check the network, the setting `base_url` "
            f"and the data centre at the end of `{self._setting}`.",
            setting="base_url",
        )

    def _url(self, where: str, query: Mapping[str, Any] | None) -> str:
        return f"{self._base}{where}?{urlencode(query)}" if query else self._base + where

    def _base_of(self, settings: Settings, secret: str) -> str:
        if settings.base_url:
            return settings.base_url
        credentials = settings.credentials
        if isinstance(credentials, ApiKey):
            return f"https://{credentials.data_centre}.api.mailchimp.com/3.0"
        return self._resolve_oauth(secret)

    def _resolve_oauth(self, token: str) -> str:
        """Ask which data centre a token belongs to; a bad token gets status 200, but no address."""
        self._base = METADATA_URL
        request = Request("GET", METADATA_URL, headers={"Authorization": f"OAuth {token}"})
        try:
            answer = self._caller.call(request, attempts=_ATTEMPTS_AT_START)
        except Exhausted as error:
            raise self._unreachable(error) from None
        endpoint = answer.body.get("api_endpoint") if isinstance(answer.body, dict) else None
        if not endpoint:
            raise ConfigError(
                "Mailchimp does not accept the setting `credentials.access_token`: it is wrong or "
                "was revoked; connect the account again.",
                setting=self._setting,
            )
        return f"{str(endpoint).rstrip('/')}/3.0"


def _secret_of(settings: Settings) -> tuple[str, str]:
    """Return the secret and the path of its setting."""
    credentials = settings.credentials
    if isinstance(credentials, ApiKey):
        return credentials.api_key.get_secret_value(), "credentials.api_key"
    return credentials.access_token.get_secret_value(), "credentials.access_token"


def _authorization(settings: Settings, secret: str) -> str:
    """Return the header: a key is the password of any user, a token is a bearer's."""
    if isinstance(settings.credentials, ApiKey):
        return "Basic " + b64encode(f"key:{secret}".encode()).decode()
    return f"Bearer {secret}"


def _parts(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.body
