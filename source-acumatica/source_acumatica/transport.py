"""How a stream's requests are signed, and what becomes of their answers."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from airbyte_cdk.sources.declarative.auth.declarative_authenticator import DeclarativeAuthenticator
from airbyte_cdk.sources.streams.http.error_handlers import (
    BackoffStrategy,
    ErrorHandler,
    ErrorResolution,
    ResponseAction,
)
from airbyte_cdk.sources.streams.http.error_handlers.response_models import SUCCESS_RESOLUTION
from airbyte_cdk.sources.types import Config

from source_acumatica.answers.faults import Action, Verdict, answer_of, judge, judge_silence
from source_acumatica.answers.offer import explain_missing
from source_acumatica.answers.patience import MAX_RETRIES, PATIENCE, pause_before_retry
from source_acumatica.errors import AcumaticaError, PassingError
from source_acumatica.protocol import FailureType
from source_acumatica.signin.tokens import keeper_for


@dataclass
class SharedTokenAuthenticator(DeclarativeAuthenticator):
    """Signs requests with the process's one token.

    Attributes:
        config: The config.
        parameters: The stream's `$parameters`, not used.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._keeper = keeper_for(self.config)

    @property
    def auth_header(self) -> str:
        """The header's name."""
        return "Authorization"

    @property
    def token(self) -> str:
        """The header's value."""
        return f"Bearer {self._keeper.access_token()}"


@dataclass
class AnswerHandler(ErrorHandler, BackoffStrategy):
    """Sorts answers by their text; raises what cannot be mended by asking again.

    It raises by itself, since the CDK would log the body of an answer that it fails on. It renews
    the token by itself, since the CDK would do so once for each request, and so without end.

    Attributes:
        config: The config.
        parameters: The stream's `$parameters`; `entity` is named in messages.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    _entity: str = field(init=False)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._entity = parameters["entity"]
        self._keeper = keeper_for(self.config)

    @property
    def max_retries(self) -> int:
        """One more than is used: `backoff_time` ends the retries, with a message of its own."""
        return MAX_RETRIES + 1

    @property
    def max_time(self) -> int:
        """Seconds; wide enough for every retry to wait ten minutes in Acumatica's queue."""
        return 2 * 3600

    @property
    def backoff_strategies(self) -> list[BackoffStrategy]:
        """The handler itself."""
        return [self]

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        """Say what to do with an answer.

        Args:
            response: The answer, or what was raised instead of one.

        Raises:
            AcumaticaError: Asking again would not help.
        """
        verdict = self._verdict(response)
        if verdict.failure is None:
            PATIENCE.renew()
            self._keeper.accepted()
            return SUCCESS_RESOLUTION
        if verdict.action is Action.RENEW_TOKEN:
            self._keeper.replace(_token_of(response))
        elif verdict.action is Action.STOP:
            raise explain_missing(verdict.failure, self.config, self._keeper.access_token)
        elif PATIENCE.at_an_end:
            raise verdict.failure
        return ErrorResolution(
            ResponseAction.RETRY, verdict.failure.failure_type, verdict.failure.message
        )

    def backoff_time(
        self,
        response_or_exception: requests.Response | requests.RequestException | None,
        attempt_count: int,
    ) -> float:
        """Return how long to wait before the next attempt, in seconds.

        Args:
            response_or_exception: The answer, or what was raised instead of one.
            attempt_count: How many attempts were made.

        Raises:
            AcumaticaError: There were enough attempts.
        """
        if attempt_count > MAX_RETRIES:
            PATIENCE.end()
            raise self._verdict(response_or_exception).failure or PassingError("Run again later.")
        header = getattr(response_or_exception, "headers", {}).get("Retry-After")
        return pause_before_retry(attempt_count, header)

    def _verdict(self, response: requests.Response | Exception | None) -> Verdict:
        if isinstance(response, requests.Response):
            single = _is_single(str(response.request.url), self._entity)
            return judge(answer_of(response, self._entity, single=single))
        if isinstance(response, requests.RequestException):
            return judge_silence(response, self._entity)
        raise AcumaticaError(
            f"Reading {self._entity} was stopped by a fault in the connector.",
            FailureType.system_error,
        )


def _token_of(response: requests.Response | Exception | None) -> str:
    """Return the token that a request was sent with."""
    request = getattr(response, "request", None)
    header = request.headers.get("Authorization", "") if request is not None else ""
    return str(header).removeprefix("Bearer ")


def _is_single(url: str, entity: str) -> bool:
    """Whether an address names one record: something follows the entity's name."""
    path = unquote(urlsplit(url).path)
    return "/entity/" in path and f"/{entity}/" in path and not path.endswith(f"/{entity}/")
