"""From HTTP to calls and back: environment, sign-in, limits, faults."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.business_central.odata.problems import (
    ServiceError,
    bad_credentials,
    unknown_segment,
)
from simulators.business_central.service import answers
from simulators.business_central.service.api import Api
from simulators.business_central.service.batch import run_batch
from simulators.business_central.service.calls import (
    Call,
    Reply,
    Segment,
    read_parameters,
    read_segments,
    split_route,
)
from simulators.business_central.service.environments import environments_reply
from simulators.business_central.service.faults import strike
from simulators.business_central.signin.application import API_ROLE, RESOURCE
from simulators.business_central.webhooks.api import SubscriptionApi

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_VAGUE: Final = "The user could not be authenticated or authorized."


def api_routes(erp: BusinessCentralSimulator) -> list[Route]:
    """Everything but the token endpoint."""
    return [Route("/{path:path}", _Web(erp).handle, methods=_METHODS)]


class _Web:
    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self._erp = erp
        self._api = Api(erp)
        self._subscriptions = SubscriptionApi(erp)

    async def handle(self, request: Request) -> Response:
        """One request, whatever it is."""
        erp = self._erp
        raw = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
        segments = read_segments(raw)
        if erp.on_premises:
            return await self._on_premises(request, segments)
        if segments and segments[0].name == "environments":
            return await self._guarded(request, lambda: self._environments(request, segments))
        found = self._below_api(segments)
        if found is None:
            return answers.http_answer(answers.error_reply(unknown_segment("api")))
        tenant, environment, rest = found
        if environment != erp.environment:
            return answers.no_environment()
        return await self._guarded(request, lambda: self._call(request, rest), tenant)

    async def _on_premises(self, request: Request, segments: tuple[Segment, ...]) -> Response:
        erp = self._erp
        names = [segment.name for segment in segments[:2]]
        if names != [erp.on_premises, "api"]:
            return Response("Not Found", 404, media_type="text/plain")
        if not erp.api_enabled:
            return Response("Method Not Allowed", 405, media_type="text/plain")
        return await self._guarded(request, lambda: self._call(request, segments[2:]))

    def _below_api(
        self, segments: tuple[Segment, ...]
    ) -> tuple[str | None, str, tuple[Segment, ...]] | None:
        """The tenant (None = that of the token), the environment, and what follows `api`."""
        names = [segment.name for segment in segments]
        if names[:1] != ["v2.0"]:
            return None
        for tenant_segments in (1, 0):
            at = 2 + tenant_segments
            if names[at : at + 1] == ["api"]:
                tenant = names[1] if tenant_segments else None
                return tenant, names[at - 1], segments[at + 1 :]
        return None

    async def _guarded(
        self,
        request: Request,
        handle: Callable[[], Awaitable[Reply]],
        tenant: str | None = None,
    ) -> Response:
        erp, path = self._erp, request.url.path
        if erp.faults.fire("wrong_tenant_xml", request.method, path):
            return answers.xml_unauthorized()
        try:
            self._sign_in(request, tenant)
            async with erp.limits:
                reply = await handle()
        except ServiceError as error:
            return answers.http_answer(answers.error_reply(error))
        if reply.status == 200 and erp.faults.fire("cut_json", request.method, path):  # noqa: PLR2004 - ok
            reply = Reply(200, reply.text[: len(reply.text) // 2], reply.headers)
        return answers.http_answer(reply)

    async def _environments(self, request: Request, segments: tuple[Segment, ...]) -> Reply:
        if request.method != "GET" or len(segments) != 2:  # noqa: PLR2004 - name and version
            raise unknown_segment("environments")
        return environments_reply(self._erp, segments[1].name)

    async def _call(self, request: Request, rest: tuple[Segment, ...]) -> Reply:
        call = await self._read(request, rest)
        strike(self._erp.faults, call, request.url.path)
        if call.segments and call.segments[0].name == "$batch":
            return self._batch(call)
        if call.segments and call.segments[0].name == "subscriptions":
            # A handshake waits for somebody else's answer: not in the server's own loop.
            return await run_in_threadpool(self._subscriptions.answer, call)
        with self._erp.lock:
            return self._api.answer(call)

    def _batch(self, call: Call) -> Reply:
        with self._erp.lock:
            return run_batch(self._erp, call, self._api.answer)

    async def _read(self, request: Request, rest: tuple[Segment, ...]) -> Call:
        found = split_route(rest)
        if found is None:
            raise unknown_segment(rest[0].name if rest else "api")
        route, segments, taken = found
        own = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
        url = f"{self._erp.base_url}{own}"
        parts = url.rstrip("/").split("/")
        base = "/".join(parts[: len(parts) - (len(rest) - taken)])
        return Call(
            method=request.method,
            route=route,
            segments=segments,
            parameters=read_parameters(request.scope["query_string"].decode("latin-1")),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.body(),
            base=base,
            url=url,
        )

    def _sign_in(self, request: Request, tenant: str | None) -> None:
        """Let the caller in.

        Raises:
            ServiceError: 401.
        """
        erp = self._erp
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            if not erp.on_premises or not self._knows_key(credentials):
                raise bad_credentials()
            return
        with erp.lock:
            token = erp.entra.find(credentials.strip()) if scheme.lower() == "bearer" else None
        application = erp.application
        own = {application.tenant_id, application.domain}
        if token is None or token.audience.rstrip("/") != RESOURCE:
            raise bad_credentials()
        if tenant is not None and tenant not in own:
            raise bad_credentials()
        if API_ROLE not in token.roles:
            raise bad_credentials(_VAGUE)
        if not (application.registered and application.enabled):
            raise bad_credentials(_VAGUE if application.registered else bad_credentials().message)

    def _knows_key(self, credentials: str) -> bool:
        application = self._erp.application
        try:
            given = base64.b64decode(credentials)
        except binascii.Error:
            return False
        wanted = f"{application.webservice_user}:{application.webservice_key}"
        return hmac.compare_digest(given, wanted.encode())
