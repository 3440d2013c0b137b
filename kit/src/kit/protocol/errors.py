"""The error tree, by what the caller can do about it.

    GlueError
    ├── ConfigError       mend a setting, then start again (exit code 1, no traceback)
    ├── RetryLater        nothing is wrong with the data; try again after a while
    ├── RecordRejected    this record cannot be written; the others go on
    ├── ConsentBlocked    this record must not be written; the others go on
    └── FatalError        stop; the state is kept, and a later run goes on from there

A message says what happened, to which record and field, what became of the data, and what to
do next. It never carries a secret or personal data beyond the key that the reader asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kit.protocol.reasons import Reason


class GlueError(Exception):
    """The root of every error that is raised on purpose."""


class ConfigError(GlueError):
    """A setting is missing or wrong.

    Args:
        message: One sentence that names the setting and the fix.
        setting: Dotted path of the setting, such as `credentials.api_key`.
    """

    def __init__(self, message: str, *, setting: str | None = None) -> None:
        super().__init__(message)
        self.setting = setting


class RetryLater(GlueError):  # noqa: N818 - named after what the caller does
    """A passing fault: a throttle, a time-out, a server error.

    Args:
        message: What failed and how often it was tried.
        after: Seconds that the other side asked us to wait, if it did.
    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class RecordRejected(GlueError):  # noqa: N818 - named after what happened to the record
    """One record cannot be written as it is.

    Args:
        reason: The documented reason; it knows what to do about it.
        message: What the other side said, without personal data.
        field: Dotted path of the offending field, if one is known.
    """

    def __init__(self, reason: Reason, message: str = "", *, field: str | None = None) -> None:
        super().__init__(message or reason.meaning)
        self.reason = reason
        self.field = field


class ConsentBlocked(RecordRejected):
    """One record must not be written, because the person did not agree or said no."""


class FatalError(GlueError):
    """The run cannot go on; what was acknowledged stays, the state is kept."""
