"""What became of one record: created, updated, unchanged, superseded, skipped, parked, rejected.

A destination of ours reports one outcome for each record that it was given, as an Airbyte RECORD
message on the stream `outcomes`, and only when the runner asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kit.protocol.reasons import Reason

OUTCOMES_STREAM: Final = "outcomes"


class OutcomeKind(StrEnum):
    """How a record ended. Each kind is terminal for the run."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    SKIPPED = "skipped"
    PARKED = "parked"
    REJECTED = "rejected"

    @property
    def is_delivered(self) -> bool:
        """Whether the destination now holds what the record says."""
        return self in _DELIVERED

    @property
    def needs_reason(self) -> bool:
        """Whether an outcome of this kind must say why."""
        return self in _EXPLAINED


_DELIVERED: Final = frozenset(
    {OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED, OutcomeKind.SUPERSEDED}
)
_EXPLAINED: Final = frozenset({OutcomeKind.SKIPPED, OutcomeKind.PARKED, OutcomeKind.REJECTED})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that a write changes; in a plan, that it would change.

    Args:
        field: Dotted path in the destination's terms, such as `merge_fields.FNAME`.
        old: What the destination holds, None if it holds nothing.
        new: What is or would be written.
    """

    field: str
    old: Any
    new: Any

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"field": self.field, "old": self.old, "new": self.new}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record.

    Args:
        glue_id: The id that the runner gave the record; echoed.
        object: Destination object, such as `members`.
        key: The object's key, such as a member's hash.
        kind: How it ended.
        reason: Why, for skipped, parked and rejected.
        message: One line for people; no secret and no personal data.
        field: Dotted path of the offending field.
        destination_id: Id at the destination, if it has one of its own.
        status: The member's status after the write (members only).
        waits_for: For parked records, the object and key waited for, as `members:<key>`.
        differences: Field differences, where they are known.
        calls: Requests that this record needed, retries included; 0 where it shared a bulk call.
        planned: True in a dry run: nothing was sent, the kind is what would happen.
    """

    glue_id: int
    object: str
    key: str
    kind: OutcomeKind
    reason: Reason | None = None
    message: str = ""
    field: str | None = None
    destination_id: str | None = None
    status: str | None = None
    waits_for: str | None = None
    differences: tuple[Difference, ...] = ()
    calls: int = 0
    planned: bool = False

    def __post_init__(self) -> None:
        """Refuse an outcome that leaves its reason out."""
        if self.kind.needs_reason and self.reason is None:
            raise ValueError(f"an outcome `{self.kind}` must say why")

    def to_json(self) -> dict[str, Any]:
        """Return the data of the RECORD message; empty fields are left out."""
        data: dict[str, Any] = {
            "glue_id": self.glue_id,
            "object": self.object,
            "key": self.key,
            "kind": f"would_{self.kind}" if self.planned else str(self.kind),
        }
        optional = {
            "reason": self.reason and str(self.reason),
            "message": self.message,
            "field": self.field,
            "destination_id": self.destination_id,
            "status": self.status,
            "waits_for": self.waits_for,
            "differences": [difference.to_json() for difference in self.differences],
            "calls": self.calls,
        }
        return data | {name: value for name, value in optional.items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outcome:
        """Read the data of a RECORD message.

        Raises:
            ValueError: A kind or reason is unknown.
            KeyError: A required field is missing.
        """
        kind = str(data["kind"])
        planned = kind.startswith("would_")
        reason = data.get("reason")
        return cls(
            glue_id=int(data["glue_id"]),
            object=str(data["object"]),
            key=str(data["key"]),
            kind=OutcomeKind(kind.removeprefix("would_")),
            reason=_reason(reason) if reason else None,
            message=str(data.get("message", "")),
            field=data.get("field"),
            destination_id=data.get("destination_id"),
            status=data.get("status"),
            waits_for=data.get("waits_for"),
            differences=tuple(Difference(**each) for each in data.get("differences", ())),
            calls=int(data.get("calls", 0)),
            planned=planned,
        )


def _reason(value: str) -> Reason:
    for reason in Reason:
        if reason.value == value:
            return reason
    raise ValueError(f"`{value}` is not a known reason")
