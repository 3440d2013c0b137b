"""How long the connector goes on asking a service that does not answer.

A read has many companies in several streams. Each would wait through all of its retries by
itself when the service is away; so the patience is one for the whole process.
"""

import threading


class Patience:
    """Whether passing faults are still waited for. Thread-safe."""

    def __init__(self) -> None:
        self._at_an_end = threading.Event()

    @property
    def at_an_end(self) -> bool:
        """Whether a request was given up, and none was answered since."""
        return self._at_an_end.is_set()

    def end(self) -> None:
        """Note that a request was given up: the next ones are sent once, and not again."""
        self._at_an_end.set()

    def renew(self) -> None:
        """Note that the service answers."""
        self._at_an_end.clear()


PATIENCE = Patience()
"""That of this process: it reads one service."""
