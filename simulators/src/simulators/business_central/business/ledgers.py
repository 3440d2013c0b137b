"""What posting writes into the ledgers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from simulators.business_central.odata.entities import entities
from simulators.business_central.odata.values import Value
from simulators.business_central.store.company import new_id
from simulators.business_central.store.rows import Row, full_values

ZERO: Final = Decimal(0)
CHART: Final = (
    ("13100", "Accounts Receivable", "Assets"),
    ("22500", "Sales Tax Payable", "Liabilities"),
    ("40100", "Sales", "Income"),
    ("40900", "Freight Income", "Income"),
    ("11400", "Bank Checking", "Assets"),
)
"""Number, name and category of the accounts that sales use."""


def account_id(ids: str, number: str) -> str:
    """The id of an account."""
    return new_id(f"{ids}/accounts/{number}")


def account_rows(ids: str, stamp: int) -> list[Row]:
    """The chart of accounts, as far as sales need it."""
    entity = entities()["accounts"]
    rows = []
    for number, name, category in CHART:
        row_id = account_id(ids, number)
        values: dict[str, Value] = {
            "id": row_id,
            "number": number,
            "displayName": name,
            "category": category,
            "accountType": "Posting",
            "directPosting": True,
            "consolidationTranslationMethod": "Average Rate (Manual)",
        }
        rows.append(Row(row_id, full_values(entity, values), stamp))
    return rows


def sales_entries(
    ids: str,
    first: int,
    document: Row,
    *,
    kind: str,
    day: date,
    stamp: int,
) -> list[Row]:
    """The three general ledger entries of a posted invoice or credit memo.

    Args:
        ids: whose ledger: what the company's ids were made from.
        first: the next entry number.
        document: the posted document.
        kind: `Invoice` or `Credit Memo`.
        day: the posting date.
        stamp: of the posting.
    """
    gross, net = (
        _money(document, "totalAmountIncludingTax"),
        _money(document, "totalAmountExcludingTax"),
    )
    sign = 1 if kind == "Invoice" else -1
    amounts = (("13100", gross), ("40100", -net), ("22500", net - gross))
    return [
        _entry(
            ids,
            first + step,
            account,
            sign * amount,
            document=str(document.values["number"]),
            kind=kind,
            day=day,
            stamp=stamp,
        )
        for step, (account, amount) in enumerate(amounts)
    ]


def _entry(
    ids: str,
    number: int,
    account: str,
    amount: Decimal,
    *,
    document: str,
    kind: str,
    day: date,
    stamp: int,
) -> Row:
    row_id = new_id(f"{ids}/generalLedgerEntries/{number}")
    values: dict[str, Value] = {
        "id": row_id,
        "entryNumber": number,
        "postingDate": day,
        "documentNumber": document,
        "documentType": kind,
        "accountId": account_id(ids, account),
        "accountNumber": account,
        "description": f"{kind} {document}",
        "debitAmount": max(amount, ZERO),
        "creditAmount": max(-amount, ZERO),
    }
    return Row(row_id, full_values(entities()["generalLedgerEntries"], values), stamp)


def _money(row: Row, name: str) -> Decimal:
    return Decimal(str(row.values[name]))
