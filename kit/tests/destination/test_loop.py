from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from kit.destination.loop import WriteLoop
from kit.destination.output import Output
from kit.protocol.errors import FatalError

Line = Callable[..., bytes]


def test_records_are_written_and_states_echoed_with_id_and_statistics(
    bench: Any, app: Any, record: Line, state: Line
) -> None:
    lines = [
        record("a", 1),
        record("a", 2, reject=True),
        state("a", 11),
        record("a", 3),
        state("a", 12),
    ]
    ran = bench.write(app, lines)
    assert ran.code == 0
    assert [(each["id"], each["destinationStats"]) for each in ran.states] == [
        (11, {"recordCount": 2, "rejectedRecordCount": 1}),
        (12, {"recordCount": 1, "rejectedRecordCount": 0}),
    ]
    assert app.finished


def test_unknown_messages_and_lines_that_are_none_are_passed_over(
    bench: Any, app: Any, record: Line
) -> None:
    lines = [
        b"plain text",
        b'{"type": "HOLOGRAM", "hologram": {}}',
        b'{"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1.5, "stream_status": {}}}',
        b'{"broken',
        record("a", 1),
    ]
    ran = bench.write(app, lines)
    assert ran.code == 0
    assert app.written == [1]
    assert sum("no message" in line for line in ran.logs) == 2
    assert not any("broken" in line or "plain text" in line for line in ran.logs)


def test_without_a_runner_what_depends_on_others_waits_for_the_end_and_comes_in_levels(
    bench: Any, app: Any, record: Line, state: Line
) -> None:
    lines = [
        record("c", "order"),
        state("c", 1),
        record("b", "customer"),
        state("b", 2),
        record("a", "member"),
        state("a", 3),
    ]
    ran = bench.write(app, lines)
    assert app.written == ["member", "customer", "order"]
    assert [each["id"] for each in ran.states] == [3, 2, 1]
    assert ran.outcomes == []


def test_without_a_runner_rejects_get_a_line_each_and_the_rest_is_counted(
    bench: Any, app: Any, record: Line, state: Line
) -> None:
    lines = [record("a", 1), record("a", 2, reject=True), record("a", 3, park=True), state("a", 1)]
    ran = bench.write(app, lines)
    assert ran.states[0]["destinationStats"]["rejectedRecordCount"] == 2
    assert any(line.startswith("a 2: rejected (bad_value)") for line in ran.logs)
    assert "a: 1 created" in ran.logs


def test_a_runner_gets_an_outcome_for_each_record_and_its_own_id_back(
    bench: Any, app: Any, record: Line, glue: dict[str, Any], end: bytes
) -> None:
    lines = [record("a", 1, 101), record("a", 2, 102, reject=True), record("b", 3, 103), end]
    ran = bench.write(app, lines, glue)
    assert {each["glue_id"]: each["kind"] for each in ran.outcomes} == {
        101: "created",
        102: "rejected",
        103: "created",
    }
    assert {each["key"] for each in ran.outcomes} == {"key-1", "key-2", "key-3"}
    assert app.finished


def test_a_dry_run_plans(
    bench: Any, app: Any, record: Line, glue: dict[str, Any], end: bytes
) -> None:
    ran = bench.write(app, [record("a", 1, 101), end], glue | {"dry_run": True})
    assert ran.outcomes[0]["kind"] == "would_created"


def test_a_higher_level_waits_for_the_lower_one(
    bench: Any, app: Any, record: Line, glue: dict[str, Any], end: bytes
) -> None:
    app.gates["slow"] = threading.Event()
    threading.Timer(0.2, app.gates["slow"].set).start()
    bench.write(app, [record("a", 1, 1, wait="slow"), record("b", 2, 2), end], glue)
    assert app.written == [1, 2]


def test_with_a_runner_the_end_of_input_alone_means_abort(
    bench: Any, app: Any, record: Line, state: Line, glue: dict[str, Any]
) -> None:
    app.buffer = 10
    ran = bench.write(app, [record("a", 1, 1), state("a", 1)], glue)
    assert ran.code == 0
    assert app.aborted
    assert not app.finished
    assert app.written == []
    assert ran.states == []
    assert any("1 records" in line for line in ran.logs)


def test_what_comes_after_the_end_marker_is_not_read(
    bench: Any, app: Any, record: Line, glue: dict[str, Any], end: bytes
) -> None:
    bench.write(app, [record("a", 1, 1), end, record("a", 2, 2)], glue)
    assert app.written == [1]


