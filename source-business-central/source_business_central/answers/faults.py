"""What an answer of Business Central means, and what to do about it.

An answer is sorted by its status and by the error code in its body, which is JSON, XML or a web
page. Everything here is pure: an answer goes in, a verdict comes out. No text of an answer goes
on but the names of properties and tables, since messages hold customer data.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import orjson
import requests

BODY_LIMIT: Final = 20_000
"""Bytes of an error body that are looked at."""


class Action(StrEnum):
    """What the caller does with an answer."""

    USE = "use"
    RETRY = "retry"
    HALVE = "halve the page"
    RENEW_TOKEN = "renew the token"  # noqa: S105 - the name of an action
    STOP = "stop"


class Fault(StrEnum):
    """What is the matter; `sentences` tells each in words."""

    BUSY = "busy"
    BROKEN_OFF = "broken off"
    TOO_SLOW = "too slow"
    LOCKED = "locked"
    SIGN_IN = "sign-in refused"
    NO_RIGHT = "no right"
    NO_ENVIRONMENT = "no such environment"
    NO_COMPANY = "no such company"
    NOT_SERVED = "not served"
    API_OFF = "API switched off"
    UNKNOWN_PROPERTY = "unknown property"
    BAD_REQUEST = "request refused"
    EXTENSION = "stopped by an extension"
    INTERNAL = "internal error"
    WEB_PAGE = "a web page"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Answer:
    """As much of an HTTP answer as a verdict needs.

    Attributes:
        status: HTTP status.
        content_type: Media type, lower case, may be empty.
        body: The first `BODY_LIMIT` bytes of an error's body as text; empty for a good answer.
        whole: Whether a good answer holds JSON that ends where it should.
    """

    status: int
    content_type: str = ""
    body: str = ""
    whole: bool = True

    @property
    def code(self) -> str:
        """The error code of the body, such as `Internal_RecordNotFound`; empty without one."""
        found = _JSON_CODE.search(self.body) or _XML_CODE.search(self.body)
        return found[1] if found else ""

    @property
    def correlation(self) -> str:
        """The id under which the service's own log has the answer; empty without one."""
        found = _CORRELATION.search(self.body)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with an answer.

    Attributes:
        action: What to do.
        fault: What is the matter; None if the answer is used.
        status: HTTP status; 0 if there was no answer.
        name: A property or table that the answer names; may be empty.
        correlation: The id under which the service's own log has the answer; may be empty.
    """

    action: Action
    fault: Fault | None = None
    status: int = 0
    name: str = ""
    correlation: str = ""


class FaultError(Exception):
    """Carries a verdict from where an answer is judged to where the company is known.

    Attributes:
        verdict: The verdict.
    """

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict.fault))
        self.verdict = verdict


_JSON_CODE: Final = re.compile(r'"code"\s*:\s*"([A-Za-z_]+)"')
_XML_CODE: Final = re.compile(r"<code>\s*([A-Za-z_]+)\s*</code>")
_CORRELATION: Final = re.compile(r"CorrelationId:\s*([0-9a-fA-F-]{36})")
_PROPERTY: Final = re.compile(r"could not find a property named '(\w+)'", re.IGNORECASE)
_TABLE: Final = re.compile(r"TableData\s+(?:\d+\s+)?([A-Z][A-Za-z/. ]{0,48}?)\s*(?::|,|\)|Read|\\)")
_LAST_OK: Final = 299
_SERVER: Final = 500

_LOCKED_TEXTS: Final = ("deadlock", "locked by another", "lock timeout", "changed the record")
_LATER_TEXTS: Final = ("try again later", "try again in a few", "please retry")
_RIGHT_TEXTS: Final = ("you do not have the following permissions", "current permissions prevented")

_BY_STATUS: Final = {
    408: (Action.HALVE, Fault.TOO_SLOW),
    413: (Action.HALVE, Fault.TOO_SLOW),
    429: (Action.RETRY, Fault.BUSY),
    502: (Action.RETRY, Fault.BUSY),
    503: (Action.RETRY, Fault.BUSY),
    504: (Action.HALVE, Fault.TOO_SLOW),
}
_BY_CODE: Final = {
    "NoEnvironment": (Action.STOP, Fault.NO_ENVIRONMENT),
    "Internal_CompanyNotFound": (Action.STOP, Fault.NO_COMPANY),
    "Internal_TenantUnavailable": (Action.RETRY, Fault.BUSY),
    "Internal_RecordNotFound": (Action.STOP, Fault.NOT_SERVED),
    "BadRequest_ResourceNotFound": (Action.STOP, Fault.NOT_SERVED),
    "BadRequest_MethodNotAllowed": (Action.STOP, Fault.API_OFF),
    "Request_EntityChanged": (Action.RETRY, Fault.LOCKED),
    "Unknown": (Action.RETRY, Fault.INTERNAL),
}
_BY_CATEGORY: Final = {
    "Authentication": (Action.RENEW_TOKEN, Fault.SIGN_IN),
    "Authorization": (Action.STOP, Fault.NO_RIGHT),
    "Application": (Action.STOP, Fault.EXTENSION),
    "Internal": (Action.RETRY, Fault.INTERNAL),
    "BadRequest": (Action.STOP, Fault.BAD_REQUEST),
}
_BY_BARE_STATUS: Final = {
    401: (Action.RENEW_TOKEN, Fault.SIGN_IN),
    403: (Action.STOP, Fault.NO_RIGHT),
    404: (Action.STOP, Fault.NOT_SERVED),
    405: (Action.STOP, Fault.API_OFF),
    409: (Action.RETRY, Fault.LOCKED),
}


def judge(answer: Answer) -> Verdict:
    """Sort an answer to a GET.

    Args:
        answer: The answer.
    """
    if answer.status <= _LAST_OK:
        return _judge_good(answer)
    return replace(_judge_bad(answer), correlation=answer.correlation)


def _judge_bad(answer: Answer) -> Verdict:
    for rule in (_by_passing_status, _by_text, _by_code):
        verdict = rule(answer)
        if verdict is not None:
            return verdict
    if "html" in answer.content_type:
        return Verdict(Action.STOP, Fault.WEB_PAGE, answer.status)
    otherwise = (Action.STOP, Fault.BAD_REQUEST)
    if answer.status >= _SERVER:
        otherwise = (Action.RETRY, Fault.INTERNAL)
    action, fault = _BY_BARE_STATUS.get(answer.status, otherwise)
    return Verdict(action, fault, answer.status)


def judge_silence(error: requests.RequestException) -> Verdict:
    """Sort a request that got no answer, or not a whole one.

    Args:
        error: What `requests` raised.
    """
    never_there = (requests.exceptions.InvalidURL, requests.exceptions.SSLError)
    if isinstance(error, never_there) or "Failed to resolve" in str(error):
        return Verdict(Action.STOP, Fault.UNREACHABLE)
    if isinstance(error, requests.ReadTimeout):
        return Verdict(Action.HALVE, Fault.TOO_SLOW)
    if isinstance(error, requests.ConnectionError) and "Connection refused" in str(error):
        return Verdict(Action.RETRY, Fault.UNREACHABLE)
    return Verdict(Action.RETRY, Fault.BROKEN_OFF)


def answer_of(response: requests.Response, *, whole: bool = True) -> Answer:
    """Reduce a response to what a verdict needs; only an error's body is looked at.

    Args:
        response: The response.
        whole: Whether a good answer could be parsed.
    """
    kind = response.headers.get("Content-Type", "").lower()
    if response.status_code <= _LAST_OK:
        return Answer(response.status_code, kind, whole=whole)
    body = response.content[:BODY_LIMIT].decode("utf-8", errors="replace")
    return Answer(response.status_code, kind, body)


def parse(content: bytes) -> object | None:
    """Return the JSON of a body, or None where it is cut or none.

    Args:
        content: The body.
    """
    try:
        parsed: object = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return parsed


def _judge_good(answer: Answer) -> Verdict:
    if answer.whole:
        return Verdict(Action.USE, status=answer.status)
    if "html" in answer.content_type:
        return Verdict(Action.STOP, Fault.WEB_PAGE, answer.status)
    return Verdict(Action.RETRY, Fault.BROKEN_OFF, answer.status)


def _by_passing_status(answer: Answer) -> Verdict | None:
    found = _BY_STATUS.get(answer.status)
    return Verdict(*found, answer.status) if found else None


def _by_text(answer: Answer) -> Verdict | None:
    text = answer.body.lower()
    if any(sign in text for sign in _RIGHT_TEXTS):
        table = _TABLE.search(answer.body)
        return Verdict(Action.STOP, Fault.NO_RIGHT, answer.status, table[1] if table else "")
    if any(sign in text for sign in _LOCKED_TEXTS):
        return Verdict(Action.RETRY, Fault.LOCKED, answer.status)
    if any(sign in text for sign in _LATER_TEXTS):
        return Verdict(Action.RETRY, Fault.BUSY, answer.status)
    unknown = _PROPERTY.search(answer.body)
    if unknown:
        return Verdict(Action.STOP, Fault.UNKNOWN_PROPERTY, answer.status, unknown[1])
    return None


def _by_code(answer: Answer) -> Verdict | None:
    code = answer.code
    found = _BY_CODE.get(code) or _BY_CATEGORY.get(code.partition("_")[0])
    return Verdict(*found, answer.status) if found else None
