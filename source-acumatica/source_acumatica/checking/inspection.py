"""The connection check: instance, endpoint version, sign-in, one row of each stream."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)

from source_acumatica.answers.offer import offer_of
from source_acumatica.settings import Settings
from source_acumatica.signin.tokens import keeper_for

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
    offer = offer_of(settings, keeper.access_token)
    offer.refuse_others(settings.endpoint)
    keeper.access_token()
    names = _read_one_row_each(make_streams({**complete, **_ONE_ROW}))
    return (
        f"Acumatica {offer.build} at {settings.instance_url}, endpoint {settings.endpoint.name}/"
        f"{settings.endpoint.version}: {', '.join(names)} can be read."
    )


def _read_one_row_each(source: ConcurrentDeclarativeSource) -> list[str]:
    streams = source.streams({})
    for stream in streams:
        for partition in stream.generate_partitions():
            next(iter(partition.read()), None)
            break
    return [stream.name for stream in streams]
