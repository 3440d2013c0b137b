"""The manifest, with each stream planned for the endpoint version of one config."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from source_acumatica.endpoint.plan import StreamPlan, plan_of


def specification() -> Mapping[str, Any]:
    """Return the manifest's `spec`."""
    spec: Mapping[str, Any] = _manifest()["spec"]
    return spec


def planned_manifest(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest with each stream planned.

    Args:
        config: The config, defaults filled in.

    Raises:
        ConfigError: A setting cannot be used.
    """
    manifest = dict(_manifest())
    manifest["streams"] = [
        _planned(stream, plan_of(stream["name"], config), config) for stream in manifest["streams"]
    ]
    return manifest


def _planned(
    stream: Mapping[str, Any], plan: StreamPlan, config: Mapping[str, Any]
) -> dict[str, Any]:
    definitions = _manifest()["definitions"]
    requester = _with_present(
        definitions["requester"],
        "request_parameters",
        {"$select": plan.select, "$expand": plan.expand, "$custom": plan.custom},
    )
    requester = _with_present(
        requester, "request_headers", {"PX-CbApiBranch": config.get("branch", "")}
    )
    cursor = {"cursor_term": plan.cursor_term, "cursor_column": plan.cursor_field}
    return {
        **stream,
        "$parameters": {**stream["$parameters"], **cursor},
        "retriever": {**definitions["stream"]["retriever"], "requester": requester},
        "schema_loader": {"type": "InlineSchemaLoader", "schema": plan.schema},
    }


def _with_present(
    requester: Mapping[str, Any], part: str, values: Mapping[str, str]
) -> dict[str, Any]:
    """Add what is not empty: the CDK would send an empty parameter as it is."""
    present = {name: value for name, value in values.items() if value}
    return {**requester, part: {**requester[part], **present}}


@cache
def _manifest() -> Mapping[str, Any]:
    text = resources.files("source_acumatica").joinpath("manifest.yaml").read_text()
    manifest: Mapping[str, Any] = safe_load_yaml(text)
    return manifest
