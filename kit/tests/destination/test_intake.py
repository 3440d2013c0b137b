from __future__ import annotations

import io
import os
import threading

from hypothesis import given
from hypothesis import strategies as st

from kit.destination.intake import PAUSE, Intake
from kit.destination.output import Output


@given(st.lists(st.binary(min_size=1, max_size=40)), st.binary(max_size=20))
def test_every_line_comes_once_in_order(parts: list[bytes], tail: bytes) -> None:
    text = b"\n".join(parts) + b"\n" + tail
    expected = [line.strip() for line in text.split(b"\n") if line.strip()]
    assert list(Intake(io.BytesIO(text), stopping=lambda: False).lines()) == expected


def test_a_line_longer_than_a_chunk() -> None:
    long = b"x" * 200_000
    lines = list(Intake(io.BytesIO(b"a\n" + long + b"\nb"), stopping=lambda: False).lines())
    assert lines == [b"a", long, b"b"]


def test_a_pause_is_told_from_the_end_and_half_a_line_is_waited_for() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stdin, os.fdopen(writer, "wb") as to_child:
        lines = Intake(stdin, stopping=lambda: False).lines()
        to_child.write(b"one\ntw")
        to_child.flush()
        assert next(lines) == b"one"
        assert next(lines) is PAUSE
        to_child.write(b"o\n")
        to_child.flush()
        assert next(line for line in lines if line is not PAUSE) == b"two"
        to_child.close()
        assert [line for line in lines if line is not PAUSE] == []


def test_lines_of_threads_never_mix_and_held_ones_are_not_lost() -> None:
    stream = io.BytesIO()
    output = Output(stream)

    def send(name: int) -> None:
        for number in range(300):
            output.send({"name": name, "number": number}, hold=number % 7 > 0)

    threads = [threading.Thread(target=send, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    output.flush()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 1200
    mine = [line for line in lines if b'"name":2,' in line]
    assert mine == [b'{"name":2,"number":%d}' % number for number in range(300)]
