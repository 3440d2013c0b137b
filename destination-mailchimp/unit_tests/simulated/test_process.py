"""The connector as a process of its own: killed, told to stop, and started again."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.protocol.connector import Call, ProcessConnector, Verb
from kit.protocol.messages import Record
from kit.protocol.session import Session
from simulators.mailchimp import MailchimpSimulator

Make = Callable[..., Any]
OBJECTS = ("products", "members", "customers", "orders")


@pytest.fixture
def rows(product: Make, member: Make, customer: Make, order: Make) -> list[Any]:
    people = [f"p{number}@shop.test" for number in range(60)]
    return [
        product(),
        *(member(each, "granted", tags=["b2b"]) for each in people),
        *(customer(each) for each in people[:20]),
        *(order(f"INV/{number}", people[number]) for number in range(40)),
    ]


@pytest.fixture
def start(runner: Any) -> Iterator[Callable[[], Session]]:
    sessions: list[Session] = []
    catalog = {"streams": [{"stream": {"name": name}} for name in OBJECTS]}
    command = [str(Path(sys.executable).with_name("destination-mailchimp"))]

    def begin() -> Session:
        call = Call(Verb.WRITE, config=runner.config(), catalog=catalog)
        session = ProcessConnector(command).start(call)
        session.start_inbox()
        sessions.append(session)
        return session

    yield begin
    for session in sessions:
        session.close()


def _send(session: Session, lines: list[bytes]) -> None:
    for line in lines:
        session.send(line)
    session.flush()


def _wait_for_writes(mc: MailchimpSimulator, count: int) -> None:
    deadline = time.monotonic() + 20
    while mc.writes < count:
        assert time.monotonic() < deadline, f"only {mc.writes} writes in twenty seconds"
        time.sleep(0.005)


def _finish(session: Session) -> tuple[int, list[str]]:
    kinds = []
    while (message := session.receive()) is not None:
        if isinstance(message, Record):
            kinds.append(str(message.data["kind"]))
    return session.finish(), kinds


@pytest.mark.slow
@pytest.mark.breaks_contract  # a kill may cut a request in two
@pytest.mark.parametrize("writes", [2, 40, 130, 160])
def test_killed_and_started_again_it_ends_in_the_same_state(
    runner: Any,
    mc: MailchimpSimulator,
    make_runner: Make,
    rows: list[Any],
    start: Callable[[], Session],
    writes: int,
) -> None:
    mc.latency = 0.01
    killed = start()
    _send(killed, runner.lines(rows))
    _wait_for_writes(mc, writes)
    killed.worker.kill()
    assert killed.finish() == -9
    again = start()
    _send(again, runner.lines(rows))
    again.close_input()
    code, kinds = _finish(again)
    assert code == 0
    assert len(kinds) == len(rows)
    with MailchimpSimulator() as undisturbed:
        make_runner(undisturbed).write(rows)
        assert mc.state_fingerprint() == undisturbed.state_fingerprint()
    assert mc.notifications == []
    assert mc.stores()[0]["is_syncing"] is False


@pytest.mark.slow
def test_told_to_stop_it_reports_the_calls_in_hand(
    runner: Any, mc: MailchimpSimulator, rows: list[Any], start: Callable[[], Session]
) -> None:
    mc.latency = 0.05
    session = start()
    _send(session, runner.lines(rows[1:61], end=False)[:60])
    _wait_for_writes(mc, 10)
    session.worker.terminate()
    code, kinds = _finish(session)
    assert code == 143
    assert kinds.count("created") == len(kinds)
    assert len(kinds) == len(mc.members())
    assert len(kinds) < 60
