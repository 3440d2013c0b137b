"""What became of one row, decided from what the catalog's rules made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from glue.ledger.attempts import TOTAL_FIELD
from glue.ledger.sources import indexed_values
from glue.ledger.values import Disposition, Fragment, RowMapping, SourceRow
from kit.mapping.results import Mapped, Money, Parked, Result, Skipped
from kit.protocol.jsonlines import canonical

_RANK: Final = {Disposition.MAPPED: 0, Disposition.PARKED: 1, Disposition.SKIPPED: 2}


def mapping_of(
    row: SourceRow,
    data: Mapping[str, Any],
    results: Sequence[Result],
    *,
    looked_at: str | None,
    money: Money | None,
    indexed: Sequence[str],
) -> RowMapping:
    """Sum up what the rules made of one row.

    A row is mapped if any rule mapped it, else parked if any parked it, else skipped. One that is
    skipped after a look at another row is mapped again when that one changes: an invoice was
    perhaps left out since its customer had no address.

    Args:
        row: The row.
        data: Its data.
        results: One for each rule, or element.
        looked_at: The place that was looked at last, as `stream:field=value`; None if none was.
        money: What the row is worth.
        indexed: The fields by which other rows look its rows up.
    """
    left_out = next((each for each in results if not isinstance(each, Mapped)), None)
    parked = next((each for each in results if isinstance(each, Parked)), None)
    why = parked or left_out
    disposition = _disposition(results)
    waits_for = looked_at if disposition is Disposition.SKIPPED else None
    return RowMapping(
        stream=row.stream,
        key=row.key,
        disposition=disposition,
        fragments=tuple(_fragment(each) for each in results if isinstance(each, Mapped)),
        reason=why.reason if isinstance(why, Skipped | Parked) else None,
        detail=why.detail if isinstance(why, Skipped | Parked) else "",
        waits_for=parked.waits_for if parked else waits_for,
        money=money,
        answers_to=tuple(
            f"{row.stream}:{field}={value}" for field, value in indexed_values(data, indexed)
        ),
    )


def _disposition(results: Sequence[Result]) -> Disposition:
    if not results:
        return Disposition.LOOKUP
    return min((_disposition_of(each) for each in results), key=_RANK.__getitem__)


def _disposition_of(result: Result) -> Disposition:
    if isinstance(result, Mapped):
        return Disposition.MAPPED
    return Disposition.PARKED if isinstance(result, Parked) else Disposition.SKIPPED


def _fragment(mapped: Mapped) -> Fragment:
    return Fragment(
        rule=mapped.rule,
        object=mapped.object,
        key=mapped.key,
        data=canonical(mapped.data).decode(),
        person=mapped.person,
        carries_money=TOTAL_FIELD in mapped.data,
    )
