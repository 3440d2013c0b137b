"""The life of a sales document: written, released, posted, paid, cancelled."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from simulators.business_central.business.amounts import ZERO, LineInput
from simulators.business_central.business.journal import (
    KINDS,
    Journal,
    discounted,
    paper_of,
    with_ids,
)
from simulators.business_central.business.papers import Paper
from simulators.business_central.store.company import Company, new_id
from simulators.business_central.store.database import Database
from simulators.business_central.store.rows import Row


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
        self._journal = Journal(database, company)

    def buyers(self) -> list[str]:
        """The ids of the company's customers."""
        with self._lock:
            return [row.id for row in self._company.tables["customers"].primary.rows()]

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
            paper = Paper(self._journal.customer(customer), day, tuple(lines))
            paper = discounted(replace(paper, **written))
            number = self._journal.number(entity_set)
            row_id = new_id(f"{self._company.id}/{entity_set}/{number}")
            paper = replace(paper, lines=with_ids(row_id, paper.lines))
            self._journal.save(entity_set, row_id, number, paper, status="Draft", posted=False)
            return row_id

    def change_line(self, document_id: str, line: int, **changes: Any) -> None:  # noqa: ANN401 - fields of LineInput
        """Change a line of an unposted document; its invoice discount waits for a recalculation."""
        with self._lock:
            entity_set, row = self._journal.find(document_id, posted=False)
            paper = paper_of(row)
            lines = list(paper.lines)
            lines[line] = replace(lines[line], **changes)
            paper = replace(paper, lines=tuple(lines))
            flag = {"recalculate": bool(paper.discount_percent)}
            self._journal.again(entity_set, row, paper, inner=flag)

    def redistribute(self, entity_set: str, row: Row) -> Row:
        """Recalculate the invoice discount of a draft: what reading it does."""
        with self._lock:
            paper = discounted(paper_of(row))
            return self._journal.again(entity_set, row, paper, inner={"recalculate": False})

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
            entity_set, row = self._journal.find(document_id, posted=False)
            self._database.delete(self._company, entity_set, row.id)

    # Posting.

    def post(self, document_id: str, *, keep_line_ids: bool = True) -> str:
        """Post an invoice or credit memo: a new number, the same id. Returns the number.

        Args:
            document_id: which.
            keep_line_ids: False = the lines' ids were taken, and the posted lines get new ones.
        """
        with self._lock:
            entity_set, row = self._journal.find(document_id, posted=False)
            if entity_set not in KINDS:
                raise ValueError("An order is invoiced, not posted: call `invoice_order`.")
            paper = paper_of(row)
            number = self._journal.number(f"posted {entity_set}")
            if not keep_line_ids:
                paper = replace(paper, lines=with_ids(f"{row.id}/{number}", paper.lines, new=True))
            self._journal.post(entity_set, row.id, number, paper)
            return number

    def pay(self, document_id: str, amount: Decimal | None = None) -> None:
        """Pay a posted invoice or credit memo.

        A part moves `remainingAmount` and no stamp; the rest makes it `Paid`, which does.

        Args:
            document_id: which.
            amount: None = all that is left.
        """
        with self._lock:
            entity_set, row = self._journal.find(document_id, posted=True)
            left = Decimal(str(row.values.get("remainingAmount", ZERO)))
            paid = left if amount is None else amount
            self._journal.move_balance(paper_of(row), -paid)
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
            entity_set, row = self._journal.find(document_id, posted=True)
            other = "salesCreditMemos" if entity_set == "salesInvoices" else "salesInvoices"
            number = self._journal.number(f"posted {other}")
            paper = replace(
                paper_of(row),
                day=self._database.clock.now().date(),
                corrects=(row.id, str(row.values["number"])),
            )
            new = new_id(f"{self._company.id}/{other}/{number}")
            paper = replace(paper, lines=with_ids(new, paper.lines, new=True))
            self._journal.post(other, new, number, paper, status="Corrective")
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
            paper = paper_of(row)
            left = [line.quantity - line.shipped for line in paper.lines]
            now = left if quantities is None else list(quantities)
            number = self._journal.number("posted salesInvoices")
            invoice = new_id(f"{self._company.id}/salesInvoices/{number}")
            lines = tuple(
                replace(line, quantity=quantity, shipped=ZERO)
                for line, quantity in zip(paper.lines, now, strict=True)
            )
            billed = replace(
                paper,
                lines=with_ids(invoice, lines, new=True),
                order_id=row.id,
                order_number=str(row.values["number"]),
            )
            self._journal.post("salesInvoices", invoice, number, billed)
            if now == left:
                self._database.delete(self._company, "salesOrders", row.id)
            else:
                shipped = zip(paper.lines, now, strict=True)
                lines = tuple(
                    replace(of, shipped=of.shipped + quantity) for of, quantity in shipped
                )
                self._journal.again("salesOrders", row, replace(paper, lines=lines))
            return invoice

    def leave_out(self, document_id: str) -> None:
        """A posted document that the API's own table lacks, as after a migration.

        It stays among the posted invoices and in the ledgers, and comes back by `upgrade`.
        """
        with self._lock:
            entity_set, row = self._journal.find(document_id, posted=True)
            self._company.left_out.append((entity_set, row))
            self._database.delete(self._company, entity_set, row.id)

    def upgrade(self) -> None:
        """The job "API Data Upgrade": what was left out comes in, and every row is stamped."""
        with self._lock:
            left_out, self._company.left_out = self._company.left_out, []
            for entity_set in KINDS:
                rows = list(self._company.tables[entity_set].primary.rows())
                rows += [row for name, row in left_out if name == entity_set]
                for row in rows:
                    stamp, version = self._database.stamp(), self._database.version()
                    renewed = replace(row, modified=stamp, version=version)
                    self._database.save(self._company, entity_set, renewed)

    def move_stock(self, item_id: str, quantity: Decimal, reason: str = "") -> None:
        """A stock movement: the item's `inventory` moves, its stamp does not."""
        with self._lock:
            self._journal.move_stock(item_id, quantity, reason)

    def _set_status(self, document_id: str, status: str) -> None:
        with self._lock:
            entity_set, row = self._journal.find(document_id, posted=False)
            self._database.change(self._company, entity_set, row, status=status)
