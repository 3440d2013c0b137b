"""Which streams are read, how, and what a row's key is: decided from what the source discovers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kit.protocol.errors import ConfigError
from kit.protocol.jsonlines import canonical


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How one stream is read.

    Args:
        name: The stream.
        primary_key: Paths of the fields that make a row's key.
        fields: The top-level fields of its schema: one that is missing in a row is null.
        indexed: The fields by which other rows look its rows up.
        rows_of: The stream whose rows it brings: itself, unless it is a second way to them.
    """

    name: str
    primary_key: tuple[tuple[str, ...], ...]
    fields: tuple[str, ...]
    indexed: tuple[str, ...] = ()
    rows_of: str = ""

    @property
    def home(self) -> str:
        """The stream under which its rows are kept."""
        return self.rows_of or self.name

    def complete(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row with the nulls that the way through the pipe has dropped.

        A row that came by a second way keeps only the fields that it has on the first: else the
        same row would look changed each time that it comes by the other one.
        """
        if self.rows_of:
            return {name: data.get(name) for name in self.fields}
        return {**dict.fromkeys(self.fields), **data}

    def key(self, data: Mapping[str, Any]) -> str | None:
        """Return a row's key; None where one of its parts is missing."""
        parts = [_at(data, path) for path in self.primary_key]
        if any(part is None for part in parts):
            return None
        if len(parts) == 1 and isinstance(parts[0], str):
            return parts[0]
        return canonical(parts[0] if len(parts) == 1 else parts).decode()


def _at(data: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON
    for name in path:
        if not isinstance(data, Mapping):
            return None
        data = data.get(name)
    return data


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """How a source is read.

    Args:
        configured: The configured catalog, for `read`.
        streams: By name.
    """

    configured: dict[str, Any]
    streams: dict[str, StreamPlan]

    @property
    def homes(self) -> tuple[str, ...]:
        """The streams under which rows are kept, in the order of reading."""
        return tuple(dict.fromkeys(stream.home for stream in self.streams.values()))


def plan_read(
    discovered: Mapping[str, Any],
    streams: Sequence[str],
    indexed: Mapping[str, Sequence[str]],
    also_from: Mapping[str, Sequence[str]] | None = None,
) -> ReadPlan:
    """Choose the streams that a mapping catalog needs from what a source has.

    Args:
        discovered: The source's catalog, as `discover` gives it.
        streams: Names of the streams that the mapping catalog reads.
        indexed: By stream, the fields by which its rows are looked up.
        also_from: By stream, other streams that bring its rows; read where the source has them.

    Raises:
        ConfigError: The source has no such stream, or a stream without a primary key.
    """
    found = {each["name"]: each for each in discovered.get("streams") or ()}
    configured, plans = [], {}
    for name in streams:
        stream = found.get(name)
        if stream is None:
            known = ", ".join(f"`{each}`" for each in sorted(found)) or "none"
            raise ConfigError(
                f"The mapping catalog reads the stream `{name}`, which the source does not have. "
                f"It has: {known}. Correct the catalog, or the source's settings."
            )
        key = stream.get("source_defined_primary_key")
        if not key:
            raise ConfigError(
                f"The source's stream `{name}` has no primary key, so its rows cannot be told "
                "apart. Leave it out of the mapping catalog."
            )
        configured.append(_configure(stream, key))
        plans[name] = StreamPlan(
            name,
            tuple(tuple(path) for path in key),
            tuple((stream.get("json_schema") or {}).get("properties") or ()),
            tuple(indexed.get(name, ())),
        )
        for second in (also_from or {}).get(name, ()):
            if second in found:
                configured.append(_configure(found[second], key))
                plans[second] = replace(plans[name], name=second, rows_of=name)
    return ReadPlan({"streams": configured}, plans)


def _configure(stream: Mapping[str, Any], key: list[list[str]]) -> dict[str, Any]:
    incremental = "incremental" in (stream.get("supported_sync_modes") or ())
    entry = {
        "stream": dict(stream),
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup",
        "primary_key": key,
    }
    if incremental and stream.get("default_cursor_field"):
        entry["cursor_field"] = stream["default_cursor_field"]
    return entry
