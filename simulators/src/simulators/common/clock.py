"""A clock that a test can move: every stamp and every expiry in a simulator comes from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Follows real time plus an offset until it is frozen.

    Moving it never waits: `advance(timedelta(hours=1))` makes every token expire at once.
    """

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen_at: datetime | None = None

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at is not None

    def now(self) -> datetime:
        """The simulator's time, aware, in UTC."""
        return self._frozen_at or datetime.now(UTC) + self._offset

    def advance(self, step: timedelta) -> datetime:
        """Move by `step` (negative: back) and return the new time."""
        return self.set(self.now() + step)

    def set(self, moment: datetime) -> datetime:
        """Put the clock to an aware `moment`; it goes on from there unless it is frozen.

        Raises:
            ValueError: `moment` has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("The simulator's clock needs a moment with a time zone.")
        moment = moment.astimezone(UTC)
        if self._frozen_at is not None:
            self._frozen_at = moment
        else:
            self._offset = moment - datetime.now(UTC)
        return moment

    def freeze(self) -> datetime:
        """Stand still; `advance` and `set` still work."""
        self._frozen_at = self.now()
        return self._frozen_at

    def resume(self) -> datetime:
        """Go on from where the clock stands."""
        moment = self.now()
        self._frozen_at = None
        return self.set(moment)
