"""Documents of accounts receivable come in the shape of sales invoices."""

from __future__ import annotations

import pytest

from source_acumatica.endpoint import invoices
from source_acumatica.endpoint.choices import Choices, InvoiceEntity
from source_acumatica.endpoint.fields import full_schema, parts, paths
from source_acumatica.endpoint.plan import plan_stream
from source_acumatica.endpoint.versions import VERSIONS, Endpoint

DEFAULT = Endpoint.named("Default", "24.200.001")


@pytest.mark.parametrize("version", VERSIONS)
def test_invoices_have_the_one_shape_of_sales_invoices(version: str) -> None:
    choices = Choices(invoices_from=InvoiceEntity.INVOICE)
    plan = plan_stream("sales_invoices", Endpoint.named("Default", version), choices)
    assert (plan.entity, plan.form) == ("Invoice", "AR301000")
    assert plan.schema == plan_stream("sales_invoices", DEFAULT).schema
    assert plan.cursor_term == "LastModifiedDateTime"
    assert plan.custom == "Document.CuryID"


def test_an_invoice_is_told_in_the_words_of_a_sales_invoice() -> None:
    plan = plan_stream("sales_invoices", DEFAULT, Choices(invoices_from=InvoiceEntity.INVOICE))
    row = {
        "id": "guid",
        "Type": {"value": "Invoice"},
        "ReferenceNbr": {"value": "AR001"},
        "Customer": {"value": "C1001"},
        "Amount": {"value": 12.5},
        "CreatedDateTime": {"value": "2026-01-01T10:00:00+00:00"},
        "LinkBranch": {"value": "MAIN"},
        "LocationID": {"value": "HOME"},
        "BillToContact": {"Email": {"value": "a@b.c"}, "BusinessName": {"value": "Ada"}},
        "ShipToContact": {"Email": {"value": "d@e.f"}},
        "Details": [
            {
                "LineNbr": {"value": 1},
                "TransactionDescription": {"value": "Pen"},
                "Branch": {"value": "MAIN"},
                "Amount": {"value": 12.5},
            }
        ],
        "TaxDetails": [{"TaxID": {"value": "VAT"}, "TaxAmount": {"value": 2.5}}],
        "custom": {"Document": {"CuryID": {"type": "CustomStringField", "value": "EUR"}}},
    }
    record = plan.convert(row)
    assert record["CustomerID"] == "C1001"
    assert record["Currency"] == "EUR"
    assert record["CreatedDate"] == "2026-01-01T10:00:00.000000Z"
    assert record["FinancialDetails"] == {"Branch": "MAIN"}
    assert record["BillingSettings"]["CustomerLocation"] == "HOME"
    assert record["BillingSettings"]["BillToContact"]["Email"] == "a@b.c"
    assert record["BillingSettings"]["BillToAddress"] is None
    assert record["ShipToContact"]["Email"] == "d@e.f"
    line = record["Details"][0]
    assert (line["TransactionDescr"], line["BranchID"], line["Amount"]) == ("Pen", "MAIN", 12.5)
    assert record["TaxDetails"] == [{"TaxID": "VAT", "TaxableAmount": None, "TaxAmount": 2.5}]
    assert record["FreightDetails"] is None
    assert record["FreightPrice"] is None
    assert set(record) == set(plan.schema["properties"])


def test_only_fields_and_parts_of_the_stream_are_renamed_or_lacking() -> None:
    schema = full_schema("sales_invoices")
    assert {*invoices._RENAMED, *invoices._LACKING} <= set(paths(schema))
    assert {*invoices._MOVED, *(part[:-1] for part in invoices._LACKING_PARTS)} <= set(
        parts(schema)
    )
