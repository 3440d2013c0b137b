"""The consent: what the authorize address shows, and where it sends the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from simulators.acumatica import answers
from simulators.acumatica.access.sign_in import Consent, allowed_scope

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator

_DEFAULT_SCOPE: Final = "api"
_METHODS: Final = frozenset({"plain", "S256"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for consent that names a known application and a registered address."""

    consent: Consent
    state: str | None
    error: str | None

    def answer(self, **given: str) -> Response:
        """Back to the application."""
        if self.state is not None:
            given["state"] = self.state
        mark = "&" if "?" in self.consent.redirect_uri else "?"
        return RedirectResponse(f"{self.consent.redirect_uri}{mark}{urlencode(given)}", 302)


class ConsentPage:
    """`/identity/connect/authorize`: the user signs in, and allows or denies."""

    def __init__(self, erp: AcumaticaSimulator) -> None:
        self._erp = erp

    async def show(self, request: Request) -> Response:
        """The page (GET); with `consents_at_once` nobody needs to click."""
        asked = self._asked(request.query_params)
        if isinstance(asked, Response):
            return asked
        if asked.error is not None:
            return asked.answer(error=asked.error)
        if self._erp.consents_at_once:
            return self._allow(asked)
        return HTMLResponse(_page(self._erp.account.tenant, asked.consent.scope))

    async def decide(self, request: Request) -> Response:
        """The user's click (POST): fields `username`, `password`, `decision` (allow or deny)."""
        asked = self._asked(request.query_params)
        if isinstance(asked, Response):
            return asked
        if asked.error is not None:
            return asked.answer(error=asked.error)
        async with request.form() as form:
            user = (form.get("username"), form.get("password"))
            decision = form.get("decision")
        if decision != "allow":
            return asked.answer(error="access_denied")
        if user != (self._erp.account.username, self._erp.account.password):
            return HTMLResponse(_page(self._erp.account.tenant, asked.consent.scope), 401)
        return self._allow(asked)

    def _allow(self, asked: Asked) -> Response:
        with self._erp.lock:
            code = self._erp.sign_in.authorize(asked.consent)
        return asked.answer(code=code)

    def _asked(self, query: Mapping[str, str]) -> Asked | Response:
        """What is asked, or the refusal: an unknown address is never sent anywhere."""
        redirect_uri = query.get("redirect_uri", "")
        if query.get("client_id") != self._erp.account.client_id:
            return answers.json_answer({"error": "unauthorized_client"}, 400)
        if redirect_uri not in self._erp.sign_in.redirect_uris:
            return answers.json_answer({"error": "invalid_request"}, 400)
        if query.get("response_type") != "code":
            return answers.json_answer({"error": "unsupported_response_type"}, 400)
        scope = query.get("scope", _DEFAULT_SCOPE)
        method = query.get("code_challenge_method", "plain")
        consent = Consent(scope, redirect_uri, query.get("code_challenge", ""), method)
        error = None if allowed_scope(scope) else "invalid_scope"
        if method not in _METHODS:
            error = "invalid_request"
        return Asked(consent, query.get("state"), error)


def _page(tenant: str, scope: str) -> str:
    wanted = "".join(f"<li>{escape(name)}</li>" for name in scope.split())
    return (
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body>"
        f"<h1>{escape(tenant)}</h1><p>An application asks for:</p><ul>{wanted}</ul>"
        '<form method="post"><p><label>User <input name="username"></label></p>'
        '<p><label>Password <input name="password" type="password"></label></p>'
        '<p><button name="decision" value="allow">Allow</button> '
        '<button name="decision" value="deny">Deny</button></p></form></body></html>'
    )
