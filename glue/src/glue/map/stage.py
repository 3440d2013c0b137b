"""Maps the rows that are due: read anew, changed, mapped with another catalog, or woken.

All streams were read before, so a lookup finds what there is. Mapping a row can wake rows that
waited for it, in a stream that was mapped already: hence a second pass.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from glue.interruption import Interruption
from glue.ledger import Ledger
from glue.ledger.values import RowMapping, SourceRow
from glue.map.lookup import RowLookup
from glue.map.rows import mapping_of
from glue.mapper import Mapper
from glue.observer import Observer, Stage
from glue.report import Report
from kit.mapping.results import Result
from kit.protocol.jsonlines import loads

_PASSES: Final = 2


def map_rows(
    ledger: Ledger,
    mapper: Mapper,
    report: Report,
    observer: Observer,
    interruption: Interruption,
) -> None:
    """Map every due row, and count what became of it.

    Args:
        ledger: Whose rows.
        mapper: The mapping catalog.
        report: Where counts go.
        observer: Who watches.
        interruption: Whether somebody asked to stop; what is mapped by then is kept.
    """
    ledger.rows.reindex(mapper.lookup_fields, mapper.hash)
    ledger.rows.make_due(mapper.hash)
    observer.stage_began(Stage.MAP, ledger.rows.count_due())
    lookup = RowLookup(ledger.rows)
    for _ in range(_PASSES):
        for stream in mapper.source_streams:
            for batch in ledger.rows.due(stream):
                if interruption.requested:
                    return
                _map_batch(ledger, mapper, lookup, report, batch)
                observer.advanced(Stage.MAP, stream, len(batch))
    observer.stage_ended(Stage.MAP)


def _map_batch(
    ledger: Ledger, mapper: Mapper, lookup: RowLookup, report: Report, batch: list[SourceRow]
) -> None:
    stream = batch[0].stream
    mappings = [_map_row(mapper, lookup, report, row) for row in batch]
    ledger.mappings.save(
        stream,
        mappings,
        catalog_hash=mapper.hash,
        run_id=report.run_id,
        now=datetime.now(UTC),
    )


def _map_row(mapper: Mapper, lookup: RowLookup, report: Report, row: SourceRow) -> RowMapping:
    data = loads(row.data)
    lookup.last = None
    results: list[Result] = mapper.map(row.stream, data, lookup)
    mapping = mapping_of(
        row,
        data,
        results,
        looked_at=lookup.last,
        money=mapper.money(row.stream, data, lookup),
        indexed=mapper.lookup_fields.get(row.stream, ()),
    )
    report.count_row(row.stream, mapping.disposition)
    for result in results:
        report.count_result(result)
    return mapping
