"""From an answer to records."""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import requests
from airbyte_cdk.sources.declarative.extractors.record_extractor import RecordExtractor
from airbyte_cdk.sources.types import Config

from source_acumatica.endpoint.plan import StreamPlan, plan_of
from source_acumatica.errors import AcumaticaError
from source_acumatica.reading.records import Row, to_utc

_NEVER_SO_FAR_AHEAD: Final = timedelta(days=1)


@dataclass
class RowExtractor(RecordExtractor):
    """Makes records of the rows of a list, or of the one row of a read by key.

    Attributes:
        config: The config, defaults filled in.
        parameters: The stream's `$parameters`; `stream` names it.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    _plan: StreamPlan = field(init=False)
    _now: str = field(init=False)
    _latest: str = field(init=False)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._plan = plan_of(parameters["stream"], self.config)
        now = datetime.now(UTC)
        self._now = to_utc(now.isoformat())
        self._latest = to_utc((now + _NEVER_SO_FAR_AHEAD).isoformat())

    def extract_records(self, response: requests.Response) -> Iterable[MutableMapping[str, Any]]:
        """Yield the records of an answer.

        Args:
            response: A usable answer.

        Raises:
            AcumaticaError: The answer holds no rows.
        """
        for row in self._rows(response):
            yield self._record(row)

    def _record(self, row: Row) -> dict[str, Any]:
        record = self._plan.convert(row)
        field = self._plan.cursor_field
        stamp = record[field] if field else None
        if stamp and stamp > self._latest:
            record[field] = self._now
        return record

    def _rows(self, response: requests.Response) -> list[Row]:
        try:
            answer = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            answer = None
        rows = [answer] if isinstance(answer, Mapping) and answer.get("id") else answer
        if not isinstance(rows, list):
            raise AcumaticaError(
                f"Acumatica answered a list of {self._plan.entity} with something else. What was "
                "read so far is kept; run again, and check the setting `endpoint_name` if it "
                "happens again."
            )
        return rows
