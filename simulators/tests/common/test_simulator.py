from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from simulators.common import Exchange, Faults, Simulator, VirtualClock, json_response
from simulators.common.exchange import ExchangeLog


class Echo(Simulator):
    NAME = "echo"
    FAULTS = {"busy": "answers 429"}  # noqa: RUF012 - typed in the base class

    def __init__(self) -> None:
        super().__init__(seed=7)
        self.handled = 0

    def routes(self) -> list[BaseRoute]:
        return [Route("/{rest:path}", self.echo, methods=["GET", "POST"])]

    def counts(self) -> dict[str, int]:
        return {"handled": self.handled}

    async def echo(self, request: Request) -> Response:
        self.handled += 1
        if self.faults.fire("busy", request.method, request.url.path):
            return Response(status_code=429)
        return json_response({"body": (await request.body()).decode(), "filler": "x" * 1000})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as simulator:
        yield simulator


def test_an_exchange_is_in_the_log_with_both_bodies(echo: Echo) -> None:
    answer = requests.post(
        f"{echo.url}/a%2Fb/c?x=1&y=%C3%A9", data="hello", headers={"X-Thing": "1"}, timeout=5
    )
    (exchange,) = echo.requests
    assert (exchange.method, exchange.path, exchange.query) == ("POST", "/a%2Fb/c", "x=1&y=%C3%A9")
    assert exchange.segments == ("a/b", "c")
    assert exchange.parameters == (("x", "1"), ("y", "é"))
    assert exchange.parameter("y") == "é"
    assert exchange.parameter("z") is None
    assert exchange.request_headers["x-thing"] == "1"
    assert exchange.request_body == b"hello"
    assert exchange.status == 200
    assert exchange.response_body == answer.content
    assert exchange.response_json()["body"] == "hello"


def test_callbacks_get_every_exchange_even_when_the_log_is_off(echo: Echo) -> None:
    seen: list[Exchange] = []
    echo.on_exchange(seen.append)
    echo.log_exchanges = False
    requests.get(f"{echo.url}/one", timeout=5)
    assert [exchange.path for exchange in seen] == ["/one"]
    assert echo.requests == []


def test_a_failing_callback_is_raised_by_stop() -> None:
    def fail(_exchange: Exchange) -> None:
        raise ValueError("violated")

    echo = Echo()
    echo.on_exchange(fail)
    echo.start()
    assert requests.get(f"{echo.url}/one", timeout=5).status_code == 200
    with pytest.raises(RuntimeError, match="echo simulator failed") as caught:
        echo.stop()
    assert str(caught.value.__cause__) == "violated"


def test_it_restarts_on_the_same_port_and_keeps_its_state(echo: Echo) -> None:
    requests.get(f"{echo.url}/one", timeout=5)
    port = echo.port
    echo.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{echo.url}/two", timeout=5)
    assert echo.start() == port
    requests.get(f"{echo.url}/three", timeout=5)
    assert [exchange.path for exchange in echo.requests] == ["/one", "/three"]


def test_it_cannot_start_twice_nor_on_a_taken_port(echo: Echo) -> None:
    with pytest.raises(RuntimeError, match="already running"):
        echo.start()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            Echo().start(taken.getsockname()[1])


@pytest.mark.parametrize(("name", "handled"), [("drop_request", 0), ("drop_answer", 1)])
def test_dropped_connections(echo: Echo, name: str, handled: int) -> None:
    echo.faults.on(name, count=1)
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{echo.url}/x", data="y", timeout=5)
    assert echo.handled == handled
    assert [exchange.status for exchange in echo.requests] == [0]
    assert requests.get(f"{echo.url}/x", timeout=5).status_code == 200


