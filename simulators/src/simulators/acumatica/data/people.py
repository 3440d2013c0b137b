"""The wholesaler's customers, contacts, customer classes and salespersons as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from simulators.acumatica.data.building import address_record, attribute, build_row, draw
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import from_micros, sql_micros, to_micros
from simulators.wholesaler import Contact, Customer, Wholesaler

_CLASSES: Final = ("DEFAULT", "RETAIL", "TRADE", "CONTRACT", "EXPORT")
_TRADES: Final = (("BUILD", "Building trade"), ("RETAIL", "Retail"), ("PUBLIC", "Public body"))
_SALESPERSONS: Final = (
    "Ada Quill",
    "Ben Tarrant",
    "Cora Voss",
    "Dev Marsh",
    "Elin Roth",
    "Finn Ode",
)
_LISTS: Final = ("Newsletter", "Price list", "Trade fair")
_CUSTOMER_DEFAULTS: Final[Mapping[str, object]] = {
    "ApplyOverdueCharges": False,
    "AutoApplyPayments": False,
    "BillingAddressOverride": False,
    "BillingContactOverride": False,
    "EnableCurrencyOverride": False,
    "EnableRateOverride": False,
    "EnableWriteOffs": False,
    "LocationName": "Primary Location",
    "MultiCurrencyStatements": False,
    "OrderPriority": 0,
    "PrintDunningLetters": True,
    "PrintInvoices": False,
    "PrintStatements": False,
    "ResidentialDelivery": False,
    "SaturdayDelivery": False,
    "SendDunningLettersbyEmail": False,
    "SendInvoicesbyEmail": False,
    "SendStatementsbyEmail": False,
    "ShippingRule": "Cancel Remainder",
    "StatementCycleID": "DEFAULT",
    "StatementType": "Open Item",
    "WriteOffLimit": Decimal("0.0000"),
}


def customer_rows(data: Wholesaler) -> list[Row]:
    """The customers, each with its people."""
    people: dict[str, list[Contact]] = {}
    for contact in data.contacts:
        people.setdefault(contact.business_account or "", []).append(contact)
    return [_customer(n, of, people.get(of.code, [])) for n, of in enumerate(data.customers)]


def _customer(number: int, of: Customer, people: Sequence[Contact]) -> Row:
    address = address_record(of.address)
    main = {
        "Email": of.email,
        "DisplayName": of.name,
        "Phone1": of.phone,
        "Phone1Type": "Business 1",
        "ContactID": 500_000 + number,
        "Address": address,
    }
    shipping = {"DisplayName": of.name, "Phone1": of.phone, "ContactID": 510_000 + number}
    primary = people[0] if people and draw(of.code, "primary", 3) == 0 else None
    row = build_row(
        "Customer",
        {
            **_CUSTOMER_DEFAULTS,
            "CustomerID": of.code,
            "CustomerName": of.name,
            "CustomerClass": of.customer_class,
            "Status": of.status,
            "CurrencyID": of.currency,
            "Terms": of.terms,
            "IsGuestCustomer": of.guest,
            "BAccountID": 7_000 + number,
            "PrimaryContactID": primary.id if primary is not None else of.primary_contact,
            "MainContact": main,
            "BillingContact": main,
            "ShippingContact": {**shipping, "Address": address},
            **({"PrimaryContact": _person(primary)} if primary is not None else {}),
            "Contacts": [_customer_contact(contact) for contact in people],
            "Attributes": _customer_attributes(of),
            "Salespersons": _salespersons_of(of),
        },
        to_micros(of.modified),
        to_micros(of.created),
    )
    for view in ("DefContact", "DefAddress"):
        row.values[f"{view}.LastModifiedDateTime"] = from_micros(row.modified)
    return row


def _customer_attributes(of: Customer) -> list[dict[str, object]]:
    value, caption = _TRADES[draw(of.code, "trade", len(_TRADES))]
    trade = attribute("TRADE", "Trade", value, caption)
    return [trade] if draw(of.code, "attributes", 10) < 7 else []  # noqa: PLR2004 - seven in ten


def _salespersons_of(of: Customer) -> list[dict[str, object]]:
    number = draw(of.code, "salesperson", 2 * len(_SALESPERSONS))
    if number >= len(_SALESPERSONS):
        return []
    return [
        {
            "SalespersonID": f"SP{number + 1:04d}",
            "Name": _SALESPERSONS[number],
            "Default": True,
            "Commission": Decimal("2.500000"),
            "LocationID": "MAIN",
            "LocationName": "Primary Location",
        }
    ]


def _person(of: Contact) -> dict[str, object]:
    return {
        "ContactID": of.id,
        "FirstName": of.first_name,
        "LastName": of.last_name,
        "DisplayName": _display_name(of),
        "Email": of.email,
        "Phone1": of.phone,
        "JobTitle": of.job_title,
        "Active": of.active,
    }


def _customer_contact(of: Contact) -> dict[str, object]:
    return {
        "ContactID": of.id,
        "LastModifiedDateTime": from_micros(sql_micros(to_micros(of.modified))),
        "Contact": _person(of),
    }


def _display_name(of: Contact) -> str:
    return f"{of.last_name}, {of.first_name}" if of.first_name else of.last_name


def contact_rows(data: Wholesaler) -> list[Row]:
    """The contacts."""
    return [_contact(of) for of in data.contacts]


def _contact(of: Contact) -> Row:
    return build_row(
        "Contact",
        {
            **_person(of),
            "BusinessAccount": of.business_account,
            "Status": "Active" if of.active else "Inactive",
            "Type": "Contact",
            "NoMarketing": of.no_marketing,
            "NoMassMail": of.no_mass_mail,
            "DoNotEmail": of.do_not_email,
            "DoNotCall": False,
            "DoNotFax": False,
            "DoNotMail": False,
            "LanguageOrLocale": of.language,
            "Address": address_record(of.address),
            "Attributes": _contact_attributes(of),
            "MarketingLists": list(_marketing_lists(of)),
            "Campaigns": _campaigns(of),
        },
        to_micros(of.modified),
        to_micros(of.created),
    )


def _contact_attributes(of: Contact) -> list[dict[str, object]]:
    if draw(str(of.id), "attributes", 4):
        return []
    return [attribute("VISITS", "Visits wanted", "1", "Yes")]


def _marketing_lists(of: Contact) -> list[dict[str, object]]:
    return [
        {
            "ContactID": of.id,
            "MarketingListID": number + 1,
            "ListName": name,
            "Subscribed": draw(str(of.id), f"subscribed {name}", 8) > 0,
            "Format": "HTML",
            "DynamicList": False,
        }
        for number, name in enumerate(_LISTS)
        if draw(str(of.id), name, 10) < 4 - number
    ]


def _campaigns(of: Contact) -> list[dict[str, object]]:
    if draw(str(of.id), "campaign", 6):
        return []
    return [
        {
            "CampaignID": "SPRING25",
            "CampaignName": "Spring catalog 2025",
            "ContactID": of.id,
            "Stage": "Execution",
        }
    ]


def customer_class_rows(data: Wholesaler) -> list[Row]:
    """The customer classes."""
    created = to_micros(min(customer.created for customer in data.customers))
    return [_customer_class(code, created) for code in _CLASSES]


def _customer_class(code: str, created: int) -> Row:
    trade = {
        "AttributeID": "TRADE",
        "Description": "Trade",
        "Active": True,
        "Required": False,
        "SortOrder": 1,
    }
    record = {
        "ClassID": code,
        "Description": f"{code.capitalize()} customers",
        "Country": "US",
        "CurrencyID": "USD",
        "Terms": "NET30",
        "StatementCycleID": "DEFAULT",
        "StatementType": "Open Item",
        "CreditVerification": "Disabled",
        "PrintInvoices": False,
        "SendInvoicesbyEmail": True,
        "Attributes": [trade],
    }
    return build_row("CustomerClass", record, created, created)


def salesperson_rows(data: Wholesaler) -> list[Row]:
    """The salespersons."""
    created = to_micros(min(customer.created for customer in data.customers))
    return [
        build_row(
            "Salesperson",
            {
                "SalespersonID": f"SP{number:04d}",
                "Name": name,
                "IsActive": True,
                "DefaultCommission": Decimal("2.500000"),
                "SalesSubaccount": "000-000",
            },
            created,
            created,
        )
        for number, name in enumerate(_SALESPERSONS, 1)
    ]
