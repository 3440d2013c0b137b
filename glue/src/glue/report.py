"""What a run or a plan did, in counts: they have to add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from glue.ledger.sources import Stored
from glue.ledger.values import Disposition, RunStatus
from kit.mapping.results import Mapped, Parked, Result
from kit.protocol.outcomes import Outcome, OutcomeKind
from kit.protocol.reasons import Reason

_EXAMPLES: Final = 3


@dataclass(slots=True)
class StreamCounts:
    """What became of the rows of one source stream.

    Args:
        read: Rows that this read brought.
        due: Rows that were mapped in this run, by what became of them.
    """

    read: Stored = field(default_factory=Stored)
    due: Counter[Disposition] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "read": self.read.total,
            "new": self.read.new,
            "changed": self.read.changed,
            "unchanged": self.read.unchanged,
            **{str(name): count for name, count in self.due.items()},
        }


@dataclass(slots=True)
class ObjectCounts:
    """What became of one destination object.

    Args:
        fragments: Parts that the mapping made in this run.
        merged: Parts of this run that the merge found again; has to be the same number.
        extra: Parts beyond one for each key.
        left_out: What the mapping skipped or parked, by reason.
        outcomes: Objects, by what became of them.
        reasons: The same with a reason, where there is one.
        sent: Records given to the destination.
        answered: Records of which it said what became of them.
        left_behind: Objects that the destination holds and no source row makes any more.
        statuses: Created members, by their status.
        status_changes: `old -> new`, counted.
        examples: A few outcomes with field differences, as JSON.
    """

    fragments: int = 0
    merged: int = 0
    extra: int = 0
    left_out: Counter[tuple[OutcomeKind, Reason]] = field(default_factory=Counter)
    outcomes: Counter[OutcomeKind] = field(default_factory=Counter)
    reasons: Counter[tuple[OutcomeKind, Reason]] = field(default_factory=Counter)
    sent: int = 0
    answered: int = 0
    left_behind: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    status_changes: Counter[str] = field(default_factory=Counter)
    examples: dict[OutcomeKind, list[dict[str, Any]]] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> None:
        """Count an outcome that the destination reported."""
        self.answered += 1
        self.tally(outcome.kind, outcome.reason)
        if outcome.kind is OutcomeKind.CREATED and outcome.status:
            self.statuses[outcome.status] += 1
        for difference in outcome.differences:
            if difference.field == "status" and outcome.kind is OutcomeKind.UPDATED:
                self.status_changes[f"{difference.old} -> {difference.new}"] += 1
        examples = self.examples.setdefault(outcome.kind, [])
        if len(examples) < _EXAMPLES and (outcome.differences or outcome.reason):
            examples.append(outcome.to_json())

    def tally(self, kind: OutcomeKind, reason: Reason | None = None) -> None:
        """Count an object whose outcome is known, sent or not."""
        self.outcomes[kind] += 1
        if reason is not None:
            self.reasons[kind, reason] += 1

    @property
    def superseded(self) -> int:
        """Parts that went into an object together with another one."""
        return self.extra + self.outcomes[OutcomeKind.SUPERSEDED]

    def by_reason(self, kind: OutcomeKind) -> list[tuple[Reason, int]]:
        """Return the reasons for skipped, parked or rejected, most frequent first."""
        total: Counter[Reason] = Counter()
        for counter in (self.left_out, self.reasons):
            for (each, reason), count in counter.items():
                if each is kind:
                    total[reason] += count
        return total.most_common()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        plain = (OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED)
        explained = (OutcomeKind.SKIPPED, OutcomeKind.PARKED, OutcomeKind.REJECTED)
        return {
            **{str(kind): self.outcomes[kind] for kind in plain},
            **{
                str(kind): {str(reason): count for reason, count in self.by_reason(kind)}
                for kind in explained
            },
            "superseded": self.superseded,
            "left_behind": self.left_behind,
            "statuses": dict(self.statuses),
            "status_changes": dict(self.status_changes),
        }


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """The money of one currency, over the whole connection.

    Args:
        currency: ISO 4217 code.
        erp: What the ERP's rows add up to.
        delivered: What the acknowledged orders add up to.
        apart: Skipped, parked, rejected and pending amounts: what, why, how much.
    """

    currency: str
    erp: Decimal
    delivered: Decimal
    apart: tuple[tuple[str, str, Decimal], ...] = ()

    @property
    def difference(self) -> Decimal:
        """What is missing; zero where all is well."""
        return self.erp - self.delivered - sum((each[2] for each in self.apart), Decimal(0))

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form; amounts as text, exact."""
        return {
            "currency": self.currency,
            "erp": f"{self.erp:f}",
            "delivered": f"{self.delivered:f}",
            "apart": [
                {"kind": kind, "reason": reason, "amount": f"{amount:f}"}
                for kind, reason, amount in self.apart
            ],
            "difference": f"{self.difference:f}",
        }


