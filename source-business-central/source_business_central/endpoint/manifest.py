"""The manifest: the streams, the requester and the settings, as the CDK reads them."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from airbyte_cdk.utils.yaml_loader import safe_load_yaml


def specification() -> Mapping[str, Any]:
    """Return the manifest's `spec`."""
    spec: Mapping[str, Any] = manifest()["spec"]
    return spec


def stream_parameters() -> Mapping[str, Mapping[str, Any]]:
    """Return what the manifest says of each stream, by its name."""
    return {stream["name"]: stream["$parameters"] for stream in manifest()["streams"]}


def manifest_of(streams: Iterable[str], schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the manifest with some of its streams and their schemas.

    Args:
        streams: The streams to keep.
        schemas: The schema of each.
    """
    kept = set(streams)
    whole = dict(manifest())
    whole["streams"] = [
        {
            **stream,
            "schema_loader": {"type": "InlineSchemaLoader", "schema": schemas[stream["name"]]},
        }
        for stream in whole["streams"]
        if stream["name"] in kept
    ]
    return whole


@cache
def manifest() -> Mapping[str, Any]:
    """Return the whole manifest."""
    text = resources.files("source_business_central").joinpath("manifest.yaml").read_text()
    loaded: Mapping[str, Any] = safe_load_yaml(text)
    return loaded
