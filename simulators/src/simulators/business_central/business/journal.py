"""How a document gets into the tables: rows, ledgers, balances, stock, number series."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final, cast

from simulators.business_central.business.amounts import ZERO, LineInput, cents
from simulators.business_central.business.ledgers import sales_entries
from simulators.business_central.business.papers import (
    Paper,
    amounts_of,
    document_row,
    posted_row,
    with_line_ids,
)
from simulators.business_central.odata.values import NO_ID
from simulators.business_central.store.company import Company, new_id
from simulators.business_central.store.database import Database
from simulators.business_central.store.rows import Row

_SERIES: Final[Mapping[str, str]] = {
    "salesInvoices": "S-INV",
    "salesCreditMemos": "S-CR",
    "salesOrders": "S-ORD",
    "posted salesInvoices": "PS-INV",
    "posted salesCreditMemos": "PS-CR",
}
KINDS: Final[Mapping[str, str]] = {
    "salesInvoices": "Invoice",
    "salesCreditMemos": "Credit Memo",
}
"""What the general ledger calls the documents that are posted."""
_HUNDRED: Final = Decimal(100)


class Journal:
    """Writes the documents of one company; the simulator's lock is held by whoever calls."""

    def __init__(self, database: Database, company: Company) -> None:
        self._database = database
        self._company = company

    def post(
        self, entity_set: str, row_id: str, number: str, paper: Paper, status: str = "Open"
    ) -> None:
        """Post: the document, its row among the posted invoices, the ledgers, balance and stock."""
        database, company = self._database, self._company
        row = self.save(entity_set, row_id, number, paper, status=status, posted=True)
        kind = KINDS[entity_set]
        sign = 1 if kind == "Invoice" else -1
        if entity_set == "salesInvoices":
            posted = posted_row(new_id(f"{row_id}/posted"), row, paper)
            database.save(company, "postedSalesInvoices", posted)
        first = len(company.tables["generalLedgerEntries"]) + 1
        stamp = database.stamp()
        for entry in sales_entries(
            company.data.ids, first, row, kind=kind, day=paper.day, stamp=stamp
        ):
            database.save(company, "generalLedgerEntries", entry)
        self.move_balance(paper, sign * amounts_of(paper)[1].gross)
        for line in paper.lines:
            if line.line_type == "Item" and line.quantity and line.target_id != NO_ID:
                with contextlib.suppress(KeyError):
                    self.move_stock(line.target_id, -sign * line.quantity, number)

    def save(
        self,
        entity_set: str,
        row_id: str,
        number: str,
        paper: Paper,
        *,
        status: str,
        posted: bool,
        inner: Mapping[str, object] | None = None,
    ) -> Row:
        """Write a document, stamped now."""
        row = document_row(
            entity_set,
            row_id,
            number,
            paper,
            status=status,
            stamp=self._database.stamp(),
            local_currency=self._company.data.currency,
            posted=posted,
            version=self._database.version(),
            inner=inner,
        )
        self._database.save(self._company, entity_set, row, late=self._database.commit_lag)
        return row

    def again(
        self,
        entity_set: str,
        row: Row,
        paper: Paper,
        *,
        inner: Mapping[str, object] | None = None,
    ) -> Row:
        """Write an unposted document again; its lines keep their ids."""
        paper = replace(paper, lines=with_line_ids(paper.lines, row.lines))
        number, status = str(row.values["number"]), str(row.values["status"])
        merged = {**row.inner, **(inner or {})}
        return self.save(
            entity_set, row.id, number, paper, status=status, posted=False, inner=merged
        )

    def move_balance(self, paper: Paper, amount: Decimal) -> None:
        """Add to what the buyer owes; the customer's stamp does not move."""
        customer = self._company.tables["customers"].primary.find(paper.buyer.id)
        if customer is not None:
            balance = Decimal(str(customer.values["balanceDue"])) + amount
            self._database.change(self._company, "customers", customer, balanceDue=balance)

    def find(self, document_id: str, *, posted: bool) -> tuple[str, Row]:
        """The entity set and the row of a document.

        Raises:
            KeyError: there is none.
            ValueError: it is posted, and should not be, or the other way round.
        """
        for entity_set in ("salesInvoices", "salesCreditMemos", "salesOrders"):
            table = self._company.tables[entity_set]
            table.settle(self._database.clock.now())
            row = table.primary.find(document_id)
            if row is not None:
                if bool(row.inner.get("posted")) is not posted:
                    state = "posted" if row.inner.get("posted") else "not posted"
                    raise ValueError(f"Document {document_id} is {state}.")
                return entity_set, row
        raise KeyError(f"There is no document {document_id}.")

    def customer(self, name: str) -> Row:
        """A customer by id or number.

        Raises:
            KeyError: there is none.
        """
        table = self._company.tables["customers"]
        found = table.primary.find(name) or self._company.find_by("customers", "number", name)
        if found is None:
            raise KeyError(f"There is no customer {name}.")
        return found

    def number(self, series: str) -> str:
        """The next number of a series."""
        count = self._company.series.get(series, 0) + 1
        self._company.series[series] = count
        return f"{_SERIES[series]}{900_000 + count}"

    def move_stock(self, item_id: str, quantity: Decimal, reason: str = "") -> None:
        """A stock movement: the item's `inventory` moves, its stamp does not.

        Raises:
            KeyError: there is no such item.
        """
        item = self._company.tables["items"].primary.find(item_id)
        if item is None:
            raise KeyError(f"There is no item {item_id}.")
        stock = Decimal(str(item.values["inventory"])) + quantity
        self._database.change(self._company, "items", item, inventory=stock)
        number = len(self._company.tables["itemLedgerEntries"]) + 1
        entry = new_id(f"{self._company.id}/itemLedgerEntries/{number}")
        self._database.put(
            self._company,
            "itemLedgerEntries",
            {
                "id": entry,
                "entryNumber": number,
                "itemNumber": item.values["number"],
                "postingDate": self._database.clock.now().date(),
                "entryType": "Sale" if quantity < 0 else "Purchase",
                "documentNumber": reason,
                "description": item.values["displayName"],
                "quantity": quantity,
            },
        )


def paper_of(row: Row) -> Paper:
    """What a document says."""
    return cast("Paper", row.inner["paper"])


def discounted(paper: Paper) -> Paper:
    """With the invoice discount that its percentage gives."""
    if not paper.discount_percent:
        return paper
    plain = replace(paper, invoice_discount=ZERO)
    amounts, _ = amounts_of(plain)
    goods = sum(
        (of.including if paper.prices_include_tax else of.excluding for of in amounts), ZERO
    )
    discount = cents(goods * paper.discount_percent / _HUNDRED)
    return replace(paper, invoice_discount=discount)


def with_ids(
    document_id: str, lines: Iterable[LineInput], *, new: bool = False
) -> tuple[LineInput, ...]:
    """The lines with ids that follow from the document's; `new` = even where they have one."""
    return tuple(
        line if line.id and not new else replace(line, id=new_id(f"{document_id}/{number}"))
        for number, line in enumerate(lines, 1)
    )
