"""The data access classes that the OData service offers: database columns, codes, no captions.

A set is described as an endpoint of its own, so that filters run on it like on any entity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from simulators.acumatica.contract.endpoints import (
    VERSIONS,
    Contract,
    OwnEntity,
    own_contract,
    system_contract,
)
from simulators.acumatica.contract.tables import NOTE_ID, Entity

_ITEM_CODES: Final = {
    "Active": "AC",
    "No Sales": "NS",
    "No Purchases": "NP",
    "No Request": "NR",
    "Inactive": "IN",
    "Marked for Deletion": "DE",
}
_DOCUMENT_CODES: Final = {
    "On Hold": "H",
    "Balanced": "B",
    "Open": "N",
    "Closed": "C",
    "Canceled": "L",
    "Voided": "V",
    "Reserved": "Z",
}
_KIND_CODES: Final = {
    "Invoice": "INV",
    "Credit Memo": "CRM",
    "Debit Memo": "DRM",
    "Cash Sale": "CSL",
}


@dataclass(frozen=True, slots=True, eq=False)
class DacSet:
    """One data access class.

    Attributes:
        name: the generated name of its set: `PX_Objects_AR_Customer`.
        entities: whose records it holds; a record that two of them show counts once.
        views: the data views that show its columns.
        keys: its key columns: the order of an answer without `$orderby`.
        codes: the stored code of each caption, per column.
    """

    name: str
    entities: tuple[str, ...]
    views: frozenset[str]
    keys: tuple[str, ...]
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The class name alone: `Customer`."""
        return self.name.rpartition("_")[2]


DAC_SETS: Final = (
    DacSet(
        "PX_Objects_AR_Customer",
        ("Customer",),
        frozenset({"BAccount", "CurrentCustomer"}),
        ("AcctCD",),
        {"Status": {"Active": "A", "On Hold": "H", "Credit Hold": "C", "Inactive": "I"}},
    ),
    DacSet(
        "PX_Objects_CR_Contact",
        ("Contact",),
        frozenset({"Contact", "ContactCurrent"}),
        ("ContactID",),
        {"Status": {"Active": "A", "Inactive": "I"}},
    ),
    DacSet(
        "PX_Objects_IN_InventoryItem",
        ("StockItem", "NonStockItem"),
        frozenset({"Item", "ItemSettings"}),
        ("InventoryCD",),
        {"ItemStatus": _ITEM_CODES},
    ),
    DacSet(
        "PX_Objects_AR_ARInvoice",
        ("SalesInvoice", "Invoice"),
        frozenset({"Document", "CurrentDocument"}),
        ("DocType", "RefNbr"),
        {"Status": _DOCUMENT_CODES, "DocType": _KIND_CODES},
    ),
    DacSet(
        "PX_Objects_SO_SOOrder",
        ("SalesOrder",),
        frozenset({"Document", "CurrentDocument"}),
        ("OrderType", "OrderNbr"),
        {"Status": {"Open": "N", "Completed": "C", "On Hold": "H", "Canceled": "L"}},
    ),
)


def dac_set(name: str) -> DacSet | None:
    """The set of this name, long or short, in any case; or None."""
    wanted = name.casefold()
    return next(
        (of for of in DAC_SETS if wanted in {of.name.casefold(), of.short.casefold()}), None
    )


@lru_cache(maxsize=16)
def as_contract(of: DacSet) -> Contract:
    """The set as an endpoint: one entity per source of records, its fields the columns."""
    newest = system_contract(VERSIONS[-1])
    entities = {
        name: OwnEntity(name, dict(_columns(newest, newest.entities[name], of)))
        for name in of.entities
    }
    return own_contract(of.name, newest.version, newest.version, entities)


def _columns(contract: Contract, entity: Entity, of: DacSet) -> Iterator[tuple[str, str]]:
    note = next((path for path, column in entity.systems.items() if column == NOTE_ID), None)
    if note is not None:
        yield "NoteID", note
    for path, view in entity.views.items():
        if view.name not in of.views or not view.dac_field.isalnum():
            continue
        found = contract.resolve(entity.name, path)
        if found is not None and found.kind and path.split("/")[0] not in entity.details:
            yield view.dac_field, path


class Tracking:
    """The DACs on form SM207010: what is deleted of any other leaves no trace.

    Attributes:
        page_size: the server's own page, with `@odata.nextLink`; None = whole answers. The guide
            names no such page, OData allows it.
    """

    def __init__(self) -> None:
        self.page_size: int | None = None
        self._since: dict[str, int] = {}

    def track(self, *dacs: str, since: int) -> None:
        """List DACs, by long or short name.

        Raises:
            KeyError: the service has no such DAC.
        """
        for name in dacs:
            found = dac_set(name)
            if found is None:
                raise KeyError(f"There is no DAC {name}.")
            self._since.setdefault(found.name, since)

    def since(self, of: DacSet) -> int | None:
        """Since when the deletions of a DAC are kept, microseconds; None = not listed."""
        return self._since.get(of.name)
