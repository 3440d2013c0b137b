"""What the runner and a destination of ours say to each other beyond the Airbyte protocol.

Three things, none of which another party ever sees. A destination shows in its spec that it
understands them, by a hidden property `_glue`:

1. The hidden setting `_glue` in the config asks for outcomes and tells how many records to expect.
2. Each RECORD carries `record.glue`: an id to echo, and what the ledger knows about the record.
3. A line of type GLUE ends the input. Input that ends without it means *abort*: finish the calls
   in hand, report them, leave the rest. Where no `_glue` was set, the end of input means *finish*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

HIDDEN_SETTING: Final = "_glue"
END_TYPE: Final = "GLUE"
END_LINE: Final = b'{"type":"GLUE","glue":{"end":true}}'

SPEC_PROPERTY: Final[Mapping[str, Any]] = {
    "type": "object",
    "title": "Set by the runner",
    "description": "Set by the erpglue runner; leave it out everywhere else.",
    "airbyte_hidden": True,
    "additionalProperties": True,
}
"""What a destination of ours puts under `_glue` in its spec."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The hidden setting: what the runner asks of a destination for this run.

    Args:
        run_id: The run's id, for logs.
        outcomes: Whether to report an outcome for each record.
        expected: How many records of each object will come, so that the cheaper way to read
            what is there can be chosen.
    """

    run_id: str
    outcomes: bool = True
    expected: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the value of the hidden setting."""
        return {"run_id": self.run_id, "outcomes": self.outcomes, "expected": dict(self.expected)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> RunRequest | None:
        """Read the hidden setting of a config; None where no runner of ours drives us."""
        value = config.get(HIDDEN_SETTING)
        if not isinstance(value, Mapping):
            return None
        return cls(
            run_id=str(value.get("run_id", "")),
            outcomes=bool(value.get("outcomes", True)),
            expected={
                str(name): int(count) for name, count in (value.get("expected") or {}).items()
            },
        )


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the ledger knows about one record; travels as `record.glue`.

    Args:
        id: To be echoed in the outcome.
        key: The object's key, as the catalog made it.
        previous_key: The key of the member that this record was delivered to before, when the
            ERP's address changed and the member may be renamed. None otherwise.
        consent_changed_at: When the runner saw the ERP's consent value change; None if never.
        consent_written_by_us: Whether that ERP value was written by our own return flow.
    """

    id: int
    key: str
    previous_key: str | None = None
    consent_changed_at: datetime | None = None
    consent_written_by_us: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form; empty fields are left out."""
        data: dict[str, Any] = {"id": self.id, "key": self.key}
        if self.previous_key:
            data["previous_key"] = self.previous_key
        if self.consent_changed_at:
            data["consent_changed_at"] = self.consent_changed_at.isoformat()
            data["consent_written_by_us"] = self.consent_written_by_us
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Envelope:
        """Read the JSON form."""
        changed = data.get("consent_changed_at")
        return cls(
            id=int(data["id"]),
            key=str(data["key"]),
            previous_key=data.get("previous_key"),
            consent_changed_at=datetime.fromisoformat(changed) if changed else None,
            consent_written_by_us=bool(data.get("consent_written_by_us", False)),
        )
