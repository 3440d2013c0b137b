"""One company: its tables, its settings, and how rows of one table lead to those of another."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from simulators.business_central.odata.entities import entities
from simulators.business_central.odata.values import Value
from simulators.business_central.store.rows import Row, full_values
from simulators.business_central.store.table import RowList, RowSource, Table, View

COMPUTED: Final = frozenset(
    {"contactsInformation", "customerContacts", "webhookSupportedResources", "companies"}
    | {"subscriptions"}
)
"""Sets that have no rows of their own."""
LINES: Final[Mapping[str, str]] = {
    "salesInvoiceLines": "salesInvoices",
    "salesCreditMemoLines": "salesCreditMemos",
    "salesOrderLines": "salesOrders",
}
"""Sets of lines, and the documents that hold them."""


@dataclass(frozen=True, slots=True)
class CompanyData:
    """What a company starts with.

    Attributes:
        id: a GUID.
        name: at most 30 characters, the technical key.
        currency: the local currency code; empty = General Ledger Setup has none.
        created: when it was made, aware.
        sources: rows per entity set.
        ids: what the ids of its rows were made from: a copied company has its original's.
        inherit: Marketing Setup: persons inherit communication details of their company contact.
    """

    id: str
    name: str
    display_name: str
    currency: str
    created: datetime
    sources: Mapping[str, RowSource] = field(default_factory=dict)
    ids: str = ""
    inherit: bool = True


class Company:
    """A company that is being served.

    Attributes:
        data: what it started with.
        tables: by entity set.
        inherit: see `CompanyData`; may be switched.
        left_out: documents that the API's own table lacks, with their entity set.
        series: how many numbers of each number series were given out.
    """

    def __init__(self, data: CompanyData) -> None:
        self.data = data
        self.inherit = data.inherit
        self.left_out: list[tuple[str, Row]] = []
        self.series: dict[str, int] = {}
        self.tables = {
            name: Table(entity, data.sources.get(name, RowList(())))
            for name, entity in entities().items()
            if name not in COMPUTED and name not in LINES
        }

    @property
    def id(self) -> str:
        """Its id."""
        return self.data.id

    @property
    def name(self) -> str:
        """Its technical name."""
        return self.data.name

    def counts(self) -> dict[str, int]:
        """Rows per entity set, of those that have any."""
        return {name: len(table) for name, table in self.tables.items() if len(table)}

    def find_by(self, entity_set: str, name: str, value: Value) -> Row | None:
        """The first row with this value, on the primary."""
        rows = self.tables[entity_set].primary.rows()
        return next((row for row in rows if row.values.get(name) == value), None)


def people_of(customer: Row, contacts: View) -> list[Row]:
    """The contacts of a customer: the linked one first, then the persons that belong to it."""
    linked = [row for row in contacts.rows() if row.inner.get("customer_id") == customer.id]
    numbers = {row.values["number"] for row in linked if row.values["type"] == "Company"}
    people = [
        row
        for row in contacts.rows()
        if row.values["companyNumber"] in numbers and row.values["type"] == "Person"
    ]
    return linked + [row for row in people if row not in linked]


def contacts_information(customer: Row, contacts: View) -> list[Row]:
    """The rows of the temporary table behind `contactsInformation`."""
    entity = entities()["contactsInformation"]
    return [
        Row(
            contact.id,
            full_values(
                entity,
                {
                    "contactId": contact.id,
                    "contactNumber": contact.values["number"],
                    "contactName": contact.values["displayName"],
                    "contactType": contact.values["type"],
                    "relatedId": customer.id,
                    "relatedType": "Customer",
                },
            ),
            contact.modified,
        )
        for contact in people_of(customer, contacts)
    ]


def customer_contacts(customers: View, contacts: View) -> Iterator[Row]:
    """The persons of customers, as the page `customerContacts` shows them."""
    by_company = {
        row.values["number"]: row.inner["customer_id"]
        for row in contacts.rows()
        if row.values["type"] == "Company" and row.inner.get("customer_id")
    }
    for row in contacts.rows():
        if row.values["type"] != "Person":
            continue
        customer_id = row.inner.get("customer_id") or by_company.get(row.values["companyNumber"])
        customer = customers.find(customer_id) if customer_id else None
        if customer is not None:
            yield customer_contact(row, customer)


def customer_contact(contact: Row, customer: Row) -> Row:
    """One person of a customer, as the page `customerContacts` shows it."""
    values = full_values(
        entities()["customerContacts"],
        {
            "id": contact.id,
            "email": contact.values["email"],
            "firstName": contact.inner.get("first_name", ""),
            "lastName": contact.inner.get("surname", ""),
            "professionalTitle": contact.values["jobTitle"],
            "customerId": customer.id,
            "customerName": customer.values["displayName"],
            "primaryPhoneNumber": contact.values["phoneNumber"],
        },
    )
    return Row(contact.id, values, contact.modified, contact.version)


def new_id(name: str) -> str:
    """A GUID that follows from a text."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))
