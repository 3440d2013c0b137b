"""The loopback address to which the browser is led after the consent."""

import queue
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from source_acumatica.errors import ConfigError

PATH: Final = "/callback"
_HOST: Final = "127.0.0.1"
_IDLE_SECONDS: Final = 10  # browsers open connections that they never use
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>source-acumatica</title>
<body style="font-family: sans-serif; max-width: 32em; margin: 4em auto">
<h1>Thank you</h1>
<p>The answer has arrived. The window in which you started <code>source-acumatica authorize</code>
says whether all went well. You may close this page.</p>
</body></html>
"""


def redirect_uri(port: int) -> str:
    """Return the redirect URI, as it must be registered.

    Args:
        port: The port listened on.
    """
    return f"http://localhost:{port}{PATH}"


class Listener:
    """Waits on loopback for the one request that brings the code.

    Args:
        port: The port.

    Raises:
        ConfigError: The port cannot be listened on.
    """

    def __init__(self, port: int) -> None:
        self._arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
        try:
            self._server = ThreadingHTTPServer((_HOST, port), _handler(self._arrived))
        except (OSError, OverflowError) as error:
            raise ConfigError(
                f"Port {port} cannot be listened on ({type(error).__name__}): another program may "
                "use it. Choose one with `--port`, and register its redirect URI too."
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> str:
        """Return the address, without its host, to which the browser was led.

        Args:
            seconds: How long to wait for it.

        Raises:
            ConfigError: It did not come.
        """
        try:
            return self._arrived.get(timeout=seconds)
        except queue.Empty:
            raise ConfigError(
                f"No consent came within {seconds:g} seconds, so nothing was changed. If the "
                "browser showed an error, check that the redirect URI "
                f"{redirect_uri(self._server.server_port)} is registered on form Connected "
                "Applications SM303010 letter by letter; then run the command again."
            ) from None


def _handler(arrived: "queue.SimpleQueue[str]") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_SECONDS

        def do_GET(self) -> None:
            if urlsplit(self.path).path != PATH:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            page = _PAGE.encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(page)
            arrived.put(self.path)

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the base's signature
            """Write nothing: the address holds the code."""

    return Handler
