"""Single questions to the instance outside the streams: signed, and patient."""

from collections.abc import Mapping
from typing import Any, Final

import requests

from source_acumatica.answers.answer import Answer
from source_acumatica.answers.exchange import Diagnose, ask_patiently
from source_acumatica.answers.offer import explain_missing
from source_acumatica.answers.pace import wait_for_turn
from source_acumatica.errors import NothingThereError
from source_acumatica.settings import Settings
from source_acumatica.signin.tokens import keeper_for

TIMEOUT: Final = (10.0, 600.0)
"""Seconds to connect, seconds to answer: a request may be held back for ten minutes."""


def ask(
    config: Mapping[str, Any],
    path: str,
    *,
    subject: str,
    diagnose: Diagnose | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 - JSON of any shape
    """Ask the endpoint something and return the JSON of the answer.

    Args:
        config: The config, defaults filled in.
        path: What stands after the endpoint's version in the address; it may begin a query.
        subject: What is asked for, for messages.
        diagnose: Knows the failures that only this question has; None if there are none.
        parameters: The query, or more of it.

    Raises:
        AcumaticaError: It was refused, or passing faults outlasted the retries.
    """
    settings = Settings.of(config)
    endpoint = settings.endpoint
    url = f"{settings.instance_url}/entity/{endpoint.name}/{endpoint.version}/{path}"
    keeper = keeper_for(config)

    def get(token: str) -> requests.Response:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {token}",
            **settings.headers,
        }
        wait_for_turn(url, settings.requests_per_minute)
        return requests.get(url, params=parameters, headers=headers, timeout=TIMEOUT)

    def get_with_a_good_token() -> requests.Response:
        token = keeper.access_token()
        response = get(token)
        if response.status_code == requests.codes.unauthorized:
            keeper.replace(token)
            response = get(keeper.access_token())
        if response.ok:
            keeper.accepted()
        return response

    try:
        return ask_patiently(
            get_with_a_good_token, subject=subject, diagnose=diagnose or _no_special_failure
        )
    except NothingThereError as lack:
        raise explain_missing(lack, config, keeper.access_token) from None


def _no_special_failure(_answer: Answer) -> None:
    return None
