"""The transports: real children, real pipes, small pipes."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pytest

from kit.protocol.connector import Call, InProcessConnector, ProcessConnector, Verb
from kit.protocol.errors import ConfigError
from kit.protocol.jsonlines import dumps
from kit.protocol.messages import Log, Record, record_message

ECHO = """
import sys
for line in sys.stdin.buffer:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
sys.exit(3)
"""

COMPLAIN = """
import sys
for number in range(20000):
    sys.stderr.write("x" * 100 + str(number) + "\\n")
print('{"type":"LOG","log":{"level":"INFO","message":"done"}}')
"""

ARGUMENTS = """
import json, os, stat, sys
path = sys.argv[3]
mode = stat.S_IMODE(os.stat(path).st_mode)
print(json.dumps({"type": "LOG", "log": {"level": "INFO", "message": f"{sys.argv[1]} {mode:o} {path}"}}))
"""

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("no", flush=True))
print('{"type":"LOG","log":{"level":"INFO","message":"up"}}', flush=True)
while True:
    time.sleep(0.05)
"""

REFUSE_EVERYTHING = """
import json, sys
for line in sys.stdin:
    reject = {"type": "LOG", "log": {"level": "WARN", "message": "r" * 4000}}
    print(json.dumps(reject), flush=True)
"""


def python(code: str) -> ProcessConnector:
    return ProcessConnector([sys.executable, "-c", code])


def test_what_is_sent_comes_back_and_the_exit_code_is_told() -> None:
    with python(ECHO).start(Call(Verb.WRITE, config={})) as session:
        session.start_inbox()
        session.send(dumps(record_message("s", {"a": 1})))
        session.flush()
        assert session.receive(timeout=30) == Record("s", {"a": 1})
        session.close_input()
        assert session.receive(timeout=30) is None
        assert session.output_ended
        assert session.finish() == 3


def test_a_child_that_complains_at_length_blocks_nobody() -> None:
    with python(COMPLAIN).start(Call(Verb.READ, config={})) as session:
        assert list(session.messages()) == [Log("INFO", "done")]
        assert session.finish() == 0
        assert session.complaints[-1].endswith("19999")


def test_a_child_that_answers_ten_thousand_rejects_through_small_pipes_blocks_nobody() -> None:
    with python(REFUSE_EVERYTHING).start(Call(Verb.WRITE, config={})) as session:
        for stream in (session._stdin, session._stdout):
            assert stream is not None
            fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, 4096)
        session.start_inbox()
        for number in range(10_000):
            session.send(dumps(record_message("members", {"n": number, "pad": "p" * 500})))
        session.close_input()
        answers = 0
        while not session.output_ended:
            answers += session.receive(timeout=60) is not None
        assert answers == 10_000


def test_config_goes_through_a_file_that_only_we_can_read_and_that_is_removed() -> None:
    with python(ARGUMENTS).start(Call(Verb.CHECK, config={"api_key": "secret"})) as session:
        (message,) = session.messages()
        assert isinstance(message, Log)
        verb, mode, path = message.message.split(" ", 2)
        assert (verb, mode) == ("check", "600")
        assert Path(path).parent.exists()
    assert not Path(path).parent.exists()


def test_a_command_that_does_not_exist_is_one_sentence_with_the_fix() -> None:
    with pytest.raises(
        ConfigError, match=r"`source-nowhere` cannot be started.*Install the connector"
    ) as caught:
        ProcessConnector(["source-nowhere"]).start(Call(Verb.SPEC))
    assert caught.value.setting == "command"


def test_a_child_sits_in_a_session_of_its_own_so_that_ctrl_c_reaches_us_alone() -> None:
    with python(ECHO).start(Call(Verb.WRITE, config={})) as session:
        pid = session.worker.pid
        assert pid is not None
        assert os.getsid(pid) == pid != os.getsid(0)


def test_a_child_that_will_not_stop_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.protocol.session._PARTING_SECONDS", 0.3)
    session = python(STUBBORN).start(Call(Verb.READ, config={}))
    next(session.messages())
    started = time.monotonic()
    session.close()
    assert session.worker.wait(5) == -signal.SIGKILL
    assert time.monotonic() - started < 5


def test_sending_to_a_dead_child_is_a_broken_pipe() -> None:
    with python("pass").start(Call(Verb.WRITE, config={})) as session:
        session.worker.wait(30)
        session.send(b"x")
        with pytest.raises(BrokenPipeError):
            session.flush()


def test_a_connector_in_this_process_has_the_same_interface() -> None:
    def entry(arguments: Sequence[str], stdin: IO[bytes], stdout: IO[bytes]) -> int:
        assert arguments[0] == "write"
        stdout.writelines(stdin)
        return 5

    with InProcessConnector(entry).start(Call(Verb.WRITE, config={"a": 1})) as session:
        session.start_inbox()
        session.send(dumps(record_message("s", {"b": 2})))
        session.close_input()
        assert session.receive(timeout=30) == Record("s", {"b": 2})
        assert session.finish() == 5