@dataclass(slots=True)
class Report:
    """What one run or plan did.

    Args:
        connection: Its connection.
        run_id: Its number.
        planned: Whether nothing was sent.
        status: How it ended.
        streams: By source stream.
        objects: By destination object, in the order of work.
        money: By currency.
        calls: Requests that the destination made or would make.
        seconds: How long it took.
        reports_outcomes: Whether the destination says what became of each record.
        problems: What went wrong, one sentence each; none where all is well.
        notes: What a person should know.
    """

    connection: str
    run_id: int
    planned: bool = False
    status: RunStatus = RunStatus.RUNNING
    streams: dict[str, StreamCounts] = field(default_factory=dict)
    objects: dict[str, ObjectCounts] = field(default_factory=dict)
    money: list[MoneyLine] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0
    reports_outcomes: bool = True
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count_row(self, stream: str, disposition: Disposition) -> None:
        """Count a row that was mapped."""
        self.streams.setdefault(stream, StreamCounts()).due[disposition] += 1

    def count_result(self, result: Result) -> None:
        """Count what one rule made of a row."""
        counts = self.objects.setdefault(result.object, ObjectCounts())
        if isinstance(result, Mapped):
            counts.fragments += 1
        else:
            kind = OutcomeKind.PARKED if isinstance(result, Parked) else OutcomeKind.SKIPPED
            counts.left_out[kind, result.reason] += 1

    def count_outcome(self, outcome: Outcome) -> None:
        """Count an outcome that the destination reported."""
        self.objects[outcome.object].count(outcome)
        self.calls += outcome.calls

    def discrepancies(self) -> Iterator[str]:
        """Yield a sentence for each count that does not add up."""
        for name, counts in self.objects.items():
            if counts.fragments != counts.merged:
                yield (
                    f"{name}: {counts.fragments} records were mapped, but {counts.merged} came to "
                    "delivery. Please report this as a fault; run again to send the rest."
                )
            if counts.sent != counts.answered:
                yield (
                    f"{name}: {counts.sent} records were sent, but {counts.answered} outcomes came "
                    "back. The others count as unknown and are sent again by the next run."
                )
        for line in self.money:
            if line.difference:
                yield (
                    f"{line.currency}: the ERP's total and the sum of what was delivered and left "
                    f"out differ by {line.difference:f}. Compare the orders with `glue explain`."
                )

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "connection": self.connection,
            "run": self.run_id,
            "planned": self.planned,
            "status": str(self.status),
            "streams": {name: counts.to_json() for name, counts in self.streams.items()},
            "objects": {name: counts.to_json() for name, counts in self.objects.items()},
            "examples": {
                name: {str(kind): each for kind, each in counts.examples.items() if each}
                for name, counts in self.objects.items()
            },
            "money": [line.to_json() for line in self.money],
            "calls": self.calls,
            "seconds": round(self.seconds, 1),
            "reports_outcomes": self.reports_outcomes,
            "problems": self.problems,
            "notes": self.notes,
        }
