"""Orders: the buyer known first, whole quantities, exact money, no stale lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from destination_mailchimp.customers import address_body, introduction
from destination_mailchimp.ecommerce import Put, Shop, object_path, refused
from destination_mailchimp.holdings import ABSENT, PRESENT
from destination_mailchimp.lines import Line, money, normalise_line
from destination_mailchimp.problems import Problem
from destination_mailchimp.products import stub_body
from destination_mailchimp.records import ORDERS, PRODUCTS, email_of, present, required
from destination_mailchimp.stores import Store, Stores
from kit.destination.tasks import Task
from kit.protocol.errors import RecordRejected
from kit.protocol.keys import member_key
from kit.protocol.outcomes import Outcome, OutcomeKind
from kit.protocol.reasons import Reason

_TOTALS: Final = ("tax_total", "shipping_total", "discount_total")
_TEXTS: Final = ("fulfillment_status", "updated_at_foreign", "cancelled_at_foreign")


@dataclass(frozen=True, slots=True)
class Orders:
    """Writes orders.

    Args:
        shop: The stores' contents.
        stores: The stores.
    """

    shop: Shop
    stores: Stores

    def write(self, task: Task) -> Outcome:
        """Write one order.

        Raises:
            RecordRejected: The record cannot be written as it is.
            ConfigError: The credential or a setting does not work.
            FatalError: The store's order mails could not be held back.
        """
        data = task.data
        buyer = email_of(data)
        lines = read_lines(data)
        processed_at = read_moment(required(data, "processed_at_foreign"))
        body = order_body(data, lines)
        turned_away = self.shop.turned_away(task, member_key(buyer))
        if turned_away is not None:
            return turned_away
        old = self.stores.is_old(processed_at)
        store = self.stores.ensure(
            required(data, "company"), required(data, "currency_code"), silent=old
        )
        body["customer"] = self._customer(store, buyer)
        hold = partial(self.stores.hold_mails, store) if old else _nothing
        done = self.shop.put(task, store, ORDERS, body, hold)
        if not isinstance(done, Put):
            return done
        if not done.answer.ok and _says_product_missing(done):
            done = self._retry_with_products(store, body, lines, done)
        if not done.answer.ok:
            return self._refused(task, done, body)
        self.shop.introduce(store.id, member_key(buyer))
        self._remove_stale_lines(store, body["id"], lines, done.answer.body)
        return done.done

    def _customer(self, store: Store, buyer: str) -> dict[str, Any]:
        """Return the buyer: by id where this run knows the customer, else with an introduction."""
        key = member_key(buyer)
        return {"id": key} if self.shop.is_introduced(store.id, key) else introduction(buyer)

    def _retry_with_products(
        self, store: Store, body: Mapping[str, Any], lines: Iterable[Line], failed: Put
    ) -> Put:
        """Make the products and variants that the lines lack, and try once more."""
        for line in lines:
            self._provide(store, line)
        client = self.shop.client
        answer = client.send("PUT", object_path(store.id, ORDERS, str(body["id"])), body)
        if answer.ok:
            self.shop.holdings(store, ORDERS).note(str(body["id"]), PRESENT)
        return Put(failed.done, answer)

    def _provide(self, store: Store, line: Line) -> None:
        held = self.shop.holdings(store, PRODUCTS).read_again(line.product_id)
        client = self.shop.client
        if held.code == ABSENT:
            where = object_path(store.id, PRODUCTS, line.product_id)
            if client.send("PUT", where, stub_body(line)).ok:
                self.shop.holdings(store, PRODUCTS).note(line.product_id, PRESENT)
            return
        variants = {str(each.get("id")) for each in (held.detail or {}).get("variants") or ()}
        if line.variant_id not in variants:
            where = object_path(store.id, PRODUCTS, line.product_id, "variants", line.variant_id)
            client.send("PUT", where, {"id": line.variant_id, "title": line.title})

    def _refused(self, task: Task, put: Put, body: Mapping[str, Any]) -> Outcome:
        outcome = refused(task, put.answer, body)
        if not _says_product_missing(put):
            return outcome
        return task.outcome(
            OutcomeKind.REJECTED,
            reason=Reason.UNKNOWN_PRODUCT,
            message=outcome.message,
            field="lines",
        )

    def _remove_stale_lines(
        self,
        store: Store,
        order: str,
        lines: Iterable[Line],
        answer: Any,  # noqa: ANN401 - any JSON
    ) -> None:
        """Delete the lines that an earlier version of the order had: a PUT may leave them.

        Raises:
            RecordRejected: Mailchimp refused; the order would show what was not sold.
        """
        rows = answer.get("lines") if isinstance(answer, Mapping) else None
        kept = {line.id for line in lines}
        for identifier in [str(row.get("id")) for row in rows or ()]:
            if identifier in kept:
                continue
            gone = self.shop.client.send(
                "DELETE", object_path(store.id, ORDERS, order, "lines", identifier)
            )
            problem = Problem.from_answer(gone.status, gone.body)
            if not gone.ok and not problem.says_missing:
                raise RecordRejected(
                    Reason.REFUSED,
                    "The order was written, but a line that it no longer has could not be removed.",
                    field="lines",
                )


def _nothing() -> None:
    """Do nothing: the mails of a fresh order are welcome."""


def _says_product_missing(put: Put) -> bool:
    return Problem.from_answer(put.answer.status, put.answer.body).says_product_missing


def read_lines(data: Mapping[str, Any]) -> tuple[Line, ...]:
    """Return the lines of an order record.

    Raises:
        RecordRejected: There is none, or one is wrong.
    """
    rows = data.get("lines") or ()
    lines = tuple(normalise_line(row, position) for position, row in enumerate(rows))
    if not lines:
        raise RecordRejected(Reason.NO_LINES, field="lines")
    if len({line.id for line in lines}) < len(lines):
        raise RecordRejected(Reason.BAD_VALUE, "Two lines have the same id.", field="lines")
    return lines


def read_moment(text: str) -> datetime:
    """Return a time, aware.

    Raises:
        RecordRejected: It is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RecordRejected(
            Reason.BAD_VALUE, "It is no ISO 8601 time.", field="processed_at_foreign"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def order_body(data: Mapping[str, Any], lines: Iterable[Line]) -> dict[str, Any]:
    """Return an order as it is sent, without its customer.

    Raises:
        RecordRejected: A field is missing or wrong.
    """
    totals = {name: money(data[name], name) for name in _TOTALS if data.get(name) is not None}
    body: dict[str, Any] = {
        "id": required(data, "id"),
        "currency_code": required(data, "currency_code"),
        "order_total": money(data.get("order_total"), "order_total"),
        **totals,
        "financial_status": required(data, "financial_status"),
        "processed_at_foreign": required(data, "processed_at_foreign"),
        **present(data, *_TEXTS),
        "lines": [line.body() for line in lines],
    }
    address = address_body(data.get("billing_address"))
    return body | {"billing_address": address} if address else body