def test_a_pause_in_the_input_writes_what_was_held_back(
    bench: Any,
    app: Any,
    record: Line,
    glue: dict[str, Any],
    end: bytes,
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    app.buffer = 1000
    reader, writer = os.pipe()
    result: list[Any] = []
    with os.fdopen(reader, "rb") as stdin, os.fdopen(writer, "wb") as to_child:
        child = threading.Thread(target=lambda: result.append(bench.write(app, stdin.raw, glue)))
        child.start()
        to_child.write(record("a", 1, 1) + b"\n")
        to_child.flush()
        wait_until(lambda: app.written == [1])
        to_child.write(end + b"\n")
        to_child.close()
        child.join(5)
    assert result[0].code == 0
    assert app.finished


def test_the_termination_signal_finishes_the_calls_in_hand_and_nothing_more(
    bench: Any,
    app: Any,
    record: Line,
    state: Line,
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    app.gates["slow"] = threading.Event()
    stop = threading.Event()
    reader, writer = os.pipe()
    stdout = io.BytesIO()
    loop = WriteLoop(
        app,
        config={},
        catalog=bench.catalog(),
        output=Output(stdout),
        stopping=stop.is_set,
    )
    complete: list[bool] = []
    with os.fdopen(reader, "rb") as stdin, os.fdopen(writer, "wb") as to_child:
        child = threading.Thread(target=lambda: complete.append(loop.run(stdin)))
        child.start()
        to_child.write(record("a", 1, wait="slow") + b"\n" + state("a", 5) + b"\n")
        to_child.flush()
        wait_until(lambda: app.accepted == [1])
        stop.set()
        child.join(5)
        assert not child.is_alive()
    assert complete == [False]
    assert app.written == [1]
    assert not app.finished
    assert b'"id":5' in stdout.getvalue()


def test_an_error_in_a_worker_stops_the_run_in_one_sentence_without_its_text(
    bench: Any, app: Any, record: Line, state: Line
) -> None:
    ran = bench.write(app, [record("a", 1, fail=True), state("a", 1)])
    error = ran.of("TRACE")[0]["trace"]["error"]
    assert ran.code == 1
    assert error["failure_type"] == "system_error"
    assert "RuntimeError" in error["message"]
    assert ran.states == []
    assert "canary" not in str(ran.messages)


def test_an_error_on_purpose_says_its_own_sentence(bench: Any, make_app: Any, record: Line) -> None:
    app = make_app(failure=FatalError("Mailchimp takes no calls."))
    ran = bench.write(app, [record("a", 1, fail=True)])
    error = ran.of("TRACE")[0]["trace"]["error"]
    assert (error["failure_type"], error["message"]) == (
        "transient_error",
        "Mailchimp takes no calls.",
    )


def test_a_config_error_writes_nothing(bench: Any, app: Any, record: Line) -> None:
    ran = bench.write(app, [record("a", 1)], {"bad": True})
    error = ran.of("TRACE")[0]["trace"]["error"]
    assert ran.code == 1
    assert error == {"message": "The setting `bad` is bad.", "failure_type": "config_error"}
    assert app.accepted == []


def test_a_stream_for_no_object_is_a_config_error_that_lists_them(bench: Any, app: Any) -> None:
    ran = bench.write(app, [], catalog=bench.catalog(["a", "vendors"]))
    assert "`vendors`" in ran.of("TRACE")[0]["trace"]["error"]["message"]
    assert "`a`, `b`, `c`" in ran.of("TRACE")[0]["trace"]["error"]["message"]


def test_a_stream_may_name_its_object(bench: Any, app: Any, record: Line) -> None:
    catalog = {"streams": [{"stream": {"name": "people"}, "destination_object_name": "a"}]}
    bench.write(app, [record("people", 1)], catalog=catalog)
    assert app.written == [1]


def test_a_record_of_a_stream_that_nobody_announced_is_a_config_error(
    bench: Any, app: Any, record: Line
) -> None:
    ran = bench.write(app, [record("b", 1)], catalog=bench.catalog(["a"]))
    assert "`b`" in ran.of("TRACE")[0]["trace"]["error"]["message"]


@pytest.mark.parametrize("count", [500])
def test_many_records_through_a_small_backlog(
    bench: Any, app: Any, record: Line, state: Line, count: int
) -> None:
    lines = [record("a", number) for number in range(count)]
    ran = bench.write(app, [*lines, state("a", 1)])
    assert sorted(app.written) == list(range(count))
    assert ran.states[0]["destinationStats"]["recordCount"] == count
