"""The kinds of streams that are more than a list of rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from source_business_central.answers.asking import Row, drained
from source_business_central.companies.directory import Company
from source_business_central.endpoint.manifest import stream_parameters
from source_business_central.errors import NotServedError
from source_business_central.reading.proof import PostedProof
from source_business_central.reading.records import to_member
from source_business_central.reading.retriever import CompanyRetriever, Data
from source_business_central.settings import LARGEST_PAGE

SWEPT: Final = ("customers", "contacts", "items", "item_variants")
"""The streams whose living ids are listed; documents that vanish were posted, not deleted."""

_CONTACTS: Final = "contactsInformation"
_EXPANDED_PAGE: Final = 10


@dataclass
class CompanyRowRetriever(CompanyRetriever):
    """Reads the companies themselves: the directory has their rows."""

    def records_of(self, company: Company, since: str) -> Iterable[Data]:  # noqa: ARG002 - no cursor
        """Yield the company's own row.

        Args:
            company: The company.
            since: Not used.
        """
        yield self.record(company.row, company)


@dataclass
class DocumentRetriever(CompanyRetriever):
    """Reads documents, and proves which of them are posted."""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        super().__post_init__(parameters)
        self._proof = PostedProof(
            self.asker, parameters.get("posted_list", ""), parameters["document_type"]
        )

    def records_of(self, company: Company, since: str) -> Iterable[Data]:
        """Yield the documents, each with `posted`.

        Args:
            company: The company.
            since: The filter on the cursor.

        Raises:
            BusinessCentralError: A page or a proof cannot be had.
        """
        for rows in self.rows_of(company, since):
            posted = self._proof.of(rows, company)
            for row in drained(rows):
                yield self.record(row, company) | {"posted": posted[row["id"]]}


@dataclass
class CustomerContactRetriever(CompanyRetriever):
    """Reads which person belongs to which customer, on old versions too."""

    def records_of(self, company: Company, since: str) -> Iterable[Data]:
        """Yield the persons.

        Args:
            company: The company.
            since: Not used: these lists have no time of the last change.

        Raises:
            BusinessCentralError: A page cannot be had.
        """
        try:
            yield from super().records_of(company, since)
        except NotServedError:
            yield from self._from_customers(company)

    def _from_customers(self, company: Company) -> Iterable[Data]:
        """Read customers with the contacts that belong to them: older versions have only this."""
        query = {"$select": "id,displayName", "$expand": _CONTACTS}
        address = self.asker.address(f"/api/v2.0{company.path}/customers", query)
        subject = f"contacts of the customers of company {company.name}"
        size = max(1, self.plan.page_size // _EXPANDED_PAGE)
        for page in self.asker.pages(address, subject, size):
            for customer in drained(page.rows):
                for contact in customer.get(_CONTACTS) or ():
                    if to_member(str(contact.get("contactType", ""))) == "Person":
                        yield self.record(_person(customer, contact), company)


def _person(customer: Row, contact: Row) -> Row:
    return {
        "id": contact["contactId"],
        "contactName": contact.get("contactName"),
        "customerId": customer["id"],
        "customerName": customer.get("displayName"),
    }


@dataclass
class LivingIdRetriever(CompanyRetriever):
    """Lists the ids of all rows that exist: what is known elsewhere and missing here is deleted."""

    def records_of(self, company: Company, since: str) -> Iterable[Data]:  # noqa: ARG002 - no cursor
        """Yield the ids, entity by entity.

        Args:
            company: The company.
            since: Not used.

        Raises:
            BusinessCentralError: A page cannot be had.
        """
        for stream in SWEPT:
            entity_set = stream_parameters()[stream]["entity_set"]
            path = f"/api/v2.0{company.path}/{entity_set}"
            address = self.asker.address(path, {"$select": "id"})
            subject = f"ids of {entity_set} of company {company.name}"
            for page in self.asker.pages(address, subject, min(LARGEST_PAGE, self._page_size)):
                for row in drained(page.rows):
                    yield {"id": row["id"], "entity": stream}

    @property
    def _page_size(self) -> int:
        """Ids are small: a page holds four times as many of them as of rows."""
        return 4 * self.plan.page_size
