from __future__ import annotations

import time
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator

TWO_VIEWS = "Status eq 'Active' and LastModifiedDateTime ge datetimeoffset'2024-03-01T12:00:00Z'"


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("unauthorized", 401, "denied"),
        ("login_limit", 500, "API Login Limit"),
        ("rate_limited", 429, "license"),
        ("forbidden", 403, "AR303000"),
        ("setup_missing", 500, "PXSetupNotEnteredException"),
        ("deadlock", 500, "deadlock victim"),
        ("sql_timeout", 500, "Timeout Expired"),
    ],
)
def test_a_refused_request_and_then_a_good_one(
    erp: AcumaticaSimulator, client: Any, name: str, status: int, text: str
) -> None:
    erp.faults.on(name, count=1, path="Customer")
    answer = client.get("Customer")
    assert (answer.status_code, text in answer.text) == (status, True)
    assert client.get("Customer").status_code == 200


def test_a_429_carries_a_header_only_if_told(erp: AcumaticaSimulator, client: Any) -> None:
    erp.faults.on("rate_limited", count=1)
    assert "Retry-After" not in client.get("Customer").headers
    erp.faults.on("rate_limited", count=1, retry_after=7)
    assert client.get("Customer").headers["Retry-After"] == "7"


def test_a_broken_custom_endpoint_takes_the_whole_tenant_along(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.faults.on("endpoints_broken")
    answer = client.session.get(client.url("Customer"), allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    assert "Error.aspx" in answer.headers["Location"]


def test_a_delegate_view_fails_lists_that_touch_it_and_no_single_read(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.faults.on("cannot_optimize", fields=["Details", "Status"])
    answer = client.get("SalesInvoice", select="Details/Amount", expand="Details")
    assert answer.status_code == 500
    assert answer.json()["exceptionType"] == (
        "PX.Api.ContractBased.OptimizedExport.CannotOptimizeException"
    )
    assert answer.json()["exceptionMessage"] == (
        "Optimization cannot be performed.The following fields cause the error:\r\n"
        "Details: View Transactions has BQL delegate\r\n"
    )
    assert client.get("SalesInvoice", select="Amount").status_code == 200
    assert client.get("SalesInvoice", select="Amount", filter="Status eq 'Open'").status_code == 500
    assert client.get("SalesInvoice/Invoice/000001", expand="Details").status_code == 200


def test_each_named_field_has_a_line_of_its_own(erp: AcumaticaSimulator, client: Any) -> None:
    erp.faults.on("cannot_optimize", fields=["Details", "BillingSettings/BillToContact", "Status"])
    answer = client.get(
        "SalesInvoice",
        select="Status,Details/Amount,BillingSettings/BillToContact/Email",
        expand="Details,BillingSettings/BillToContact",
    )
    assert answer.json()["exceptionMessage"].split("\r\n") == [
        "Optimization cannot be performed.The following fields cause the error:",
        "Details: View Transactions has BQL delegate",
        "BillingSettings/BillToContact: View Billing_Contact has BQL delegate",
        "Status: View Document has BQL delegate",
        "",
    ]


@pytest.mark.parametrize(
    ("wording", "text", "kind"),
    [
        ("view", "There is a BqlDelegate in view Transactions.", "CannotOptimizeException"),
        ("key", "The given key was not present in the dictionary.", "KeyNotFoundException"),
    ],
)
def test_other_wordings_of_the_same(
    erp: AcumaticaSimulator, client: Any, wording: str, text: str, kind: str
) -> None:
    erp.faults.on("cannot_optimize", fields=["Details"], wording=wording)
    answer = client.get("SalesInvoice", expand="Details").json()
    assert answer["exceptionMessage"] == text
    assert answer["exceptionType"].endswith(kind)


def test_records_come_one_by_one_where_a_list_cannot(erp: AcumaticaSimulator, client: Any) -> None:
    erp.faults.on("cannot_optimize", fields=["Details"])
    (row,) = client.rows("SalesInvoice", select="Type,ReferenceNbr")
    by_id = client.get(f"SalesInvoice/{row['id']}", expand="Details").json()
    by_key = client.get("SalesInvoice/Invoice/000001", expand="Details").json()
    assert by_id == by_key
    assert len(by_id["Details"]) == 2
    erp.delete("SalesInvoice", "Invoice", "000001")
    for path in (f"SalesInvoice/{row['id']}", "SalesInvoice/Invoice/000001"):
        gone = client.get(path)
        assert gone.status_code == 500
        assert gone.json()["exceptionType"].endswith("NoEntitySatisfiesTheConditionException")


def test_a_delegate_view_without_named_fields_fails_every_list(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.faults.on("cannot_optimize", count=1)
    assert "AccountRef: View CurrentCustomer" in client.get("Customer").json()["exceptionMessage"]
    assert client.get("Customer").status_code == 200


def test_paging_that_is_ignored(erp: AcumaticaSimulator, client: Any) -> None:
    erp.faults.on("top_ignored")
    assert len(client.rows("Customer", top=2, skip=1)) == 5
    erp.faults.off("top_ignored")
    assert len(client.rows("Customer", top=2, skip=1)) == 2


def test_conditions_on_two_views_find_nothing_if_told(erp: AcumaticaSimulator, client: Any) -> None:
    assert client.values("Customer", "CustomerID", filter=TWO_VIEWS) == ["C1"]
    erp.faults.on("two_views_empty")
    assert client.rows("Customer", filter=TWO_VIEWS) == []
    assert client.rows("Customer", filter="Status eq 'Active' and CustomerID eq 'C1'")
    assert client.rows("Customer", filter=TWO_VIEWS.replace(" and ", " or "))


def test_an_empty_list(erp: AcumaticaSimulator, client: Any) -> None:
    erp.faults.on("empty_list", path="Customer")
    assert client.rows("Customer") == []
    assert len(client.rows("SalesInvoice")) == 1


def test_faults_can_be_drawn_by_chance(erp: AcumaticaSimulator, client: Any) -> None:
    erp.faults.on("deadlock", probability=0.5)
    answers = [client.get("Customer", top=1).status_code for _ in range(40)]
    assert 8 < answers.count(500) < 32


def test_from_half_of_the_minute_on_requests_are_delayed(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.licence.per_minute, erp.licence.speed = 8, 60.0
    seconds = []
    for _ in range(8):
        began = time.perf_counter()
        assert client.get("Customer", top=1).status_code == 200
        seconds.append(time.perf_counter() - began)
    # A minute lasts one second: four pass at once, then a quarter, a third, half, all of the rest.
    assert sum(seconds[:4]) < sum(seconds[4:])
    assert all(later > 0.15 for later in seconds[4:7])
    assert sum(seconds) > 0.85
