"""Why a run does not go on, beyond the errors of the protocol."""

from __future__ import annotations

from kit.protocol.errors import GlueError


class HeldError(GlueError):
    """A person has to approve a plan first."""


class InterruptedRunError(GlueError):
    """Somebody asked to stop; what was done is stored."""
