"""The rows that every company has: its information, its ledger setup, currencies, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from simulators.business_central.business.ledgers import account_rows
from simulators.business_central.odata.entities import entities
from simulators.business_central.odata.values import Value, to_ticks
from simulators.business_central.store.company import CompanyData, new_id
from simulators.business_central.store.rows import Row, full_values
from simulators.business_central.store.table import RowList, RowSource

_CURRENCIES: Final = (
    ("USD", "US dollar", "$"),
    ("EUR", "Euro", "€"),
    ("GBP", "Pound sterling", "£"),
    ("CAD", "Canadian dollar", "$"),
    ("CHF", "Swiss franc", "CHF"),
    ("DANISHKR", "Danish krone", "kr"),
)
"""The codes are free text: one is not ISO."""
_CENT: Final = Decimal("0.01")
_SYMBOLS: Final = {code: symbol for code, _, symbol in _CURRENCIES}


def currency_id(company_id: str, code: str) -> str:
    """The id of a foreign currency."""
    return new_id(f"{company_id}/currencies/{code}")


def make_row(entity_set: str, row_id: str, stamp: int, **values: Value) -> Row:
    """A row with some values, the others blank."""
    return Row(row_id, full_values(entities()[entity_set], {"id": row_id, **values}), stamp)


def company_data(
    name: str,
    display_name: str,
    currency: str,
    created: datetime,
    sources: Mapping[str, RowSource] | None = None,
    *,
    ids: str = "",
) -> CompanyData:
    """A company with its settings and these rows.

    Args:
        name: the technical key.
        display_name: what people see.
        currency: the local currency code; empty = none is set up.
        created: when it was made.
        sources: rows per entity set.
        ids: whose ids its rows have; a copied company has those of the original.
    """
    ids = ids or name
    stamp = to_ticks(created)
    information = make_row(
        "companyInformation",
        new_id(f"{ids}/companyInformation"),
        stamp,
        displayName=display_name,
        addressLine1="7122 South Ashford Street",
        city="Atlanta",
        state="GA",
        country="US",
        postalCode="31772",
        email="office@hollis-wholesale.com",
        currencyCode=currency,
        currentFiscalYearStartDate=date(created.year, 1, 1),
    )
    setup = make_row(
        "generalLedgerSetup",
        new_id(f"{ids}/generalLedgerSetup"),
        stamp,
        localCurrencyCode=currency,
        localCurrencySymbol=_SYMBOLS.get(currency, ""),
    )
    foreign = [of for of in _CURRENCIES if of[0] != currency]
    currencies = [_currency(ids, code, text, symbol, stamp) for code, text, symbol in foreign]
    own: dict[str, RowSource] = {
        "companyInformation": RowList((information,)),
        "generalLedgerSetup": RowList((setup,)),
        "currencies": RowList(currencies),
        "accounts": RowList(account_rows(ids, stamp)),
    }
    company_id = new_id(f"company/{name}")
    return CompanyData(
        company_id, name, display_name, currency, created, {**own, **(sources or {})}, ids
    )


def _currency(ids: str, code: str, text: str, symbol: str, stamp: int) -> Row:
    return make_row(
        "currencies",
        currency_id(ids, code),
        stamp,
        code=code,
        displayName=text,
        symbol=symbol,
        amountDecimalPlaces="2:2",
        amountRoundingPrecision=_CENT,
    )
