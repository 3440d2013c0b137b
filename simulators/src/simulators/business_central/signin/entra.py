"""The token endpoint of Entra, and the tokens it gave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.business_central.signin.application import RESOURCE, Application
from simulators.business_central.signin.assertion import (
    ASSERTION_TYPE,
    RefusedAssertionError,
    check_assertion,
)
from simulators.common import VirtualClock

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

EXPIRES_IN: Final = 3852
LOGIN: Final = "https://login.microsoftonline.com"
_JSON: Final = {"content-type": "application/json; charset=utf-8", "cache-control": "no-store"}


class EntraError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.number = number
        self.text = text


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that was given.

    Attributes:
        tenant: the tenant in it.
        audience: whom it is for.
        roles: the claim `roles`.
        until: when it expires.
    """

    tenant: str
    audience: str
    roles: tuple[str, ...]
    until: datetime


class Entra:
    """The token endpoint's memory."""

    def __init__(self, application: Application, clock: VirtualClock, seed: int) -> None:
        self.application = application
        self._clock = clock
        self._seed = seed
        self._count = 0
        self._tokens: dict[str, Token] = {}

    def find(self, text: str) -> Token | None:
        """The token with this text, unless it is unknown or expired."""
        token = self._tokens.get(text)
        return token if token is not None and token.until > self._clock.now() else None

    def give(self, audience: str = RESOURCE) -> str:
        """A new token, as a client with the right secret gets it."""
        application, now = self.application, self._clock.now()
        self._count += 1
        until = now + timedelta(seconds=EXPIRES_IN)
        claims: dict[str, Any] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{application.tenant_id}/",
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(until.timestamp()),
            "appid": application.client_id,
            "idtyp": "app",
            "tid": application.tenant_id,
            "uti": f"{self._seed}-{self._count}",
            "ver": "1.0",
        }
        if application.roles:
            claims["roles"] = list(application.roles)
        text = _signed(claims)
        self._tokens[text] = Token(application.tenant_id, audience, application.roles, until)
        return text

    def forget(self) -> None:
        """Every token that was given is unknown from now on."""
        self._tokens.clear()

    def answer(self, tenant: str, form: Mapping[str, str], audiences: frozenset[str]) -> str:
        """The token for a request.

        Raises:
            EntraError: the request is refused.
        """
        application = self.application
        if tenant not in {application.tenant_id, application.domain}:
            raise EntraError(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise EntraError(
                400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."
            )
        if form.get("client_id") != application.client_id:
            raise EntraError(
                400,
                "unauthorized_client",
                700016,
                "Application with identifier was not found in the directory.",
            )
        audience = _audience(form)
        self._check_client(form, audiences)
        return self.give(audience)

    def _check_client(self, form: Mapping[str, str], audiences: frozenset[str]) -> None:
        secret, assertion = form.get("client_secret"), form.get("client_assertion")
        if secret is not None:
            if not hmac.compare_digest(secret.encode(), self.application.client_secret.encode()):
                raise EntraError(401, "invalid_client", 7000215, "Invalid client secret provided.")
        elif assertion is None or form.get("client_assertion_type") != ASSERTION_TYPE:
            raise EntraError(
                401,
                "invalid_client",
                7000216,
                "'client_assertion', 'client_secret' or 'request' is required for the "
                "'client_credentials' grant type.",
            )
        else:
            try:
                check_assertion(assertion, self.application, audiences)
            except RefusedAssertionError as error:
                raise EntraError(401, "invalid_client", error.number, str(error)) from error


def token_routes(erp: BusinessCentralSimulator) -> list[Route]:
    """`POST /{tenant}/oauth2/v2.0/token`."""

    async def token(request: Request) -> Response:
        async with request.form() as fields:
            form = {name: str(value) for name, value in fields.items()}
        tenant = str(request.path_params["tenant"])
        path = f"/{tenant}/oauth2/v2.0/token"
        audiences = frozenset({f"{LOGIN}{path}", f"{erp.token_url}{path}"})
        try:
            with erp.lock:
                text = erp.entra.answer(tenant, form, audiences)
        except EntraError as error:
            return Response(orjson.dumps(_refusal(erp, error)), error.status, headers=_JSON)
        body = {
            "token_type": "Bearer",
            "expires_in": EXPIRES_IN,
            "ext_expires_in": EXPIRES_IN,
            "access_token": text,
        }
        return Response(orjson.dumps(body), headers=_JSON)

    return [Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"])]


def _audience(form: Mapping[str, str]) -> str:
    scope = form.get("scope")
    if not scope:
        raise EntraError(
            400,
            "invalid_request",
            90014,
            "The required field 'scope' is missing from the credential. Ensure that you have all "
            "the necessary parameters for the login request.",
        )
    if not scope.endswith("/.default"):
        raise EntraError(
            400,
            "invalid_scope",
            1002012,
            f"The provided value for scope {scope} is not valid. Client credential flows must have "
            "a scope value with /.default suffixed to the resource identifier.",
        )
    return scope.removesuffix("/.default")


def _refusal(erp: BusinessCentralSimulator, error: EntraError) -> dict[str, object]:
    now = erp.clock.now()
    trace, correlation = uuid.uuid4(), uuid.uuid4()
    shown = f"{now:%Y-%m-%d %H:%M:%SZ}"
    return {
        "error": error.error,
        "error_description": (
            f"AADSTS{error.number}: {error.text} Trace ID: {trace} Correlation ID: {correlation} "
            f"Timestamp: {shown}"
        ),
        "error_codes": [error.number],
        "timestamp": shown,
        "trace_id": str(trace),
        "correlation_id": str(correlation),
        "error_uri": f"{LOGIN}/error?code={error.number}",
    }


def _signed(claims: Mapping[str, Any]) -> str:
    head = {"typ": "JWT", "alg": "RS256", "x5t": "planted", "kid": "planted"}
    body = ".".join(_part(orjson.dumps(part)) for part in (head, claims))
    return f"{body}.{_part(hashlib.sha512(body.encode()).digest() * 4)}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
