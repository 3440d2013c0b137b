"""Airbyte messages as plain values.

The raw dictionary stays beside each value: what is passed on, is passed on unchanged. A type that
is not known here is kept as `Other`, since platforms add message types over time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kit.protocol.handshake import END_TYPE, Envelope
from kit.protocol.jsonlines import loads


@dataclass(frozen=True, slots=True)
class Record:
    """A RECORD: one row of a stream.

    Args:
        stream: Name of the stream.
        data: The row itself.
        envelope: What the runner's ledger knows about it, if a runner of ours sent it.
    """

    stream: str
    data: dict[str, Any]
    envelope: Envelope | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A STATE: all before it, in its stream, may be remembered once it was written.

    Args:
        raw: The whole message, to be echoed unchanged.
        stream: Name of the stream, None for a global or legacy state.
    """

    raw: dict[str, Any]
    stream: str | None

    @property
    def id(self) -> int | None:
        """The id that the platform or the runner gave it; a destination must echo it."""
        value = self.raw["state"].get("id")
        return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class Log:
    """A LOG line."""

    level: str
    message: str


@dataclass(frozen=True, slots=True)
class TraceError:
    """A TRACE of type ERROR.

    Args:
        message: For people.
        internal: For developers; may be empty.
        failure_type: `config_error`, `transient_error` or `system_error`.
        stream: The stream that failed, if one did.
    """

    message: str
    internal: str
    failure_type: str
    stream: str | None


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """A TRACE of type STREAM_STATUS: STARTED, RUNNING, COMPLETE or INCOMPLETE."""

    stream: str
    status: str


@dataclass(frozen=True, slots=True)
class Control:
    """A CONTROL that hands back configuration: store it durably before anything else."""

    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """The answer of `check`."""

    succeeded: bool
    message: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """The answer of `discover`: the raw streams, or a destination's operations."""

    streams: tuple[dict[str, Any], ...]
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spec:
    """The answer of `spec`."""

    raw: dict[str, Any]

    @property
    def connection_specification(self) -> dict[str, Any]:
        """The JSON schema of the config."""
        value = self.raw.get("connectionSpecification")
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class End:
    """The runner's end marker: the input is complete."""


@dataclass(frozen=True, slots=True)
class Other:
    """A message of a type that is not known here."""

    type: str
    raw: dict[str, Any]


Message = (
    Record
    | State
    | Log
    | TraceError
    | StreamStatus
    | Control
    | ConnectionStatus
    | Catalog
    | Spec
    | End
    | Other
)


def parse(line: bytes) -> Message | None:
    """Parse one line of a connector's output or input; None if it is no message.

    Connectors and the libraries below them sometimes print plain text: such a line is no error.
    """
    try:
        raw = loads(line)
    except ValueError:
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        return None
    try:
        return _PARSERS.get(raw["type"], _other)(raw)
    except (KeyError, TypeError, ValueError, AttributeError):
        return _other(raw)


def _record(raw: dict[str, Any]) -> Record:
    record = raw["record"]
    envelope = record.get("glue")
    return Record(
        record["stream"], record["data"], Envelope.from_json(envelope) if envelope else None
    )


def _state(raw: dict[str, Any]) -> State:
    stream = raw["state"].get("stream") or {}
    return State(raw, (stream.get("stream_descriptor") or {}).get("name"))


def _log(raw: dict[str, Any]) -> Log:
    return Log(str(raw["log"].get("level", "INFO")), str(raw["log"].get("message", "")))


def _trace(raw: dict[str, Any]) -> Message:
    trace = raw["trace"]
    if trace["type"] == "ERROR":
        error = trace["error"]
        stream = (error.get("stream_descriptor") or {}).get("name")
        return TraceError(
            str(error.get("message") or ""),
            str(error.get("internal_message") or ""),
            str(error.get("failure_type") or "system_error"),
            stream,
        )
    if trace["type"] == "STREAM_STATUS":
        status = trace["stream_status"]
        return StreamStatus(status["stream_descriptor"]["name"], status["status"])
    return _other(raw)


def _control(raw: dict[str, Any]) -> Message:
    control = raw["control"]
    if control.get("type") == "CONNECTOR_CONFIG":
        return Control(control["connectorConfig"]["config"])
    return _other(raw)


def _status(raw: dict[str, Any]) -> ConnectionStatus:
    status = raw["connectionStatus"]
    return ConnectionStatus(status["status"] == "SUCCEEDED", str(status.get("message") or ""))


def _catalog(raw: dict[str, Any]) -> Catalog:
    catalog = raw["catalog"]
    return Catalog(tuple(catalog.get("streams") or ()), catalog)


def _spec(raw: dict[str, Any]) -> Spec:
    return Spec(raw["spec"])


def _other(raw: dict[str, Any]) -> Other:
    return Other(raw["type"], raw)


def _end(_raw: dict[str, Any]) -> End:
    return End()


_PARSERS: dict[str, Callable[[dict[str, Any]], Message]] = {
    "RECORD": _record,
    "STATE": _state,
    "LOG": _log,
    "TRACE": _trace,
    "CONTROL": _control,
    "CONNECTION_STATUS": _status,
    "CATALOG": _catalog,
    "SPEC": _spec,
    END_TYPE: _end,
}


def now_ms() -> int:
    """Return the time as Airbyte stamps it: whole milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def record_message(
    stream: str, data: Mapping[str, Any], envelope: Envelope | None = None
) -> dict[str, Any]:
    """Build a RECORD message."""
    record: dict[str, Any] = {"stream": stream, "data": data, "emitted_at": now_ms()}
    if envelope is not None:
        record["glue"] = envelope.to_json()
    return {"type": "RECORD", "record": record}


def stream_state_message(stream: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Build a per-stream STATE message."""
    return {
        "type": "STATE",
        "state": {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": stream}, "stream_state": state},
        },
    }


def log_message(level: str, message: str) -> dict[str, Any]:
    """Build a LOG message."""
    return {"type": "LOG", "log": {"level": level, "message": message}}
