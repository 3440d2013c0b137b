"""What an answer of Acumatica means, and what to do about it.

Acumatica answers a wrong password with 500, a used-up licence with any status, and a wrong address
with a web page. So an answer is sorted by its text as well as by its status. Everything here is
pure: an answer goes in, a verdict comes out, and no text of the answer but names of fields, views
and exception types ever goes into a sentence.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import requests

from source_acumatica.endpoint.streams import FORMS
from source_acumatica.errors import AcumaticaError, CannotOptimizeError, ConfigError, PassingError

BODY_LIMIT: Final = 20_000
"""Characters of an error body that are looked at."""

MAX_RETRIES: Final = 5
_LONGEST_PAUSE: Final = 60.0


class Action(StrEnum):
    """What the caller does with an answer."""

    USE = "use"
    RETRY = "retry"
    RENEW_TOKEN = "renew_token"  # noqa: S105 - the name of an action
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Answer:
    """As much of an HTTP answer as a verdict needs.

    Attributes:
        status: HTTP status.
        content_type: Media type, lower case, may be empty.
        body: The first `BODY_LIMIT` characters of an error's body; empty for a usable answer.
        subject: What was asked for: an entity's name, `the list of endpoints` or `a token`.
        redirected: Whether the answer came from another address than was asked.
    """

    status: int
    content_type: str
    body: str
    subject: str
    redirected: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and the failure to raise if it comes to that.

    Attributes:
        action: What to do.
        failure: Set unless the answer is used.
    """

    action: Action
    failure: AcumaticaError | None = None


USABLE: Final = Verdict(Action.USE)

_PASSING_STATUS: Final = frozenset({408, 429, 502, 503, 504})
_PASSING_TEXTS: Final = ("deadlock", "timeout expired", "execution timeout", "request timed out")
_LOGIN_LIMIT: Final = "api login limit"
_DELEGATE_LINE: Final = re.compile(r"([\w./]+): View (\w+) has BQL delegate")
_DELEGATE_VIEW: Final = re.compile(r"(?i)there is a BqlDelegate in view (\w+)")
_EXCEPTION_TYPE: Final = re.compile(r'"exceptionType"\s*:\s*"([\w.`]+)"')
_LAST_OK: Final = 299


def judge(answer: Answer) -> Verdict:
    """Sort an answer.

    Args:
        answer: The answer to a GET, or to the request for a token.
    """
    if _is_usable(answer.status, answer.content_type):
        return USABLE
    text = answer.body.lower()
    if _LOGIN_LIMIT in text:
        return Verdict(Action.STOP, _login_limit())
    if answer.status in _PASSING_STATUS or any(sign in text for sign in _PASSING_TEXTS):
        return Verdict(Action.RETRY, _busy(answer))
    if answer.status == requests.codes.unauthorized:
        return Verdict(Action.RENEW_TOKEN, _token_refused())
    return Verdict(Action.STOP, _refusal(answer, text))


def judge_silence(error: requests.RequestException, subject: str) -> Verdict:
    """Sort a request that got no answer.

    Args:
        error: What `requests` raised.
        subject: What was asked for.
    """
    never_there = isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.SSLError)
    if never_there or "Failed to resolve" in str(error):
        return Verdict(Action.STOP, unreachable(error))
    if isinstance(error, requests.ReadTimeout):
        told = f"Acumatica did not answer in time when asked for {subject}. Run again later."
        return Verdict(Action.RETRY, PassingError(told))
    return Verdict(Action.RETRY, PassingError(str(unreachable(error))))


def pause_before_retry(attempt: int, retry_after: str | None) -> float:
    """Return how long to wait, in seconds.

    Args:
        attempt: How many attempts were made, from 1.
        retry_after: The header `Retry-After`, if the answer had one; a date in it is not read.
    """
    if retry_after is not None and retry_after.strip().isdigit():
        return min(float(retry_after), _LONGEST_PAUSE)
    return min(2.0**attempt, _LONGEST_PAUSE)


def answer_of(response: requests.Response, subject: str) -> Answer:
    """Reduce a response to what a verdict needs; the body is read only if it may hold an error.

    Args:
        response: The response.
        subject: What was asked for.
    """
    content_type = response.headers.get("Content-Type", "").lower()
    usable = _is_usable(response.status_code, content_type)
    body = "" if usable else response.content[:BODY_LIMIT].decode("utf-8", errors="replace")
    return Answer(
        response.status_code, content_type, body, subject, redirected=bool(response.history)
    )


def _is_usable(status: int, content_type: str) -> bool:
    return status <= _LAST_OK and (not content_type or "json" in content_type)


