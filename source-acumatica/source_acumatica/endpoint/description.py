"""The endpoint's description of itself, asked for at most once in a process."""

import threading
from collections.abc import Mapping
from typing import Any

import requests

from source_acumatica.answers.answer import Answer
from source_acumatica.endpoint.asking import ask
from source_acumatica.endpoint.openapi import Description, describe
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.errors import AcumaticaError, ConfigError
from source_acumatica.settings import Settings

_known: dict[tuple[str, Endpoint], Description] = {}
_lock = threading.Lock()


def description_of(config: Mapping[str, Any]) -> Description:
    """Return what the endpoint of a config has.

    Args:
        config: The config, defaults filled in.

    Raises:
        AcumaticaError: The instance did not tell, or not in a form that is known.
    """
    settings = Settings.of(config)
    key = (settings.instance_url, settings.endpoint)
    with _lock:
        if key not in _known:
            _known[key] = _fetch(config, settings.endpoint)
        return _known[key]


def forget_descriptions() -> None:
    """Drop what is known; for tests, which are many processes in one."""
    with _lock:
        _known.clear()


def _fetch(config: Mapping[str, Any], endpoint: Endpoint) -> Description:
    def diagnose(answer: Answer) -> AcumaticaError | None:
        if answer.status == requests.codes.not_found:
            return ConfigError(
                f"The instance has no endpoint {endpoint.name}/{endpoint.version}. Check the "
                "settings `endpoint_name` and `endpoint_version`; the connection check lists what "
                "is on offer."
            )
        return None

    document = ask(config, "swagger.json", subject="the endpoint's description", diagnose=diagnose)
    try:
        return describe(document)
    except (ValueError, AttributeError):
        raise AcumaticaError(
            f"The instance describes the endpoint {endpoint.name}/{endpoint.version} in a form "
            "that this connector does not know. Leave `other_entities` empty and set "
            "`endpoint_name` to Default, or ask for an update of the connector."
        ) from None
