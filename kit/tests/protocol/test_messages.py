from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kit.protocol.handshake import END_LINE, Envelope, RunRequest
from kit.protocol.jsonlines import dumps
from kit.protocol.messages import (
    ConnectionStatus,
    Control,
    End,
    Log,
    Message,
    Other,
    Record,
    State,
    StreamStatus,
    TraceError,
    parse,
    record_message,
    stream_state_message,
)


def parsed(raw: dict[str, Any]) -> Message | None:
    return parse(dumps(raw))


@pytest.mark.parametrize("line", [b"Starting up", b"", b"[1]", b'"RECORD"', b'{"no":"type"}', b"{"])
def test_a_line_that_is_no_message_is_passed_over(line: bytes) -> None:
    assert parse(line) is None


@pytest.mark.parametrize("raw", [{"type": "RECORD"}, {"type": "STATE", "state": 7}, {"type": "X"}])
def test_a_message_of_a_form_not_known_is_kept_whole(raw: dict[str, Any]) -> None:
    assert parsed(raw) == Other(raw["type"], raw)


def test_a_record_carries_the_envelope_of_the_runner() -> None:
    envelope = Envelope(
        7, "k", previous_key="old", consent_changed_at=datetime(2026, 5, 1, tzinfo=UTC)
    )
    assert parsed(record_message("members", {"a": 1}, envelope)) == Record(
        "members", {"a": 1}, envelope
    )


def test_a_record_of_somebody_else_has_no_envelope() -> None:
    assert parsed(record_message("members", {"a": None})) == Record("members", {"a": None}, None)


def test_a_state_keeps_the_whole_message_and_its_id() -> None:
    raw = stream_state_message("customers", {"LastModifiedDateTime": "2026"})
    raw["state"]["id"] = 12
    state = parsed(raw)
    assert isinstance(state, State)
    assert (state.raw, state.stream, state.id) == (raw, "customers", 12)


def test_a_global_state_names_no_stream() -> None:
    state = parsed({"type": "STATE", "state": {"type": "GLOBAL", "global": {}}})
    assert isinstance(state, State)
    assert (state.stream, state.id) == (None, None)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"type": "LOG", "log": {"level": "WARN", "message": "slow"}}, Log("WARN", "slow")),
        (
            {
                "type": "CONNECTION_STATUS",
                "connectionStatus": {"status": "FAILED", "message": "no"},
            },
            ConnectionStatus(succeeded=False, message="no"),
        ),
        (
            {
                "type": "CONTROL",
                "control": {"type": "CONNECTOR_CONFIG", "connectorConfig": {"config": {"a": 1}}},
            },
            Control({"a": 1}),
        ),
        (
            {
                "type": "TRACE",
                "trace": {
                    "type": "STREAM_STATUS",
                    "stream_status": {"stream_descriptor": {"name": "s"}, "status": "COMPLETE"},
                },
            },
            StreamStatus("s", "COMPLETE"),
        ),
        (
            {
                "type": "TRACE",
                "trace": {
                    "type": "ERROR",
                    "error": {"message": "m", "failure_type": "config_error"},
                },
            },
            TraceError("m", "", "config_error", None),
        ),
    ],
)
def test_the_other_messages(raw: dict[str, Any], message: Message) -> None:
    assert parsed(raw) == message


def test_the_end_marker_is_a_message_of_ours() -> None:
    assert parse(END_LINE) == End()


def test_the_hidden_setting_survives_the_config() -> None:
    request = RunRequest("r1", outcomes=True, expected={"members": 3})
    assert RunRequest.from_config({"_glue": request.to_json()}) == request
    assert RunRequest.from_config({"audience": "x"}) is None
