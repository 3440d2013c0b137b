"""What goes into the ledger and comes out of it, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Final

from kit.mapping.results import Money
from kit.protocol.outcomes import Outcome, OutcomeKind
from kit.protocol.reasons import Reason

_REASONS: Final = {reason.value: reason for reason in Reason}


class Disposition(StrEnum):
    """What the mapping made of a source row."""

    MAPPED = "mapped"
    SKIPPED = "skipped"
    PARKED = "parked"
    LOOKUP = "lookup"
    """The catalog reads the row's stream for lookups only."""


class Due(IntEnum):
    """Whether a delivery has to be looked at."""

    NONE = 0
    CHECK = 1
    """Something that it is made of was mapped again: send it if it changed."""
    SEND = 2
    """It was looked at in this run and has to be sent; a later run looks at it anew."""
    FORCE = 3
    """Send it whatever it says: an intent is open, or what it waited for has come."""


class RunStatus(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """A source row as it was read.

    Args:
        key: Its primary key values, joined.
        data: Canonical JSON.
        row_hash: SHA-256 of it.
        indexed: Values of the fields by which other rows look it up.
    """

    key: str
    data: str
    row_hash: str
    indexed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source row as the ledger holds it."""

    stream: str
    key: str
    data: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one rule made of one source row: a part of one destination object.

    Args:
        rule: The catalog's rule.
        object: Destination object.
        key: Its key.
        data: Canonical JSON of the part.
        person: Whether the source row is a person, who may be renamed.
        carries_money: Whether the part holds a total that has to agree with the ERP's.
    """

    rule: str
    object: str
    key: str
    data: str
    person: bool = False
    carries_money: bool = False


@dataclass(frozen=True, slots=True)
class RowMapping:
    """What the catalog made of one source row.

    Args:
        stream: The row's stream.
        key: The row's key.
        disposition: What became of the row as a whole.
        fragments: What it contributes.
        reason: Why it, or a part of it, was left out.
        detail: The field or value behind the reason.
        waits_for: `stream:field=value` of the row it waits for.
        money: What the catalog says the row is worth.
        answers_to: What parked rows may be waiting for and this row is: `stream:field=value`.
    """

    stream: str
    key: str
    disposition: Disposition
    fragments: tuple[Fragment, ...] = ()
    reason: Reason | None = None
    detail: str = ""
    waits_for: str | None = None
    money: Money | None = None
    answers_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One destination object: what it should be, and what was last acknowledged."""

    object: str
    key: str
    due: Due
    wanted: str | None
    wanted_hash: str | None
    acked_hash: str | None
    attempted_hash: str | None
    settings_hash: str | None
    last_kind: OutcomeKind | None
    last_reason: Reason | None
    drifted: bool
    moved_from: str | None
    consent: str | None
    consent_changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Intent:
    """A record that is about to be sent: committed before it is."""

    id: int
    object: str
    key: str
    payload: str
    payload_hash: str


@dataclass(frozen=True, slots=True)
class Settled:
    """An intent and what became of it."""

    intent: Intent
    outcome: Outcome
    closes: str | None = None
    """Key of the delivery that this one replaced, by a rename."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, as `explain` shows it."""

    id: int
    run_id: int
    object: str
    key: str
    payload: str
    intent_at: datetime
    outcome_at: datetime | None
    kind: str | None
    reason: Reason | None
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A stored plan."""

    id: int
    connection: str
    created_at: datetime
    catalog_hash: str
    settings_hash: str
    report: dict[str, Any]
    approved_at: datetime | None


def reason_of(value: str | None) -> Reason | None:
    """Return the reason that a ledger column holds; None where it names none that is known."""
    return None if value is None else _REASONS.get(value)
