"""The writer: hands each record to what writes its kind, in threads, one call per key at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from destination_mailchimp.bulk import BULK_ROWS, Bulk
from destination_mailchimp.client import Client
from destination_mailchimp.consent import Consent
from destination_mailchimp.customers import Customers
from destination_mailchimp.ecommerce import Shop
from destination_mailchimp.holdings import ABSENT
from destination_mailchimp.members import Members
from destination_mailchimp.orders import Orders
from destination_mailchimp.products import Products
from destination_mailchimp.records import CUSTOMERS, MEMBERS, ORDERS, PRODUCTS
from destination_mailchimp.rename import Renames
from destination_mailchimp.settings import Settings
from destination_mailchimp.stores import Stores, store_id
from kit.destination.pool import KeyedPool
from kit.destination.tasks import Bench, Task
from kit.protocol.errors import RecordRejected
from kit.protocol.keys import member_key
from kit.protocol.outcomes import Outcome, OutcomeKind

BACKLOG: Final = 4_000
"""Records that may be in hand at once; a runner of ours sends no more either."""

_WORTH_A_BULK: Final = 20
"""New members that go by a bulk call once one was made; fewer are as quick alone."""

_CREATING: Final = frozenset({Consent.GRANTED, Consent.UNKNOWN, None})


class MailchimpWriter:
    """Writes records of every object.

    Args:
        settings: The connector's settings.
        bench: What the write loop gives.
        client: Calls to the account.
        members: Writes members.
        stores: The stores; None where the settings have no template.
        shop: The stores' contents.
    """

    def __init__(
        self,
        settings: Settings,
        bench: Bench,
        *,
        client: Client,
        members: Members,
        stores: Stores | None,
        shop: Shop,
    ) -> None:
        self._settings = settings
        self._bench = bench
        self._client = client
        self._members = members
        self._stores = stores
        self._shop = shop
        self._renames = Renames(members, settings.dry_run)
        self._bulk = Bulk(members, settle=self._settle, single=self._single, confirm=self._confirm)
        self._writes: dict[str, Callable[[Task], Outcome]] = {MEMBERS: self._write_member}
        if stores is not None:
            self._writes |= {
                PRODUCTS: Products(shop, stores).write,
                CUSTOMERS: Customers(shop, stores).write,
                ORDERS: Orders(shop, stores).write,
            }
        self._new: dict[str, Task] = {}
        self._loading = False
        self._pool = KeyedPool(settings.connections, backlog=BACKLOG, stopping=bench.stopping)

    def accept(self, task: Task) -> None:
        """Take one record."""
        if task.object != MEMBERS:
            self._submit(task, *self._further_keys(task))
            return
        if task.key in self._new:
            self._start_new(all_of_them=True)
        if self._is_new(task):
            self._new[task.key] = task
            if len(self._new) >= self._enough:
                self._start_new(all_of_them=False)
            return
        self._submit(task, *self._further_keys(task))

    @property
    def _enough(self) -> int:
        return BULK_ROWS if self._loading else max(BULK_ROWS, self._settings.bulk_from)

    def _is_new(self, task: Task) -> bool:
        """Whether a member may go by a bulk call, without any call to find out."""
        if self._settings.dry_run or (task.envelope and task.envelope.previous_key):
            return False
        if task.data.get("consent") not in _CREATING:
            return False
        return self._members.snapshot.known(task.key) == ABSENT

    def _further_keys(self, task: Task) -> tuple[str, ...]:
        """Return the keys that a task touches beside its own."""
        previous = task.envelope.previous_key if task.envelope else None
        if task.object == MEMBERS and previous and previous != task.key:
            return (f"{MEMBERS}:{previous}",)
        if task.object == ORDERS and self._settings.store is not None:
            return self._buyer_keys(task)
        return ()

    def _buyer_keys(self, task: Task) -> tuple[str, ...]:
        """Return the buyer's key if this order introduces the customer to the store."""
        data, prefix = task.data, self._settings.store.id_prefix if self._settings.store else ""
        buyer = member_key(str(data.get("email_address") or ""))
        store = store_id(prefix, str(data.get("company")), str(data.get("currency_code")))
        if self._shop.is_introduced(store, buyer):
            return ()
        return (f"{CUSTOMERS}:{store}/{buyer}",)

    def _submit(self, task: Task, *further: str, urgent: bool = False) -> None:
        keys = (f"{task.object}:{task.key}", *further)
        self._pool.submit(keys, partial(self._write, task), urgent=urgent)

    def _single(self, task: Task) -> None:
        """Queue a row of a bulk call to be written alone."""
        self._submit(task, urgent=True)

    def _confirm(self, task: Task) -> None:
        """Queue a row that a bulk call may have written: what is found there was made by us."""
        keys = (f"{task.object}:{task.key}",)
        self._pool.submit(keys, partial(self._write, task, confirm=True), urgent=True)

    def _write(self, task: Task, *, confirm: bool = False) -> None:
        try:
            outcome = self._writes[task.object](task)
        except RecordRejected as error:
            outcome = task.outcome(
                OutcomeKind.REJECTED, reason=error.reason, message=str(error), field=error.field
            )
        if confirm and outcome.kind in {OutcomeKind.UNCHANGED, OutcomeKind.UPDATED}:
            outcome = replace(outcome, kind=OutcomeKind.CREATED, differences=())
        self._settle(task, outcome)

    def _settle(self, task: Task, outcome: Outcome) -> None:
        """Report an outcome, with the calls that it cost: of a bulk call, the first row has all."""
        self._bench.settle(task, replace(outcome, calls=self._client.take_calls()))

    def _write_member(self, task: Task) -> Outcome:
        previous = task.envelope.previous_key if task.envelope else None
        if previous and previous != task.key:
            return self._renames.write(task, previous)
        return self._members.write(task)

    def flush(self) -> None:
        """Start to write the new members that were set aside."""
        self._pool.raise_failure()
        self._start_new(all_of_them=True)

    def _start_new(self, *, all_of_them: bool) -> None:
        """Hand new members on, by bulk calls where there are enough of them."""
        if len(self._new) >= self._settings.bulk_from:
            self._loading = True
        least = _WORTH_A_BULK if all_of_them else BULK_ROWS
        while self._loading and len(self._new) >= least:
            rows = [self._new.pop(key) for key in list(self._new)[:BULK_ROWS]]
            keys = [f"{MEMBERS}:{task.key}" for task in rows]
            self._pool.submit(keys, partial(self._bulk.write, rows), weight=len(rows))
        if all_of_them:
            for task in self._new.values():
                self._submit(task)
            self._new.clear()

    def drain(self) -> None:
        """Flush, then wait until everything is settled."""
        self.flush()
        self._pool.drain()

    def abort(self) -> None:
        """Drop what waits, and wait for the calls in hand."""
        self._new.clear()
        self._pool.stop()

    def finish(self) -> None:
        """Let the stores' order mails go again, now that every order was written."""
        if self._stores is not None and ORDERS in self._bench.objects:
            self._stores.finish()
