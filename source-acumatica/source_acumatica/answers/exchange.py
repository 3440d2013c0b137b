"""Single requests outside the streams: the list of endpoints, and a token."""

import time
from collections.abc import Callable
from typing import Any, Final

import orjson
import requests

from source_acumatica.answers.answer import Answer, answer_of
from source_acumatica.answers.faults import Action, Verdict, judge, judge_silence
from source_acumatica.answers.patience import MAX_RETRIES, pause_before_retry
from source_acumatica.answers.sentences import unreachable
from source_acumatica.errors import AcumaticaError, ConfigError

Diagnose = Callable[[Answer], AcumaticaError | None]

FIRST_CONTACT: Final = (10.0, 60.0)
"""Seconds to connect, seconds to answer: for requests that Acumatica does not queue."""

_RETRIES_OF_SILENCE: Final = 1  # first contact: a host that is not there should be told at once


def ask_patiently(
    call: Callable[[], requests.Response],
    *,
    subject: str,
    diagnose: Diagnose = lambda _answer: None,
    single: bool = False,
    retries: int = MAX_RETRIES,
) -> Any:  # noqa: ANN401 - JSON of any shape
    """Make a request until it is answered for good, and return the JSON of the answer.

    Args:
        call: Makes the request once.
        subject: What is asked for, for messages.
        diagnose: Knows the failures that only this request has; None leaves it to the general
            rules.
        single: Whether one record is asked for.
        retries: How often it is asked again at most.

    Raises:
        AcumaticaError: The answer is a refusal, or passing faults outlasted the retries.
    """
    attempt = 0
    while True:
        attempt += 1
        verdict, response = _ask_once(call, subject, diagnose, single=single)
        if verdict.failure is None and response is not None:
            return _parse(response)
        limit = retries if response is not None else min(retries, _RETRIES_OF_SILENCE)
        if verdict.action is not Action.RETRY or attempt > limit:
            raise verdict.failure or AcumaticaError(
                f"Acumatica did not answer when asked for {subject}."
            )
        header = response.headers.get("Retry-After") if response is not None else None
        time.sleep(pause_before_retry(attempt, header))


def _ask_once(
    call: Callable[[], requests.Response], subject: str, diagnose: Diagnose, *, single: bool
) -> tuple[Verdict, requests.Response | None]:
    try:
        response = call()
    except requests.RequestException as error:
        verdict = judge_silence(error, subject)
        if isinstance(error, requests.ReadTimeout):
            return verdict, None
        return Verdict(verdict.action, unreachable(error)), None  # first contact
    answer = answer_of(response, subject, single=single)
    verdict = judge(answer)
    if verdict.action in {Action.STOP, Action.RENEW_TOKEN}:
        special = diagnose(answer)
        if special is not None:
            return Verdict(Action.STOP, special), response
    return verdict, response


def _parse(response: requests.Response) -> Any:  # noqa: ANN401 - JSON of any shape
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        raise ConfigError(
            "The address answered with something other than JSON. Check the setting `instance_url`."
        ) from None