def test_a_truncated_answer(echo: Echo) -> None:
    echo.faults.on("truncate_answer", count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{echo.url}/x", timeout=5)


@pytest.mark.parametrize(("name", "handled"), [("answer", 0), ("answer_after", 1)])
def test_canned_answers(echo: Echo, name: str, handled: int) -> None:
    echo.faults.on(name, count=1, status=502, body="<h1>Bad</h1>", headers={"Retry-After": "3"})
    answer = requests.post(f"{echo.url}/x", timeout=5)
    assert (answer.status_code, answer.text) == (502, "<h1>Bad</h1>")
    assert answer.headers["Retry-After"] == "3"
    assert echo.handled == handled


def test_latency_is_added(echo: Echo) -> None:
    echo.latency = 0.15
    assert requests.get(f"{echo.url}/x", timeout=5).elapsed.total_seconds() >= 0.15
    assert echo.requests[0].seconds >= 0.15


def test_the_admin_path_shows_and_changes_everything(echo: Echo) -> None:
    admin = f"{echo.base_url}/_simulator"
    requests.get(f"{echo.url}/x", headers={"Authorization": "Bearer planted"}, timeout=5)
    assert requests.put(
        f"{admin}/faults", json={"name": "busy", "count": 1, "path": "^/y"}, timeout=5
    ).ok
    assert requests.put(f"{admin}/latency", json={"seconds": 0.01}, timeout=5).ok
    assert requests.put(
        f"{admin}/clock", json={"frozen": True, "now": "2030-01-01T00:00:00Z"}, timeout=5
    ).ok
    state = requests.get(f"{admin}/", timeout=5).json()
    assert state["counts"] == {"handled": 1}
    assert [fault["name"] for fault in state["faults"]] == ["busy"]
    assert (state["latency"], state["now"]) == (0.01, "2030-01-01T00:00:00+00:00")
    assert requests.get(f"{echo.url}/x", timeout=5).status_code == 200
    assert requests.get(f"{echo.url}/y", timeout=5).status_code == 429
    assert requests.get(f"{echo.url}/y", timeout=5).status_code == 200
    shown = requests.get(f"{admin}/requests?last=5&path=x", timeout=5)
    assert "planted" not in shown.text
    assert [row["path"] for row in shown.json()] == ["/x", "/x"]
    assert requests.delete(f"{admin}/requests", timeout=5).status_code == 204
    assert echo.requests == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"name": "unheard"}),
        ("faults", {"name": "busy", "path": "("}),
        ("faults", []),
        ("latency", {}),
        ("clock", {"now": "2030-01-01T00:00:00"}),
    ],
)
def test_the_admin_path_refuses_nonsense(echo: Echo, path: str, body: object) -> None:
    answer = requests.put(f"{echo.base_url}/_simulator/{path}", json=body, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_clock_moves_stands_still_and_goes_on() -> None:
    clock = VirtualClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    clock.set(datetime(2024, 1, 1, tzinfo=UTC))
    clock.freeze()
    first = clock.now()
    assert clock.now() == first
    assert clock.advance(timedelta(days=1)) == first + timedelta(days=1)
    clock.resume()
    assert clock.now() >= first + timedelta(days=1)
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2024, 1, 1))  # noqa: DTZ001 - the naive moment is the case


def test_faults_by_count_skip_and_seeded_chance() -> None:
    faults = Faults({"busy": ""}, seed=3)
    faults.on("busy", count=2, skip=1, method="GET")
    assert faults.fire("busy", "PUT", "/") is None
    hits = [faults.fire("busy", "GET", "/") is not None for _ in range(5)]
    assert hits == [False, True, True, False, False]
    draws = []
    for _ in range(2):
        again = Faults({"busy": "", "other": ""}, seed=3)
        again.on("other", probability=0.5)
        again.on("busy", probability=0.5)
        draws.append([again.fire("busy") is not None for _ in range(50)])
    assert draws[0] == draws[1]
    assert 10 < sum(draws[0]) < 40
    with pytest.raises(ValueError, match="Known: answer"):
        faults.on("unheard")


def test_the_log_is_bounded_by_number_and_by_bytes() -> None:
    def exchange(body: bytes) -> Exchange:
        return Exchange("GET", "/", "", {}, b"", 200, {}, body, datetime.now(UTC), 0.0)

    log = ExchangeLog(max_exchanges=3, max_bytes=100)
    for _ in range(5):
        log.append(exchange(b"x"))
    assert len(log.snapshot()) == 3
    log.append(exchange(b"y" * 99))
    assert [len(kept.response_body) for kept in log.snapshot()] == [1, 99]
    log.append(exchange(b"z" * 500))
    assert [len(kept.response_body) for kept in log.snapshot()] == [500]


def test_a_request_that_never_arrives_whole_is_not_handled(echo: Echo) -> None:
    with socket.create_connection(("127.0.0.1", echo.port), timeout=5) as client:
        client.sendall(b"POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this")
    assert requests.get(f"{echo.url}/after", timeout=5).ok
    assert [exchange.path for exchange in echo.requests] == ["/after"]
    assert echo.handled == 1
