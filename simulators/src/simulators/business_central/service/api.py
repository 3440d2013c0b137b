"""Where a call leads: companies, entity sets, single records, subscriptions, batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulators.business_central.odata.entities import Entity, entities
from simulators.business_central.odata.problems import (
    ServiceError,
    bad_credentials,
    method_not_allowed,
    unknown_segment,
)
from simulators.business_central.service.answers import error_reply
from simulators.business_central.service.calls import Call, Reply, Segment
from simulators.business_central.service.metadata import metadata_text
from simulators.business_central.service.reading import Reader
from simulators.business_central.service.writing import Writer
from simulators.business_central.store.company import Company
from simulators.business_central.store.rows import Row

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Api:
    """Answers calls; the simulator's lock is held by whoever calls."""

    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self._erp = erp
        self._reader = Reader(erp)
        self._writer = Writer(erp)

    def answer(self, call: Call) -> Reply:
        """The reply to a call; refusals too."""
        try:
            return self._dispatch(call)
        except ServiceError as error:
            return error_reply(error)

    def _dispatch(self, call: Call) -> Reply:
        if call.method in _WRITES and call.intent == "readonly":
            raise ServiceError(
                400, "BadRequest", "The request intends to read only, and cannot write."
            )
        if not call.segments:
            return _service_document(call)
        first, *rest = call.segments
        if first.name == "$metadata":
            return Reply(200, metadata_text(call.route), {"content-type": "application/xml"})
        if first.name == "companies":
            return self._companies(call, first, rest)
        self._entity(call, first)
        return self._within(call, self._company_named(call), call.segments)

    def _companies(self, call: Call, first: Segment, rest: list[Segment]) -> Reply:
        entity = entities()["companies"]
        if call.method != "GET" and not rest:
            raise method_not_allowed(call.method, first.name)
        if first.key is None:
            if rest:
                raise unknown_segment(rest[0].name)
            return self._reader.page(call, entity, None)
        company = self._open(first.key)
        if not rest:
            row = next(row for row in self._erp.company_rows() if row.id == company.id)
            return self._reader.one(call, entity, None, row)
        return self._within(call, company, tuple(rest))

    def _company_named(self, call: Call) -> Company:
        """The company of the `company` parameter, or of the `Company` header of a batch."""
        name = call.parameter("company") or call.headers.get("company")
        if name is None:
            raise ServiceError(
                404,
                "Internal_CompanyNotFound",
                "Cannot process the request because the default company cannot be found. You can "
                'add a query string in the form of "company=[name]".',
            )
        return self._open(name)

    def _open(self, name: str) -> Company:
        try:
            company = self._erp.database.company(name)
        except KeyError as error:
            raise ServiceError(
                404, "Internal_CompanyNotFound", "The company cannot be found."
            ) from error
        return company

    def _within(self, call: Call, company: Company, segments: tuple[Segment, ...]) -> Reply:
        if company.id in self._erp.rights.no_company:
            raise bad_credentials(
                "The user is not authorized to access the company, or it does not exist."
            )
        first, *rest = segments
        entity = self._entity(call, first)
        if not rest:
            return self._set(call, entity, company, first.key)
        if rest[0].name == "$count" and first.key is None:
            return self._reader.count(call, entity, company)
        row = self._row(call, entity, company, first)
        return self._below(call, entity, company, row, rest)

    def _set(self, call: Call, entity: Entity, company: Company, key: str | None) -> Reply:
        if call.method == "GET":
            if key is None:
                return self._reader.page(call, entity, company)
            row = self._row(call, entity, company, Segment(entity.set, key))
            return self._reader.one(call, entity, company, row)
        if call.method != "PATCH" or key is None:
            raise method_not_allowed(call.method, entity.set)
        row = self._writer.patch(call, entity, company, key)
        return self._reader.one(call, entity, company, row)

    def _below(
        self, call: Call, entity: Entity, company: Company, row: Row, rest: list[Segment]
    ) -> Reply:
        """`salesInvoices(id)/salesInvoiceLines`, `customers(id)/currency` and their like."""
        navigation = entity.navigations.get(rest[0].name)
        if navigation is None or len(rest) > 1:
            raise unknown_segment(rest[0].name if navigation is None else rest[1].name)
        if call.method != "GET":
            raise method_not_allowed(call.method, navigation.target)
        target, key = entities()[navigation.target], rest[0].key
        rows = self._reader.sources.related(call, company, row, navigation)
        if navigation.many and key is None:
            return self._reader.page(call, target, company, rows)
        found = next((each for each in rows if key in {None, each.id}), None)
        if found is None:
            raise unknown_segment(navigation.name)
        return self._reader.one(call, target, company, found)

    def _row(self, call: Call, entity: Entity, company: Company, segment: Segment) -> Row:
        if segment.key is None:
            raise unknown_segment(segment.name)
        row = self._reader.find(call, entity, company, segment.key)
        if row is None:
            raise unknown_segment(segment.name)
        return row

    def _entity(self, call: Call, segment: Segment) -> Entity:
        entity = entities().get(segment.name)
        if entity is None or entity.route != call.route or "system" in entity.flags:
            raise unknown_segment(segment.name)
        if entity.set in self._erp.missing_sets:
            raise unknown_segment(segment.name)
        return entity


def _service_document(call: Call) -> Reply:
    sets = [of.set for of in entities().values() if of.route == call.route]
    listed = ",".join(f'{{"name":"{name}","kind":"EntitySet","url":"{name}"}}' for name in sets)
    return Reply(200, f'{{"@odata.context":"{call.base}/$metadata","value":[{listed}]}}')
