"""A request to stop: by Ctrl-C, or by SIGTERM from a service manager.

The first one stops in order; a second one ends at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from kit.protocol.session import Session


class Interruption:
    """Whether somebody asked to stop, and what to do when they do."""

    def __init__(self) -> None:
        self.requested = False
        self._sessions: list[Session] = []
        self._actions: list[Callable[[], None]] = []

    def request(self) -> None:
        """Ask to stop; the second time, end everything at once.

        Raises:
            KeyboardInterrupt: This was the second time.
        """
        if self.requested:
            for session in self._sessions:
                session.worker.kill()
            raise KeyboardInterrupt
        self.requested = True
        for action in self._actions:
            threading.Thread(target=action, daemon=True).start()

    @contextmanager
    def watch(self, session: Session, action: Callable[[], None] | None = None) -> Iterator[None]:
        """Kill this connector if everything has to end at once.

        Args:
            session: The running verb.
            action: What to do in a thread of its own when the first request comes.
        """
        self._sessions.append(session)
        if action is not None:
            self._actions.append(action)
            if self.requested:
                action()
        try:
            yield
        finally:
            self._sessions.remove(session)
            if action is not None:
                self._actions.remove(action)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM as requests while the block runs."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            self.request()

        before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
