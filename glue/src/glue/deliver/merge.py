"""Merges the parts of each object that is due, and decides whether it has to be sent."""

from __future__ import annotations

from collections.abc import Sequence

from glue.deliver.decide import Moment, Verdict, decide
from glue.interruption import Interruption
from glue.ledger import Ledger
from glue.ledger.deliveries import Decision, Parts
from glue.ledger.values import Delivery
from glue.mapper import Mapper, objects_of
from glue.observer import Observer, Stage
from glue.report import ObjectCounts, Report
from kit.protocol.jsonlines import loads
from kit.protocol.outcomes import OutcomeKind

_NO_PARTS = Parts()


def merge_due(
    ledger: Ledger,
    mapper: Mapper,
    moment: Moment,
    report: Report,
    observer: Observer,
    interruption: Interruption,
) -> None:
    """Look at every object that is due; what has to be sent is marked so.

    Args:
        ledger: Whose deliveries.
        mapper: The mapping catalog: it knows how parts become one object.
        moment: The run, its settings, the time.
        report: Where counts go.
        observer: Who watches.
        interruption: Whether somebody asked to stop.
    """
    ledger.deliveries.reopen(moment.settings_hash)
    observer.stage_began(Stage.MERGE, sum(ledger.deliveries.count_due().values()))
    for name in objects_of(mapper):
        counts = report.objects.setdefault(name, ObjectCounts())
        for batch in ledger.deliveries.due(name):
            if interruption.requested:
                return
            parts = ledger.deliveries.parts(name, [each.key for each in batch], moment.run_id)
            decisions = [
                _look(mapper, each, parts.get(each.key, _NO_PARTS), moment, counts)
                for each in batch
            ]
            ledger.deliveries.decide(name, decisions)
            observer.advanced(Stage.MERGE, name, len(batch))
    observer.stage_ended(Stage.MERGE)


def _look(
    mapper: Mapper, delivery: Delivery, parts: Parts, moment: Moment, counts: ObjectCounts
) -> Decision:
    payload = _payload(mapper, delivery.object, parts.fragments)
    verdict, decision = decide(delivery, payload, moment, has_parts=bool(parts.fragments))
    counts.merged += parts.fresh
    counts.extra += max(0, parts.fresh - 1)
    if verdict is Verdict.UNCHANGED:
        counts.tally(OutcomeKind.UNCHANGED)
    elif verdict is Verdict.WAITING:
        counts.tally(OutcomeKind.PARKED, decision.last_reason)
    elif verdict is Verdict.REPEATED and delivery.last_kind is not None:
        counts.tally(delivery.last_kind, delivery.last_reason)
    return decision


def _payload(mapper: Mapper, name: str, fragments: Sequence[str]) -> dict[str, object] | None:
    if not fragments:
        return None
    return mapper.merge(name, [loads(fragment) for fragment in fragments])
