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
from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor
from airbyte_cdk.sources.declarative.requesters.paginators.strategies.pagination_strategy import (
    PaginationStrategy,
)
from airbyte_cdk.sources.types import Config, Record, StreamSlice

from source_acumatica.endpoint.plan import StreamPlan, plan_of
from source_acumatica.errors import AcumaticaError
from source_acumatica.reading.paging import Asked, PageToken, Seen, next_page, refuse_too_many
from source_acumatica.reading.records import Row, to_utc
from source_acumatica.transport import AnswerHandler, SharedTokenAuthenticator

__all__ = ["AnswerHandler", "PageWalk", "RowExtractor", "SharedTokenAuthenticator"]

_SEEN: Final = "_acumatica_page"
_NEVER_SO_FAR_AHEAD: Final = timedelta(days=1)


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
