"""The Business Central simulator: its Python side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from starlette.routing import BaseRoute

from simulators.business_central.business.documents import Documents
from simulators.business_central.data.recorded import recorded_companies
from simulators.business_central.data.settings import company_data
from simulators.business_central.data.wholesale import wholesale_companies
from simulators.business_central.odata.entities import entities
from simulators.business_central.odata.values import Value, from_ticks, to_ticks
from simulators.business_central.service.data_routes import data_routes
from simulators.business_central.service.faults import FAULTS
from simulators.business_central.service.limits import Limits
from simulators.business_central.service.reading import Paging
from simulators.business_central.service.web import api_routes
from simulators.business_central.signin.application import Application, Rights
from simulators.business_central.signin.entra import Entra, token_routes
from simulators.business_central.store.company import Company, CompanyData, new_id
from simulators.business_central.store.database import Database
from simulators.business_central.store.rows import MODIFIED, Row, full_values
from simulators.business_central.webhooks.service import Webhooks
from simulators.common import Simulator
from simulators.wholesaler import Wholesaler, wholesaler

_TENANT: Final = "5b2f3b37-2b52-460e-8863-3561295b1e08"
_CLIENT: Final = "d1a6c1f0-52a4-4c55-9d07-6a1f4c1e7a10"
_USER: Final = "f2a5738a-44e3-ea11-bb43-000d3a2feca1"
_PLATFORM: Final = "27.2.41125.0"


class BusinessCentralSimulator(Simulator):
    """A stand-in for one Business Central environment, or one on-premises server instance.

    Attributes:
        application: the app registration and its card in Business Central.
        rights: what that application may read and write there.
        database: companies, replica (`replica_lag`, `sandbox`), late commits (`commit_lag`).
        limits: the published limits of one user.
        paging: the form of next links.
        webhooks: subscriptions and their notifications.
        environment: its name; another one in a URL is answered in XML.
        on_premises: the server instance's name; None = online.
        api_enabled: on-premises only: False = the API answers 405.
        missing_sets: entity sets that this version does not have yet.
        stamp_digits: 3 = milliseconds with zeros cut; 7 = all digits, as some versions show.
    """

    NAME: ClassVar[str] = "business_central"
    FAULTS: ClassVar[Mapping[str, str]] = FAULTS

    def __init__(
        self,
        data: Iterable[CompanyData] | Wholesaler | None = None,
        *,
        environment: str = "Production",
        on_premises: str | None = None,
        seed: int = 0,
        latency: float = 0.0,
    ) -> None:
        """Load the data; nothing is served before `start`.

        Args:
            data: companies; None = one that is empty.
            environment: its name.
            on_premises: the name of a server instance: no tenant and no environment in the path,
                Basic with a web-service key.
            seed: fault draws follow from it.
            latency: seconds added to every answer.
        """
        super().__init__(seed=seed, latency=latency)
        self.environment = environment
        self.on_premises = on_premises
        self.api_enabled = True
        self.application = Application(_TENANT, _CLIENT, "planted-client-secret")
        self.rights = Rights()
        self.entra = Entra(self.application, self.clock, seed)
        self.limits = Limits(self.clock)
        self.paging = Paging()
        self.missing_sets: set[str] = set()
        self.stamp_digits = 3
        if isinstance(data, Wholesaler):
            companies: Sequence[CompanyData] = wholesale_companies(data)
        else:
            companies = tuple(data) if data is not None else (empty_company(self.clock.now()),)
        self.database = Database(companies, self.clock)
        self.webhooks = Webhooks(self)

    @classmethod
    def by_hand(cls, *, seed: int, empty: bool) -> Self:
        """With the believable wholesaler, or empty."""
        return cls(None if empty else wholesaler(seed), seed=seed)

    @classmethod
    def from_recorded(cls, contracts_dir: Path) -> Self:
        """With the records of the recorded answers below `contracts_dir`/business-central."""
        return cls(recorded_companies(contracts_dir / "business-central"))

    def routes(self) -> list[BaseRoute]:
        """The token endpoint and the API."""
        return [*token_routes(self), *api_routes(self)]

    def admin_routes(self) -> list[BaseRoute]:
        """`/_simulator/data`, `/_simulator/switches` and others."""
        return [*data_routes(self)]

    @property
    def url(self) -> str:
        """What stands before `/v2.0/{tenant}/{environment}/api`; on-premises: before `/api`."""
        return f"{self.base_url}/{self.on_premises}" if self.on_premises else self.base_url

    @property
    def token_url(self) -> str:
        """What stands before `/{tenant}/oauth2/v2.0/token`."""
        return self.base_url

    @property
    def api_url(self) -> str:
        """The address of the standard API, up to and with its version."""
        if self.on_premises:
            return f"{self.url}/api/v2.0"
        return f"{self.url}/v2.0/{self.application.tenant_id}/{self.environment}/api/v2.0"

    def counts(self) -> Mapping[str, int]:
        """Rows per entity set, over all companies."""
        totals: dict[str, int] = {"companies": len(self.database.companies)}
        with self.lock:
            for company in self.database.companies.values():
                for name, count in company.counts().items():
                    totals[name] = totals.get(name, 0) + count
        return totals

    def credentials(self) -> Mapping[str, str]:
        """What a client needs."""
        application = self.application
        if self.on_premises:
            return {
                "base_url": self.url,
                "username": application.webservice_user,
                "web_service_key": application.webservice_key,
            }
        return {
            "base_url": self.url,
            "login_url": self.token_url,
            "tenant_id": application.tenant_id,
            "environment": self.environment,
            "client_id": application.client_id,
            "client_secret": application.client_secret,
        }

    def start(self, port: int | None = None) -> int:
        """Serve; None = the port of the last start, or any free one. Returns the port."""
        started = super().start(port)
        self.webhooks.resume()
        return started

    def stop(self) -> None:
        """Stop answering and delivering; data, log and port number stay.

        Raises:
            RuntimeError: an `on_exchange` callback raised since the last stop.
        """
        self.webhooks.stop()
        super().stop()

    # Records.

    @property
    def companies(self) -> list[Company]:
        """The companies, in the order of the list."""
        return list(self.database.companies.values())

    def company(self, name: str | None = None) -> Company:
        """A company by id or name; None = the first.

        Raises:
            KeyError: there is none.
        """
        return self.companies[0] if name is None else self.database.company(name)

    def documents(self, company: Company | str | None = None) -> Documents:
        """The sales documents of a company, to write, post, pay and cancel them."""
        found = company if isinstance(company, Company) else self.company(company)
        return Documents(self.database, found, self.lock)

    def put(
        self,
        entity_set: str,
        values: Mapping[str, Value],
        *,
        company: str | None = None,
        modified: datetime | None = None,
        visible_after: timedelta | None = None,
        inner: Mapping[str, Any] | None = None,
    ) -> str:
        """Insert a row, or update the one with the same `id`; returns its id.

        Args:
            entity_set: such as `customers`.
            values: plain values by property; what is not named stays, or is blank.
            company: id or name; None = the first.
            modified: the stamp; None = the clock, if a field of the row's own table changed.
            visible_after: commit so long after the stamp; None = `database.commit_lag`.
            inner: what the table holds and the page does not show: `customer_id` links a contact
                to a customer, `first_name` and `surname` are a person's.

        Raises:
            KeyError: no such company, entity set or property.
        """
        with self.lock:
            found = self.company(company)
            given = dict(values)
            if "id" not in given:
                given["id"] = new_id(f"{found.id}/{entity_set}/{sorted(given.items())!r}")
            return self.database.put(
                found,
                entity_set,
                given,
                modified=modified,
                visible_after=visible_after,
                inner=inner,
            ).id

    def delete(self, entity_set: str, row_id: str, *, company: str | None = None) -> None:
        """Delete a row for good; does nothing if there is none."""
        with self.lock:
            self.database.delete(self.company(company), entity_set, row_id)

    def get(self, entity_set: str, row_id: str, *, company: str | None = None) -> dict[str, Value]:
        """A row's plain values on the primary, with its stamp as a moment.

        Raises:
            KeyError: no such company, entity set or row.
        """
        with self.lock:
            table = self.company(company).tables[entity_set]
            table.settle(self.clock.now())
            row = table.primary.find(row_id)
            if row is None:
                raise KeyError(f"There is no row {row_id} in {entity_set}.")
            return {**row.values, MODIFIED: from_ticks(row.modified)}

    def company_rows(self) -> list[Row]:
        """The rows of the list of companies."""
        return [_company_row(company, number) for number, company in enumerate(self.companies)]


def empty_company(now: datetime) -> CompanyData:
    """A company with nothing in it but its settings."""
    return company_data("My Company", "My Company", "USD", now)


def _company_row(company: Company, number: int) -> Row:
    data = company.data
    values = full_values(
        entities()["companies"],
        {
            "id": data.id,
            "systemVersion": _PLATFORM,
            "timestamp": 7296 + number,
            "name": data.name,
            "displayName": data.display_name,
            "systemCreatedAt": data.created,
            "systemCreatedBy": _USER,
            "systemModifiedAt": data.created,
            "systemModifiedBy": _USER,
        },
    )
    return Row(data.id, values, to_ticks(data.created))
