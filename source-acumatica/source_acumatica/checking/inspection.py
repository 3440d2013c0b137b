"""The connection check: instance, endpoint version, sign-in, one row of each stream."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import requests
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)

from source_acumatica.answers.exchange import ask_patiently
from source_acumatica.answers.faults import Answer
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.errors import AcumaticaError, ConfigError
from source_acumatica.settings import Settings
from source_acumatica.signin.tokens import TOKEN_TIMEOUT, keeper_for

_ONE_ROW: Final[Mapping[str, Any]] = {"page_size": 1, "window_days": 36_500, "num_workers": 1}
"""Settings under which the first page of a stream is the first row of one window over all time."""


def inspect(
    config: Mapping[str, Any],
    complete: Mapping[str, Any],
    make_streams: Callable[[Mapping[str, Any]], ConcurrentDeclarativeSource],
) -> str:
    """Check the connection step by step and return what was found, in a sentence.

    Args:
        config: The user's config; a renewed token goes out in a copy of it.
        complete: The config, defaults filled in.
        make_streams: Makes the streams of a config.

    Raises:
        AcumaticaError: The first problem, with its fix.
    """
    settings = Settings.of(complete)
    keeper = keeper_for(config)
    own_endpoint = settings.endpoint.name != "Default"  # those are shown to users only
    build, offered = _instance(settings, keeper.access_token() if own_endpoint else "")
    _compare(settings.endpoint, offered)
    keeper.access_token()
    names = _read_one_row_each(make_streams({**complete, **_ONE_ROW}))
    return (
        f"Acumatica {build} at {settings.instance_url}, endpoint {settings.endpoint.name}/"
        f"{settings.endpoint.version}: {', '.join(names)} can be read."
    )


def _instance(settings: Settings, token: str) -> tuple[str, list[tuple[str, str]]]:
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    url = f"{settings.instance_url}/entity"
    body = ask_patiently(
        lambda: requests.get(url, headers=headers, timeout=TOKEN_TIMEOUT),
        subject="the list of endpoints",
        diagnose=_diagnose,
    )
    return _parse(body)


def _parse(body: Any) -> tuple[str, list[tuple[str, str]]]:  # noqa: ANN401 - JSON of any shape
    """Read both shapes: builds differ in whether the list stands alone."""
    rows, build = body, "(build not told)"
    if isinstance(body, Mapping):
        rows = body.get("endpoints")
        version = body.get("version")
        if isinstance(version, Mapping):
            build = str(version.get("acumaticaBuildVersion", build))
    if not isinstance(rows, list):
        raise _not_acumatica()
    named = [row for row in rows if isinstance(row, Mapping) and row.get("name")]
    return build, [(str(row["name"]), str(row.get("version", ""))) for row in named]


def _compare(endpoint: Endpoint, offered: list[tuple[str, str]]) -> None:
    if (endpoint.name, endpoint.version) in offered:
        return
    versions = [version for name, version in offered if name == endpoint.name]
    if versions:
        raise ConfigError(
            f"The instance does not offer version {endpoint.version} of the endpoint "
            f"{endpoint.name}. Set `endpoint_version` to one that it offers: "
            f"{', '.join(sorted(versions, reverse=True))}."
        )
    names = ", ".join(sorted({name for name, _ in offered})) or "none"
    raise ConfigError(
        f"The instance has no endpoint {endpoint.name}. Set `endpoint_name` to one that it "
        f"offers: {names}."
    )


def _read_one_row_each(source: ConcurrentDeclarativeSource) -> list[str]:
    streams = source.streams({})
    for stream in streams:
        for partition in stream.generate_partitions():
            next(iter(partition.read()), None)
            break
    return [stream.name for stream in streams]


def _diagnose(answer: Answer) -> AcumaticaError | None:
    if answer.status == requests.codes.not_found:
        return _not_acumatica()
    return None


def _not_acumatica() -> ConfigError:
    return ConfigError(
        "There is no Acumatica at this address. Check the setting `instance_url`: it ends with "
        "the site folder, such as https://erp.example.com/Site."
    )
