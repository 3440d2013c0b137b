"""Windows of time, and a state that moves to a window's end.

The stock cursor takes its state from the records it saw: rows that come in no order make that
unsafe, one record with a date in 2099 poisons it, and a stream without changes never moves. Here
the state is the end of the last window that was read whole, whatever was in it.

    start ----- window ----- window ----- ... ----- state of the last run
                                     <-overlap->
                                     window ----- window ----- (open) run's start - lag = next state

The last window has no upper bound: rows that change while it is read stay in it, so no page
shifts, and a row with a stamp in the future is read instead of waited for.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from airbyte_cdk.sources.declarative.parsers.model_to_component_factory import (
    ModelToComponentFactory,
)
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import ConcurrentCursor, CursorField
from airbyte_cdk.sources.streams.concurrent.state_converters.datetime_stream_state_converter import (  # noqa: E501 - a long name
    CustomFormatConcurrentStreamStateConverter,
)
from airbyte_cdk.sources.types import Record, StreamSlice

from source_acumatica.endpoint.plan import plan_of
from source_acumatica.errors import ConfigError
from source_acumatica.settings import Settings

FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%_msZ"
"""How state and `$filter` write a time: UTC, milliseconds, Z."""

OPEN: Final = "open"
"""Extra field of the slice that has no upper bound."""

_CURSOR_FIELDS: Final = ("LastModifiedDateTime", "LastModified")


class WindowStateConverter(CustomFormatConcurrentStreamStateConverter):
    """Writes the end of the first unbroken run of windows as state, and reads any ISO time."""

    def __init__(self) -> None:
        super().__init__(datetime_format=FORMAT, cursor_granularity=timedelta(milliseconds=1))

    def parse_timestamp(self, timestamp: str) -> datetime:
        """Parse a time of a state or a slice.

        Args:
            timestamp: ISO 8601; without an offset it is taken for UTC.

        Raises:
            ConfigError: The state holds something else.
        """
        try:
            moment = datetime.fromisoformat(timestamp)
        except (TypeError, ValueError):
            raise ConfigError(
                "The stored state is not one of this connector. Reset the stream's state and "
                "read it anew."
            ) from None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _get_latest_complete_time(self, slices: list[MutableMapping[str, Any]]) -> Any:  # noqa: ANN401 - the base's type
        return self.merge_intervals(slices)[0][self.END_KEY]


class WindowCursor(ConcurrentCursor):
    """Cuts the time to read into windows; its state ignores the records."""

    def observe(self, record: Record) -> None:
        """Do nothing: a window's end is known before its first record."""

    def stream_slices(self) -> Iterable[StreamSlice]:
        """Yield the windows, oldest first; the last one is marked as open-ended."""
        windows = list(super().stream_slices())
        yield from windows[:-1]
        for last in windows[-1:]:
            yield StreamSlice(
                partition={}, cursor_slice=last.cursor_slice, extra_fields={OPEN: True}
            )


class WindowFactory(ModelToComponentFactory):
    """Makes the CDK's components, with a `WindowCursor` for each datetime cursor."""

    def create_concurrent_cursor_from_datetime_based_cursor(
        self,
        model_type: Any,  # noqa: ARG002, ANN401 - the base's signature
        component_definition: Any,  # noqa: ARG002, ANN401 - the base's signature
        stream_name: str,
        stream_namespace: str | None,
        stream_state: MutableMapping[str, Any],
        config: Mapping[str, Any],
        message_repository: MessageRepository | None = None,
        runtime_lookback_window: timedelta | None = None,  # noqa: ARG002 - for partitions, which we have not
        **_: Any,  # noqa: ANN401 - the base's signature
    ) -> ConcurrentCursor:
        """Make the cursor of one stream.

        Args:
            model_type: Not used: windows come from the settings.
            component_definition: Not used, for the same reason.
            stream_name: The stream.
            stream_namespace: Its namespace, which is none.
            stream_state: The state of the last run.
            config: The config, defaults filled in.
            message_repository: Where states go.
            runtime_lookback_window: Not used.
        """
        settings = Settings.of(config)
        field = plan_of(stream_name, config).cursor_field
        return WindowCursor(
            stream_name=stream_name,
            stream_namespace=stream_namespace,
            stream_state=_renamed(stream_state, field),
            message_repository=message_repository or self.get_message_repository(),
            connector_state_manager=self._connector_state_manager,
            connector_state_converter=WindowStateConverter(),
            cursor_field=CursorField(field),
            slice_boundary_fields=("start_time", "end_time"),
            start=settings.start,  # type: ignore[arg-type]  # the base's type variable
            end_provider=_fixed(  # type: ignore[arg-type]  # the same
                datetime.now(UTC) - settings.lag
            ),
            lookback_window=settings.overlap,
            slice_range=settings.window,
        )


def _fixed(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def _renamed(state: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Keep a state when the endpoint's version, and with it the cursor's name, has changed."""
    for known in _CURSOR_FIELDS:
        if known in state:
            return {field: state[known]}
    return dict(state)
