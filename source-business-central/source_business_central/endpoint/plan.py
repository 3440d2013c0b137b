"""How each stream is asked for.

The manifest names the streams and what is peculiar to each; `schemas/` names their fields. This
module puts the two together.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from source_business_central.endpoint.manifest import stream_parameters
from source_business_central.settings import Settings

STAMP: Final = "lastModifiedDateTime"
NUMBER: Final = "entryNumber"
RELEASED: Final = "Open"
"""The status of an order that is no draft: reading a draft can write to it."""

_LINES_SHARE: Final = 10


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How one stream is asked for.

    Attributes:
        stream: The stream's name.
        entity_set: The list's name in the address.
        api: Publisher, group and version, or the version alone.
        cursor: `STAMP`, `NUMBER`, or empty where each run reads all.
        lines: The lines that come along with each row; empty if it has none.
        statuses: Rows of other statuses are neither asked for nor kept; none means all.
        page_size: Rows of a page, to begin with.
        has_company_name: Whether the list has a field `companyName` of its own.
        schema: The JSON schema of the records.
    """

    stream: str
    entity_set: str
    api: str
    cursor: str
    lines: str
    statuses: tuple[str, ...]
    page_size: int
    has_company_name: bool
    schema: Mapping[str, Any]


def plan_of(stream: str, settings: Settings) -> StreamPlan:
    """Plan one stream.

    Args:
        stream: Its name.
        settings: The settings.
    """
    own = stream_parameters()[stream]
    lines = str(own.get("lines", ""))
    return StreamPlan(
        stream=stream,
        entity_set=str(own["entity_set"]),
        api=str(own.get("api", "v2.0")),
        cursor=str(own.get("cursor", "")),
        lines=lines,
        statuses=_statuses(own.get("statuses"), settings),
        page_size=max(1, settings.page_size // _LINES_SHARE) if lines else settings.page_size,
        has_company_name=bool(own.get("has_company_name")),
        schema=schema_of(stream),
    )


def _statuses(kind: str | None, settings: Settings) -> tuple[str, ...]:
    if kind is None:
        return ()
    return settings.invoice_statuses if kind == "posted" else (RELEASED,)


@cache
def schema_of(stream: str) -> Mapping[str, Any]:
    """Return the JSON schema of a stream's records.

    Args:
        stream: Its name.
    """
    text = resources.files("source_business_central").joinpath(f"schemas/{stream}.json").read_text()
    schema: dict[str, Any] = json.loads(text)
    return schema
