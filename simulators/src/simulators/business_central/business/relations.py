"""Customers and their contacts are copies of each other: what one write does to the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from simulators.business_central.odata.values import NO_ID, Value
from simulators.business_central.store.company import Company, customer_contact, people_of
from simulators.business_central.store.database import Database
from simulators.business_central.store.rows import Row

SHARED: Final = (
    "displayName",
    "addressLine1",
    "addressLine2",
    "city",
    "state",
    "country",
    "postalCode",
    "phoneNumber",
    "email",
    "website",
    "taxRegistrationNumber",
)
"""The fields that have the same number in both tables: one transfer takes them all."""
_INHERITED: Final = ("email", "phoneNumber")
_CONTACT_NAMES: Final[Mapping[str, str]] = {
    "email": "email",
    "professionalTitle": "jobTitle",
    "primaryPhoneNumber": "phoneNumber",
}


class Relations:
    """Writes customers and contacts of one company, with all that follows."""

    def __init__(self, database: Database, company: Company) -> None:
        self._database = database
        self._company = company

    def patch(self, entity_set: str, row: Row, changes: Mapping[str, Value]) -> Row:
        """Write some fields; returns the row as its own page shows it afterwards."""
        if entity_set == "customerContacts":
            return self._patch_customer_contact(row, changes)
        if entity_set == "customers":
            return self._patch_customer(row, changes)
        return self._patch_contact(row, changes)

    def _patch_customer(self, customer: Row, changes: Mapping[str, Value]) -> Row:
        new = self._write("customers", customer, changes)
        if _differ(customer, new):
            linked = self._linked_contact(customer.id)
            if linked is not None:
                self._transfer_to_contact(new, linked)
        return new

    def _patch_contact(self, contact: Row, changes: Mapping[str, Value]) -> Row:
        new = self._write("contacts", contact, changes)
        self._after_contact(contact, new)
        customer_id = new.inner.get("customer_id")
        customer = self._row("customers", customer_id) if customer_id else None
        if customer is not None and (_differ(contact, new) or _privacy_moved(contact, new)):
            values = {name: new.values[name] for name in SHARED}
            # The lock has the same field number on both tables: it goes along, unvalidated.
            inner = {"privacy_blocked": new.values["privacyBlocked"]}
            self._write("customers", customer, values, inner)
        return new

    def _transfer_to_contact(self, customer: Row, contact: Row) -> None:
        values = {name: customer.values[name] for name in SHARED}
        new = self._write("contacts", contact, values)
        self._after_contact(contact, new)

    def _after_contact(self, old: Row, new: Row) -> None:
        """What the contact's own modification does to the persons below it."""
        if new.values["type"] != "Company":
            return
        for person in self._persons(str(old.values["number"])):
            values: dict[str, Value] = {
                "companyNumber": new.values["number"],
                "companyName": new.values["displayName"],
            }
            if self._company.inherit:
                values |= {
                    name: new.values[name]
                    for name in _INHERITED
                    if old.values[name] != new.values[name]
                    and person.values[name] == old.values[name]
                }
            self._write("contacts", person, values)

    def _patch_customer_contact(self, row: Row, changes: Mapping[str, Value]) -> Row:
        contact = self._row("contacts", row.id)
        if contact is None:
            raise KeyError(row.id)
        values = {own: changes[name] for name, own in _CONTACT_NAMES.items() if name in changes}
        names = {
            "first_name": str(changes.get("firstName", contact.inner.get("first_name", ""))),
            "surname": str(changes.get("lastName", contact.inner.get("surname", ""))),
        }
        if {"firstName", "lastName"} & set(changes):
            values["displayName"] = f"{names['first_name']} {names['surname']}".strip()
        customer_id = str(changes.get("customerId", row.values["customerId"]))
        customer = self._row("customers", customer_id)
        if customer is None:
            customer_id = str(row.values["customerId"])
            customer = self._row("customers", customer_id)
        if "customerId" in changes:
            values |= self._relinked(customer_id)
        new = self._patch_contact(replace(contact, inner={**contact.inner, **names}), values)
        if customer is None:
            raise KeyError(customer_id)
        return customer_contact(new, customer)

    def _relinked(self, customer_id: str) -> dict[str, Value]:
        """The person moves to the company contact of another customer."""
        linked = self._linked_contact(customer_id)
        if linked is None or linked.values["type"] != "Company":
            return {}
        return {
            "companyNumber": linked.values["number"],
            "companyName": linked.values["displayName"],
        }

    def _linked_contact(self, customer_id: str) -> Row | None:
        customer = self._row("customers", customer_id)
        if customer is None:
            return None
        people = people_of(customer, self._company.tables["contacts"].primary)
        return next((row for row in people if row.inner.get("customer_id") == customer_id), None)

    def _persons(self, number: str) -> list[Row]:
        rows = self._company.tables["contacts"].primary.rows()
        return [
            row
            for row in rows
            if row.values["companyNumber"] == number and row.values["type"] == "Person"
        ]

    def _row(self, entity_set: str, row_id: Any) -> Row | None:  # noqa: ANN401 - an id or None
        return self._company.tables[entity_set].primary.find(str(row_id or NO_ID))

    def _write(
        self,
        entity_set: str,
        row: Row,
        values: Mapping[str, Value],
        inner: Mapping[str, Any] | None = None,
    ) -> Row:
        """Write a row, if anything of it changed."""
        merged = {**row.inner, **(inner or {})}
        stored = self._row(entity_set, row.id)
        same = all(row.values[name] == value for name, value in values.items())
        if same and stored is not None and merged == dict(stored.inner):
            return row
        return self._database.put(self._company, entity_set, {"id": row.id, **values}, inner=merged)


def _differ(old: Row, new: Row) -> bool:
    return any(old.values[name] != new.values[name] for name in SHARED)


def _privacy_moved(old: Row, new: Row) -> bool:
    return old.values["privacyBlocked"] != new.values["privacyBlocked"]
