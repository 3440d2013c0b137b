"""The story with Business Central."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Self

from demo.erps.base import NEW_CUSTOMER, NEW_CUSTOMER_EMAIL, Erp
from demo.people import Cast, cast
from simulators.business_central import BusinessCentralSimulator
from simulators.business_central.business.amounts import LineInput
from simulators.business_central.store.company import Company
from simulators.business_central.store.rows import Row
from simulators.wholesaler import Wholesaler

GIVEN_BACK = Decimal("1.50")
"""What the credit memo of the morning gives back."""


class BusinessCentral(Erp[BusinessCentralSimulator]):
    """Business Central, with a wholesaler in it: two companies, and a copy of one."""

    key = "business-central"
    title = "Business Central"
    companies: ClassVar = {"Hollis Wholesale Inc.": "wholesale", "Hollis Europe GmbH": "europe"}
    """The companies that are read, with short names; the third is a copy of the first."""

    @classmethod
    def of(cls, data: Wholesaler) -> Self:
        """Make one whose simulator holds this wholesaler."""
        return cls(BusinessCentralSimulator(data), data)

    def variables(self) -> dict[str, Any]:
        """Give the companies short names, and a currency of the ERP's own its ISO code."""
        names = {self.simulator.company(name).id: short for name, short in self.companies.items()}
        return {"companies": names, "currencies": {"DANISHKR": "DKK"}}

    def config(self) -> dict[str, Any]:
        """Return the settings of `source-business-central`."""
        known = self.simulator.credentials()
        return {
            "tenant_id": known["tenant_id"],
            "environment": known["environment"],
            "companies": list(self.companies),
            "credentials": {
                "auth_type": "client_secret",
                "client_id": known["client_id"],
                "client_secret": "${env:BUSINESS_CENTRAL_CLIENT_SECRET}",
            },
            "base_url": known["base_url"],
            "login_url": known["login_url"],
            "start_date": "2020-01-01T00:00:00Z",
            "lag_seconds": 0,
        }

    def secrets(self) -> dict[str, str]:
        """Return the client secret."""
        return {"BUSINESS_CENTRAL_CLIENT_SECRET": self.simulator.credentials()["client_secret"]}

    def cast(self) -> Cast:
        """Choose who plays; kept out is whoever is blocked for privacy."""
        known = {
            row.values["email"]
            for company in map(self.simulator.company, self.companies)
            for row in company.tables["contacts"].primary.rows()
        }
        return cast(
            self.data,
            is_kept_out=lambda contact: contact.do_not_email,
            knows=lambda contact: contact.email in known,
        )

    def find(self, entity_set: str, name: str, value: str) -> tuple[Company, Row]:
        """Return a row of the companies that are read, and its company.

        Raises:
            KeyError: There is none.
        """
        for company in map(self.simulator.company, self.companies):
            row = company.find_by(entity_set, name, value)
            if row is not None:
                return company, row
        raise KeyError(f"{entity_set} has no row whose {name} is {value}.")

    def to_post(self) -> tuple[Company, Row]:
        """Return the invoice that will be posted."""
        return self.find("salesInvoices", "number", f"S-{self.cast().to_post.number}")

    def to_cancel(self) -> tuple[Company, Row]:
        """Return the invoice that will be cancelled."""
        return self.find("salesInvoices", "number", self.cast().to_cancel.number)

    def morning(self) -> list[str]:
        """Change a few rows, and give a part of an invoice back."""
        players, erp = self.cast(), self.simulator
        erp.put(
            "customers",
            {
                "number": NEW_CUSTOMER,
                "displayName": "Lindqvist Tools AB",
                "type": "Company",
                "email": NEW_CUSTOMER_EMAIL,
                "currencyCode": "USD",
            },
            company=next(iter(self.companies)),
        )
        company, person = self.find("contacts", "email", players.contact.email or "")
        erp.put("contacts", {"id": person.id, "email": players.new_address}, company=company.id)
        company, released = self.to_post()
        number = erp.documents(company).post(released.id)
        self._give_back(company, released, number)
        company, posted = self.to_cancel()
        erp.documents(company).cancel(posted.id)
        return [
            f"a new customer: {NEW_CUSTOMER}, {NEW_CUSTOMER_EMAIL}",
            f"contact {person.values['number']} moved to {players.new_address}",
            f"invoice {released.values['number']} is posted as {number}",
            f"a credit memo gives {GIVEN_BACK} of it back",
            f"invoice {posted.values['number']} is cancelled",
        ]

    def _give_back(self, company: Company, invoice: Row, number: str) -> None:
        """Post a credit memo for a part of an invoice."""
        documents = self.simulator.documents(company)
        memo = documents.draft(
            str(invoice.values["customerNumber"]),
            [LineInput("Account", "40900", "Goodwill", Decimal(1), GIVEN_BACK)],
            entity_set="salesCreditMemos",
            corrects=(invoice.id, number),
            currency=invoice.inner["paper"].currency,
        )
        documents.post(memo)
