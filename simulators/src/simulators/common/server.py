"""A uvicorn server in a thread, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT: Final = "simulators.transport"
_START_SECONDS: Final = 10.0
_TICK_SECONDS: Final = 1.0
_GRACE_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.002


class _Protocol(HttpToolsProtocol):
    """Hands the connection to the application, so that a fault can close it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


class _Server(uvicorn.Server):
    """Starts and stops at once, where the original looks ten times a second whether it should."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _TICK_SECONDS)
            await self.on_tick(0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _GRACE_SECONDS
        while (state.connections or state.tasks) and loop.time() < deadline:  # noqa: ASYNC110 - uvicorn gives no event
            await asyncio.sleep(_POLL_SECONDS)
        for task in state.tasks:
            task.cancel()

    def request_stop(self) -> None:
        """Stop, from another thread."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)


class ServerThread:
    """Serves an ASGI application on 127.0.0.1 until it is stopped; can start again."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - any ASGI application
        self._app = app
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The port in use, or the last one; 0 before the first start."""
        return self._port

    @property
    def running(self) -> bool:
        """Whether it answers."""
        return self._thread is not None

    def start(self, port: int | None = None) -> int:
        """Serve on `port`; None = the port of the last start, or any free one. Returns the port.

        Raises:
            RuntimeError: it is running already, or it did not come up in 10 seconds.
            OSError: the port is taken.
        """
        if self._thread is not None:
            raise RuntimeError(f"The simulator is already running on port {self._port}.")
        listener = _listen(self._port if port is None else port)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            loop="asyncio",
            http=_Protocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_level="critical",
            server_header=False,
            timeout_keep_alive=60,
        )
        server = self._server = _Server(config)
        self._thread = threading.Thread(
            target=_serve, args=(server, listener), name=f"simulator-{self._port}", daemon=True
        )
        self._thread.start()
        if not server.ready.wait(_START_SECONDS):
            raise RuntimeError(f"The simulator did not start on port {self._port}.")
        return self._port

    def stop(self) -> None:
        """Stop answering and free the port; does nothing if it is not running."""
        if self._thread is None or self._server is None:
            return
        self._server.request_stop()
        self._thread.join()
        self._thread = self._server = None


def _listen(port: int) -> socket.socket:
    # The protocol is named so that asyncio switches Nagle's algorithm off: it costs 40 ms a call.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _serve(server: _Server, listener: socket.socket) -> None:
    with contextlib.closing(listener):
        asyncio.run(server.serve(sockets=[listener]))
