"""The life of a sales document: written, released, posted, paid, cancelled."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, cast

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
_KINDS: Final = {"salesInvoices": "Invoice", "salesCreditMemos": "Credit Memo"}
_HUNDRED: Final = Decimal(100)


class Documents:
    """The sales documents of one company.

    Every method does what the base application does, with all that it stamps and does not stamp.
    A document is named by its id.
    """

    def __init__(
        self,
        database: Database,
        company: Company,
        lock: contextlib.AbstractContextManager[Any],
    ) -> None:
        self._database = database
        self._company = company
        self._lock = lock

    # Unposted.

    def draft(
        self,
        customer: str,
        lines: Iterable[LineInput],
        *,
        entity_set: str = "salesInvoices",
        **written: Any,  # noqa: ANN401 - fields of Paper by name
    ) -> str:
        """Write an invoice, credit memo or order; returns its id.

        Args:
            customer: id or number of the buyer.
            lines: what is sold.
            entity_set: what kind of document.
            written: other fields of `Paper`, such as `currency` or `prices_include_tax`.
        """
        with self._lock:
            day = self._database.clock.now().date()
            paper = Paper(self._customer(customer), day, tuple(lines))
            paper = _discounted(replace(paper, **written))
            number = self._number(entity_set)
            row_id = new_id(f"{self._company.id}/{entity_set}/{number}")
            paper = replace(paper, lines=_with_ids(row_id, paper.lines))
            self._save(entity_set, row_id, number, paper, status="Draft", posted=False)
            return row_id

    def change_line(self, document_id: str, line: int, **changes: Any) -> None:  # noqa: ANN401 - fields of LineInput
        """Change a line of an unposted document; its invoice discount waits for a recalculation."""
        with self._lock:
            entity_set, row = self._find(document_id, posted=False)
            paper = _paper(row)
            lines = list(paper.lines)
            lines[line] = replace(lines[line], **changes)
            paper = replace(paper, lines=tuple(lines))
            flag = {"recalculate": bool(paper.discount_percent)}
            self._again(entity_set, row, paper, inner=flag)

    def redistribute(self, entity_set: str, row: Row) -> Row:
        """Recalculate the invoice discount of a draft: what reading it does."""
        with self._lock:
            paper = _discounted(_paper(row))
            return self._again(entity_set, row, paper, inner={"recalculate": False})

    def send_for_approval(self, document_id: str) -> None:
        """To `In Review`."""
        self._set_status(document_id, "In Review")

    def release(self, document_id: str) -> None:
        """Released, or waiting for a prepayment: `Open`, and not posted."""
        self._set_status(document_id, "Open")

    def reopen(self, document_id: str) -> None:
        """Back to `Draft`."""
        self._set_status(document_id, "Draft")

    def discard(self, document_id: str) -> None:
        """Delete an unposted document."""
        with self._lock:
            entity_set, row = self._find(document_id, posted=False)
            self._database.delete(self._company, entity_set, row.id)

    # Posting.

    def post(self, document_id: str, *, keep_line_ids: bool = True) -> str:
        """Post an invoice or credit memo: a new number, the same id. Returns the number.

        Args:
            document_id: which.
            keep_line_ids: False = the lines' ids were taken, and the posted lines get new ones.
        """
        with self._lock:
            entity_set, row = self._find(document_id, posted=False)
            if entity_set not in _KINDS:
                raise ValueError("An order is invoiced, not posted: call `invoice_order`.")
            paper = _paper(row)
            number = self._number(f"posted {entity_set}")
            if not keep_line_ids:
                paper = replace(paper, lines=_with_ids(f"{row.id}/{number}", paper.lines, new=True))
            self._post(entity_set, row.id, number, paper)
            return number

    def pay(self, document_id: str, amount: Decimal | None = None) -> None:
        """Pay a posted invoice or credit memo.

        A part moves `remainingAmount` and no stamp; the rest makes it `Paid`, which does.

        Args:
            document_id: which.
            amount: None = all that is left.
        """
        with self._lock:
            entity_set, row = self._find(document_id, posted=True)
            left = Decimal(str(row.values.get("remainingAmount", ZERO)))
            paid = left if amount is None else amount
            self._move_balance(_paper(row), -paid)
            if entity_set == "salesInvoices":
                left -= paid
                row = self._database.change(self._company, entity_set, row, remainingAmount=left)
            if left <= ZERO or entity_set == "salesCreditMemos":
                self._database.change(self._company, entity_set, row, status="Paid")

    def cancel(self, document_id: str) -> str:
        """Take a posted document back by a corrective one; returns that one's id.

        An invoice becomes `Canceled` with nothing left to pay, and so does a credit memo.
        """
        with self._lock:
            entity_set, row = self._find(document_id, posted=True)
            other = "salesCreditMemos" if entity_set == "salesInvoices" else "salesInvoices"
            number = self._number(f"posted {other}")
            paper = replace(
                _paper(row),
                day=self._database.clock.now().date(),
                corrects=(row.id, str(row.values["number"])),
            )
            new = new_id(f"{self._company.id}/{other}/{number}")
            paper = replace(paper, lines=_with_ids(new, paper.lines, new=True))
            self._post(other, new, number, paper, status="Corrective")
            values: dict[str, Any] = {"status": "Canceled"}
            if entity_set == "salesInvoices":
                values["remainingAmount"] = ZERO
            self._database.change(self._company, entity_set, row, **values)
            return new

    def invoice_order(self, order_id: str, quantities: Iterable[Decimal] | None = None) -> str:
        """Ship and invoice an order; returns the posted invoice's id.

        When nothing is left to invoice, the order's row vanishes.

        Args:
            order_id: which.
            quantities: of each line; None = all that is left.
        """
        with self._lock:
            row = self._company.tables["salesOrders"].primary.find(order_id)
            if row is None:
                raise KeyError(f"There is no order {order_id}.")
            paper = _paper(row)
            left = [line.quantity - line.shipped for line in paper.lines]
            now = left if quantities is None else list(quantities)
            number = self._number("posted salesInvoices")
            invoice = new_id(f"{self._company.id}/salesInvoices/{number}")
            lines = tuple(
                replace(line, quantity=quantity, shipped=ZERO)
                for line, quantity in zip(paper.lines, now, strict=True)
            )
            billed = replace(
                paper,
                lines=_with_ids(invoice, lines, new=True),
                order_id=row.id,
                order_number=str(row.values["number"]),
            )
            self._post("salesInvoices", invoice, number, billed)
            if now == left:
                self._database.delete(self._company, "salesOrders", row.id)
            else:
                shipped = zip(paper.lines, now, strict=True)
                lines = tuple(
                    replace(of, shipped=of.shipped + quantity) for of, quantity in shipped
                )
                self._again("salesOrders", row, replace(paper, lines=lines))
            return invoice

    def move_stock(self, item_id: str, quantity: Decimal, reason: str = "") -> None:
        """A stock movement: the item's `inventory` moves, its stamp does not."""
        with self._lock:
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

    # Inside.

    def _post(
        self, entity_set: str, row_id: str, number: str, paper: Paper, status: str = "Open"
    ) -> None:
        database, company = self._database, self._company
        row = self._save(entity_set, row_id, number, paper, status=status, posted=True)
        kind = _KINDS[entity_set]
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
        self._move_balance(paper, sign * amounts_of(paper)[1].gross)
        for line in paper.lines:
            if line.line_type == "Item" and line.quantity and line.target_id != NO_ID:
                with contextlib.suppress(KeyError):
                    self.move_stock(line.target_id, -sign * line.quantity, number)

    def _save(
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

    def _again(
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
        return self._save(
            entity_set, row.id, number, paper, status=status, posted=False, inner=merged
        )

    def _set_status(self, document_id: str, status: str) -> None:
        with self._lock:
            entity_set, row = self._find(document_id, posted=False)
            self._database.change(self._company, entity_set, row, status=status)

    def _move_balance(self, paper: Paper, amount: Decimal) -> None:
        customer = self._company.tables["customers"].primary.find(paper.buyer.id)
        if customer is not None:
            balance = Decimal(str(customer.values["balanceDue"])) + amount
            self._database.change(self._company, "customers", customer, balanceDue=balance)

    def _find(self, document_id: str, *, posted: bool) -> tuple[str, Row]:
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

    def _customer(self, name: str) -> Row:
        table = self._company.tables["customers"]
        found = table.primary.find(name) or self._company.find_by("customers", "number", name)
        if found is None:
            raise KeyError(f"There is no customer {name}.")
        return found

    def _number(self, series: str) -> str:
        count = self._company.series.get(series, 0) + 1
        self._company.series[series] = count
        return f"{_SERIES[series]}{900_000 + count}"


def _paper(row: Row) -> Paper:
    return cast("Paper", row.inner["paper"])


def _discounted(paper: Paper) -> Paper:
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


def _with_ids(
    document_id: str, lines: Iterable[LineInput], *, new: bool = False
) -> tuple[LineInput, ...]:
    return tuple(
        line if line.id and not new else replace(line, id=new_id(f"{document_id}/{number}"))
        for number, line in enumerate(lines, 1)
    )
