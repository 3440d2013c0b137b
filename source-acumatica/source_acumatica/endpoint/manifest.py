"""The manifest, with each stream planned for the endpoint version of one config."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from source_acumatica.endpoint.plan import StreamPlan, plan_of
from source_acumatica.endpoint.streams import CUSTOMERS_BY_CONTACT, ENTITIES
from source_acumatica.settings import EmailChanges, Settings


def specification() -> Mapping[str, Any]:
    """Return the manifest's `spec`."""
    spec: Mapping[str, Any] = _manifest()["spec"]
    return spec


def planned_manifest(
    config: Mapping[str, Any], streams: Iterable[str] | None = None
) -> dict[str, Any]:
    """Return the manifest with each stream planned.

    Args:
        config: The config, defaults filled in.
        streams: The streams that are wanted; None for all that the settings allow.

    Raises:
        AcumaticaError: A setting cannot be used, or there is no such stream.
    """
    wanted = all_streams(config) if streams is None else list(streams)
    plans = {name: plan_of(name, config) for name in wanted if name not in unplanned()}
    return manifest_of(config, wanted, plans)


def all_streams(config: Mapping[str, Any]) -> list[str]:
    """Return the names of all streams that the settings allow.

    Args:
        config: The config, defaults filled in.

    Raises:
        ConfigError: A setting cannot be used.
    """
    settings = Settings.of(config)
    left_out = set() if settings.read_deletions else unplanned()
    if settings.email_changes is EmailChanges.OFF:
        left_out.add(CUSTOMERS_BY_CONTACT)
    known = [stream["name"] for stream in _manifest()["streams"]]
    return [*(name for name in known if name not in left_out), *settings.choices.others]


def unplanned() -> set[str]:
    """Return the names of the streams that read no entity, and go out as the manifest has them."""
    return {stream["name"] for stream in _manifest()["streams"]} - set(ENTITIES)


def manifest_of(
    config: Mapping[str, Any], streams: Iterable[str], plans: Mapping[str, StreamPlan]
) -> dict[str, Any]:
    """Return the manifest with these streams.

    Args:
        config: The config, defaults filled in.
        streams: The names of the streams.
        plans: The plan of each of them, but of those that read no entity.
    """
    written = {stream["name"]: stream for stream in _manifest()["streams"]}
    found = [_planned(plans[name], config) if name in plans else written[name] for name in streams]
    return {**_manifest(), "streams": found}


def _planned(plan: StreamPlan, config: Mapping[str, Any]) -> dict[str, Any]:
    stream = {**_manifest()["definitions"]["stream"], "name": plan.stream}
    if not plan.cursor_field:
        del stream["incremental_sync"]  # it is read whole each time
    return {
        **stream,
        "$parameters": {
            "stream": plan.stream,
            "entity": plan.entity,
            "cursor_term": plan.cursor_term,
            "cursor_column": plan.cursor_field,
        },
        "retriever": {**stream["retriever"], **_requesters(plan, config)},
        "schema_loader": {"type": "InlineSchemaLoader", "schema": plan.schema},
    }


def _requesters(plan: StreamPlan, config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    lists = _requester("requester", config)
    if not plan.cursor_field:
        lists["request_parameters"].pop("$filter")
    return {
        "requester": _asking(lists, plan.query),
        "keys_requester": _asking(lists, plan.keys_query),
        "row_requester": _asking(_requester("row_requester", config), plan.query),
    }


def _requester(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    definitions = _manifest()["definitions"]
    found = {**definitions["requester"], **definitions[name]}
    found.pop("$ref", None)
    return {
        **found,
        "request_headers": {**found["request_headers"], **Settings.of(config).headers},
        "request_parameters": dict(found["request_parameters"]),
    }


def _asking(requester: Mapping[str, Any], query: str) -> dict[str, Any]:
    """Put the fields into the address: as a parameter, each comma would be written as `%2C`."""
    return {**requester, "url": f"{requester['url']}?{query}"}


@cache
def _manifest() -> Mapping[str, Any]:
    text = resources.files("source_acumatica").joinpath("manifest.yaml").read_text("utf-8")
    manifest: Mapping[str, Any] = safe_load_yaml(text)
    return manifest
