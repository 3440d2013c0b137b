"""Named faults that can be switched on: always, a number of times, or by a seeded chance."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

TRANSPORT_FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "drop_request": "close the connection before the request is handled",
        "drop_answer": "handle the request, then close the connection without an answer",
        "truncate_answer": "handle the request, send half of the body, close the connection",
        "slow": "wait `seconds` (default 5) before the request is handled",
        "answer": "answer `status` (default 503) with `body` (text) and `content_type`, unhandled",
        "answer_after": "handle the request, then answer like `answer` instead",
    }
)
"""Faults that every simulator has, carried out below the application."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is switched on.

    Attributes:
        name: one of the simulator's known faults.
        count: how many requests it still hits; None = until it is switched off.
        skip: how many matching requests it lets pass first.
        probability: chance to hit a matching request, 0 to 1, drawn from the seed.
        method: only requests of this method.
        path: regular expression searched in the decoded path (no query).
        options: what the fault itself takes, such as `status` or `seconds`.
    """

    name: str
    count: int | None = None
    skip: int = 0
    probability: float = 1.0
    method: str | None = None
    path: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one of those that this fault is for."""
        if self.method is not None and self.method.upper() != method:
            return False
        return self.path is None or re.search(self.path, path) is not None


class Faults:
    """The faults of one simulator. Thread-safe.

    Example:
        `erp.faults.on("busy", count=3, path="Customer")`, later `erp.faults.off()`.
    """

    def __init__(self, known: Mapping[str, str], *, seed: int = 0) -> None:
        self.known: Mapping[str, str] = {**TRANSPORT_FAULTS, **known}
        self._seed = seed
        self._active: dict[str, Fault] = {}
        self._chance: dict[str, random.Random] = {}
        self._lock = threading.Lock()

    def on(
        self,
        name: str,
        *,
        count: int | None = None,
        skip: int = 0,
        probability: float = 1.0,
        method: str | None = None,
        path: str | None = None,
        **options: object,
    ) -> None:
        """Switch a fault on (again: replaces it). See `Fault` for the parameters.

        Raises:
            ValueError: the simulator has no fault of this name.
            re.error: `path` is no regular expression.
        """
        if name not in self.known:
            raise ValueError(
                f"No fault is called {name!r}. Known: {', '.join(sorted(self.known))}."
            )
        if path is not None:
            re.compile(path)
        with self._lock:
            self._active[name] = Fault(name, count, skip, probability, method, path, options)
            # A text seed: the draws do not depend on the other faults nor on hash randomisation.
            self._chance[name] = random.Random(f"{self._seed}:{name}")  # noqa: S311 - no secret

    def off(self, name: str | None = None) -> None:
        """Switch one fault off, or all."""
        with self._lock:
            if name is None:
                self._active.clear()
            else:
                self._active.pop(name, None)

    def active(self) -> dict[str, Fault]:
        """The faults that are on, with what is left of their counts."""
        with self._lock:
            return dict(self._active)

    def fire(self, name: str, method: str = "", path: str = "") -> Fault | None:
        """Ask whether a fault hits this request; uses up one of its count if it does."""
        if name not in self._active:
            return None
        with self._lock:
            fault = self._active.get(name)
            if fault is None or not fault.matches(method, path):
                return None
            if fault.skip > 0:
                self._active[name] = replace(fault, skip=fault.skip - 1)
                return None
            if fault.probability < 1.0 and self._chance[name].random() >= fault.probability:
                return None
            self._use(fault)
            return fault

    def _use(self, fault: Fault) -> None:
        if fault.count is None:
            return
        if fault.count <= 1:
            del self._active[fault.name]
        else:
            self._active[fault.name] = replace(fault, count=fault.count - 1)
