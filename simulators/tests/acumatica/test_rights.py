"""What the user may not see: forms, branches, restricted customers, archived documents."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator


@pytest.mark.parametrize("name", ["Customer", "AR303000"])
def test_a_form_without_rights_is_403(erp: AcumaticaSimulator, client: Any, name: str) -> None:
    erp.rights.forbid(name)
    for path in ("Customer", "Customer/C1", "Customer/$adHocSchema"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "AR303000" in answer.json()["exceptionMessage"]
    assert client.session.put(client.url("Customer"), json={}, timeout=5).status_code == 403
    assert client.get("SalesInvoice").status_code == 200
    erp.rights.allow(name)
    assert client.get("Customer").status_code == 200


@pytest.fixture
def branches(erp: AcumaticaSimulator) -> AcumaticaSimulator:
    """Two branches with a document each, beside the one that names none."""
    erp.rights.branches = frozenset({"MAIN", "EAST"})
    for branch in ("MAIN", "EAST"):
        erp.put(
            "SalesInvoice",
            {
                "Type": "Invoice",
                "ReferenceNbr": branch,
                "Status": "Open",
                "FinancialDetails": {"Branch": branch},
            },
        )
    return erp


def test_the_branch_header_leaves_other_branches_documents_out(
    branches: AcumaticaSimulator, client: Any
) -> None:
    assert len(client.rows("SalesInvoice")) == 3
    client.session.headers["PX-CbApiBranch"] = "EAST"
    assert sorted(client.values("SalesInvoice", "ReferenceNbr")) == ["000001", "EAST"]
    assert client.values("Invoice", "ReferenceNbr") == ["EAST"]
    assert len(client.rows("Customer")) == 5
    assert branches.rights.branches


def test_an_unknown_branch_is_refused(branches: AcumaticaSimulator, client: Any) -> None:
    client.session.headers["PX-CbApiBranch"] = "WEST"
    for path in ("SalesInvoice", "Customer", "Customer/C1"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "WEST" in answer.json()["exceptionMessage"]
    assert branches.rights.branches


def test_a_user_of_one_branch_reads_a_short_list_in_silence(
    branches: AcumaticaSimulator, client: Any
) -> None:
    branches.rights.own_branches = frozenset({"MAIN"})
    assert sorted(client.values("SalesInvoice", "ReferenceNbr")) == ["000001", "MAIN"]
    assert client.get("SalesInvoice/Invoice/EAST").status_code == 500
    client.session.headers["PX-CbApiBranch"] = "EAST"
    assert client.values("SalesInvoice", "ReferenceNbr") == ["000001"]


def test_customers_of_other_companies_are_left_out_in_silence(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.put("Customer", {"CustomerID": "C2", "RestrictVisibilityTo": "EAST"})
    assert len(client.rows("Customer")) == 5
    erp.rights.groups = frozenset({"WEST"})
    assert sorted(client.values("Customer", "CustomerID")) == ["C1", "C3", "C4", "C5"]
    assert client.get("Customer/C2").status_code == 500
    erp.rights.groups = frozenset({"WEST", "EAST"})
    assert len(client.rows("Customer")) == 5


def test_an_archived_document_is_found_by_key_only_on_request(
    erp: AcumaticaSimulator, client: Any
) -> None:
    erp.put("SalesInvoice", {"Type": "Invoice", "ReferenceNbr": "OLD"}, archived=True)
    assert client.get("SalesInvoice/Invoice/OLD").status_code == 500
    client.session.headers["PX-ApiArchive"] = "SHOW"
    assert client.get("SalesInvoice/Invoice/OLD").status_code == 200
