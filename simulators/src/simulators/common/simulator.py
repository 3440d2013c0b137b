"""What every simulator is made of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import ClassVar, Final, Self

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from simulators.common.admin import admin_routes
from simulators.common.clock import VirtualClock
from simulators.common.exchange import Exchange, ExchangeLog
from simulators.common.faults import Faults
from simulators.common.middleware import ADMIN_PREFIX, SimulatorMiddleware
from simulators.common.server import ServerThread

HOST: Final = "127.0.0.1"


class Simulator:
    """A stand-in for one system: real HTTP on loopback, state changed through Python.

    A subclass sets `NAME` and `FAULTS`, and gives `routes()`, `admin_routes()`, `counts()`,
    `credentials()` and `by_hand()`. Its handlers hold `self.lock` while they touch data,
    and so do its Python methods: the server runs in a thread of its own.

    Attributes:
        clock: the virtual clock, source of every stamp and expiry.
        faults: the switchable faults, `FAULTS` and `simulators.common.faults.TRANSPORT_FAULTS`.
        latency: seconds added to every answer.
        log_exchanges: False = `requests` stays as it is (callbacks still get every exchange).
        lock: guards the subclass's data.
    """

    NAME: ClassVar[str] = "simulator"
    FAULTS: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self, *, seed: int = 0, latency: float = 0.0, clock: VirtualClock | None = None
    ) -> None:
        self.random_seed = seed
        self.clock = clock or VirtualClock()
        self.faults = Faults(self.FAULTS, seed=seed)
        self.latency = latency
        self.log_exchanges = True
        self.lock = threading.RLock()
        self._log = ExchangeLog()
        self._callbacks: list[Callable[[Exchange], None]] = []
        self._callback_error: Exception | None = None
        self._thread: ServerThread | None = None

    # What a subclass gives.

    def routes(self) -> Sequence[BaseRoute]:
        """The routes of the simulated API."""
        raise NotImplementedError

    def admin_routes(self) -> Sequence[BaseRoute]:
        """More routes below `/_simulator`, such as `Route("/data", ...)`."""
        return ()

    def counts(self) -> Mapping[str, int]:
        """How many of each thing it holds; shown by `GET /_simulator/`."""
        return {}

    def credentials(self) -> Mapping[str, str]:
        """What a user types into a client; printed when it is started by hand."""
        return {}

    @classmethod
    def by_hand(cls, *, seed: int, empty: bool) -> Self:
        """One to play with: the wholesaler's data, or none."""
        raise NotImplementedError

    # Life.

    def start(self, port: int | None = None) -> int:
        """Serve; None = the port of the last start, or any free one. Returns the port."""
        if self._thread is None:
            self._thread = ServerThread(self._application())
        return self._thread.start(port)

    def stop(self) -> None:
        """Stop answering; data, log and port number stay.

        Raises:
            RuntimeError: an `on_exchange` callback raised since the last stop.
        """
        if self._thread is not None:
            self._thread.stop()
        error, self._callback_error = self._callback_error, None
        if error is not None:
            raise RuntimeError(f"A callback of the {self.NAME} simulator failed.") from error

    def restart(self) -> int:
        """Stop, and start again on the same port."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port of the last start."""
        return self._thread.port if self._thread is not None else 0

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`, no slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """Where the simulated API begins."""
        return self.base_url

    # What was asked.

    @property
    def requests(self) -> list[Exchange]:
        """The last exchanges, oldest first (see `ExchangeLog` for the bound)."""
        return self._log.snapshot()

    def clear_requests(self) -> None:
        """Empty the log."""
        self._log.clear()

    def on_exchange(self, callback: Callable[[Exchange], None]) -> None:
        """Hand every exchange to `callback`, in the server's thread, before the client sees it."""
        self._callbacks.append(callback)

    def record(self, exchange: Exchange) -> None:
        """Log one exchange and hand it to the callbacks; called by the middleware."""
        if self.log_exchanges:
            self._log.append(exchange)
        for callback in self._callbacks:
            try:
                callback(exchange)
            except Exception as error:  # noqa: BLE001 - kept, and raised by stop()
                self._callback_error = self._callback_error or error

    def _application(self) -> SimulatorMiddleware:
        admin = Mount(ADMIN_PREFIX, routes=[*admin_routes(self), *self.admin_routes()])
        return SimulatorMiddleware(Starlette(routes=[admin, *self.routes()]), self)
