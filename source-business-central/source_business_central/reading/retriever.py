"""Reading one company of one stream: pages, rows, records."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Any, Final

from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.declarative.retrievers.retriever import Retriever
from airbyte_cdk.sources.types import Config, Record, StreamSlice

from source_business_central.answers.asking import Asker, Row, drained
from source_business_central.companies.directory import Company
from source_business_central.companies.router import COMPANY
from source_business_central.endpoint.plan import StreamPlan, plan_of
from source_business_central.endpoint.query import options
from source_business_central.errors import BusinessCentralError
from source_business_central.reading.cursor import SINCE
from source_business_central.reading.records import compile_schema
from source_business_central.settings import Settings

_LOG: Final = logging.getLogger("airbyte")
Data = dict[str, Any]


@dataclass
class CompanyRetriever(Retriever):
    """Reads the rows of a list.

    Attributes:
        name: The stream.
        config: The config, defaults filled in.
        requester: Sends requests.
        parameters: The stream's `$parameters`, not used.
    """

    name: str
    config: Config
    requester: HttpRequester
    parameters: InitVar[Mapping[str, Any]]
    plan: StreamPlan = field(init=False)
    asker: Asker = field(init=False)

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        settings = Settings.of(self.config)
        self.plan = plan_of(self.name, settings)
        self.asker = Asker(self.requester, settings.service_url)
        self._convert = compile_schema(self.plan.schema)

    def read_records(
        self,
        records_schema: Mapping[str, Any],  # noqa: ARG002 - the plan has it
        stream_slice: StreamSlice | None = None,
    ) -> Iterable[Record]:
        """Yield the records of one company.

        Args:
            records_schema: Not used.
            stream_slice: The company, and the filter on the cursor.

        Raises:
            BusinessCentralError: A page cannot be had.
        """
        if stream_slice is None:
            raise ValueError("A stream is read company by company.")
        company: Company = stream_slice.extra_fields[COMPANY]
        since = str(stream_slice.cursor_slice.get(SINCE, ""))
        own = self._own_fields(company)
        for data in self.records_of(company, since):
            data.update(own)
            yield Record(data=data, stream_name=self.name, associated_slice=stream_slice)

    def records_of(self, company: Company, since: str) -> Iterable[Data]:
        """Yield the records of a company; kinds of streams differ here.

        Args:
            company: The company.
            since: The filter on the cursor; empty if all rows are wanted.

        Raises:
            BusinessCentralError: A page cannot be had.
        """
        for rows in self.rows_of(company, since):
            for row in drained(rows):
                yield self.record(row, company)

    def rows_of(self, company: Company, since: str) -> Iterable[list[Row]]:
        """Yield the rows of the stream's own list page by page.

        Args:
            company: The company.
            since: The filter on the cursor.

        Raises:
            BusinessCentralError: A page cannot be had, or came without what was asked for.
        """
        plan = self.plan
        path = f"/api/{plan.api}{company.path}/{plan.entity_set}"
        address = self.asker.address(path, options(plan, since))
        for page in self.asker.pages(address, self.subject(company), plan.page_size):
            yield self._wanted(page.rows, company)

    def record(self, row: Row, company: Company) -> Data:
        """Turn a row into a record; the company's own fields are added later.

        Args:
            row: The row.
            company: Its company, whose currency a blank code stands for.
        """
        data = self._convert(row)
        if data.get("currencyCode") == "":
            data["currencyCode"] = company.currency
        return data

    def subject(self, company: Company) -> str:
        """Return what is read, for messages.

        Args:
            company: The company.
        """
        return f"{self.plan.entity_set} of company {company.name}"

    def _own_fields(self, company: Company) -> Data:
        """Return the fields that each record has beside those of its row."""
        own = {"companyId": company.id, "localCurrencyCode": company.currency}
        return own if self.plan.has_company_name else own | {"companyName": company.name}

    def _wanted(self, rows: list[Row], company: Company) -> list[Row]:
        """Make sure that a followed link kept what the first address asked for."""
        plan = self.plan
        if plan.lines and any(plan.lines not in row for row in rows):
            raise BusinessCentralError(
                f"Business Central left the lines out of {self.subject(company)}. What was read "
                "so far is kept; please report this with the version of Business Central."
            )
        if not plan.statuses:
            return rows
        kept = [row for row in rows if row.get("status") in plan.statuses]
        if len(kept) == len(rows):
            return rows
        _LOG.warning(
            "Business Central listed %d rows of %s with a status that was not asked for; they "
            "are left out.",
            len(rows) - len(kept),
            self.subject(company),
        )
        return kept
