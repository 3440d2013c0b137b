"""Which rows stand behind a set or a navigation, and which of them the caller may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simulators.business_central.odata.entities import Entity, Navigation
from simulators.business_central.odata.options import Expansion, Query
from simulators.business_central.odata.predicates import Condition
from simulators.business_central.odata.problems import ServiceError, no_permission
from simulators.business_central.service.calls import Call
from simulators.business_central.store.company import (
    COMPUTED,
    LINES,
    Company,
    contacts_information,
    customer_contacts,
)
from simulators.business_central.store.rows import Row
from simulators.business_central.store.table import RowList, View

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

_DOCUMENTS: Final = frozenset({"salesInvoices", "salesCreditMemos"})


class Sources:
    """Finds rows for one simulator."""

    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self._erp = erp

    def view(self, call: Call, entity: Entity, company: Company | None, query: Query) -> View:
        """The rows of a set, before the filter.

        Raises:
            ServiceError: a right is missing, or the set wants a parent.
        """
        erp = self._erp
        if company is None:
            subscribed = entity.set == "subscriptions"
            return View(RowList(erp.webhooks.rows() if subscribed else erp.company_rows()))
        if entity.set in erp.rights.no_table:
            raise no_permission(entity.table, "Read")
        if entity.set == "postedSalesInvoices" and not erp.rights.posted_documents:
            raise no_permission(entity.table, "Read")
        if entity.set in LINES:
            return View(RowList(self._lines(call, entity, company, query)))
        if entity.set in COMPUTED:
            return View(RowList(self._computed(call, entity, company, query)))
        return erp.database.view(company, entity.set, call.intent)

    def find(
        self, call: Call, entity: Entity, company: Company, key: str, query: Query
    ) -> Row | None:
        """The row with this key, if the caller may see it."""
        if entity.set in LINES:
            lines = self._all_lines(call, entity, company)
            return next((line for line in lines if line.id == key.lower()), None)
        row = self.view(call, entity, company, query).find(key)
        return row if row is not None and self.may_see(entity.set, row) else None

    def related(
        self, call: Call, company: Company, row: Row, navigation: Navigation
    ) -> Sequence[Row]:
        """The rows that a navigation leads to."""
        if navigation.target in LINES:
            return row.lines
        contacts = self._erp.database.view(company, "contacts", call.intent)
        if navigation.target == "contactsInformation":
            return contacts_information(row, contacts)
        view = self._erp.database.view(company, navigation.target, call.intent)
        wanted = row.values[navigation.ours]
        if navigation.theirs == "id":
            one = view.find(str(wanted))
            return [one] if one is not None else []
        return [each for each in view.rows() if each.values[navigation.theirs] == wanted]

    def expanded(
        self, call: Call, company: Company | None, row: Row, expansion: Expansion
    ) -> Sequence[Row]:
        """The rows of an expansion, by its own options."""
        if company is None:
            return []
        query = expansion.query
        related = self.related(call, company, row, expansion.navigation)
        found = [each for each in related if query.condition.holds(each)]
        if query.sort is not None:
            found = sorted(found, key=query.sort)
        end = None if query.top is None else query.skip + query.top
        return found[query.skip : end]

    # What the caller may see.

    def visible(self, entity: Entity, query: Query) -> Query:
        """Leave out, silently, the documents that the caller has no right to read."""
        rights = self._erp.rights
        if entity.set not in _DOCUMENTS or (rights.posted_documents and rights.open_documents):
            return query
        wanted = query.condition.test

        def test(row: Row) -> bool:
            return self.may_see(entity.set, row) and (wanted is None or wanted(row))

        name = f"{query.text}|{rights.posted_documents}|{rights.open_documents}"
        condition = Condition(test, query.condition.since, query.condition.before)
        return replace(query, condition=condition, text=name)

    def may_see(self, entity_set: str, row: Row) -> bool:
        """Whether the caller has the right to read a document of this kind."""
        if entity_set not in _DOCUMENTS:
            return True
        rights = self._erp.rights
        return rights.posted_documents if row.inner.get("posted") else rights.open_documents

    def _computed(
        self, call: Call, entity: Entity, company: Company, query: Query
    ) -> Sequence[Row]:
        database = self._erp.database
        if entity.set == "webhookSupportedResources":
            return self._erp.webhooks.supported_rows()
        customers = database.view(company, "customers", call.intent)
        contacts = database.view(company, "contacts", call.intent)
        if entity.set == "customerContacts":
            return list(customer_contacts(customers, contacts))
        if query.equals.get("relatedType") != "Customer" or "relatedId" not in query.equals:
            raise _parent_wanted("You must specify a Related Id and a Related Type.")
        customer = customers.find(str(query.equals["relatedId"]))
        return contacts_information(customer, contacts) if customer is not None else []

    def _lines(self, call: Call, entity: Entity, company: Company, query: Query) -> Sequence[Row]:
        documents = LINES[entity.set]
        if "documentId" in query.equals:
            view = self._erp.database.view(company, documents, call.intent)
            document = view.find(str(query.equals["documentId"]))
            seen = document is not None and self.may_see(documents, document)
            return document.lines if document is not None and seen else []
        if "id" in query.equals:
            wanted = query.equals["id"]
            return [line for line in self._all_lines(call, entity, company) if line.id == wanted]
        raise _parent_wanted("You must specify an Id or a Document Id to get the lines.")

    def _all_lines(self, call: Call, entity: Entity, company: Company) -> Iterator[Row]:
        documents = LINES[entity.set]
        for row in self._erp.database.view(company, documents, call.intent).rows():
            if self.may_see(documents, row):
                yield from row.lines


def _parent_wanted(text: str) -> ServiceError:
    return ServiceError(400, "Application_DialogException", text)
