"""Who may ask: OAuth grants with rotating refresh tokens, cookie logins, and their seats."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from simulators.common import VirtualClock

TOKEN_SECONDS: Final = 3600
CODE_LIFE: Final = timedelta(minutes=5)
REFRESH_CHAIN: Final = timedelta(days=30)
COOKIE_LIFE: Final = timedelta(minutes=20)
SCOPES: Final = frozenset({"api", "offline_access", "api:concurrent_access", "openid", "profile"})
REDIRECT_URI: Final = "http://localhost:8765/callback"


class RefusedError(Exception):
    """An OAuth error; the text is the value of `error`."""


@dataclass(frozen=True, slots=True)
class Account:
    """The one user and the one connected application of a simulated tenant.

    Attributes:
        tenant: login name of the tenant; the client id ends with it.
        client_id: `GUID@Tenant`.
        client_secret: shared secret.
        username: who signs in.
        password: with what.
    """

    tenant: str
    client_id: str
    client_secret: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """An answer of the token endpoint; `refresh_token` is None without `offline_access`."""

    access_token: str
    refresh_token: str | None
    scope: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What a user agreed to; `challenge` is empty without PKCE, `method` is plain or S256."""

    scope: str
    redirect_uri: str
    challenge: str = ""
    method: str = "plain"

    def proved(self, verifier: str) -> bool:
        """Whether the verifier answers the challenge."""
        if not self.challenge:
            return True
        if self.method == "S256":
            digest = hashlib.sha256(verifier.encode()).digest()
            verifier = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return hmac.compare_digest(verifier.encode(), self.challenge.encode())


@dataclass(slots=True)
class Grant:
    """One consent: the unit that takes a seat."""

    number: int
    scope: str
    started: datetime
    refreshed: datetime
    access_token: str
    access_until: datetime
    refresh_token: str | None = None
    seated: bool = False


@dataclass(frozen=True, slots=True)
class RefreshLife:
    """How long refresh tokens live, as set on form SM303010.

    Attributes:
        chain: from the consent to the last refresh; None = for ever.
        sliding: how long one token may lie unused; None = no sliding expiration.
    """

    chain: timedelta | None = REFRESH_CHAIN
    sliding: timedelta | None = None

    def over(self, grant: Grant, now: datetime) -> bool:
        """Whether a grant's refresh token has expired."""
        if self.chain is not None and now >= grant.started + self.chain:
            return True
        return self.sliding is not None and now >= grant.refreshed + self.sliding


