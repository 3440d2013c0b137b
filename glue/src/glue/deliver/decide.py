"""Whether a destination object has to be sent. No input or output here: decide, then do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from glue.ledger.attempts import CONSENT_FIELD
from glue.ledger.deliveries import Decision
from glue.ledger.values import Delivery, Due
from kit.protocol.jsonlines import canonical
from kit.protocol.outcomes import OutcomeKind
from kit.protocol.reasons import Reason


class Verdict(StrEnum):
    """What to do with one object."""

    SEND = "send"
    UNCHANGED = "unchanged"
    """The destination acknowledged just this."""
    REPEATED = "repeated"
    """Just this was refused before, and would be again."""
    GONE = "gone"
    """No source row makes it any more."""
    WAITING = "waiting"
    """Source rows only add to it, and none makes it."""


_REFUSED: Final = frozenset({OutcomeKind.REJECTED, OutcomeKind.SKIPPED})


@dataclass(frozen=True, slots=True)
class Moment:
    """When and under which settings a decision is made."""

    run_id: int
    settings_hash: str
    now: datetime


def decide(
    delivery: Delivery,
    payload: Mapping[str, Any] | None,
    moment: Moment,
    *,
    has_parts: bool = False,
) -> tuple[Verdict, Decision]:
    """Decide about one object.

    Args:
        delivery: What the ledger knows of it.
        payload: What its parts merge to; None if nothing makes it, or no longer.
        moment: The run, its settings, the time.
        has_parts: Whether there are parts all the same: they only add to it.
    """
    if payload is None:
        gone = _gone(delivery, moment)
        if not has_parts:
            return Verdict.GONE, gone
        waiting = replace(gone, last_kind=OutcomeKind.PARKED, last_reason=Reason.NO_ORDER)
        return Verdict.WAITING, waiting
    wanted = canonical(payload)
    wanted_hash = sha256(wanted).hexdigest()
    verdict = _verdict(delivery, wanted_hash, moment.settings_hash)
    consent = payload.get(CONSENT_FIELD)
    consent = consent if isinstance(consent, str) else None
    changed = consent is not None and delivery.consent not in (None, consent)
    last_kind = OutcomeKind.UNCHANGED if verdict is Verdict.UNCHANGED else delivery.last_kind
    is_refused = last_kind is not None and not last_kind.is_delivered
    return verdict, Decision(
        key=delivery.key,
        due=max(delivery.due, Due.SEND) if verdict is Verdict.SEND else Due.NONE,
        wanted=wanted.decode(),
        wanted_hash=wanted_hash,
        last_kind=last_kind,
        last_reason=delivery.last_reason if is_refused else None,
        consent=consent or delivery.consent,
        consent_changed_at=moment.now if changed else delivery.consent_changed_at,
        left_run=None,
    )


def _verdict(delivery: Delivery, wanted_hash: str, settings_hash: str) -> Verdict:
    if delivery.due is Due.FORCE or delivery.drifted or delivery.settings_hash != settings_hash:
        return Verdict.SEND
    if wanted_hash == delivery.acked_hash:
        return Verdict.UNCHANGED
    if delivery.last_kind in _REFUSED and wanted_hash == delivery.attempted_hash:
        return Verdict.REPEATED
    return Verdict.SEND


def _gone(delivery: Delivery, moment: Moment) -> Decision:
    return Decision(
        key=delivery.key,
        due=Due.NONE,
        wanted=None,
        wanted_hash=None,
        last_kind=None,
        last_reason=None,
        consent=delivery.consent,
        consent_changed_at=delivery.consent_changed_at,
        left_run=moment.run_id if delivery.acked_hash is not None else None,
    )
