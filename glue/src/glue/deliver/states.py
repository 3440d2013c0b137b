"""States on their way through the destination and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from kit.protocol.messages import State, stream_state_message


class StateBook:
    """Gives each state an id, and knows an echo by it; else by its stream.

    A destination built on the stock CDK loses the id of a state that it echoes.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[str, dict[str, Any]]] = {}

    def send(self, stream: str, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the message that carries a state.

        Args:
            stream: Whose state; the echo is known by it.
            state: The inside of a STATE message.
        """
        number = next(self._numbers)
        self._waiting[number] = (stream, dict(state))
        return {"type": "STATE", "state": {**state, "id": number}}

    def send_marker(self, stream: str) -> dict[str, Any]:
        """Return a state of our own, which stands for all records of a stream before it."""
        return self.send(stream, stream_state_message(stream, {"delivered": True})["state"])

    def echoed(self, message: State) -> tuple[str, dict[str, Any]] | None:
        """Return stream and state of an echo, as they were given; None if it is not known."""
        number = message.id
        if number is None:
            number = next(
                (each for each, (stream, _) in self._waiting.items() if stream == message.stream),
                None,
            )
        return None if number is None else self._waiting.pop(number, None)

    def missing(self) -> Iterator[str]:
        """Yield the streams whose state did not come back."""
        for stream, _ in self._waiting.values():
            yield stream
