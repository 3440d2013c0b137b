"""Whether a document is posted: proved, since its status does not tell.

A released document that is not posted has the status Open, as a posted one that is not paid. What
proves posting is a row of postedSalesInvoices that names the document, or, where that list is not
served or may not be read, an entry in the general ledger with its number.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from source_business_central.answers.asking import Asker, Row
from source_business_central.companies.directory import Company
from source_business_central.endpoint.query import any_of
from source_business_central.errors import NoRightError, NotServedError
from source_business_central.reading.records import to_member

_LOG: Final = logging.getLogger("airbyte")
_PROVEN: Final = frozenset({"Paid", "Canceled", "Corrective"})
_NUMBERS_AT_ONCE: Final = 40
_PAGE: Final = 1000

Verdicts = Mapping[str, bool | None]


class PostedProof:
    """Proves which documents of one kind are posted.

    Args:
        asker: Asks for pages.
        posted_list: The list of posted documents; empty if there is none of this kind.
        document_type: How the general ledger calls this kind.
    """

    def __init__(self, asker: Asker, posted_list: str, document_type: str) -> None:
        self._asker = asker
        self._posted_list = posted_list
        self._document_type = document_type
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def of(self, rows: Iterable[Row], company: Company) -> Verdicts:
        """Return for each document, by its id, whether it is posted; None where nothing proves it.

        Args:
            rows: Documents as they came.
            company: Their company.

        Raises:
            BusinessCentralError: The proof could not be asked for, for another reason than a
                missing right or an old version.
        """
        open_rows = []
        verdicts: dict[str, bool | None] = {}
        for row in rows:
            verdicts[row["id"]] = row.get("status") in _PROVEN
            if row.get("status") == "Open":
                open_rows.append(row)
        for some in _batches(open_rows):
            verdicts |= self._ask(some, company)
        return verdicts

    def _ask(self, rows: list[Row], company: Company) -> Verdicts:
        for ask in (self._by_posted_list, self._by_ledger):
            try:
                found = ask(rows, company)
            except (NoRightError, NotServedError):
                continue
            if found is not None:
                return found
        self._tell(company)
        return {row["id"]: None for row in rows}

    def _by_posted_list(self, rows: list[Row], company: Company) -> Verdicts | None:
        if not self._posted_list:
            return None
        query = {"$filter": any_of("number", _numbers(rows)), "$select": "number,apiId"}
        path = f"/api/{self._posted_list.replace('{company}', company.path)}"
        found = self._rows(path, query, company)
        posted = {str(row.get("apiId")) for row in found}
        return {row["id"]: row["id"] in posted for row in rows}

    def _by_ledger(self, rows: list[Row], company: Company) -> Verdicts:
        query = {
            "$filter": any_of("documentNumber", _numbers(rows)),
            "$select": "documentNumber,documentType",
        }
        found = self._rows(f"/api/v2.0{company.path}/generalLedgerEntries", query, company)
        posted = {
            entry.get("documentNumber")
            for entry in found
            if to_member(str(entry.get("documentType", ""))) == self._document_type
        }
        return {row["id"]: _in_ledger(row, posted) for row in rows}

    def _rows(self, path: str, query: Mapping[str, str], company: Company) -> list[Row]:
        subject = f"posted documents of company {company.name}"
        return self._asker.rows(self._asker.address(path, query), subject, _PAGE)

    def _tell(self, company: Company) -> None:
        with self._lock:
            if company.id in self._told:
                return
            self._told.add(company.id)
        _LOG.warning(
            "Whether open documents (%s) of company %s are posted cannot be proved, so their field "
            "`posted` is null: the app may read neither the posted documents nor the general "
            "ledger entries. Give it the permission set D365 READ.",
            self._document_type,
            company.name,
        )


def _in_ledger(row: Row, posted: set[Any]) -> bool | None:
    """A posted document leaves entries, unless it amounts to nothing."""
    if row.get("number") in posted:
        return True
    return False if row.get("totalAmountIncludingTax") else None


def _numbers(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(str(row.get("number")) for row in rows))


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    for first in range(0, len(rows), _NUMBERS_AT_ONCE):
        yield rows[first : first + _NUMBERS_AT_ONCE]
