"""The components that the manifest names: rows to records, paging, sign-in and answers.

Components are shared by all windows of a stream, which may be read in parallel: what the extractor
keeps, it keeps by window.
"""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import requests
from airbyte_cdk.sources.declarative.auth.declarative_authenticator import DeclarativeAuthenticator
from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor
from airbyte_cdk.sources.declarative.requesters.paginators.strategies.pagination_strategy import (
    PaginationStrategy,
)
from airbyte_cdk.sources.streams.http.error_handlers import (
    BackoffStrategy,
    ErrorHandler,
    ErrorResolution,
    ResponseAction,
)
from airbyte_cdk.sources.streams.http.error_handlers.response_models import SUCCESS_RESOLUTION
from airbyte_cdk.sources.types import Config, Record, StreamSlice

from source_acumatica.answers.faults import (
    MAX_RETRIES,
    Action,
    Verdict,
    answer_of,
    judge,
    judge_silence,
    pause_before_retry,
)
from source_acumatica.answers.patience import PATIENCE
from source_acumatica.endpoint.plan import StreamPlan, plan_of
from source_acumatica.errors import AcumaticaError, PassingError
from source_acumatica.protocol import FailureType
from source_acumatica.reading.paging import Asked, PageToken, Seen, next_page, refuse_too_many
from source_acumatica.reading.records import Row, to_utc
from source_acumatica.signin.tokens import keeper_for

_SEEN: Final = "_acumatica_page"
_NEVER_SO_FAR_AHEAD: Final = timedelta(days=1)

_ACTIONS: Final[Mapping[Action, ResponseAction]] = {
    Action.RETRY: ResponseAction.RETRY,
    Action.RENEW_TOKEN: ResponseAction.REFRESH_TOKEN_THEN_RETRY,
}


@dataclass
class RowExtractor(RecordExtractor):
    """Turns a page of rows into records.

    Attributes:
        config: The config, defaults filled in.
        parameters: The stream's `$parameters`; `stream` names it.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    _plan: StreamPlan = field(init=False)
    _last_of_window: dict[str, str | None] = field(init=False, default_factory=dict)
    _now: str = field(init=False)
    _latest: str = field(init=False)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._plan = plan_of(parameters["stream"], self.config)
        now = datetime.now(UTC)
        self._now = to_utc(now.isoformat())
        self._latest = to_utc((now + _NEVER_SO_FAR_AHEAD).isoformat())

    def extract_records(self, response: requests.Response) -> Iterable[MutableMapping[str, Any]]:
        """Yield the records of a page and note on the response what the paginator needs.

        Args:
            response: A usable answer.

        Raises:
            AcumaticaError: The answer is no list of rows, or a longer one than was asked for.
        """
        rows = self._rows(response)
        asked = Asked.by(str(response.request.url))
        refuse_too_many(len(rows), asked, self._plan.entity)
        setattr(response, _SEEN, _seen(rows))
        for row in self._unread(rows, asked):
            yield self._record(row)

    def _unread(self, rows: list[Row], asked: Asked) -> list[Row]:
        """Leave out the row that ended the page before; see `paging`."""
        last = self._last_of_window.pop(asked.window, None)
        if len(rows) == asked.top:
            self._last_of_window[asked.window] = rows[-1].get("id")
        return rows[1:] if asked.skip and last and rows and rows[0].get("id") == last else rows

    def _record(self, row: Row) -> dict[str, Any]:
        record = self._plan.convert(row)
        field = self._plan.cursor_field
        stamp = record[field] if field else None
        if stamp and stamp > self._latest:
            record[field] = self._now
        return record

    def _rows(self, response: requests.Response) -> list[Row]:
        try:
            rows = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            rows = None
        if not isinstance(rows, list):
            raise AcumaticaError(
                f"Acumatica answered a list of {self._plan.entity} with something else. What was "
                "read so far is kept; run again, and check the setting `endpoint_name` if it "
                "happens again."
            )
        return rows


def _seen(rows: list[Row]) -> Seen:
    return Seen(len(rows), rows[0].get("id"), rows[-1].get("id")) if rows else Seen(0, None, None)


@dataclass
class PageWalk(PaginationStrategy):
    """Walks through a window by `$skip`, and notices when rows have shifted.

    Attributes:
        config: The config, defaults filled in.
        parameters: The stream's `$parameters`; `rows_are_wide` says that its rows carry lines.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    _entity: str = field(init=False)
    _size: int = field(init=False)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._entity = parameters["entity"]
        size = int(self.config["page_size"])
        self._size = max(1, size // 5) if parameters.get("rows_are_wide") else size

    @property
    def initial_token(self) -> PageToken:
        """The first page."""
        return PageToken(size=self._size)

    def next_page_token(
        self,
        response: requests.Response,
        last_page_size: int,  # noqa: ARG002 - the rows are counted before any is dropped
        last_record: Record | None,  # noqa: ARG002 - the same
        last_page_token_value: Any | None = None,  # noqa: ANN401 - the base's type
        page_size_override: int | None = None,  # noqa: ARG002 - the base's, for what we have not
        stream_slice: StreamSlice | None = None,  # noqa: ARG002 - the token tells the window apart
    ) -> PageToken | None:
        """Return the page that follows, or None after a short one.

        Args:
            response: The page just read.
            last_page_size: Not used.
            last_record: Not used.
            last_page_token_value: The token that the page was asked for with.
            page_size_override: Not used.
            stream_slice: Not used.

        Raises:
            PassingError: Rows shift all the time.
        """
        token = last_page_token_value or self.initial_token
        return next_page(token, getattr(response, _SEEN), self._entity)

    def get_page_size(self) -> int:
        """Return the number of rows on a full page."""
        return self._size


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

    def refresh_and_set_access_token(self) -> None:
        """Replace the token; the CDK calls this once for a request that was answered with 401."""
        self._keeper.renew()


@dataclass
class AnswerHandler(ErrorHandler, BackoffStrategy):
    """Sorts answers by their text; raises what cannot be mended by asking again.

    It raises by itself, since the CDK would log the body of an answer that it fails on.

    Attributes:
        config: The config.
        parameters: The stream's `$parameters`; `entity` is named in messages.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    _entity: str = field(init=False)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._entity = parameters["entity"]

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
            return SUCCESS_RESOLUTION
        waits = verdict.action is Action.RETRY
        if verdict.action is Action.STOP or (waits and PATIENCE.at_an_end):
            raise verdict.failure
        return ErrorResolution(
            _ACTIONS[verdict.action], verdict.failure.failure_type, verdict.failure.message
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
            return judge(answer_of(response, self._entity))
        if isinstance(response, requests.RequestException):
            return judge_silence(response, self._entity)
        raise AcumaticaError(
            f"Reading {self._entity} was stopped by a fault in the connector.",
            FailureType.system_error,
        )
