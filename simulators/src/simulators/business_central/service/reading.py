"""Reads: which rows a caller sees of a set, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from simulators.business_central.odata.entities import Entity
from simulators.business_central.odata.options import Expansion, Query, read_query
from simulators.business_central.odata.paging import after, token_of
from simulators.business_central.odata.predicates import Condition
from simulators.business_central.odata.problems import ServiceError, no_permission
from simulators.business_central.odata.writing import RowWriter, TextStore
from simulators.business_central.service.calls import MAX_PAGE, Call, Reply
from simulators.business_central.service.faults import page_too_large
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
_KEPT_STORES: Final = 12


@dataclass(slots=True)
class Paging:
    """How lists are cut.

    Attributes:
        default: rows of a page where the client prefers nothing.
        aid: next links carry `aid=FIN`, as online; without it, as on older servers.
        trailing_empty_page: a page that is full to the last row has a next link all the same,
            which leads to an empty page.
    """

    default: int = MAX_PAGE
    aid: bool = True
    trailing_empty_page: bool = True


class Reader:
    """Answers GET for one simulator."""

    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self._erp = erp
        self._texts: dict[str, tuple[View, int, TextStore]] = {}

    def page(
        self, call: Call, entity: Entity, company: Company | None, below: Row | None = None
    ) -> Reply:
        """A list, one page of it.

        Args:
            call: the request.
            entity: what is listed.
            company: whose rows; None = rows of no company.
            below: the parent row of a list like `salesInvoices(id)/salesInvoiceLines`.

        Raises:
            ServiceError: the query is refused.
        """
        limit = call.page_size or self._erp.paging.default
        if limit > MAX_PAGE:
            raise page_too_large()
        query = self._visible(entity, read_query(entity, call.parameters))
        view = self.view(call, entity, company, query, below)
        selection = view.select(query.text, query.condition, query.sort)
        start = after(query.token, query, selection.keys) if query.token else query.skip
        capped = query.top is not None and query.top <= MAX_PAGE
        size = query.top if query.top is not None and capped else limit
        positions = selection.rows[start : start + size]
        renewed = self._redistribute(call, entity, company, (view.row(p) for p in positions))
        texts = self._rows(call, entity, company, query, view, positions, renewed)
        members = [
            f'"@odata.context":"{_context(call, entity, company, query)}"',
            *([f'"@odata.count":{len(selection.rows)}'] if query.count else []),
            f'"value":[{",".join(texts)}]',
        ]
        more = start + size < len(selection.rows) or (
            len(positions) == size and self._erp.paging.trailing_empty_page and size > 0
        )
        if more and positions and not capped:
            last = view.row(positions[-1])
            link = self._next_link(call, query, last, len(positions))
            members.append(f'"@odata.nextLink":"{link}"')
        return Reply(200, f"{{{','.join(members)}}}", _preference(call))

    def one(self, call: Call, entity: Entity, company: Company | None, row: Row) -> Reply:
        """A single row.

        Raises:
            ServiceError: the query is refused.
        """
        query = read_query(entity, call.parameters)
        row = self._redistribute(call, entity, company, [row]).get(row.id, row)
        writer = self._writer(call, company, query)
        context = f"{_context(call, entity, company, query)}/$entity"
        return Reply(200, f'{{"@odata.context":"{context}",{writer.members(row)}}}')

    def count(self, call: Call, entity: Entity, company: Company | None) -> Reply:
        """`/$count`: a bare number.

        Raises:
            ServiceError: the query is refused.
        """
        query = self._visible(entity, read_query(entity, call.parameters))
        view = self.view(call, entity, company, query, None)
        selection = view.select(query.text, query.condition, query.sort)
        return Reply(200, str(len(selection.rows)), {"content-type": "text/plain"})

    def find(self, call: Call, entity: Entity, company: Company | None, key: str) -> Row | None:
        """The row with this key, if the caller may see it."""
        if entity.set in LINES:
            return self._line(call, entity, company, key)
        view = self.view(call, entity, company, read_query(entity, ()), None)
        row = view.find(key)
        hidden = row is not None and not self._may_see(entity, row)
        return None if hidden else row

    def view(
        self,
        call: Call,
        entity: Entity,
        company: Company | None,
        query: Query,
        below: Row | None,
    ) -> View:
        """The rows behind a list, before the filter.

        Raises:
            ServiceError: a right is missing, or the set wants a parent.
        """
        erp = self._erp
        if company is None:
            subscribed = entity.set == "subscriptions"
            rows = erp.webhooks.rows() if subscribed else erp.company_rows()
            return View(RowList(rows))
        if entity.set in erp.rights.no_table:
            raise no_permission(entity.table, "Read")
        if entity.set == "postedSalesInvoices" and not erp.rights.posted_documents:
            raise no_permission(entity.table, "Read")
        if entity.set in LINES:
            return View(RowList(self._lines(call, entity, company, query, below)))
        if entity.set in COMPUTED:
            return View(RowList(self._computed(call, entity, company, query, below)))
        return erp.database.view(company, entity.set, call.intent)

    def _computed(
        self, call: Call, entity: Entity, company: Company, query: Query, below: Row | None
    ) -> Sequence[Row]:
        erp = self._erp
        if entity.set == "webhookSupportedResources":
            return erp.webhooks.supported_rows()
        customers = erp.database.view(company, "customers", call.intent)
        contacts = erp.database.view(company, "contacts", call.intent)
        if entity.set == "customerContacts":
            return list(customer_contacts(customers, contacts))
        if below is None and query.equals.get("relatedType") != "Customer":
            raise _parent_wanted("You must specify a Related Id and a Related Type.")
        customer = below or customers.find(str(query.equals.get("relatedId")))
        return contacts_information(customer, contacts) if customer is not None else []

    def _lines(
        self, call: Call, entity: Entity, company: Company, query: Query, below: Row | None
    ) -> Sequence[Row]:
        if below is not None:
            return below.lines
        view = self._erp.database.view(company, LINES[entity.set], call.intent)
        if "documentId" in query.equals:
            document = view.find(str(query.equals["documentId"]))
            return document.lines if document is not None else []
        if "id" in query.equals:
            wanted = query.equals["id"]
            return [line for row in view.rows() for line in row.lines if line.id == wanted]
        raise _parent_wanted("You must specify an Id or a Document Id to get the lines.")

    def _line(self, call: Call, entity: Entity, company: Company | None, key: str) -> Row | None:
        if company is None:
            return None
        documents = self._erp.database.view(company, LINES[entity.set], call.intent)
        lines = (line for row in documents.rows() for line in row.lines)
        return next((line for line in lines if line.id == key.lower()), None)

    # What the caller may see.

    def _visible(self, entity: Entity, query: Query) -> Query:
        """Leave out, silently, the documents that the caller has no right to read."""
        rights = self._erp.rights
        if entity.set not in _DOCUMENTS or (rights.posted_documents and rights.open_documents):
            return query
        wanted = query.condition.test

        def test(row: Row) -> bool:
            return self._may_see(entity, row) and (wanted is None or wanted(row))

        name = f"{query.text}|{rights.posted_documents}|{rights.open_documents}"
        condition = Condition(test, query.condition.since, query.condition.before)
        return replace(query, condition=condition, text=name)

    def _may_see(self, entity: Entity, row: Row) -> bool:
        if entity.set not in _DOCUMENTS:
            return True
        rights = self._erp.rights
        return rights.posted_documents if row.inner.get("posted") else rights.open_documents

    def _redistribute(
        self, call: Call, entity: Entity, company: Company | None, rows: Iterable[Row]
    ) -> dict[str, Row]:
        """Reading a draft recalculates its invoice discount, if the caller may write.

        Returns:
            The rows that were written, by id.
        """
        if company is None or not self._erp.rights.write_sales_header:
            return {}
        flagged = [row for row in rows if row.inner.get("recalculate")]
        if flagged and call.intent == "readonly":
            raise ServiceError(
                400,
                "Internal_ServerError",
                "The transaction is read-only: the Sales Header table cannot be modified.",
            )
        documents = self._erp.documents(company)
        return {row.id: documents.redistribute(entity.set, row) for row in flagged}

    # Texts.

    def _rows(
        self,
        call: Call,
        entity: Entity,
        company: Company | None,
        query: Query,
        view: View,
        positions: Sequence[int],
        renewed: Mapping[str, Row],
    ) -> Iterable[str]:
        writer = self._writer(call, company, query)

        def write(position: int) -> str:
            row = view.row(position)
            return writer.row(renewed.get(row.id, row))

        own = company is not None and entity.set in company.tables and not renewed
        if not own or any(step.navigation.target not in LINES for step in query.shape.expansions):
            return [write(position) for position in positions]
        store = self._text_store(f"{company.id if company else ''}/{entity.set}", view)
        return store.texts(f"{query.shape!r}|{self._erp.stamp_digits}", positions, write)

    def _text_store(self, name: str, view: View) -> TextStore:
        kept = self._texts.pop(name, None)
        if kept is None or kept[0] is not view or kept[1] != view.revision:
            kept = (view, view.revision, TextStore())
        self._texts[name] = kept
        while len(self._texts) > _KEPT_STORES:
            del self._texts[next(iter(self._texts))]
        return kept[2]

    def _writer(self, call: Call, company: Company | None, query: Query) -> RowWriter:
        media = f"{call.base}/companies({company.id})" if company is not None else call.base
        follow = self._follow(call, company)
        return RowWriter(query.shape, self._erp.stamp_digits, follow, media)

    def _follow(
        self, call: Call, company: Company | None
    ) -> Callable[[Row, Expansion], Sequence[Row]]:
        def follow(row: Row, expansion: Expansion) -> Sequence[Row]:
            if company is None:
                return []
            found = self._related(call, company, row, expansion)
            query = expansion.query
            found = [each for each in found if query.condition.holds(each)]
            if query.sort is not None:
                found = sorted(found, key=query.sort)
            end = None if query.top is None else query.skip + query.top
            return found[query.skip : end]

        return follow

    def _related(
        self, call: Call, company: Company, row: Row, expansion: Expansion
    ) -> Sequence[Row]:
        navigation = expansion.navigation
        if navigation.target in LINES:
            return row.lines
        if navigation.target == "contactsInformation":
            contacts = self._erp.database.view(company, "contacts", call.intent)
            return contacts_information(row, contacts)
        view = self._erp.database.view(company, navigation.target, call.intent)
        wanted = row.values[navigation.ours]
        if not navigation.many:
            one = view.find(str(wanted))
            return [one] if one is not None else []
        return [each for each in view.rows() if each.values[navigation.theirs] == wanted]

    def _next_link(self, call: Call, query: Query, last: Row, given: int) -> str:
        """The address of the next page: the options as they were, and where to go on."""
        kept = []
        for name, value in call.parameters:
            if name in {"$skiptoken", "$skip", "aid"}:
                continue
            if name == "$top" and query.top is not None:
                value = str(query.top - given)  # noqa: PLW2901 - what is left of it
            kept.append(f"{name}={quote(value, safe=_SAFE)}")
        if self._erp.paging.aid:
            kept.append("aid=FIN")
        kept.append(f"$skiptoken={quote(token_of(last, query), safe=_SAFE)}")
        return f"{call.url}?{'&'.join(kept)}"


_SAFE: Final = "$(),;:'/=*"


def _context(call: Call, entity: Entity, company: Company | None, query: Query) -> str:
    where = f"companies({company.id})/" if company is not None else ""
    shape = query.shape
    parts = list(shape.names) if shape.selected else []
    parts += [f"{step.navigation.name}()" for step in shape.expansions]
    chosen = f"({','.join(parts)})" if parts else ""
    return f"{call.base}/$metadata#{where}{entity.set}{chosen}"


def _preference(call: Call) -> dict[str, str]:
    size = call.page_size
    return {} if size is None else {"Preference-Applied": f"odata.maxpagesize={size}"}


def _parent_wanted(text: str) -> ServiceError:
    return ServiceError(400, "Application_DialogException", text)
