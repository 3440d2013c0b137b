"""What an answer of Acumatica means, and what to do about it.

Acumatica answers a wrong password with 500, a used-up licence with any status, and a wrong address
with a web page. So an answer is sorted by its text as well as by its status. Everything here is
pure: an answer goes in, a verdict comes out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import requests

from source_acumatica.answers.answer import Answer, Kind, answer_of
from source_acumatica.answers.patience import MAX_RETRIES
from source_acumatica.answers.sentences import (
    busy,
    cut_off,
    login_limit,
    refusal,
    token_refused,
    unreachable,
)
from source_acumatica.errors import AcumaticaError, ConfigError, PassingError

__all__ = ["Action", "Answer", "Verdict", "answer_of", "judge", "judge_silence"]


class Action(StrEnum):
    """What the caller does with an answer."""

    USE = "use"
    RETRY = "retry"
    RENEW_TOKEN = "renew_token"  # noqa: S105 - the name of an action
    STOP = "stop"


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
_PASSING_TEXTS: Final = (
    "deadlock",
    "timeout expired",
    "execution timeout",
    "request timed out",
    "timeout period elapsed",
)
_LOGIN_LIMIT: Final = "api login limit"


def judge(answer: Answer) -> Verdict:
    """Sort an answer.

    Args:
        answer: The answer to a GET, or to the request for a token.
    """
    if answer.kind is Kind.DATA:
        return USABLE
    if answer.kind is Kind.CUT:
        return Verdict(Action.RETRY, cut_off(answer))
    text = answer.body.lower()
    if _LOGIN_LIMIT in text:
        return Verdict(Action.STOP, login_limit())
    if answer.status in _PASSING_STATUS or any(sign in text for sign in _PASSING_TEXTS):
        return Verdict(Action.RETRY, busy(answer, MAX_RETRIES))
    if answer.status == requests.codes.unauthorized:
        return Verdict(Action.RENEW_TOKEN, token_refused())
    return Verdict(Action.STOP, refusal(answer))


def judge_silence(error: requests.RequestException, subject: str) -> Verdict:
    """Sort a request that got no answer.

    Args:
        error: What `requests` raised.
        subject: What was asked for.
    """
    if isinstance(error, requests.TooManyRedirects):
        return Verdict(
            Action.STOP,
            ConfigError(
                "The instance leads from page to page instead of answering. Check the setting "
                "`instance_url`, and the proxy in front of the instance."
            ),
        )
    never_there = isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.SSLError)
    if never_there or "Failed to resolve" in str(error):
        return Verdict(Action.STOP, unreachable(error))
    if isinstance(error, requests.ReadTimeout):
        told = (
            f"Acumatica did not answer in time when asked for {subject}. What was read so far is "
            "kept; run again later."
        )
        return Verdict(Action.RETRY, PassingError(told))
    return Verdict(Action.RETRY, PassingError(str(unreachable(error))))
