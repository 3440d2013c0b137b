"""The Acumatica simulator: its Python side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Final, Self

from starlette.routing import BaseRoute

from simulators.acumatica.access.guard import FAULTS
from simulators.acumatica.access.identity import identity_routes
from simulators.acumatica.access.licence import Licence
from simulators.acumatica.access.rights import Rights
from simulators.acumatica.access.sign_in import Account, SignIn
from simulators.acumatica.api import entity_routes
from simulators.acumatica.contract.catalog import Catalog
from simulators.acumatica.contract.endpoints import OwnEntity
from simulators.acumatica.contract.tables import Kind
from simulators.acumatica.data.loading import AcumaticaData, load_recorded, load_wholesaler
from simulators.acumatica.data_routes import data_routes
from simulators.acumatica.odata.routes import odata_routes
from simulators.acumatica.odata.sets import Tracking
from simulators.acumatica.paging import Paging
from simulators.acumatica.queries.query import ReadSettings
from simulators.acumatica.records.book import Book
from simulators.acumatica.records.store import Store
from simulators.acumatica.records.values import Value
from simulators.acumatica.records.writes import plain_record
from simulators.common import Simulator
from simulators.wholesaler import Wholesaler, wholesaler

_CLIENT: Final = "0E5D1C3A-7F42-4B0D-9C86-2D1A5B7E9F10"
_ZERO: Final = Decimal("0.0000")


class AcumaticaSimulator(Simulator):
    """A stand-in for one Acumatica instance with one tenant.

    Attributes:
        account: client id and secret, user name and password.
        sign_in: grants, sessions, seats (`sign_in.session_limit`), redirect URIs, token lives.
        licence: concurrent requests and requests per minute, both unlimited at first.
        rights: forms, branches and customers that the user may not see.
        catalog: the endpoints on offer and the fields beside them.
        tracking: the DACs whose deletions are tracked.
        paging: what deep pages cost, and what happens between pages.
        session_zone: where a `datetimeoffset` literal without an offset is read.
        login_limit_form: how `API Login Limit` is answered: `500`, `429` or `text`.
        several_tenants: False = a cookie login with any tenant name lands in this one, silently.
        consents_at_once: False = the authorize address shows a page and waits for the click.
        commit_lag: how long after its stamp a record written by `put` becomes visible.
    """

    NAME: ClassVar[str] = "acumatica"
    FAULTS: ClassVar[Mapping[str, str]] = FAULTS

    def __init__(
        self,
        data: AcumaticaData | Wholesaler | None = None,
        *,
        site: str = "Wholesale",
        tenant: str = "Wholesale",
        seed: int = 0,
        latency: float = 0.0,
    ) -> None:
        """Load the data; nothing is served before `start`.

        Args:
            data: records; None = an empty instance.
            site: the folder of the instance in its URL; empty = none.
            tenant: the login name of the tenant; the client id ends with it.
            seed: the order of list reads, token texts and fault draws follow from it.
            latency: seconds added to every answer.
        """
        super().__init__(seed=seed, latency=latency)
        self._site = f"/{site}" if site else ""
        self.account = Account(
            tenant, f"{_CLIENT}@{tenant}", "planted-client-secret", "sync", "planted-password"
        )
        self.sign_in = SignIn(self.account, self.clock, seed)
        self.licence = Licence()
        self.rights = Rights()
        self.catalog = Catalog()
        self.tracking = Tracking()
        self.paging = Paging()
        self.session_zone: tzinfo = timezone(timedelta(hours=-8))
        self.login_limit_form = "500"
        self.several_tenants = True
        self.consents_at_once = True
        self.commit_lag = timedelta()
        sources = load_wholesaler(data) if isinstance(data, Wholesaler) else data or {}
        self.book = Book(sources, self.clock, seed)

    @classmethod
    def by_hand(cls, *, seed: int, empty: bool) -> Self:
        """With the believable wholesaler, or empty; a person clicks through the consent."""
        erp = cls(None if empty else wholesaler(seed), seed=seed)
        erp.consents_at_once = False
        return erp

    @classmethod
    def from_recorded(cls, contracts_dir: Path) -> Self:
        """With the records of the recorded answers below `contracts_dir`/acumatica/recorded."""
        rows, hidden = load_recorded(contracts_dir / "acumatica" / "recorded")
        erp = cls(rows)
        for entity, paths in hidden.items():
            erp.hide(entity, *paths)
        return erp

    def routes(self) -> list[BaseRoute]:
        """Sign-in, entities, and the OData service."""
        return [
            *identity_routes(self, self._site),
            *entity_routes(self, self._site),
            *odata_routes(self, self._site),
        ]

    def admin_routes(self) -> list[BaseRoute]:
        """`/_simulator/data`."""
        return [*data_routes(self)]

    @property
    def url(self) -> str:
        """The instance URL, with the site folder, no slash at the end."""
        return f"{self.base_url}{self._site}"

    def counts(self) -> Mapping[str, int]:
        """Records per entity, of those that have any."""
        with self.lock:
            return self.book.counts()

    def credentials(self) -> Mapping[str, str]:
        """What a client needs; the refresh token belongs to a grant that starts now."""
        account = self.account
        return {
            "instance_url": self.url,
            "client_id": account.client_id,
            "client_secret": account.client_secret,
            "refresh_token": self.new_refresh_token(),
            "username": account.username,
            "password": account.password,
        }

    def new_refresh_token(self) -> str:
        """The refresh token of a new grant, as if the user had just consented."""
        with self.lock:
            return self.sign_in.grant("api offline_access").refresh_token or ""

    # What the instance offers.

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of the endpoint `Default` on offer."""
        return self.catalog.versions

    @versions.setter
    def versions(self, versions: tuple[str, ...]) -> None:
        self.catalog.versions = versions

    def add_endpoint(
        self,
        name: str,
        version: str,
        *,
        extends: str = "24.200.001",
        entities: Mapping[str, OwnEntity] | None = None,
    ) -> None:
        """Add an endpoint of the tenant's own; see `own_contract` for the parameters."""
        self.catalog.add(name, version, extends, entities or {})

    def add_custom_field(self, entity: str, field: str, kind: Kind = Kind.STRING) -> None:
        """Put a field on an entity's form that no contract has: `CurrentCustomer.UsrRoute`.

        Its value is put like any other: `put("Customer", {..., "CurrentCustomer.UsrRoute": "R1"})`,
        in a line of a detail too.
        """
        self.catalog.add_custom_field(entity, field, kind)

    def hide(self, entity: str, *paths: str) -> None:
        """Leave fields out of every answer, as a site does with those of a feature that is off."""
        self.catalog.hide(entity, *paths)

    def track_deletions(self, *dacs: str) -> None:
        """List DACs on form SM207010: their deletions are kept from now on."""
        self.tracking.track(*dacs, since=self.book.now())

    def read_settings(self, entity: str) -> ReadSettings:
        """What of the instance bears on reading an entity."""
        hidden = self.catalog.hidden.get(entity, frozenset())
        return ReadSettings(self.session_zone, hidden, self.catalog.custom_kinds(entity))

    def after_page(self, entity: str, number: int, change: Callable[[], object]) -> None:
        """Run `change` once, right after the page with this number (from 1) of an entity was read.

        Pages are list answers to GET, counted since the call.
        """
        self.paging.after(entity, number, change)

    # Records.

    def store(self, entity: str) -> Store:
        """The records of an entity; hold `lock` while you use it.

        Raises:
            KeyError: the simulator does not serve this entity.
        """
        return self.book.store(entity)

    def put(
        self,
        entity: str,
        record: Mapping[str, object],
        *,
        modified: datetime | None = None,
        archived: bool | None = None,
        visible_after: timedelta | None = None,
    ) -> str:
        """Insert a record, or update the one with the same key; returns its id.

        Args:
            entity: such as `Customer`.
            record: plain values, nested: `{"CustomerID": "C1", "MainContact": {"Email": ...}}`.
                A field that is not named stays as it is; details are replaced whole.
            modified: the stamp; None = the clock, if a field of the entity's own row changed.
            archived: hide from readers that do not ask for archived documents; None = as it was.
            visible_after: commit so long after the stamp; None = `commit_lag`.

        Raises:
            KeyError: no such entity or field.
        """
        late = self.commit_lag if visible_after is None else visible_after
        with self.lock:
            return self.book.put(
                entity, record, modified=modified, archived=archived, visible_after=late
            ).id

    def put_json(self, entity: str, record: Mapping[str, object]) -> str:
        """Like `put`, with JSON values: numbers and times as text or JSON numbers.

        Raises:
            KeyError: no such entity or field.
            WrongTypeError: a value does not fit its field.
        """
        return self.put(entity, plain_record(self.catalog.newest, entity, record))

    def delete(self, entity: str, *key: str) -> None:
        """Delete a record for good; does nothing if there is none."""
        with self.lock:
            row = self.book.find(entity, *key)
            if row is not None:
                self.book.delete(entity, row)

    def touch(self, entity: str, moment: datetime) -> int:
        """Give all records of an entity one stamp, as a mass update does; returns how many."""
        with self.lock:
            return self.book.touch(entity, moment)

    def get(self, entity: str, *key: str) -> dict[str, Value]:
        """A record's plain values by path, with `id`, `LastModifiedDateTime` and details' counts.

        Raises:
            KeyError: no such entity or record.
        """
        with self.lock:
            row = self.book.find(entity, *key)
            if row is None:
                raise KeyError(f"There is no {entity} {'/'.join(key)}.")
            return self.book.shown(row)

    def change_email(self, customer: str, email: str | None) -> None:
        """Change a customer's main contact; the customer's own stamp does not move."""
        self.put("Customer", {"CustomerID": customer, "MainContact": {"Email": email}})

    def change_address(self, customer: str, **fields: str | None) -> None:
        """Change fields of a customer's main address; the customer's own stamp does not move."""
        self.put("Customer", {"CustomerID": customer, "MainContact": {"Address": dict(fields)}})

    def post_invoice(self, number: str, kind: str = "Invoice") -> None:
        """Release an invoice: Open, its whole amount due."""
        amount = self.get("SalesInvoice", kind, number)["Amount"]
        self._set_invoice(kind, number, Status="Open", Hold=False, Balance=amount)

    def pay_invoice(self, number: str, kind: str = "Invoice") -> None:
        """Close an invoice: nothing is due any more."""
        self._set_invoice(kind, number, Status="Closed", Balance=_ZERO)

    def cancel_invoice(self, number: str, kind: str = "Invoice") -> None:
        """Cancel a released invoice."""
        self._set_invoice(kind, number, Status="Canceled", Balance=_ZERO)

    def _set_invoice(self, kind: str, number: str, **fields: object) -> None:
        self.get("SalesInvoice", kind, number)
        self.put("SalesInvoice", {"Type": kind, "ReferenceNbr": number, **fields})
