"""The switchable faults of the API, and what each answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from simulators.business_central.odata.problems import ServiceError, bad_credentials
from simulators.business_central.service.calls import MAX_PAGE, Call
from simulators.business_central.service.limits import too_many_requests, unavailable
from simulators.common import Fault, Faults

FAULTS: Final[Mapping[str, str]] = {
    "unauthorized": "401 although the token is good",
    "wrong_tenant_xml": "401 as XML, as a gateway answers it",
    "rate_limited": "429; option `retry_after` sets the header, which is not documented for it",
    "unavailable": "503 with `Retry-After` (option `retry_after`, default 10)",
    "bad_gateway": "502 with `Retry-After` (option `retry_after`, default 5)",
    "gateway_timeout": "504; option `above_rows`: only on pages of more rows than that",
    "operation_timeout": "408; option `above_rows`: the same",
    "too_large": "413; option `above_rows`: the same",
    "cut_json": "200 with the first half of the body, well terminated",
    "locked": "a lock error of the database; passes when tried again",
    "deadlock": "400: deadlock victim; passes when tried again",
    "try_again_later": "400 whose text says to try again later",
    "tenant_unavailable": "503 `Internal_TenantUnavailable`, as while a tenant is upgraded",
    "internal_error": "500 `Internal_ServerError`",
    "dialog": "400 `Application_CallbackNotAllowed`: an extension opened a dialog",
}
_BY_SIZE: Final[Mapping[str, Callable[[], ServiceError]]] = {
    "gateway_timeout": lambda: ServiceError(504, "Unknown", "The gateway timed out."),
    "operation_timeout": lambda: ServiceError(
        408, "Application_OperationTimeout", "The operation took too long and was cancelled."
    ),
    "too_large": lambda: page_too_large(),  # noqa: PLW0108 - it is defined below
}
_PLAIN: Final[Mapping[str, Callable[[Fault], ServiceError]]] = {
    "unauthorized": lambda _fault: bad_credentials(),
    "rate_limited": lambda fault: _with_wait(too_many_requests(), fault, None),
    "unavailable": lambda fault: _with_wait(unavailable("The service is busy."), fault, 10),
    "bad_gateway": lambda fault: _with_wait(ServiceError(502, "Unknown", "Bad gateway."), fault, 5),
    "locked": lambda _fault: ServiceError(
        400,
        "Internal_ServerError",
        "The operation could not complete because a record in the table was locked by another "
        "user. Please retry the activity.",
    ),
    "deadlock": lambda _fault: ServiceError(
        400,
        "Internal_ServerError",
        "Your activity was deadlocked with another user who is modifying the same table. Please "
        "retry the activity.",
    ),
    "try_again_later": lambda _fault: ServiceError(
        400, "Unknown", "The service is temporarily unavailable. Please try again later."
    ),
    "tenant_unavailable": lambda _fault: ServiceError(
        503, "Internal_TenantUnavailable", "The tenant is not accessible."
    ),
    "internal_error": lambda _fault: ServiceError(
        500, "Internal_ServerError", "An internal server error has occurred."
    ),
    "dialog": lambda _fault: ServiceError(
        400,
        "Application_CallbackNotAllowed",
        "Microsoft Dynamics 365 Business Central attempted to issue a client callback to show a "
        "confirmation dialog box.",
    ),
}


def strike(faults: Faults, call: Call, path: str) -> None:
    """Raise what a switched-on fault answers to this call, if one hits it.

    Raises:
        ServiceError: the fault's answer.
    """
    for name, plain in _PLAIN.items():
        fault = faults.fire(name, call.method, path)
        if fault is not None:
            raise plain(fault)
    rows = call.page_size or MAX_PAGE
    for name, answer in _BY_SIZE.items():
        active = faults.active().get(name)
        if active is None or rows <= int(active.options.get("above_rows", 0)):
            continue
        if faults.fire(name, call.method, path) is not None:
            raise answer()


def page_too_large() -> ServiceError:
    """413: more rows than a page may have."""
    return ServiceError(
        413,
        "BadRequest_RequestEntityTooLarge",
        f"The page is larger than the maximum of {MAX_PAGE} entities.",
    )


def _with_wait(error: ServiceError, fault: Fault, usual: int | None) -> ServiceError:
    seconds = fault.options.get("retry_after", usual)
    if seconds is not None:
        error.headers["Retry-After"] = str(seconds)
    return error
