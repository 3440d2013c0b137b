"""Calls to an HTTP API: one session per thread, one limiter, retries, a breaker.

The body of an answer never gets into an error or a log from here: it may hold personal data.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import ConnectionPool

from kit.destination.limiter import Limiter
from kit.destination.retry import Backoff, Breaker, Verdict, judge
from kit.protocol.errors import RetryLater

TIMEOUT_SECONDS: Final = 130.0
_CONNECT_SECONDS: Final = 20.0


class Unconfirmed(RetryLater):
    """A call that must not be repeated blindly got no answer: it may or may not have been applied.

    Read what is there before you send it again.
    """


class Halted(RetryLater):
    """A call failed and is not repeated, since the run was told to stop."""


class Exhausted(RetryLater):
    """Every attempt failed.

    Args:
        message: What failed and how often it was tried.
        verdict: What the last attempt meant.
    """

    def __init__(self, message: str, *, verdict: Verdict) -> None:
        super().__init__(message)
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Request:
    """One call.

    Args:
        method: HTTP method.
        url: Absolute address, its path percent-encoded.
        body: JSON body, serialised.
        repeatable: Whether sending it twice has the same effect as sending it once.
        headers: Headers beyond those of every call.
    """

    method: str
    url: str
    body: bytes | None = None
    repeatable: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Args:
        status: HTTP status.
        body: Parsed JSON; None where there is none.
        retry_after: Seconds that the other side asked us to wait, if it did.
    """

    status: int
    body: Any
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the call did what it was for."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own range of success


class _OneHost(HTTPAdapter):
    """An adapter that looks up proxy and certificates once per host, not once per call.

    All calls of a `Caller` share one set of settings; looking at the certificate files for every
    call costs a tenth of a millisecond and hands the interpreter to another thread each time.
    """

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._pools: dict[str, ConnectionPool] = {}

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,  # noqa: FBT001 - requests' own signature
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> ConnectionPool:
        """Return the pool of connections to the request's host."""
        host = (request.url or "").split("/", 3)[2]
        if host not in self._pools:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            super().cert_verify(pool, request.url, verify, cert)  # type: ignore[no-untyped-call]  # requests' stubs leave it out
            self._pools[host] = pool
        return self._pools[host]

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ANN401 - requests' own signature
        """Do nothing: it was done when the pool was made."""


class _PerThread(threading.local):
    """The session and the count of calls of one thread."""

    session: requests.Session | None = None
    calls: int = 0


class Caller:
    """Sends requests, waits and repeats as far as that is safe.

    Args:
        headers: Sent with every call, the credential included.
        limiter: How many calls may be under way.
        breaker: When to stop everything.
        backoff: How often and how long to wait.
        timeout: Seconds for one answer.
        sleep: Waits that many seconds.
        halted: Whether the run was told to stop: a call is then not repeated any more.
    """

    def __init__(
        self,
        *,
        headers: Mapping[str, str],
        limiter: Limiter,
        breaker: Breaker,
        backoff: Backoff | None = None,
        timeout: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], object] = time.sleep,
        halted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._headers = dict(headers)
        self._limiter = limiter
        self._breaker = breaker
        self._backoff = backoff or Backoff()
        self._timeout = (min(_CONNECT_SECONDS, timeout), timeout)
        self._sleep = sleep
        self._halted = halted
        self._local = _PerThread()
        self._environment: dict[str, Any] | None = None

    def take_calls(self) -> int:
        """Return how many requests this thread has sent since it last asked."""
        calls, self._local.calls = self._local.calls, 0
        return calls

    def call(self, request: Request, *, attempts: int | None = None) -> Answer:
        """Send a request until it is answered.

        Args:
            request: The request.
            attempts: Attempts in all, where that is not the usual number.

        Returns:
            The answer, which may be a refusal (status 400 and above, but none that is worth
            repeating).

        Raises:
            Unconfirmed: It may have been applied, and must not be repeated blindly.
            Exhausted: All attempts failed.
            Halted: The run was told to stop.
            FatalError: Too many calls failed in a row.
        """
        most = attempts or self._backoff.attempts
        attempt = 0
        while True:
            verdict, answer, what = self._attempt(request)
            if verdict is Verdict.DONE and answer is not None:
                self._breaker.succeeded()
                return answer
            self._breaker.failed(what)
            if verdict is Verdict.UNKNOWN and not request.repeatable:
                raise Unconfirmed(f"a {request.method} got {what} and may have been applied")
            attempt += 1
            if attempt >= most:
                raise Exhausted(f"{what}, {attempt} times", verdict=verdict)
            self._sleep(self._backoff.wait(attempt - 1, answer.retry_after if answer else None))
            if self._halted():
                raise Halted(f"{what}, and the run was told to stop")

    def _attempt(self, request: Request) -> tuple[Verdict, Answer | None, str]:
        with self._limiter.slot() as started_in:
            self._local.calls += 1
            try:
                answer = self._send(request)
            except requests.exceptions.ConnectTimeout:
                return Verdict.UNREACHABLE, None, "no connection in time"
            except requests.exceptions.Timeout:
                return Verdict.UNKNOWN, None, "a time-out"
            except requests.exceptions.ConnectionError as error:
                return _connection_verdict(error), None, "a connection error"
            except requests.exceptions.RequestException as error:
                return Verdict.UNKNOWN, None, type(error).__name__
        verdict = judge(answer.status, has_body=answer.body is not None)
        if verdict is Verdict.THROTTLED:
            self._limiter.throttled(started_in)
        elif verdict is Verdict.DONE:
            self._limiter.succeeded()
        return verdict, answer, f"HTTP {answer.status}"

    def _send(self, request: Request) -> Answer:
        session = self._session()
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = request.url
        prepared.headers = requests.structures.CaseInsensitiveDict(self._headers)
        prepared.headers.update(request.headers)
        prepared.hooks = {"response": []}
        if request.body is not None:
            prepared.body = request.body
            prepared.headers["Content-Length"] = str(len(request.body))
            prepared.headers["Content-Type"] = "application/json"
        response = session.send(
            prepared,
            timeout=self._timeout,
            allow_redirects=False,
            **self._settings(session, request.url),
        )
        return Answer(response.status_code, _json(response), _retry_after(response))

    def _session(self) -> requests.Session:
        session = self._local.session
        if session is None:
            session = requests.Session()
            adapter = _OneHost()
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session = session
        return session

    def _settings(self, session: requests.Session, url: str) -> dict[str, Any]:
        """Return proxies and certificates of the environment; looked up once."""
        if self._environment is None:
            merged = session.merge_environment_settings(
                url, proxies={}, stream=False, verify=None, cert=None
            )
            self._environment = dict(merged)
        return self._environment


def _connection_verdict(error: requests.exceptions.ConnectionError) -> Verdict:
    """Tell a connection that was never made from one that broke."""
    text = repr(error)
    never = ("NewConnectionError", "NameResolutionError", "SSLError", "ProxyError")
    return Verdict.UNREACHABLE if any(name in text for name in never) else Verdict.UNKNOWN


def _json(response: requests.Response) -> Any:  # noqa: ANN401 - any JSON
    content = response.content
    if not content or content[:1] not in b"{[":
        return None
    try:
        return orjson.loads(content)
    except ValueError:
        return None


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After")
    return float(value) if value and value.isdigit() else None
