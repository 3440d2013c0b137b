"""The story with Acumatica."""

from __future__ import annotations

from typing import Any, Self

from demo.erps.base import NEW_CUSTOMER, NEW_CUSTOMER_EMAIL, Erp
from demo.people import Cast, cast
from simulators.acumatica import AcumaticaSimulator
from simulators.wholesaler import Wholesaler


class Acumatica(Erp[AcumaticaSimulator]):
    """Acumatica, with a wholesaler in it."""

    key = "acumatica"
    title = "Acumatica"

    @classmethod
    def of(cls, data: Wholesaler) -> Self:
        """Make one whose simulator holds this wholesaler."""
        return cls(AcumaticaSimulator(data=data), data)

    def variables(self) -> dict[str, str]:
        """Name the company and the currency of its prices."""
        return {"company": "wholesale", "base_currency": "USD"}

    def config(self) -> dict[str, Any]:
        """Return the settings of `source-acumatica`."""
        return {
            "instance_url": self.simulator.url,
            "endpoint_name": "Default",
            "endpoint_version": "24.200.001",
            "credentials": {
                "auth_type": "oauth",
                "client_id": self.simulator.account.client_id,
                "client_secret": "${env:ACUMATICA_CLIENT_SECRET}",
                "refresh_token": "${env:ACUMATICA_REFRESH_TOKEN}",
            },
            "start_date": "2020-01-01T00:00:00Z",
            "lag_seconds": 0,
            "requests_per_minute": 6000,
            "window_days": 365,
        }

    def secrets(self) -> dict[str, str]:
        """Return client secret and refresh token."""
        return {
            "ACUMATICA_CLIENT_SECRET": self.simulator.account.client_secret,
            "ACUMATICA_REFRESH_TOKEN": self.simulator.new_refresh_token(),
        }

    def cast(self) -> Cast:
        """Choose who plays; whoever is marked in any way is kept out."""
        return cast(self.data)

    def morning(self) -> list[str]:
        """Change four rows."""
        players, erp = self.cast(), self.simulator
        erp.put(
            "Customer",
            {
                "CustomerID": NEW_CUSTOMER,
                "CustomerName": "Lindqvist Tools AB",
                "Status": "Active",
                "CustomerClass": "DEFAULT",
                "CurrencyID": "USD",
                "Email": NEW_CUSTOMER_EMAIL,
                "MainContact": {"Email": NEW_CUSTOMER_EMAIL, "DisplayName": "Lindqvist Tools AB"},
            },
        )
        erp.put("Contact", {"ContactID": players.contact.id, "Email": players.new_address})
        erp.post_invoice(players.to_post.number)
        erp.cancel_invoice(players.to_cancel.number)
        return [
            f"a new customer: {NEW_CUSTOMER}, {NEW_CUSTOMER_EMAIL}",
            f"contact {players.contact.id} moved to {players.new_address}",
            f"invoice {players.to_post.number} is posted",
            f"invoice {players.to_cancel.number} is cancelled",
        ]
