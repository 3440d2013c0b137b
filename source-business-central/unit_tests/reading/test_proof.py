"""Posted or released: proved by the list of posted invoices, else by the ledger, else unknown."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from source_business_central.answers.asking import Row
from source_business_central.companies.directory import Company
from source_business_central.errors import NoRightError, NotServedError, PassingError
from source_business_central.reading.proof import PostedProof

CRONUS = Company("aaaa-1", "CRONUS")
LIST = "microsoft/automate/v1.0{company}/postedSalesInvoices"


class FakeAsker:
    """Answers the two lists that prove."""

    def __init__(self, posted: Any = (), ledger: Any = ()) -> None:
        self.answers = {"postedSalesInvoices": posted, "generalLedgerEntries": ledger}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def address(self, path: str, query: dict[str, str]) -> str:
        self.asked.append((path, query))
        return path

    def rows(self, address: str, subject: str, size: int) -> list[Row]:  # noqa: ARG002 - as the real one
        answer = self.answers[address.rpartition("/")[2]]
        if isinstance(answer, Exception):
            raise answer
        return list(answer)


def proof(asker: FakeAsker, posted_list: str = LIST, kind: str = "Invoice") -> PostedProof:
    return PostedProof(asker, posted_list, kind)  # type: ignore[arg-type]  # a fake


def invoice(number: str, status: str = "Open", total: float = 10.0) -> Row:
    return {
        "id": f"id-{number}",
        "number": number,
        "status": status,
        "totalAmountIncludingTax": total,
    }


def test_a_closed_status_proves_by_itself() -> None:
    asker = FakeAsker()
    rows = [invoice(status, status) for status in ("Paid", "Canceled", "Corrective")]
    assert set(proof(asker).of(rows, CRONUS).values()) == {True}
    assert asker.asked == []


def test_an_open_invoice_is_posted_if_the_list_names_its_id() -> None:
    asker = FakeAsker(
        posted=[{"number": "A", "apiId": "id-A"}, {"number": "B", "apiId": "id-other"}]
    )
    rows = [invoice("A"), invoice("B"), invoice("C")]
    assert proof(asker).of(rows, CRONUS) == {"id-A": True, "id-B": False, "id-C": False}
    ((path, query),) = asker.asked
    assert path == "/api/microsoft/automate/v1.0/companies(aaaa-1)/postedSalesInvoices"
    assert query["$filter"] == "(number eq 'A' or number eq 'B' or number eq 'C')"


def test_numbers_are_asked_for_in_batches() -> None:
    asker = FakeAsker()
    proof(asker).of([invoice(f"{n}") for n in range(90)], CRONUS)
    assert [query["$filter"].count(" eq ") for _, query in asker.asked] == [40, 40, 10]


@pytest.mark.parametrize("refused", [NoRightError("no"), NotServedError("old")])
def test_the_ledger_proves_where_the_list_is_refused(refused: Exception) -> None:
    ledger = [
        {"documentNumber": "A", "documentType": "Invoice"},
        {"documentNumber": "B", "documentType": "Payment"},
    ]
    rows = [invoice("A"), invoice("B"), invoice("C", total=0)]
    verdicts = proof(FakeAsker(refused, ledger)).of(rows, CRONUS)
    assert verdicts == {"id-A": True, "id-B": False, "id-C": None}


def test_the_ledger_proves_credit_memos() -> None:
    asker = FakeAsker(ledger=[{"documentNumber": "A", "documentType": "Credit_x0020_Memo"}])
    assert proof(asker, "", "Credit Memo").of([invoice("A")], CRONUS) == {"id-A": True}


def test_what_nothing_proves_is_null_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    one = proof(FakeAsker(NoRightError("no"), NoRightError("no")))
    with caplog.at_level(logging.WARNING, logger="airbyte"):
        for _ in range(2):
            verdicts = one.of([invoice("A"), invoice("B", "Paid")], CRONUS)
            assert verdicts == {"id-A": None, "id-B": True}
    assert len([record for record in caplog.records if "cannot be proved" in record.message]) == 1


def test_a_passing_fault_is_no_proof() -> None:
    with pytest.raises(PassingError):
        proof(FakeAsker(PassingError("later"))).of([invoice("A")], CRONUS)
