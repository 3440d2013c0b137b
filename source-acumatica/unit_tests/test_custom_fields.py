"""Fields that the endpoint does not map: asked for by `$custom`, put where they belong."""

from __future__ import annotations

from typing import Any

import pytest

from source_acumatica.endpoint.choices import Choices, CustomFields, InvoiceEntity
from source_acumatica.endpoint.plan import plan_stream
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.errors import ConfigError

DEFAULT = Endpoint.named("Default", "24.200.001")


def custom(*fields: str, stream: str = "customers", **more: Any) -> Choices:
    return Choices(custom_fields=(CustomFields(stream, fields),), **more)


def test_custom_fields_come_where_they_belong() -> None:
    choices = custom(
        "BAccount.UsrRegion",
        "CurrentCustomer.UsrSince",
        "MainContact/DefContact.UsrNick",
        "Attributes/Answers.UsrOrder",
    )
    plan = plan_stream("customers", DEFAULT, choices)
    assert plan.custom == (
        "BAccount.UsrRegion,CurrentCustomer.UsrSince,MainContact/DefContact.UsrNick,"
        "Attributes/Answers.UsrOrder"
    )
    assert plan.select == plan_stream("customers", DEFAULT).select
    record = plan.convert(
        {
            "id": "x",
            "custom": {
                "BAccount": {"UsrRegion": {"type": "CustomStringField", "value": "North"}},
                "CurrentCustomer": {
                    "UsrSince": {
                        "type": "CustomDateTimeField",
                        "value": "2026-01-01T10:00:00+02:00",
                    }
                },
            },
            "MainContact": {
                "custom": {"DefContact": {"UsrNick": {"type": "CustomStringField", "value": "Ad"}}}
            },
            "Attributes": [{"custom": {"Answers": {"UsrOrder": {"type": "CustomIntField"}}}}],
        }
    )
    assert record["custom"] == {
        "BAccount.UsrRegion": "North",
        "CurrentCustomer.UsrSince": "2026-01-01T08:00:00.000000Z",
    }
    assert record["MainContact"]["custom"] == {"DefContact.UsrNick": "Ad"}
    assert record["Attributes"][0]["custom"] == {"Answers.UsrOrder": None}


def test_a_row_without_custom_has_empty_custom_fields() -> None:
    record = plan_stream("customers", DEFAULT, custom("BAccount.UsrRegion")).convert({"id": "x"})
    assert record["custom"] == {"BAccount.UsrRegion": None}


def test_the_second_pass_brings_the_custom_fields_of_customers() -> None:
    plan = plan_stream("customers_by_contact", DEFAULT, custom("BAccount.UsrRegion"))
    assert plan.custom == "DefContact.LastModifiedDateTime,BAccount.UsrRegion"
    assert plan.keys_query == "$select=CustomerID&$custom=DefContact.LastModifiedDateTime"


def test_custom_fields_of_invoices_follow_the_entity_that_is_read() -> None:
    names = (
        "BillingSettings/BillToContact/Billing_Contact.UsrNick",
        "Details/Transactions.UsrNote",
    )
    choices = custom(*names, stream="sales_invoices", invoices_from=InvoiceEntity.INVOICE)
    plan = plan_stream("sales_invoices", DEFAULT, choices)
    assert plan.custom == (
        "Document.CuryID,BillToContact/Billing_Contact.UsrNick,Details/Transactions.UsrNote"
    )
    nick = {"Billing_Contact": {"UsrNick": {"type": "CustomStringField", "value": "Ad"}}}
    record = plan.convert({"id": "x", "BillToContact": {"custom": nick}})
    contact = record["BillingSettings"]["BillToContact"]
    assert contact["custom"] == {"Billing_Contact.UsrNick": "Ad"}


def test_custom_fields_of_what_is_not_read_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"customers reads no Salespersons\. It reads MainContact,"
    ):
        plan_stream("customers", DEFAULT, custom("Salespersons/SalesPersons.UsrX"))
