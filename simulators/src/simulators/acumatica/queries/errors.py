"""What can be wrong with a query."""

from __future__ import annotations


class UnknownFieldError(KeyError):
    """A query names a field that the entity does not have in this version."""
