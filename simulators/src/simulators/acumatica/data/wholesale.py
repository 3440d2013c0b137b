"""The wholesaler's records as rows of Acumatica's entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from simulators.acumatica.data.building import PRICE, address_record, build_row
from simulators.acumatica.data.wholesale_documents import invoice_row, order_row
from simulators.acumatica.records.rows import Row
from simulators.acumatica.records.values import from_micros, sql_micros, to_micros
from simulators.wholesaler import Contact, Customer, Item, Wholesaler

_CLASSES: Final = ("DEFAULT", "RETAIL", "TRADE", "CONTRACT", "EXPORT")
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
_STOCK_DEFAULTS: Final[Mapping[str, object]] = {
    "IsAKit": False,
    "ItemType": "Finished Good",
    "LotSerialClass": "DEFAULT",
    "ValuationMethod": "Average",
    "TaxCategory": "TAXABLE",
    "PostingClass": "GOODS",
}


def wholesale_rows(data: Wholesaler) -> dict[str, list[Row]]:
    """Rows per entity name."""
    contacts = {contact.id: contact for contact in data.contacts}
    people: dict[str, list[Contact]] = {}
    for contact in data.contacts:
        people.setdefault(contact.business_account or "", []).append(contact)
    return {
        "Customer": [
            _customer(number, of, people.get(of.code, []))
            for number, of in enumerate(data.customers)
        ],
        "Contact": [_contact(contact) for contact in contacts.values()],
        "CustomerClass": [_customer_class(code, data) for code in _CLASSES],
        "StockItem": [_stock_item(item) for item in data.stock_items],
        "NonStockItem": [_non_stock_item(item) for item in data.non_stock_items],
        "SalesInvoice": [invoice_row(invoice) for invoice in data.invoices],
        "SalesOrder": [order_row(of) for of in data.invoices if of.order_number is not None],
    }


def _customer(number: int, of: Customer, people: Iterable[Contact]) -> Row:
    address = address_record(of.address)
    main = {
        "Email": of.email,
        "DisplayName": of.name,
        "Phone1": of.phone,
        "Phone1Type": "Business 1",
        "ContactID": 500_000 + number,
        "Address": address,
    }
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
            "PrimaryContactID": of.primary_contact,
            "MainContact": main,
            "BillingContact": main,
            "ShippingContact": {"Address": address},
            "Contacts": [_customer_contact(contact) for contact in people],
        },
        to_micros(of.modified),
        to_micros(of.created),
    )
    row.values["DefContact.LastModifiedDateTime"] = from_micros(row.modified)
    return row


def _customer_contact(of: Contact) -> dict[str, object]:
    return {
        "ContactID": of.id,
        "LastModifiedDateTime": from_micros(sql_micros(to_micros(of.modified))),
    }


def _contact(of: Contact) -> Row:
    return build_row(
        "Contact",
        {
            "ContactID": of.id,
            "FirstName": of.first_name,
            "LastName": of.last_name,
            "DisplayName": f"{of.last_name}, {of.first_name}" if of.first_name else of.last_name,
            "Email": of.email,
            "Phone1": of.phone,
            "JobTitle": of.job_title,
            "BusinessAccount": of.business_account,
            "Active": of.active,
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
        },
        to_micros(of.modified),
        to_micros(of.created),
    )


def _customer_class(code: str, data: Wholesaler) -> Row:
    created = to_micros(min(customer.created for customer in data.customers))
    return build_row(
        "CustomerClass",
        {"ClassID": code, "Description": f"{code.capitalize()} customers"},
        created,
        created,
    )


def _item(of: Item) -> dict[str, object]:
    return {
        "InventoryID": of.code,
        "Description": of.description,
        "ItemClass": of.item_class,
        "ItemStatus": of.status,
        "DefaultPrice": of.price.quantize(PRICE),
        "CurySpecificPrice": of.price.quantize(PRICE),
        "CustomURL": of.web_page,
        "TaxCategory": "TAXABLE",
    }


def _stock_item(of: Item) -> Row:
    return build_row(
        "StockItem",
        {
            **_STOCK_DEFAULTS,
            **_item(of),
            "BaseUOM": of.unit,
            "SalesUOM": of.unit,
            "PurchaseUOM": of.unit,
            "MSRP": of.list_price.quantize(PRICE),
            "ImageUrl": of.image,
            "Content": of.content,
            "Visibility": "X" if of.status == "Inactive" else "V",
            "ExportToExternal": True,
            "WarehouseDetails": [
                {"WarehouseID": "MAIN", "QtyOnHand": of.on_hand, "Status": "Active"}
            ],
        },
        to_micros(of.modified),
        to_micros(of.created),
    )


def _non_stock_item(of: Item) -> Row:
    record = {
        **_item(of),
        "ItemType": "Service",
        "BaseUnit": of.unit,
        "SalesUnit": of.unit,
        "PurchaseUnit": of.unit,
    }
    return build_row("NonStockItem", record, to_micros(of.modified), to_micros(of.created))