class SignIn:
    """Grants, cookie sessions and seats of one instance.

    Attributes:
        account: the user and the connected application.
        session_limit: the API users of the license.
        redirect_uris: what is registered on form SM303010; compared to the letter.
        refresh_life: how long refresh tokens live.
    """

    def __init__(self, account: Account, clock: VirtualClock, seed: int) -> None:
        self.account = account
        self.session_limit = 10
        self.redirect_uris: set[str] = {REDIRECT_URI}
        self.refresh_life = RefreshLife()
        self._clock = clock
        self._seed = seed
        self._count = 0
        self._grants: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._codes: dict[str, tuple[Consent, datetime]] = {}
        self._cookies: dict[str, datetime] = {}

    # The token endpoint.

    def check_client(self, client_id: str, client_secret: str) -> None:
        """Refuse a client that is unknown, has another secret, or belongs to another tenant.

        Raises:
            RefusedError: `invalid_client`.
        """
        same_id = hmac.compare_digest(client_id.encode(), self.account.client_id.encode())
        same = hmac.compare_digest(client_secret.encode(), self.account.client_secret.encode())
        if not (same_id and same):
            raise RefusedError("invalid_client")

    def authorize(self, consent: Consent) -> str:
        """The user consents; returns the code, good once and for five minutes."""
        code = self._secret("code")
        self._codes[code] = (consent, self._clock.now() + CODE_LIFE)
        return code

    def by_code(self, code: str, redirect_uri: str, verifier: str) -> Tokens:
        """Exchange a code, once.

        Raises:
            RefusedError: `invalid_grant`.
        """
        consent, until = self._codes.pop(code, (None, self._clock.now()))
        if consent is None or self._clock.now() >= until:
            raise RefusedError("invalid_grant")
        if redirect_uri != consent.redirect_uri or not consent.proved(verifier):
            raise RefusedError("invalid_grant")
        return self.grant(consent.scope)

    def by_password(self, username: str, password: str, scope: str) -> Tokens:
        """Resource owner password credentials.

        Raises:
            RefusedError: `invalid_grant` or `invalid_scope`.
        """
        if (username, password) != (self.account.username, self.account.password):
            raise RefusedError("invalid_grant")
        if not allowed_scope(scope):
            raise RefusedError("invalid_scope")
        return self.grant(scope)

    def by_refresh(self, refresh_token: str) -> Tokens:
        """Exchange a refresh token for new tokens; it is worthless afterwards.

        Raises:
            RefusedError: `invalid_grant`: unknown, used before, or the chain is over.
        """
        grant = self._refresh.pop(refresh_token, None)
        if grant is None or self.refresh_life.over(grant, self._clock.now()):
            raise RefusedError("invalid_grant")
        self._grants.pop(grant.access_token, None)
        return self._issue(grant)

    def grant(self, scope: str) -> Tokens:
        """Start a grant, as if a user had consented just now."""
        now = self._clock.now()
        self._count += 1
        return self._issue(Grant(self._count, scope, now, now, "", now))

    def _issue(self, grant: Grant) -> Tokens:
        grant.access_token = self._secret("access")
        grant.refreshed = self._clock.now()
        grant.access_until = grant.refreshed + timedelta(seconds=TOKEN_SECONDS)
        self._grants[grant.access_token] = grant
        if "offline_access" in grant.scope.split():
            grant.refresh_token = self._secret("refresh")
            self._refresh[grant.refresh_token] = grant
        return Tokens(grant.access_token, grant.refresh_token, grant.scope)

    def _secret(self, what: str) -> str:
        self._count += 1
        return hashlib.sha256(f"{self._seed}:{what}:{self._count}".encode()).hexdigest()

    # Sessions and seats.

    def log_in(self) -> str | None:
        """A cookie session, or None if every seat is taken."""
        if self.seats_taken() >= self.session_limit:
            return None
        cookie = self._secret("cookie")
        self._cookies[cookie] = self._clock.now() + COOKIE_LIFE
        return cookie

    def log_out(self, bearer: str | None, cookie: str | None) -> None:
        """Free the seat of a token or a cookie; the token itself stays good for a new session."""
        if cookie is not None:
            self._cookies.pop(cookie, None)
        grant = self._grants.get(bearer or "")
        if grant is not None:
            grant.seated = False

    def knows(self, bearer: str | None, cookie: str | None) -> bool:
        """Whether a token or a cookie is good; nothing is taken."""
        now = self._clock.now()
        grant = self._grants.get(bearer or "")
        alive = grant is not None and grant.access_until > now
        return alive or self._cookies.get(cookie or "", now) > now

    def admit(self, bearer: str | None, cookie: str | None) -> str:
        """`ok`, `unknown` (no valid token or cookie), or `full` (no seat for this grant)."""
        now = self._clock.now()
        if bearer is not None:
            return self._admit_grant(self._grants.get(bearer), now)
        if cookie is not None and self._cookies.get(cookie, now) > now:
            self._cookies[cookie] = now + COOKIE_LIFE
            return "ok"
        return "unknown"

    def _admit_grant(self, grant: Grant | None, now: datetime) -> str:
        if grant is None or grant.access_until <= now:
            return "unknown"
        if not grant.seated:
            if self.seats_taken() >= self.session_limit:
                return "full"
            grant.seated = True
        return "ok"

    def seats_taken(self) -> int:
        """Sessions that live: one per grant with a token of this hour, one per cookie."""
        return sum(1 for _ in self._living())

    def free_seats(self) -> None:
        """What a restart of the site does: every session is gone, tokens stay good."""
        self._cookies.clear()
        for grant in self._grants.values():
            grant.seated = False

    def revoke_refresh(self) -> None:
        """Every refresh token dies: the user took the application's access away."""
        self._refresh.clear()

    def revoke_access(self) -> None:
        """Every access token dies at once; refresh tokens stay good."""
        self._grants.clear()

    def _living(self) -> Iterator[object]:
        now = self._clock.now()
        yield from (until for until in self._cookies.values() if until > now)
        yield from (g for g in self._grants.values() if g.seated and g.access_until > now)


def allowed_scope(scope: str) -> bool:
    """Whether every scope is known, and `api` is among them."""
    asked = set(scope.split())
    return "api" in asked and asked <= SCOPES
