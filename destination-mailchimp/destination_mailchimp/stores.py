"""Stores: one for each company and currency, made on demand, and held silent during a backfill.

While `is_syncing` is on, Mailchimp sends no order mails for a store. It is on before the first old
order is written, stays on if the run does not come to its end, and is switched off by the run that
wrote all orders, whichever run that is.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from destination_mailchimp.audience import PAGE, Audience
from destination_mailchimp.client import Client, path
from destination_mailchimp.problems import Problem, explain
from destination_mailchimp.settings import Store as Template
from kit.destination.http import Answer, Unconfirmed
from kit.protocol.errors import ConfigError, FatalError, RecordRejected
from kit.protocol.reasons import Reason


@dataclass(slots=True)
class Store:
    """A store.

    Args:
        id: Mailchimp's id of it, which is ours.
        currency_code: Its currency.
        is_syncing: Whether its order mails are held back.
        is_new: Whether this run made it (or, in a plan, would make it): it holds nothing yet.
    """

    id: str
    currency_code: str
    is_syncing: bool
    is_new: bool = False


def store_id(prefix: str, company: str, currency: str) -> str:
    """Return the id of the store for a company and a currency."""
    return _slug(f"{prefix}-{company}-{currency}")


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


@dataclass(slots=True)
class Stores:
    """The stores that the settings' template makes.

    Args:
        client: Calls to the account.
        audience: The audience that the stores belong to.
        template: The settings' template.
        notify_after: Age from which an order is old.
        clock: The time, aware.
        dry_run: Decide only.
        log: Writes a log line.
    """

    client: Client
    audience: Audience
    template: Template
    notify_after: timedelta
    dry_run: bool
    log: Callable[[str, str], None]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _rows: dict[str, Mapping[str, Any]] | None = None
    _stores: dict[tuple[str, str], Store] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def ensure(self, company: str, currency: str, *, silent: bool = False) -> Store:
        """Return the store for a company and a currency; it is made if there is none.

        Args:
            company: The company's name in the ERP.
            currency: Three letters.
            silent: Make a new store with its order mails held back.

        Raises:
            ConfigError: Its id is taken, by another audience or another company.
            RecordRejected: Its currency was changed in Mailchimp.
        """
        store = self._stores.get((company, currency))
        if store is None:
            with self._lock:
                store = self._stores.get((company, currency))
                if store is None:
                    store = self._find_or_make(company, currency, silent=silent)
                    self._stores[company, currency] = store
        if store.currency_code.upper() != currency.upper():
            raise RecordRejected(
                Reason.CURRENCY_MISMATCH,
                f"The store `{store.id}` is in {store.currency_code}, the record in {currency}.",
                field="currency_code",
            )
        return store

    def is_old(self, processed_at: datetime) -> bool:
        """Whether an order is too old for its mails to be sent."""
        return self.clock() - processed_at > self.notify_after

    def hold_mails(self, store: Store) -> None:
        """Hold a store's order mails back, before an old order is written.

        Raises:
            FatalError: They could not be held back.
        """
        if not store.is_syncing:
            with self._lock:
                if not store.is_syncing:
                    self._set_syncing(store, on=True)

    def finish(self) -> None:
        """Let the order mails go again, in every store of the template.

        Raises:
            FatalError: Mailchimp refuses.
        """
        if self.dry_run:
            return
        known = {store.id for store in self._stores.values()}
        for identifier, row in self._existing().items():
            if identifier not in known and self._is_ours(identifier, row):
                store = Store(
                    identifier, str(row.get("currency_code")), bool(row.get("is_syncing"))
                )
                self._stores[identifier, ""] = store
        for store in self._stores.values():
            if store.is_syncing:
                self._set_syncing(store, on=False)

    def _is_ours(self, identifier: str, row: Mapping[str, Any]) -> bool:
        prefix = f"{_slug(self.template.id_prefix)}-"
        return identifier.startswith(prefix) and row.get("list_id") == self.audience.id

    def _set_syncing(self, store: Store, *, on: bool) -> None:
        if not self.dry_run:
            answer = self.client.send(
                "PATCH", path("ecommerce", "stores", store.id), {"is_syncing": on}
            )
            if not answer.ok:
                raise FatalError(
                    f"Mailchimp refuses to set `is_syncing` of the store `{store.id}`, so no "
                    f"orders can be written safely. {_said(answer)}"
                )
        store.is_syncing = on

    def _existing(self) -> dict[str, Mapping[str, Any]]:
        if self._rows is None:
            names = ("id", "list_id", "currency_code", "is_syncing", "name")
            fields = ",".join(f"stores.{name}" for name in names)
            body = self.client.read("/ecommerce/stores", {"count": PAGE, "fields": fields})
            self._rows = {str(row["id"]): row for row in body.get("stores", ())}
        return self._rows

    def _find_or_make(self, company: str, currency: str, *, silent: bool) -> Store:
        identifier = store_id(self.template.id_prefix, company, currency)
        for (other, _), store in self._stores.items():
            if store.id == identifier:
                raise ConfigError(
                    f"The companies `{other}` and `{company}` would share the store "
                    f"`{identifier}`; give each a connection with a `store.id_prefix` of its own.",
                    setting="store.id_prefix",
                )
        row = self._existing().get(identifier)
        if row is None:
            return self._make(identifier, company, currency, silent=silent)
        if str(row.get("list_id")) != self.audience.id:
            raise ConfigError(
                f"The store `{identifier}` belongs to another audience ({row.get('list_id')}), and "
                "that can never change; choose another `store.id_prefix`, or that audience.",
                setting="store.id_prefix",
            )
        return _store_of(identifier, row)

    def _make(self, identifier: str, company: str, currency: str, *, silent: bool) -> Store:
        store = Store(identifier, currency, is_syncing=silent, is_new=True)
        if self.dry_run:
            self.log("INFO", f"The store `{identifier}` would be made.")
            return store
        template = self.template
        body = {
            "id": identifier,
            "list_id": self.audience.id,
            "name": template.name.format(company=company, currency=currency),
            "currency_code": currency,
            "is_syncing": silent,
        }
        optional = {"platform": template.platform, "domain": template.domain}
        optional |= {"email_address": template.email_address}
        body |= {name: value for name, value in optional.items() if value}
        try:
            answer = self.client.send("POST", "/ecommerce/stores", body)
        except Unconfirmed:
            return self._confirm(store)
        if not answer.ok:
            raise ConfigError(
                f"Mailchimp refuses to make the store `{identifier}`. {_said(answer)} Correct the "
                "setting `store`.",
                setting="store",
            )
        self.log("INFO", f"Made the store `{identifier}`.")
        return store

    def _confirm(self, store: Store) -> Store:
        """Look whether a store was made by a call that got no answer."""
        row = self.client.read(path("ecommerce", "stores", store.id), missing=True)
        if row is None:
            raise FatalError(
                f"Mailchimp gave no answer when the store `{store.id}` was made. The run stops "
                "here; what was acknowledged stays, and the next run tries again."
            )
        return store


def _store_of(identifier: str, row: Mapping[str, Any]) -> Store:
    return Store(identifier, str(row.get("currency_code")), bool(row.get("is_syncing")))


def _said(answer: Answer) -> str:
    return explain(Problem.from_answer(answer.status, answer.body))
