"""Errors of the mapping room: one for a wrong catalog, two that end the mapping of one record."""

from __future__ import annotations

from typing import Self

from kit.protocol.errors import ConfigError
from kit.protocol.reasons import Reason


class CatalogError(ConfigError):
    """A catalog is wrong at one place.

    Args:
        message: What is wrong there and, where it is known, what would be right.
        file: The catalog's file, as the user knows it.
        line: Line in that file, counted from 1.
        field: Dotted place inside the catalog, such as `streams.orders.fields.order_total`.
    """

    def __init__(self, message: str, *, file: str, line: int, field: str) -> None:
        place = f"{file}:{line}: {field}" if field else f"{file}:{line}"
        super().__init__(f"{place}: {message}", setting=field or None)
        self.file = file
        self.line = line
        self.field = field
        self.problem = message


class BadValueError(Exception):
    """A value of one record has the wrong type or form; never leaves this room.

    Args:
        message: What is wrong, without the value itself: it may be personal data.
        field: Dotted path of the output field, filled in on the way up.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self._is_rooted = False

    def rooted(self, name: str) -> Self:
        """Put a name of the rule before the path, and keep it first wherever the name is used."""
        self.within(name)
        self._is_rooted = True
        return self

    def within(self, name: str) -> Self:
        """Put the name of the enclosing field before the path, and return the error itself."""
        if self._is_rooted:
            return self
        joint = "" if not self.field or self.field.startswith("[") else "."
        self.field = f"{name}{joint}{self.field}"
        return self

    @property
    def detail(self) -> str:
        """The sentence for a summary: the field, then what is wrong with it."""
        return f"`{self.field}`: {self.message}" if self.field else self.message


class MissingRowError(Exception):
    """A row that a lookup needs has not been delivered yet; never leaves this room.

    Args:
        reason: What the catalog says of such a record.
        stream: The stream that was asked.
        field: The field that was compared.
        value: The value that no row has, as text.
    """

    def __init__(self, reason: Reason, *, stream: str, field: str, value: str) -> None:
        super().__init__(f"{stream}:{field}={value}")
        self.reason = reason
        self.waits_for = f"{stream}:{field}={value}"
        self.detail = f"no row of `{stream}` has `{field}` {value}"
