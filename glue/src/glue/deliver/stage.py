"""One `write` for the whole run: level by level, intents before records, outcomes into the ledger.

A destination of ours answers each record; one of somebody else's answers with the echo of a state,
which acknowledges all records of its stream before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from glue.connectors import Client
from glue.deliver.breaker import Breaker
from glue.deliver.decide import Moment
from glue.deliver.inflight import InFlight, Sent
from glue.deliver.messages import configured_catalog, plain_record_line, record_line
from glue.deliver.states import StateBook
from glue.interruption import Interruption
from glue.ledger import Ledger
from glue.ledger.attempts import unreported
from glue.ledger.values import Delivery, Due, Intent
from glue.mapper import Mapper, objects_of
from glue.observer import Observer, Stage
from glue.report import ObjectCounts, Report
from kit.protocol.connector import Verb
from kit.protocol.errors import FatalError
from kit.protocol.handshake import END_LINE, HIDDEN_SETTING, RunRequest
from kit.protocol.jsonlines import dumps
from kit.protocol.messages import Message, Record, State, TraceError
from kit.protocol.outcomes import OUTCOMES_STREAM, Outcome
from kit.protocol.reasons import Reason
from kit.protocol.session import Session

WINDOW: Final = 4_000
"""Records in flight at most: what a destination that is slow to answer may hold."""
_POLL_SECONDS: Final = 0.5
_log = structlog.get_logger("glue.deliver")


class Deliverer:
    """Delivers what is due.

    Args:
        destination: Where to.
        ledger: What is due.
        mapper: The mapping catalog: the order of objects.
        moment: The run and its settings.
        report: Where counts go.
        observer: Who watches.
        interruption: Whether somebody asked to stop.
    """

    def __init__(
        self,
        destination: Client,
        ledger: Ledger,
        mapper: Mapper,
        moment: Moment,
        report: Report,
        observer: Observer,
        interruption: Interruption,
    ) -> None:
        self._destination = destination
        self._ledger = ledger
        self._mapper = mapper
        self._moment = moment
        self._report = report
        self._observer = observer
        self._interruption = interruption
        self._reports = destination.speaks_glue
        self._in_flight = InFlight(ledger.attempts, moment.settings_hash)
        self._book = StateBook()
        self._breaker = Breaker()
        self._tripped: Reason | None = None
        self._trace: TraceError | None = None
        self._states: Mapping[str, Mapping[str, Any]] = {}

    def deliver(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Send what is due, and keep the states once all before them is terminal.

        Args:
            states: The source's states, by stream.

        Raises:
            ConfigError: The destination says that its settings are wrong.
            FatalError: It died, or too much was refused. What it answered is stored.
        """
        self._states = states
        expected = self._ledger.deliveries.count_due()
        if not expected:
            self._keep_all(states)
            return
        self._report.reports_outcomes = self._reports
        if self._report.planned and not self._reports:
            self._note_unknown(expected)
            return
        self._observer.stage_began(Stage.DELIVER, sum(expected.values()))
        with self._start(expected) as session:
            session.start_inbox()
            try:
                self._send_all(session)
            except BrokenPipeError:
                pass  # it died: what it said until then is in the inbox
            finally:
                session.close_input()
                self._drain(session)
                self._in_flight.store()
            code = session.finish()
        self._judge(code)
        self._observer.stage_ended(Stage.DELIVER)

    def _note_unknown(self, expected: Mapping[str, int]) -> None:
        """Say what a plan cannot know: a destination of somebody else has no dry run."""
        records = ", ".join(f"{count:,} {name}" for name, count in expected.items())
        self._report.notes.append(
            f"A run would send {records} to `{self._destination.name}`. It cannot say beforehand "
            "what would become of them, so it was not asked."
        )

    def _start(self, expected: Mapping[str, int]) -> Any:  # noqa: ANN401 - a context manager of a session
        extra: dict[str, Any] = {}
        if self._reports:
            request = RunRequest(run_id=str(self._moment.run_id), expected=expected)
            extra[HIDDEN_SETTING] = request.to_json()
            if self._report.planned:
                extra["dry_run"] = True
        catalog = configured_catalog(objects_of(self._mapper))
        return self._destination.start(Verb.WRITE, catalog=catalog, extra=extra)

    @property
    def _stops(self) -> bool:
        return self._interruption.requested or self._tripped is not None

    def _send_all(self, session: Session) -> None:
        for level in self._mapper.levels:
            for name in level:
                self._send_object(session, name)
            if self._reports:
                self._await(session, 0)
                self._in_flight.store()  # what waits for this level becomes due with it
        if self._stops or session.output_ended:
            return
        if self._reports:
            for stream, state in self._states.items():
                session.send(dumps(self._book.send(stream, state)))
            session.send(END_LINE)
            session.flush()

    def _send_object(self, session: Session, name: str) -> None:
        sent = 0
        for batch in self._ledger.deliveries.due(name, at_least=Due.SEND):
            self._await(session, WINDOW - len(batch))
            if self._stops or session.output_ended:
                return
            self._send_group(session, name, batch)
            sent += len(batch)
        if sent and not self._reports:
            session.send(dumps(self._book.send_marker(name)))
            session.flush()

    def _send_group(self, session: Session, name: str, batch: Sequence[Delivery]) -> None:
        intents = self._ledger.attempts.intend(
            name,
            [(each.key, each.wanted or "{}", each.wanted_hash or "") for each in batch],
            run_id=self._moment.run_id,
            catalog_hash=self._mapper.hash,
            now=datetime.now(UTC),
        )
        self._report.objects.setdefault(name, ObjectCounts()).sent += len(intents)
        for intent, delivery in zip(intents, batch, strict=True):
            session.send(self._line(intent, delivery))
        session.flush()

    def _line(self, intent: Intent, delivery: Delivery) -> bytes:
        if not self._reports:
            return plain_record_line(intent)
        previous = self._previous_key(delivery)
        self._in_flight.add(Sent(intent, closes=previous))
        return record_line(intent, delivery, previous)

    def _previous_key(self, delivery: Delivery) -> str | None:
        """Return the key that this object had before, if it may take that one's place."""
        before = delivery.moved_from
        if before is None or delivery.acked_hash is not None:
            return None
        gone = self._ledger.deliveries.sources_gone(delivery.object, before)
        return before if gone else None

    def _await(self, session: Session, at_most: int) -> None:
        """Take what came; wait until no more than so many records are under way."""
        self._take_all(session)
        while len(self._in_flight) > at_most and not self._stops and not session.output_ended:
            message = session.receive(_POLL_SECONDS)
            if message is not None:
                self._take(message)
                self._take_all(session)
            self._in_flight.store_if_old()

    def _take_all(self, session: Session) -> None:
        while (message := session.receive(0)) is not None:
            self._take(message)

    def _drain(self, session: Session) -> None:
        """Take all that still comes; the input is closed, so it ends."""
        while not session.output_ended:
            message = session.receive(_POLL_SECONDS)
            if message is not None:
                self._take(message)
            self._in_flight.store_if_old()

    def _take(self, message: Message) -> None:
        if isinstance(message, Record):
            if message.stream == OUTCOMES_STREAM and self._reports:
                self._take_outcome(message.data)
        elif isinstance(message, State):
            self._take_state(message)
        elif isinstance(message, TraceError):
            self._trace = message
        else:
            self._destination.take(message)

    def _take_outcome(self, data: Mapping[str, Any]) -> None:
        try:
            outcome = Outcome.from_json(data)
        except (KeyError, ValueError, TypeError):
            _log.warning("outcome_not_understood", connector=self._destination.name)
            return
        if not self._in_flight.answer(outcome):
            _log.warning("outcome_of_unknown_record", connector=self._destination.name)
            return
        self._report.count_outcome(outcome)
        self._observer.advanced(Stage.DELIVER, outcome.object, 1)
        if not self._report.planned and self._tripped is None:
            self._tripped = self._breaker.observe(outcome)

    def _take_state(self, message: State) -> None:
        known = self._book.echoed(message)
        if known is None:
            return
        stream, state = known
        if self._reports:
            self._ledger.runs.keep_state(stream, state, self._moment.run_id)
        else:
            self._acknowledge(stream)

    def _acknowledge(self, name: str) -> None:
        """Take all records of an object as delivered: its destination echoed their state."""
        for batch in self._ledger.attempts.open(name, self._moment.run_id):
            for intent in batch:
                self._in_flight.add(Sent(intent))
                outcome = unreported(intent)
                self._in_flight.answer(outcome)
                self._report.count_outcome(outcome)
            self._in_flight.store()
            self._observer.advanced(Stage.DELIVER, name, len(batch))

    def _keep_all(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        for stream, state in states.items():
            self._ledger.runs.keep_state(stream, state, self._moment.run_id)

    def _judge(self, code: int) -> None:
        if self._interruption.requested:
            return
        if self._tripped is not None:
            raise FatalError(
                f"Stopped, since too many records were refused for one reason, "
                f"`{self._tripped}`: {self._tripped.meaning} {self._tripped.advice} What was "
                "delivered is stored; the rest is sent by the next run."
            )
        if self._trace is not None or code != 0:
            raise self._destination.failure(self._trace, code)
        missing = sorted(self._book.missing())
        if self._in_flight or missing:
            raise FatalError(
                f"The destination `{self._destination.name}` ended before it had confirmed all "
                f"that it was given ({len(self._in_flight)} records, {len(missing)} states). "
                "Nothing is lost: the next run sends it again."
            )
        if not self._reports:
            self._keep_all(self._states)
