"""Reads: a list page by page, a single row, a count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from simulators.business_central.odata.entities import Entity
from simulators.business_central.odata.options import Expansion, Query, read_query
from simulators.business_central.odata.paging import after, token_of
from simulators.business_central.odata.problems import ServiceError
from simulators.business_central.odata.writing import RowWriter, TextStore
from simulators.business_central.service.calls import MAX_PAGE, Call, Reply
from simulators.business_central.service.faults import page_too_large
from simulators.business_central.service.sources import Sources
from simulators.business_central.store.company import LINES, Company
from simulators.business_central.store.rows import Row
from simulators.business_central.store.table import RowList, Selection, View

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

_DOCUMENTS: Final = frozenset(LINES.values())
_KEPT_STORES: Final = 12
_SAFE: Final = "$(),;:'/=*"


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


@dataclass(frozen=True, slots=True)
class _Scope:
    """What one read is about."""

    call: Call
    entity: Entity
    company: Company | None
    query: Query

    @property
    def context(self) -> str:
        """`@odata.context`, without `/$entity`."""
        where = f"companies({self.company.id})/" if self.company is not None else ""
        shape = self.query.shape
        parts = list(shape.names) if shape.selected else []
        parts += [f"{step.navigation.name}()" for step in shape.expansions]
        chosen = f"({','.join(parts)})" if parts else ""
        return f"{self.call.base}/$metadata#{where}{self.entity.set}{chosen}"


class Reader:
    """Answers GET for one simulator."""

    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self._erp = erp
        self.sources = Sources(erp)
        self._texts: dict[str, tuple[View, int, TextStore]] = {}

    def page(
        self,
        call: Call,
        entity: Entity,
        company: Company | None,
        rows: Sequence[Row] | None = None,
    ) -> Reply:
        """A list, one page of it.

        Args:
            call: the request.
            entity: what is listed.
            company: whose rows; None = rows of no company.
            rows: those below a parent, as in `salesInvoices(id)/salesInvoiceLines`; None = all.

        Raises:
            ServiceError: the query is refused.
        """
        limit = call.page_size or self._erp.paging.default
        if limit > MAX_PAGE:
            raise page_too_large()
        scope = self._scope(call, entity, company)
        query = scope.query
        view = View(RowList(rows)) if rows is not None else self._view(scope)
        selection = view.select(query.text, query.condition, query.sort)
        start = after(query.token, query, selection.keys) if query.token else query.skip
        capped = query.top is not None and query.top <= MAX_PAGE
        size = query.top if query.top is not None and capped else limit
        positions = selection.rows[start : start + size]
        members = [
            f'"@odata.context":"{scope.context}"',
            *([f'"@odata.count":{len(selection.rows)}'] if query.count else []),
            f'"value":[{",".join(self._written(scope, view, positions))}]',
        ]
        if positions and not capped and self._goes_on(selection, start + size):
            link = self._next_link(scope, view.row(positions[-1]), len(positions))
            members.append(f'"@odata.nextLink":"{link}"')
        return Reply(200, f"{{{','.join(members)}}}", _preference(call))

    def one(self, call: Call, entity: Entity, company: Company | None, row: Row) -> Reply:
        """A single row.

        Raises:
            ServiceError: the query is refused.
        """
        scope = _Scope(call, entity, company, read_query(entity, call.parameters))
        row = self._redistribute(scope, [row]).get(row.id, row)
        context = f"{scope.context}/$entity"
        return Reply(200, f'{{"@odata.context":"{context}",{self._writer(scope).members(row)}}}')

    def count(self, call: Call, entity: Entity, company: Company | None) -> Reply:
        """`/$count`: a bare number.

        Raises:
            ServiceError: the query is refused.
        """
        scope = self._scope(call, entity, company)
        query = scope.query
        selection = self._view(scope).select(query.text, query.condition, query.sort)
        return Reply(200, str(len(selection.rows)), {"content-type": "text/plain"})

    def find(self, call: Call, entity: Entity, company: Company, key: str) -> Row | None:
        """The row with this key, if the caller may see it."""
        return self.sources.find(call, entity, company, key, read_query(entity, ()))

    def _scope(self, call: Call, entity: Entity, company: Company | None) -> _Scope:
        query = self.sources.visible(entity, read_query(entity, call.parameters))
        return _Scope(call, entity, company, query)

    def _view(self, scope: _Scope) -> View:
        return self.sources.view(scope.call, scope.entity, scope.company, scope.query)

    def _goes_on(self, selection: Selection, end: int) -> bool:
        """Whether a page that would be full at `end` has a next link."""
        rows = len(selection.rows)
        return end < rows or (end == rows and self._erp.paging.trailing_empty_page)

    def _redistribute(self, scope: _Scope, rows: Iterable[Row]) -> dict[str, Row]:
        """Reading a draft recalculates its invoice discount, if the caller may write.

        Returns:
            The rows that were written, by id.
        """
        if scope.company is None or scope.entity.set not in _DOCUMENTS:
            return {}
        if not self._erp.rights.write_sales_header:
            return {}
        flagged = [row for row in rows if row.inner.get("recalculate")]
        if flagged and scope.call.intent == "readonly":
            raise ServiceError(
                400,
                "Internal_ServerError",
                "The transaction is read-only: the Sales Header table cannot be modified.",
            )
        documents = self._erp.documents(scope.company)
        return {row.id: documents.redistribute(scope.entity.set, row) for row in flagged}

    # Texts.

    def _written(self, scope: _Scope, view: View, positions: Sequence[int]) -> Iterable[str]:
        renewed = self._redistribute(scope, (view.row(position) for position in positions))
        writer = self._writer(scope)

        def write(position: int) -> str:
            row = view.row(position)
            return writer.row(renewed.get(row.id, row))

        if renewed or not self._is_kept(scope, view):
            return [write(position) for position in positions]
        name = f"{scope.company.id if scope.company else ''}/{scope.entity.set}"
        shape = f"{scope.query.shape!r}|{self._erp.stamp_digits}"
        return self._text_store(name, view).texts(shape, positions, write)

    def _is_kept(self, scope: _Scope, view: View) -> bool:
        """Whether the texts stay true until a row of this very view changes."""
        company, name = scope.company, scope.entity.set
        if company is None or name not in company.tables or not company.tables[name].owns(view):
            return False
        expansions = scope.query.shape.expansions
        return all(step.navigation.target in LINES for step in expansions)

    def _text_store(self, name: str, view: View) -> TextStore:
        kept = self._texts.pop(name, None)
        if kept is None or kept[0] is not view or kept[1] != view.revision:
            kept = (view, view.revision, TextStore())
        self._texts[name] = kept
        while len(self._texts) > _KEPT_STORES:
            del self._texts[next(iter(self._texts))]
        return kept[2]

    def _writer(self, scope: _Scope) -> RowWriter:
        call, company = scope.call, scope.company

        def follow(row: Row, expansion: Expansion) -> Sequence[Row]:
            return self.sources.expanded(call, company, row, expansion)

        media = f"{call.base}/companies({company.id})" if company is not None else call.base
        return RowWriter(scope.query.shape, self._erp.stamp_digits, follow, media)

    def _next_link(self, scope: _Scope, last: Row, given: int) -> str:
        """The address of the next page: the options as they were, and where to go on."""
        query = scope.query
        kept: dict[str, str] = {
            name: value
            for name, value in scope.call.parameters
            if name not in {"$skiptoken", "$skip", "aid"}
        }
        if query.top is not None:
            kept["$top"] = str(query.top - given)
        if self._erp.paging.aid:
            kept["aid"] = "FIN"
        kept["$skiptoken"] = token_of(last, query)
        options = "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in kept.items())
        return f"{scope.call.url}?{options}"


def _preference(call: Call) -> Mapping[str, str]:
    size = call.page_size
    return {} if size is None else {"Preference-Applied": f"odata.maxpagesize={size}"}
