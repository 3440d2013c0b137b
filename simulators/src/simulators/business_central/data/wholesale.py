"""The wholesaler seen through Business Central: two companies, and a copy of one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from simulators.business_central.data.settings import company_data, currency_id, make_row
from simulators.business_central.data.wholesale_documents import document_sources
from simulators.business_central.odata.entities import entities
from simulators.business_central.odata.values import UNSTAMPED, Value, to_ticks
from simulators.business_central.store.company import CompanyData, new_id
from simulators.business_central.store.rows import Row
from simulators.business_central.store.table import RowList, RowSource
from simulators.wholesaler import AS_OF, Address, Contact, Customer, Item, Wholesaler

AMERICA: Final = "Hollis Wholesale Inc."
EUROPE: Final = "Hollis Europe GmbH"
COPY: Final = "Hollis Wholesale TEST"
_AMERICAN: Final = frozenset({"US", "GB", "JP", "AE", None})
_BLOCKED: Final = {"Inactive": "All", "Credit Hold": "Ship", "On Hold": "Invoice"}
_VARIANTS: Final = (("BLK", "black"), ("WHT", "white"), ("GRN", "green"))
_EVERY: Final = 40


@lru_cache(maxsize=4)
def wholesale_companies(data: Wholesaler) -> tuple[CompanyData, ...]:
    """The companies; their rows are shared, and a write never changes one in place.

    The copy has the ids and stamps of the original: they tell nothing apart but with the company.
    """
    american = [of for of in data.customers if of.address.country in _AMERICAN]
    european = [of for of in data.customers if of.address.country not in _AMERICAN]
    created = AS_OF - timedelta(days=6 * 365)
    first = company_data(
        AMERICA, "Hollis Wholesale", "USD", created, _sources(data, american, AMERICA, "USD")
    )
    second = company_data(
        EUROPE, "Hollis Europe", "EUR", created, _sources(data, european, EUROPE, "EUR")
    )
    copied = company_data(
        COPY, "Hollis Wholesale (copy)", "USD", created, dict(first.sources), ids=AMERICA
    )
    return first, second, copied


def _sources(
    data: Wholesaler, customers: list[Customer], name: str, currency: str
) -> dict[str, RowSource]:
    rows = [_customer(number, of, name) for number, of in enumerate(customers)]
    contacts = list(_contacts(data, customers, rows, name))
    goods = [*data.stock_items, *data.non_stock_items]
    items = [_item(of, name, taxed=currency == "EUR") for of in goods]
    categories = _categories(goods, name)
    documents = document_sources(
        data.invoices,
        {of.code: row for of, row in zip(customers, rows, strict=True)},
        {of.code: row for of, row in zip(goods, items, strict=True)},
        name,
        currency,
    )
    return {
        "customers": RowList(rows),
        "contacts": RowList(contacts),
        "items": RowList(items),
        "itemVariants": RowList(list(_variants(items, name))),
        "itemCategories": RowList(categories),
        **documents,
    }


def _place(address: Address) -> dict[str, Value]:
    return {
        "addressLine1": address.line1 or "",
        "addressLine2": address.line2 or "",
        "city": address.city or "",
        "state": address.state or "",
        "country": address.country or "",
        "postalCode": address.postal_code or "",
    }


def _email(number: int, email: str | None) -> str:
    """The e-mail field: 80 characters, and sometimes several addresses in it."""
    if email and number % _EVERY == 7 and "@" in email:  # noqa: PLR2004 - one in forty
        second = f"orders@{email.rpartition('@')[2]}"
        joined = f"{email}; {second}" if number % 2 else f"{email};{second}"
        return (
            joined if len(joined) <= entities()["customers"].properties["email"].length else email
        )
    return (email or "")[: entities()["customers"].properties["email"].length]


def _customer(number: int, of: Customer, name: str) -> Row:
    # The rows of the oldest import have no stamp.
    stamp = UNSTAMPED if number % 250 == 13 else to_ticks(of.modified)  # noqa: PLR2004 - a few
    foreign = "CAD" if number % 97 == 3 else ""  # noqa: PLR2004 - a few
    local = "EUR" if name == EUROPE else "USD"
    return make_row(
        "customers",
        new_id(f"{name}/customers/{of.code}"),
        stamp,
        number=of.code,
        displayName=of.name[:100],
        type="Company" if number % 9 else "Person",
        **_place(of.address),
        phoneNumber=of.phone or "",
        email=_email(number, of.email),
        salespersonCode=("JO", "PS", "")[number % 3],
        creditLimit=Decimal(number % 5 * 1000),
        taxLiable=True,
        taxAreaDisplayName="ATLANTA, GA" if name == AMERICA else "",
        currencyId=currency_id(name, foreign)
        if foreign
        else "00000000-0000-0000-0000-000000000000",
        currencyCode=foreign or local,
        paymentTermsId=new_id(f"{name}/terms/{of.terms}"),
        blocked=_BLOCKED.get(of.status, " "),
    )


def _contacts(
    data: Wholesaler, customers: list[Customer], rows: list[Row], name: str
) -> Iterator[Row]:
    """One contact per customer, linked to it, and the people below it."""
    linked: dict[str, Row] = {}
    for number, (of, customer) in enumerate(zip(customers, rows, strict=True)):
        row = _company_contact(number, of, customer, name)
        linked[of.code] = row
        yield row
    own = [of for of in data.contacts if of.business_account in linked]
    free = [of for of in data.contacts if of.business_account is None and name == AMERICA]
    for number, contact in enumerate([*own, *free]):
        yield _person(number, contact, linked.get(contact.business_account or ""), name)


def _company_contact(number: int, of: Customer, customer: Row, name: str) -> Row:
    values = customer.values
    shared = {
        key: values[key]
        for key in ("displayName", "type", "phoneNumber", "email", *_place(of.address))
    }
    row = make_row(
        "contacts",
        new_id(f"{name}/contacts/{of.code}"),
        to_ticks(of.modified + timedelta(milliseconds=90)),
        number=f"CT{number + 1:06d}",
        contactBusinessRelation="Customer",
        companyNumber=f"CT{number + 1:06d}" if values["type"] == "Company" else "",
        companyName=values["displayName"] if values["type"] == "Company" else "",
        searchName=str(values["displayName"]).upper(),
        **shared,
    )
    inner = {"customer_id": customer.id}
    if values["type"] == "Person":
        first, _, last = str(values["displayName"]).partition(" ")
        inner |= {"first_name": first[:30], "surname": last[:30]}
    return Row(row.id, row.values, row.modified, inner=inner)


def _person(number: int, of: Contact, company: Row | None, name: str) -> Row:
    shown = f"{of.first_name or ''} {of.last_name}".strip()
    row = make_row(
        "contacts",
        new_id(f"{name}/contacts/{of.id}"),
        to_ticks(of.modified),
        number=f"CT{500_000 + number}",
        type="Person",
        displayName=shown,
        jobTitle=(of.job_title or "")[:30],
        companyNumber=company.values["number"] if company else "",
        companyName=company.values["displayName"] if company else "",
        contactBusinessRelation="Customer" if company else "None",
        **_place(of.address),
        mobilePhoneNumber=of.phone or "",
        email=_email(number, of.email),
        searchName=shown.upper(),
        privacyBlocked=of.do_not_email,
    )
    inner = {"first_name": of.first_name or "", "surname": of.last_name}
    return Row(row.id, row.values, row.modified, inner=inner)


def _item(of: Item, name: str, *, taxed: bool) -> Row:
    category = of.item_class
    kind = "Inventory" if of.stock else "Service" if "hour" in of.description else "Non-Inventory"
    return make_row(
        "items",
        new_id(f"{name}/items/{of.code}"),
        to_ticks(of.modified),
        number=of.code,
        displayName=of.description,
        type=kind,
        itemCategoryId=new_id(f"{name}/itemCategories/{category}"),
        itemCategoryCode=category,
        blocked=of.status != "Active",
        inventory=of.on_hand,
        unitPrice=of.price,
        priceIncludesTax=taxed and of.stock,
        unitCost=(of.price * Decimal("0.6")).quantize(Decimal("0.00001")),
        taxGroupCode="TAXABLE",
        baseUnitOfMeasureId=new_id(f"{name}/units/{of.unit}"),
        baseUnitOfMeasureCode=of.unit,
        generalProductPostingGroupCode="RETAIL",
        inventoryPostingGroupCode="RESALE" if of.stock else "",
    )


def _categories(items: Iterable[Item], name: str) -> list[Row]:
    codes = sorted({of.item_class for of in items})
    stamp = to_ticks(AS_OF - timedelta(days=2000))
    return [
        make_row(
            "itemCategories",
            new_id(f"{name}/itemCategories/{code}"),
            stamp,
            code=code,
            displayName=code.capitalize(),
        )
        for code in codes
    ]


def _variants(items: Iterable[Row], name: str) -> Iterator[Row]:
    for item in items:
        if item.values["itemCategoryCode"] != "FINISHES" or item.values["blocked"]:
            continue
        for code, colour in _VARIANTS:
            yield make_row(
                "itemVariants",
                new_id(f"{name}/itemVariants/{item.id}/{code}"),
                item.modified + len(colour),
                itemId=item.id,
                itemNumber=item.values["number"],
                code=code,
                description=f"{item.values['displayName']}, {colour}",
            )
