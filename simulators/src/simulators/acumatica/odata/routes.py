"""The routes below `/t/{tenant}/api/odata/dac`, and below the older `/odatav4/{tenant}`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.acumatica.access.guard import Guard
from simulators.acumatica.access.licence import RefusedByLicenceError
from simulators.acumatica.access.rights import UnknownBranchError
from simulators.acumatica.answers import too_many_requests, unauthorized
from simulators.acumatica.odata.answers import collection, refusal
from simulators.acumatica.odata.deletions import deleted_records
from simulators.acumatica.odata.reading import Page, read_page, read_set
from simulators.acumatica.odata.sets import DAC_SETS, DacSet, dac_set
from simulators.acumatica.queries.errors import UnknownFieldError
from simulators.acumatica.queries.literals import IncompatibleTypesError
from simulators.acumatica.queries.tokens import FilterError

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator

_FORM: Final = "SM207010"


def odata_routes(erp: AcumaticaSimulator, site: str) -> list[Route]:
    """The routes of an instance below `site`."""
    service = _Service(erp)
    bases = (f"{site}/t/{{tenant}}/api/odata/dac", f"{site}/odatav4/{{tenant}}")
    return [
        route
        for base in bases
        for route in (
            Route(base, service.guarded(service.document)),
            Route(f"{base}/{{name}}", service.guarded(service.rows)),
            Route(f"{base}/{{name}}/px.GetDeletedRecords()", service.guarded(service.deleted)),
        )
    ]


Handler = Callable[[Request], Response]


class _Service:
    def __init__(self, erp: AcumaticaSimulator) -> None:
        self._erp = erp
        self._guard = Guard(erp)

    def guarded(self, handler: Handler) -> Callable[[Request], Any]:
        """The handler behind sign-in and license: a token or the user's password (basic)."""

        async def answer(request: Request) -> Response:
            if request.path_params["tenant"] != self._erp.account.tenant:
                return unauthorized()
            denied = None if self._basic(request) else self._guard.sign_in(request)
            if denied is not None:
                return denied
            try:
                async with self._erp.licence:
                    return self._handled(handler, request)
            except RefusedByLicenceError:
                return too_many_requests(None)

        return answer

    def document(self, request: Request) -> Response:
        """The list of sets."""
        rows = [{"name": of.name, "kind": "EntitySet", "url": of.name} for of in DAC_SETS]
        return collection(f"{self._base(request)}/$metadata", rows)

    def rows(self, request: Request) -> Response:
        """The rows of a set."""
        of = self._set(request)
        if of is None:
            return refusal(404, "The resource is not found.")
        rights, headers = self._erp.rights, request.headers
        page = read_page(request.query_params)
        with self._erp.lock:
            found = read_set(
                self._erp.book, of, page, lambda entity: rights.visibility(entity, headers)
            )
        return self._paged(request, of.name, found, page)

    def deleted(self, request: Request) -> Response:
        """What was deleted of a DAC."""
        of = self._set(request)
        if of is None:
            return refusal(404, "The resource is not found.")
        page = read_page(request.query_params)
        with self._erp.lock:
            since = self._erp.tracking.since(of)
            if since is None:
                return refusal(400, f"{of.short} is not listed on the {_FORM} form.")
            found = deleted_records(self._erp.book, of, since, page)
        return self._paged(request, "Collection(px.DeletedRecordResult)", found, page)

    def _handled(self, handler: Handler, request: Request) -> Response:
        of = self._set(request)
        if of is not None and not self._may_read(of):
            return refusal(403, f"You have insufficient rights to access {of.short}.")
        try:
            return handler(request)
        except UnknownFieldError as error:
            return refusal(400, f"Could not find a property named '{error.args[0]}'.")
        except UnknownBranchError as error:
            return refusal(400, f"The {error} branch cannot be found in the system.")
        except (FilterError, IncompatibleTypesError) as error:
            return refusal(400, str(error))

    def _paged(
        self, request: Request, what: str, found: list[dict[str, Any]], page: Page
    ) -> Response:
        end = None if page.top is None else page.skip + page.top
        rows, limit = found[page.skip : end], self._erp.tracking.page_size
        context = f"{self._base(request)}/$metadata#{what}"
        if limit is None or len(rows) <= limit:
            return collection(context, rows)
        query = dict(request.query_params) | {"$skip": str(page.skip + limit)}
        if page.top is not None:
            query["$top"] = str(page.top - limit)
        link = f"{self._erp.base_url}{request.url.path}?{urlencode(query)}"
        return collection(context, rows[:limit], link)

    def _set(self, request: Request) -> DacSet | None:
        return dac_set(str(request.path_params.get("name", "")))

    def _may_read(self, of: DacSet) -> bool:
        entities = self._erp.catalog.newest.entities
        return all(self._erp.rights.may_read(entities[name]) for name in of.entities)

    def _base(self, request: Request) -> str:
        path: str = request.url.path
        head, mark, _ = path.partition("/odata/dac")
        return f"{self._erp.base_url}{head}{mark}"

    def _basic(self, request: Request) -> bool:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            name, _, password = base64.b64decode(credentials).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        account = self._erp.account
        return (name, password) == (account.username, account.password)