def unreachable(error: requests.RequestException) -> ConfigError:
    """Tell that the instance could not be reached.

    Args:
        error: What `requests` raised; only its kind is told.
    """
    return ConfigError(
        f"The instance could not be reached ({type(error).__name__}). Check the setting "
        "`instance_url`, and that this machine may connect to it."
    )


def _refusal(answer: Answer, text: str) -> AcumaticaError:
    for signs, tell in _TOLD_BY_TEXT:
        if any(sign in text for sign in signs):
            return tell(answer)
    if answer.redirected:
        return ConfigError(
            "The instance led to another page instead of answering. Check the setting "
            "`instance_url`; if it is right, the tenant may hold a broken endpoint: look at form "
            "Web Service Endpoints SM207060 there."
        )
    if "html" in answer.content_type and answer.status != requests.codes.not_found:
        return ConfigError(
            "The address answered with a web page instead of data. Check the setting "
            "`instance_url`: it ends with the site folder, such as https://erp.example.com/Site."
        )
    return _by_status(answer)


def _unknown_tenant(_answer: Answer) -> ConfigError:
    return ConfigError(
        "Acumatica does not know the tenant. Check what follows the @ in the setting "
        "`credentials.client_id`."
    )


def _setup_missing(answer: Answer) -> ConfigError:
    return ConfigError(
        f"Acumatica cannot list {answer.subject} yet: a feature is off or its setup form is "
        f"empty. Open form {_form(answer)} there, or leave this stream out."
    )


def _by_status(answer: Answer) -> AcumaticaError:
    if answer.status == requests.codes.not_found:
        return ConfigError(
            f"Acumatica has no {answer.subject} at this address. Check the settings "
            "`endpoint_name` and `endpoint_version`; the connection check lists the versions on "
            "offer."
        )
    if answer.status == requests.codes.forbidden:
        return ConfigError(
            f"The user may not read {answer.subject}. Give the user's role access to form "
            f"{_form(answer)} in Acumatica, or leave this stream out."
        )
    kind = _EXCEPTION_TYPE.search(answer.body)
    told = f", {kind[1]}" if kind else ""
    return AcumaticaError(
        f"Acumatica refused to list {answer.subject} (HTTP {answer.status}{told}). What was read "
        "so far is kept; the trace of the request is in Acumatica's form Request Profiler "
        "SM205070."
    )


def _not_optimized(answer: Answer) -> CannotOptimizeError:
    text = answer.body.replace("\\r", "").replace("\\n", "\n")  # JSON's escapes, not parsed
    named = {f"{field} (view {view})" for field, view in _DELEGATE_LINE.findall(text)}
    named |= {f"a field of view {view}" for view in _DELEGATE_VIEW.findall(text)}
    return CannotOptimizeError(answer.subject, sorted(named))


def _wrong_password(_answer: Answer) -> ConfigError:
    return ConfigError(
        "Acumatica refused to sign in. Check the settings `credentials.username` and "
        "`credentials.password`; no second attempt was made, so the account is not locked by "
        "this connector."
    )


def _login_limit() -> ConfigError:
    return ConfigError(
        "Acumatica's licence has no free API session (API Login Limit). Sign out other "
        "integrations on form Active Users SM201500 or wait an hour, then run again; no second "
        "attempt was made."
    )


def _busy(answer: Answer) -> PassingError:
    return PassingError(
        f"Acumatica was busy when asked for {answer.subject} (HTTP {answer.status}), also after "
        f"{MAX_RETRIES} retries. What was read so far is kept; run again later, or lower "
        "`requests_per_minute`."
    )


def _token_refused() -> ConfigError:
    return ConfigError(
        "Acumatica refuses the access token. Check the setting `credentials`: that the connected "
        "application still exists on form Connected Applications SM303010 and belongs to this "
        "instance."
    )


def _form(answer: Answer) -> str:
    return FORMS.get(answer.subject, "Web Service Endpoints SM207060")


_TOLD_BY_TEXT: Final[tuple[tuple[tuple[str, ...], Callable[[Answer], AcumaticaError]], ...]] = (
    (
        (
            "has bql delegate",
            "cannotoptimizeexception",
            "there is a bqldelegate in view",
            "key was not present in the dictionary",
        ),
        _not_optimized,
    ),
    (("invalid credentials", "invalid_grant", "invalid_username_or_password"), _wrong_password),
    (("pxundefinedcompanyexception",), _unknown_tenant),
    (("pxsetupnotenteredexception",), _setup_missing),
)
"""Signs in an answer's text, lower case -> what is told; the first that fits counts."""
