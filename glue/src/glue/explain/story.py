"""Gathers the story: source rows, what each rule makes of them, objects, attempts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from glue.ledger import Ledger
from glue.ledger.history import History, Place
from glue.ledger.values import Attempt, Due, reason_of
from glue.map.lookup import RowLookup
from glue.mapper import Mapper, objects_of
from kit.mapping.results import Mapped, Parked, Result
from kit.protocol.jsonlines import dumps, loads
from kit.protocol.outcomes import OutcomeKind
from kit.protocol.reasons import Reason


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule of the catalog makes of a source row today.

    Args:
        rule: The rule.
        object: The object that it makes.
        kind: `mapped`, `skipped` or `parked`.
        key: The object's key, where it is mapped.
        reason: Why it is left out.
        detail: The field or value behind the reason, or what it waits for.
    """

    rule: str
    object: str
    kind: str
    key: str | None = None
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RowStory:
    """A source row and what the catalog makes of it."""

    stream: str
    key: str
    first_seen: datetime
    changed_at: datetime
    due: bool
    results: tuple[RuleResult, ...]


@dataclass(frozen=True, slots=True)
class ObjectStory:
    """A destination object: what it is made of, what it should be, how it stands.

    Args:
        object: Its kind.
        key: Its key.
        made_of: Stream and key of the source rows.
        wanted: The merged payload; None if nothing makes it any more.
        standing: The last outcome; None if it was never delivered.
        reason: Why, if there is a reason.
        message: What the destination said.
        status: The member's status.
        destination_id: Its id at the destination.
        waits_for: What it waits for.
        consent: The ERP's consent value.
        consent_changed_at: When it was seen to change.
        decision: What the next run will do.
        attempts: The last ones, newest first.
    """

    object: str
    key: str
    made_of: tuple[Place, ...]
    wanted: Mapping[str, Any] | None
    standing: OutcomeKind | None
    reason: Reason | None
    message: str
    status: str | None
    destination_id: str | None
    waits_for: str | None
    consent: str | None
    consent_changed_at: datetime | None
    decision: str
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the ledger knows of somebody or something."""

    who: str
    connection: str
    rows: tuple[RowStory, ...]
    objects: tuple[ObjectStory, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        plain: dict[str, Any] = loads(dumps(asdict(self)))
        return plain


def tell(ledger: Ledger, mapper: Mapper, who: str) -> Story:
    """Gather the story of an address, an ERP key, or a key at the destination.

    Nothing is asked of the source or the destination: it is what the ledger knows.
    """
    history = History(ledger)
    found_rows, found_objects = history.rows_of(who), history.objects_of(who)
    links = history.links(rows=found_rows, objects=found_objects)
    rows = dict.fromkeys([*found_rows, *(link.row for link in links)])
    made_of: dict[Place, list[Place]] = {place: [] for place in found_objects}
    for link in links:
        made_of.setdefault(link.object, []).append(link.row)
    order = {name: i for i, name in enumerate(objects_of(mapper))}
    lookup = RowLookup(ledger.rows)
    row_stories = (_row_story(history, mapper, lookup, place) for place in rows)
    object_stories = (
        _object_story(history, place, tuple(dict.fromkeys(made_of[place])))
        for place in sorted(made_of, key=lambda each: (order.get(each[0], len(order)), each))
    )
    return Story(
        who,
        ledger.connection,
        tuple(story for story in row_stories if story),
        tuple(story for story in object_stories if story),
    )


def _row_story(
    history: History, mapper: Mapper, lookup: RowLookup, place: Place
) -> RowStory | None:
    row = history.row(place)
    if row is None:
        return None
    results = mapper.map(row.stream, loads(row.data), lookup)
    return RowStory(
        row.stream,
        row.key,
        row.first_seen,
        row.changed_at,
        row.due,
        tuple(_rule_result(result) for result in results),
    )


def _rule_result(result: Result) -> RuleResult:
    if isinstance(result, Mapped):
        return RuleResult(result.rule, result.object, "mapped", result.key)
    if isinstance(result, Parked):
        detail = result.detail or f"waits for {result.waits_for}"
        return RuleResult(result.rule, result.object, "parked", None, result.reason, detail)
    return RuleResult(result.rule, result.object, "skipped", None, result.reason, result.detail)


def _object_story(history: History, place: Place, made_of: tuple[Place, ...]) -> ObjectStory | None:
    row = history.delivery(place)
    if row is None:
        return None
    return ObjectStory(
        object=place[0],
        key=place[1],
        made_of=made_of,
        wanted=loads(row["wanted"]) if row["wanted"] else None,
        standing=OutcomeKind(row["last_kind"]) if row["last_kind"] else None,
        reason=reason_of(row["last_reason"]),
        message=row["last_message"] or "",
        status=row["status"],
        destination_id=row["destination_id"],
        waits_for=row["waits_for"],
        consent=row["consent"],
        consent_changed_at=row["consent_changed_at"],
        decision=_decision(row),
        attempts=tuple(history.attempts(place)),
    )


def _decision(row: Mapping[str, Any]) -> str:
    """Say what the next run will do with an object."""
    if row["open_attempt"] is not None:
        return "an attempt was cut off, so its result is unknown; the next run sends it again"
    if row["due"] != Due.NONE:
        return "the next run looks at it"
    if row["wanted"] is None:
        return "no source record makes it any more; it is left as it is"
    if row["last_kind"] == OutcomeKind.PARKED:
        return "it waits; it is sent when what it waits for has come"
    if row["acked_hash"] is not None and row["wanted_hash"] == row["acked_hash"]:
        return "delivered; it is sent again when it changes"
    return "not sent again until it, or the destination's settings, change"
