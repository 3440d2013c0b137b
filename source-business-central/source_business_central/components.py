"""The components that the manifest names."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from datetime import UTC, datetime
from typing import Any, Final

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

from source_business_central.answers.asking import PARSED
from source_business_central.answers.faults import (
    Action,
    FaultError,
    Verdict,
    answer_of,
    judge,
    judge_silence,
    parse,
)
from source_business_central.answers.patience import PATIENCE
from source_business_central.answers.pauses import MAX_RETRIES, pause_before_retry, retries_of
from source_business_central.companies.router import CompanyRouter
from source_business_central.protocol import FailureType
from source_business_central.reading.kinds import (
    CompanyRowRetriever,
    CustomerContactRetriever,
    DocumentRetriever,
    LivingIdRetriever,
)
from source_business_central.reading.retriever import CompanyRetriever
from source_business_central.signin.tokens import keeper_for

__all__ = [
    "AnswerHandler",
    "CompanyRetriever",
    "CompanyRouter",
    "CompanyRowRetriever",
    "CustomerContactRetriever",
    "DocumentRetriever",
    "LivingIdRetriever",
    "SharedSignIn",
]

_ACTIONS: Final[Mapping[Action, ResponseAction]] = {
    Action.RETRY: ResponseAction.RETRY,
    Action.RENEW_TOKEN: ResponseAction.REFRESH_TOKEN_THEN_RETRY,
}


@dataclass
class SharedSignIn(DeclarativeAuthenticator):
    """Signs requests with the process's one token, or with the web service key.

    Attributes:
        config: The config, defaults filled in.
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
        return self._keeper.header()

    def refresh_and_set_access_token(self) -> None:
        """Replace the token; the CDK calls this once for a request that was answered with 401."""
        self._keeper.renew()


@dataclass
class AnswerHandler(ErrorHandler, BackoffStrategy):
    """Sorts answers; raises what cannot be mended by sending the same request again.

    It raises by itself, since the CDK would log the body of an answer that it fails on.

    Attributes:
        config: The config.
        parameters: The stream's `$parameters`, not used.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        """Take nothing from the parameters."""

    @property
    def max_retries(self) -> int:
        """One more than is used: `backoff_time` ends the retries, with a failure of its own."""
        return MAX_RETRIES + 1

    @property
    def max_time(self) -> int:
        """Seconds; wide enough for every retry to take the service's longest ten minutes."""
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
            FaultError: The same request would not help.
        """
        verdict = _verdict(response)
        if verdict.fault is None:
            PATIENCE.renew()
            return SUCCESS_RESOLUTION
        action = _ACTIONS.get(verdict.action)
        if action is None or (action is ResponseAction.RETRY and PATIENCE.at_an_end):
            raise FaultError(verdict)
        return ErrorResolution(
            action,
            FailureType.transient_error,
            f"Business Central: {verdict.fault} (HTTP {verdict.status or 'none'}).",
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
            FaultError: There were enough attempts.
        """
        verdict = _verdict(response_or_exception)
        if verdict.action is Action.RENEW_TOKEN:
            return _AT_ONCE
        if attempt_count > retries_of(verdict.fault):
            PATIENCE.end()
            raise FaultError(verdict)
        header = getattr(response_or_exception, "headers", {}).get("Retry-After")
        return pause_before_retry(attempt_count, header, datetime.now(UTC))


_AT_ONCE: Final = 0.1


def _verdict(response: requests.Response | Exception | None) -> Verdict:
    if isinstance(response, requests.Response):
        body = parse(response.content) if response.ok else None
        setattr(response, PARSED, body)
        return judge(answer_of(response, whole=body is not None))
    if isinstance(response, requests.RequestException):
        return judge_silence(response)
    raise TypeError(f"Neither an answer nor a failure to answer: {type(response).__name__}")
