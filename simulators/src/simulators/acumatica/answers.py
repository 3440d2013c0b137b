"""The error answers, worded like the real system's as far as they are on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from simulators.common.faults import Faults

_TRACE: Final = (
    "   at PX.Api.ContractBased.WebApi.Controllers.EntityController.Execute()\r\n"
    "   at System.Web.Http.Dispatcher.HttpControllerDispatcher.<SendAsync>d__15.MoveNext()"
)
_JSON_HEADERS: Final = {"content-type": "application/json; charset=utf-8"}
_CANNOT_OPTIMIZE: Final = "PX.Api.ContractBased.OptimizedExport.CannotOptimizeException"
_AN_ERROR: Final = "An error has occurred."
_HTML_404: Final = (
    "<!DOCTYPE html>\r\n<html>\r\n<head><title>The resource cannot be found.</title></head>\r\n"
    "<body><h1>Server Error in '/' Application.</h1><h2><i>The resource cannot be found.</i></h2>"
    "<p>HTTP 404. The resource you are looking for (or one of its dependencies) could have been "
    "removed, had its name changed, or is temporarily unavailable.</p></body>\r\n</html>"
)


def json_answer(content: object, status: int = 200) -> Response:
    """A JSON answer with the real system's content type."""
    return Response(orjson.dumps(content), status, headers=_JSON_HEADERS)


def json_text_answer(text: str) -> Response:
    """A 200 of a JSON text that is ready."""
    return Response(text.encode(), headers=_JSON_HEADERS)


def failure(text: str, kind: str = "PX.Data.PXException", status: int = 500) -> Response:
    """An `HttpError` with an exception in it."""
    return json_answer(
        {
            "message": _AN_ERROR,
            "exceptionMessage": text,
            "exceptionType": kind,
            "stackTrace": _TRACE,
        },
        status,
    )


def message(text: str, status: int) -> Response:
    """An `HttpError` with a message alone."""
    return json_answer({"message": text}, status)


def unauthorized() -> Response:
    """No session, or a token that is unknown, expired or signed out."""
    return message("Authorization has been denied for this request.", 401)


def not_found(what: str, *, html: bool) -> Response:
    """No such endpoint, version or entity; some builds answer a page."""
    if html:
        return Response(_HTML_404, 404, media_type="text/html")
    return message(f"Entity {what} not found", 404)


def not_found_for(faults: Faults, request: Request) -> Response:
    """The 404 of a request, as a page if the fault `html_404` says so."""
    html = faults.fire("html_404", request.method, request.url.path) is not None
    return not_found(str(request.path_params.get("entity", "")), html=html)


def error_page(url: str) -> Response:
    """The way to the error page, which one malformed custom endpoint opens for all."""
    return RedirectResponse(f"{url}/Frames/Error.aspx", 302)


def bad_login() -> Response:
    """A wrong user name or password: 500, as recorded."""
    return failure("Error: Invalid credentials. Please try again.")


def unknown_tenant() -> Response:
    """A tenant that a site with several tenants does not have."""
    return failure("The tenant is not found.", "PX.Data.PXUndefinedCompanyException")


def login_limit(form: str) -> Response:
    """All seats are taken. `form` is 500, 429 or text: all three have been seen."""
    if form == "text":
        return Response("API Login Limit", 429, media_type="text/plain")
    return failure("API Login Limit", status=int(form))


def empty_body() -> Response:
    """A PUT without a body, as recorded."""
    return json_answer(
        {
            "message": "The request is invalid.",
            "modelState": {"": ["The request body should not be empty."]},
        },
        400,
    )


def no_such_record() -> Response:
    """A read by key of a missing record: 500, not 404."""
    return failure(
        "No entity satisfies the condition.",
        "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException",
    )


def unknown_field() -> Response:
    """A name in `$select`, `$expand` or `$filter` that the entity lacks."""
    return failure(
        "The given key was not present in the dictionary.",
        "System.Collections.Generic.KeyNotFoundException",
    )


def bad_filter(text: str) -> Response:
    """A filter that cannot be parsed, or that compares with a literal of another type."""
    return failure(text, "Microsoft.Data.OData.ODataException")


def cannot_optimize(views: Mapping[str, str], wording: str = "fields") -> Response:
    """A list read that touches delegate views.

    Args:
        views: the data view behind each field.
        wording: `fields` as published; `view` and `key` have been seen as well.
    """
    if wording == "key":
        return unknown_field()
    if wording == "view":
        return failure(
            f"There is a BqlDelegate in view {next(iter(views.values()))}.", _CANNOT_OPTIMIZE
        )
    lines = "".join(f"{name}: View {view} has BQL delegate\r\n" for name, view in views.items())
    return failure(
        f"Optimization cannot be performed.The following fields cause the error:\r\n{lines}",
        _CANNOT_OPTIMIZE,
    )


def deadlock() -> Response:
    """The database chose this request as the victim; it passes when tried again."""
    return failure(
        "Transaction (Process ID 71) was deadlocked on lock resources with another process and has "
        "been chosen as the deadlock victim. Rerun the transaction.",
        "System.Data.SqlClient.SqlException",
    )


def sql_timeout() -> Response:
    """The database took too long; it may pass when tried again."""
    return failure(
        "Execution Timeout Expired.  The timeout period elapsed prior to completion of the "
        "operation or the server is not responding.",
        "System.Data.SqlClient.SqlException",
    )


def forbidden(screen: str) -> Response:
    """The user has no rights to the form behind the entity."""
    return failure(
        f"You have insufficient rights to access the object ({screen}).",
        "PX.Data.PXNotEnoughRightsException",
        403,
    )


def unknown_branch(branch: str) -> Response:
    """The header `PX-CbApiBranch` names a branch that the tenant does not have (not on record)."""
    return failure(f"The {branch} branch cannot be found in the system.")


def setup_missing(screen: str) -> Response:
    """A feature is not set up."""
    return failure(
        f"The required configuration data is not entered on the {screen} form.",
        "PX.Data.PXSetupNotEnteredException",
    )


def too_many_requests(retry_after: object) -> Response:
    """The request was refused by the license; no header is documented."""
    answer = message("Too many requests. The license limit has been exceeded.", 429)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer
