"""What stands between a request and the data: sign-in, seats, license, switchable faults."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from simulators.acumatica import answers
from simulators.acumatica.access.identity import COOKIE, bearer
from simulators.acumatica.access.licence import RefusedByLicenceError
from simulators.acumatica.contract.tables import tables
from simulators.common import Fault

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator

FAULTS: Final[Mapping[str, str]] = {
    "unauthorized": "401 although the token is good",
    "login_limit": "API Login Limit although a seat is free (form: `login_limit_form`)",
    "rate_limited": "429; option `retry_after` sets the header, which real instances do not send",
    "endpoints_broken": "302 to an error page: what one malformed custom endpoint does to a tenant",
    "html_404": "404 as an HTML page instead of JSON",
    "endpoint_list_array": "GET /entity answers a bare array, as older builds do",
    "forbidden": "403: no rights to the form",
    "setup_missing": "500 PXSetupNotEnteredException",
    "deadlock": "500: deadlock victim, passes when tried again",
    "sql_timeout": "500: database timeout, passes when tried again",
    "cannot_optimize": "500 on list reads that touch one of the option `fields` (default: any); "
    "option `wording`: fields, view or key",
    "custom_filter_refused": "500 on a filter by `cf.` (option `fields`: only by one of these)",
    "top_ignored": "$top and $skip are ignored: every row comes back",
    "two_views_empty": "`and` over two data views answers []",
    "empty_list": "a list read answers []",
}

_BEFORE_DATA: Final[Mapping[str, Callable[[str, Fault], Response]]] = {
    "rate_limited": lambda _screen, fault: answers.too_many_requests(
        fault.options.get("retry_after")
    ),
    "forbidden": lambda screen, _fault: answers.forbidden(screen),
    "setup_missing": lambda screen, _fault: answers.setup_missing(screen),
    "deadlock": lambda _screen, _fault: answers.deadlock(),
    "sql_timeout": lambda _screen, _fault: answers.sql_timeout(),
}

Handler = Callable[[Request], Awaitable[Response]]


class Guard:
    """Wraps the handlers of the entity routes."""

    def __init__(self, erp: AcumaticaSimulator) -> None:
        self._erp = erp

    def __call__(self, handler: Handler) -> Handler:
        """The handler behind all checks."""

        async def guarded(request: Request) -> Response:
            refusal = self.sign_in(request)
            if refusal is not None:
                return refusal
            try:
                async with self._erp.licence:
                    return self._fault(request) or await handler(request)
            except RefusedByLicenceError:
                return answers.too_many_requests(None)

        return guarded

    def sign_in(self, request: Request) -> Response | None:
        """401, or the refusal for want of a seat, or None: come in."""
        erp, path = self._erp, request.url.path
        if erp.faults.fire("endpoints_broken", request.method, path):
            return answers.error_page(erp.url)
        with erp.lock:
            verdict = erp.sign_in.admit(bearer(request), request.cookies.get(COOKIE))
        if verdict == "unknown" or erp.faults.fire("unauthorized", request.method, path):
            return answers.unauthorized()
        if verdict == "full" or erp.faults.fire("login_limit", request.method, path):
            return answers.login_limit(erp.login_limit_form)
        return None

    def knows(self, request: Request) -> bool:
        """Whether a request is signed in; takes no seat."""
        with self._erp.lock:
            return self._erp.sign_in.knows(bearer(request), request.cookies.get(COOKIE))

    def _fault(self, request: Request) -> Response | None:
        entity = tables().entities.get(str(request.path_params.get("entity", "")))
        screen = entity.screen if entity is not None else ""
        for name, answer in _BEFORE_DATA.items():
            fault = self._erp.faults.fire(name, request.method, request.url.path)
            if fault is not None:
                return answer(screen, fault)
        return None
