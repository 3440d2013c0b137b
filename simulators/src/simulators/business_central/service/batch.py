"""`$batch`: many calls in one, in JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from simulators.business_central.odata.problems import (
    ServiceError,
    bad_request,
    method_not_allowed,
)
from simulators.business_central.service.answers import error_reply
from simulators.business_central.service.calls import (
    Call,
    Reply,
    read_parameters,
    read_segments,
)

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

_HEADERS: Final = {
    "content-type": "application/json; odata.metadata=minimal",
    "odata-version": "4.0",
}
_METHODS: Final = frozenset({"GET", "POST", "PATCH", "DELETE"})
_FAILED: Final = 400


def run_batch(erp: BusinessCentralSimulator, call: Call, answer: Callable[[Call], Reply]) -> Reply:
    """Carry out the calls inside a batch, in order.

    With `Isolation: snapshot` a failure takes all changes back. Without
    `Prefer: odata.continue-on-error=true` the first failure is the last call carried out.

    Raises:
        ServiceError: the batch itself is refused.
    """
    if call.method != "POST":
        raise method_not_allowed(call.method, "$batch")
    requests = _requests(call.body)
    if len(requests) > erp.limits.batch_operations:
        raise bad_request(
            f"The batch holds {len(requests)} operations; the maximum is "
            f"{erp.limits.batch_operations}."
        )
    go_on = "odata.continue-on-error=true" in call.headers.get("prefer", "").replace(" ", "")
    snapshot = call.headers.get("isolation", "").strip().lower() == "snapshot"
    saved = erp.database.snapshot() if snapshot else None
    responses = list(_responses(call, requests, answer, go_on=go_on))
    failed = any(each["status"] >= _FAILED for each in responses)
    if saved is not None and failed:
        erp.database.restore(saved)
    elif saved is not None:
        erp.database.release()
    return Reply(200, orjson.dumps({"responses": responses}).decode())


def _requests(body: bytes) -> list[Mapping[str, Any]]:
    try:
        found = orjson.loads(body)["requests"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise bad_request("Invalid Request Body") from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise bad_request("Invalid Request Body")
    return found


def _responses(
    call: Call,
    requests: list[Mapping[str, Any]],
    answer: Callable[[Call], Reply],
    *,
    go_on: bool,
) -> Iterator[dict[str, Any]]:
    for request in requests:
        try:
            reply = answer(_inner(call, request))
        except ServiceError as error:
            reply = error_reply(error)
        response: dict[str, Any] = {"id": request.get("id"), "status": reply.status}
        response["headers"] = dict(_HEADERS) if reply.text else {}
        if reply.text:
            response["body"] = orjson.Fragment(reply.text)
        yield response
        if reply.status >= _FAILED and not go_on:
            return


def _inner(call: Call, request: Mapping[str, Any]) -> Call:
    method, url = str(request.get("method", "")).upper(), str(request.get("url", ""))
    if method not in _METHODS or not url:
        raise bad_request("Invalid Request Body")
    path, _, query = url.partition("?")
    if "://" in path:
        path = path.removeprefix(call.base)
    own = {str(name).lower(): str(value) for name, value in request.get("headers", {}).items()}
    inherited = {
        name: value
        for name, value in call.headers.items()
        if name in {"data-access-intent", "accept-language", "company"}
    }
    return Call(
        method=method,
        route=call.route,
        segments=read_segments(path),
        parameters=read_parameters(query),
        headers=inherited | own,
        body=orjson.dumps(request.get("body")) if "body" in request else b"",
        base=call.base,
        url=f"{call.base}/{path.strip('/')}",
    )
