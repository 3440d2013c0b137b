"""Windows of time, and a state that moves to a window's end.

The stock cursor takes its state from the records it saw: rows that come in no order make that
unsafe, one record with a date in 2099 poisons it, and a stream without changes never moves. Here
the state is the end of the last window that was read whole, whatever was in it.

    start ----- window ----- window ----- ... ----- state of the last run
                                     <-overlap->
                                     window ----- window ----- (open) run's start - lag = next state

The last window has no upper bound: rows that change while it is read stay in it, so no page
shifts, and a row with a stamp in the future is read instead of waited for.

Neighbouring windows travel together as one slice, so that years of silence cost a request or two.
"""

from collections.abc import Iterable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from airbyte_cdk.sources.declarative.interpolation import InterpolatedString
from airbyte_cdk.sources.declarative.parsers.model_to_component_factory import (
    ModelToComponentFactory,
)
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import ConcurrentCursor, CursorField
from airbyte_cdk.sources.streams.concurrent.state_converters.datetime_stream_state_converter import (  # noqa: E501 - a long name
    IsoMillisConcurrentStreamStateConverter,
)
from airbyte_cdk.sources.types import Record, StreamSlice

from source_acumatica.errors import ConfigError
from source_acumatica.reading.comparing import begin_if_due, reads_all_again
from source_acumatica.reading.parts import MILLISECOND, Part, moment_of, text_of
from source_acumatica.settings import Settings

START: Final = "start_time"
END: Final = "end_time"
"""Bounds of a slice, as `$filter` is written with them."""

OPEN: Final = "open"
"""Extra field of a slice: whether it has no upper bound."""

STARTS: Final = "starts"
"""Extra field of a slice: where each of its windows begins."""

_MOST_TOGETHER: Final = 8
_CURSOR_FIELDS: Final = ("LastModifiedDateTime", "LastModified")


def windows_of(a_slice: StreamSlice | None) -> list[Part]:
    """Return the windows of a slice, oldest first.

    Args:
        a_slice: A slice of `WindowCursor`; of a stream that has no cursor, an empty one or none.
    """
    if not a_slice:
        return [Part(datetime.min.replace(tzinfo=UTC), None)]
    starts = [_known(start) for start in a_slice.extra_fields[STARTS]]
    end = None if a_slice.extra_fields[OPEN] else _known(a_slice[END])
    return [Part(*bounds) for bounds in zip(starts, [*starts[1:], end], strict=True)]


def slice_of(part: Part) -> StreamSlice:
    """Return the slice that a part is asked for with.

    Args:
        part: The part.
    """
    bounds = {START: text_of(part.start)}
    if part.before is not None:
        bounds[END] = text_of(part.before)
    return StreamSlice(partition={}, cursor_slice=bounds, extra_fields={OPEN: part.before is None})


def _known(text: Any) -> datetime:  # noqa: ANN401 - JSON of any shape
    moment = moment_of(text)
    if moment is None:
        raise ConfigError(
            "The stored state is not one of this connector. Reset the stream's state and read it "
            "anew."
        )
    return moment


class WindowStateConverter(IsoMillisConcurrentStreamStateConverter):
    """Writes the end of the first unbroken run of windows as state, and reads any ISO time."""

    def __init__(self) -> None:
        super().__init__(cursor_granularity=MILLISECOND)

    def parse_timestamp(self, timestamp: str) -> datetime:
        """Parse a time of a state or a slice.

        Args:
            timestamp: ISO 8601; without an offset it is taken for UTC.

        Raises:
            ConfigError: The state holds something else.
        """
        return _known(timestamp)

    def output_format(self, timestamp: datetime) -> str:
        """Write a time as states and `$filter` have it.

        Args:
            timestamp: The time, UTC.
        """
        return text_of(timestamp)

    def _get_latest_complete_time(self, slices: list[MutableMapping[str, Any]]) -> Any:  # noqa: ANN401 - the base's type
        return self.merge_intervals(slices)[0][self.END_KEY]


class WindowCursor(ConcurrentCursor):
    """Cuts the time to read into windows; its state ignores the records.

    Attributes:
        workers: How many slices are read at the same time.
    """

    workers: int = 1

    def observe(self, record: Record) -> None:
        """Do nothing: a window's end is known before its first record."""

    def stream_slices(self) -> Iterable[StreamSlice]:
        """Yield neighbouring windows as slices, oldest first; the last one is open-ended."""
        windows = list(super().stream_slices())
        together = max(1, min(_MOST_TOGETHER, len(windows) // self.workers))
        for first in range(0, len(windows), together):
            group = windows[first : first + together]
            yield StreamSlice(
                partition={},
                cursor_slice={START: group[0][START], END: group[-1][END]},
                extra_fields={
                    STARTS: [window[START] for window in group],
                    OPEN: group[-1] is windows[-1],
                },
            )

    def close_part(self, part: Part, of: StreamSlice) -> None:
        """Move the state to the end of a part, now that its records are out.

        The last part of a slice is left to `close_partition`, which moves the state the same way.

        Args:
            part: A part of the slice.
            of: The slice.
        """
        if part.before is None or part.before >= _known(of[END]):
            return
        converter = self._connector_state_converter
        read = {converter.START_KEY: part.start, converter.END_KEY: part.before}
        with self._lock:
            self._concurrent_state["slices"].append(read)
            self._merge_partitions()
            self._emit_state_message()


class WindowFactory(ModelToComponentFactory):
    """Makes the CDK's components, with a `WindowCursor` for each datetime cursor."""

    def create_concurrent_cursor_from_datetime_based_cursor(
        self,
        model_type: Any,  # noqa: ARG002, ANN401 - the base's signature
        component_definition: Any,  # noqa: ANN401 - the base's signature
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
            component_definition: Names the cursor's field.
            stream_name: The stream.
            stream_namespace: Its namespace, which is none.
            stream_state: The state of the last run.
            config: The config, defaults filled in.
            message_repository: Where states go.
            runtime_lookback_window: Not used.
        """
        settings = Settings.of(config)
        field = _field_of(component_definition, config)
        end = datetime.now(UTC) - settings.lag
        state = _renamed(stream_state, field)
        if reads_all_again(stream_name, self._stream_name_to_configured_stream, settings):
            state = begin_if_due(state, field, end, settings.full_compare)
        cursor = WindowCursor(
            stream_name=stream_name,
            stream_namespace=stream_namespace,
            stream_state=state,
            message_repository=message_repository or self.get_message_repository(),
            connector_state_manager=self._connector_state_manager,
            connector_state_converter=WindowStateConverter(),
            cursor_field=CursorField(field),
            slice_boundary_fields=(START, END),
            start=settings.start,  # type: ignore[arg-type]  # the base's type variable
            end_provider=lambda: end,  # type: ignore[arg-type, return-value]  # the same
            lookback_window=settings.overlap,
            slice_range=settings.window,
        )
        cursor.workers = int(config["num_workers"])
        return cursor


def _field_of(definition: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    parameters = definition.get("parameters") or {}
    text = InterpolatedString.create(definition["cursor_field"], parameters=parameters)
    return str(text.eval(config))


def _renamed(state: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Keep a state when the endpoint's version, and with it the cursor's name, has changed."""
    renamed = dict(state)
    for known in _CURSOR_FIELDS:
        if known in state and field not in state:
            renamed[field] = renamed.pop(known)
    return renamed
