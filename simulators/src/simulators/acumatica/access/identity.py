"""The routes below `/identity` (OAuth 2.0) and `/entity/auth` (cookie login)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.acumatica import answers
from simulators.acumatica.access.consent import ConsentPage
from simulators.acumatica.access.sign_in import SCOPES, TOKEN_SECONDS, RefusedError, Tokens

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator

COOKIE: Final = ".ASPXAUTH"


def identity_routes(erp: AcumaticaSimulator, site: str) -> list[Route]:
    """The sign-in routes of an instance below `site` (`/Wholesale` or empty)."""
    identity, consent = _Identity(erp), ConsentPage(erp)
    return [
        Route(f"{site}/identity/.well-known/openid-configuration", identity.discovery),
        Route(f"{site}/identity/connect/authorize", consent.show),
        Route(f"{site}/identity/connect/authorize", consent.decide, methods=["POST"]),
        Route(f"{site}/identity/connect/token", identity.token, methods=["POST"]),
        Route(f"{site}/entity/auth/login", identity.log_in, methods=["POST"]),
        Route(f"{site}/entity/auth/logout", identity.log_out, methods=["POST"]),
    ]


class _Identity:
    def __init__(self, erp: AcumaticaSimulator) -> None:
        self._erp = erp
        self._flows: Mapping[str, Callable[[Mapping[str, str]], Tokens]] = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "password": self._by_password,
        }

    async def discovery(self, _request: Request) -> Response:
        issuer = f"{self._erp.url}/identity"
        return answers.json_answer(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/connect/authorize",
                "token_endpoint": f"{issuer}/connect/token",
                "scopes_supported": sorted(SCOPES),
                "grant_types_supported": [
                    "authorization_code",
                    "implicit",
                    "password",
                    "refresh_token",
                ],
                "response_types_supported": ["code", "token", "code id_token"],
                "code_challenge_methods_supported": ["plain", "S256"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
            }
        )

    async def token(self, request: Request) -> Response:
        async with request.form() as fields:
            form = {name: str(value) for name, value in fields.items()}
        try:
            with self._erp.lock:
                self._erp.sign_in.check_client(*_client(request, form))
                tokens = self._flow(form)
        except RefusedError as error:
            return answers.json_answer({"error": str(error)}, 400)
        return answers.json_answer(_token_body(tokens))

    def _flow(self, form: Mapping[str, str]) -> Tokens:
        flow = self._flows.get(form.get("grant_type", ""))
        if flow is None:
            raise RefusedError("unsupported_grant_type")
        return flow(form)

    def _by_code(self, form: Mapping[str, str]) -> Tokens:
        return self._erp.sign_in.by_code(
            form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", "")
        )

    def _by_refresh(self, form: Mapping[str, str]) -> Tokens:
        return self._erp.sign_in.by_refresh(form.get("refresh_token", ""))

    def _by_password(self, form: Mapping[str, str]) -> Tokens:
        return self._erp.sign_in.by_password(
            form.get("username", ""), form.get("password", ""), form.get("scope", "")
        )

    async def log_in(self, request: Request) -> Response:
        try:
            body = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            body = None
        if not isinstance(body, dict):
            return answers.empty_body()
        account = self._erp.account
        if (body.get("name"), body.get("password")) != (account.username, account.password):
            return answers.bad_login()
        tenant = body.get("tenant") or body.get("company") or account.tenant
        if tenant != account.tenant and self._erp.several_tenants:
            return answers.unknown_tenant()
        with self._erp.lock:
            cookie = self._erp.sign_in.log_in()
        if cookie is None or self._erp.faults.fire("login_limit", "POST", request.url.path):
            return answers.login_limit(self._erp.login_limit_form)
        answer = Response(status_code=204)
        answer.set_cookie(COOKIE, cookie, path="/", httponly=True)
        answer.set_cookie("ASP.NET_SessionId", cookie[:24], path="/", httponly=True)
        return answer

    async def log_out(self, request: Request) -> Response:
        if "content-length" not in request.headers:
            return Response("Length Required", 411, media_type="text/html")
        with self._erp.lock:
            self._erp.sign_in.log_out(bearer(request), request.cookies.get(COOKIE))
        return Response(status_code=204)


def bearer(request: Request) -> str | None:
    """The token of an `Authorization: Bearer` header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(credentials).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RefusedError("invalid_client") from error
    return unquote(client_id), unquote(secret)


def _token_body(tokens: Tokens) -> dict[str, object]:
    body: dict[str, object] = {
        "access_token": tokens.access_token,
        "expires_in": TOKEN_SECONDS,
        "token_type": "Bearer",
        "scope": tokens.scope,
    }
    if tokens.refresh_token is not None:
        body["refresh_token"] = tokens.refresh_token
    return body
