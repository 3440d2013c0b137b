from __future__ import annotations

import unicodedata
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import pytest
from email_validator import EmailNotValidError, validate_email

from simulators.wholesaler import (
    AS_OF,
    Contact,
    Customer,
    Invoice,
    Item,
    MemberStatus,
    Wholesaler,
    wholesaler,
)


@pytest.fixture(scope="module")
def data() -> Wholesaler:
    return wholesaler()


def invoice(data: Wholesaler, wart: str) -> Invoice:
    return next(of for of in data.invoices if of.number == data.warts[wart])


def customer(data: Wholesaler, wart: str) -> Customer:
    return next(of for of in data.customers if of.code == data.warts[wart])


def contact(data: Wholesaler, wart: str) -> Contact:
    return next(of for of in data.contacts if str(of.id) == data.warts[wart])


def all_emails(data: Wholesaler) -> list[str]:
    emails = [of.email for of in data.customers] + [of.email for of in data.contacts]
    return [email for email in emails if email]


def test_it_is_the_same_for_the_same_seed_and_another_for_another(data: Wholesaler) -> None:
    wholesaler.cache_clear()
    again, other = wholesaler(), wholesaler(1)
    assert again is not data
    assert again.customers == data.customers
    assert again.contacts == data.contacts
    assert again.invoices == data.invoices
    assert again.mailchimp_members == data.mailchimp_members
    assert other.customers != data.customers
    assert other.warts.keys() == data.warts.keys()


def test_its_size(data: Wholesaler) -> None:
    assert (len(data.customers), len(data.contacts)) == (2_500, 1_800)
    assert (len(data.stock_items), len(data.non_stock_items)) == (400, 25)
    assert len(data.invoices) == 1_500
    assert len(data.mailchimp_members) == 777


def test_keys_are_unique(data: Wholesaler) -> None:
    items: tuple[Item, ...] = data.stock_items + data.non_stock_items
    for keys in (
        [of.code for of in data.customers],
        [of.id for of in data.contacts],
        [of.code for of in items],
        [(of.kind, of.number) for of in data.invoices],
        [of.email_address for of in data.mailchimp_members],
    ):
        assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_amount_adds_up(seed: int) -> None:
    for of in wholesaler(seed).invoices:
        lines = sum((line.amount for line in of.lines), Decimal(0))
        assert of.amount == lines - of.discount + of.freight + of.tax, of.number
        assert of.amount == of.amount.quantize(Decimal("0.01"))
        assert 0 <= of.balance <= of.amount
        for line in of.lines:
            gross = (line.quantity * line.unit_price).quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert line.amount == gross - line.discount
        assert [line.number for line in of.lines] == list(range(1, len(of.lines) + 1))
        assert 1 <= len(of.lines) <= 6


def test_nothing_is_of_the_future(data: Wholesaler) -> None:
    stamps = [(of.created, of.modified) for of in data.customers]
    stamps += [(of.created, of.modified) for of in data.contacts]
    stamps += [(of.created, of.modified) for of in data.stock_items + data.non_stock_items]
    stamps += [(of.created, of.modified) for of in data.invoices]
    assert all(created <= modified <= AS_OF for created, modified in stamps)


def test_only_the_meant_addresses_are_bad(data: Wholesaler) -> None:
    def bad(email: str) -> bool:
        try:
            validate_email(email, check_deliverability=False)
        except EmailNotValidError:
            return True
        return False

    emails = all_emails(data)
    assert 10 <= sum(bad(email) for email in emails) <= 25
    assert bad(customer(data, "bad_email").email or "")
    assert not any(bad(member.email_address) for member in data.mailchimp_members)
    assert (customer(data, "fake_email").email or "").endswith("@example.com")


def test_addresses_are_missing_and_shared(data: Wholesaler) -> None:
    assert customer(data, "no_email").email is None
    emails = Counter(of.email for of in data.customers if of.email)
    assert emails[customer(data, "shared_email").email or ""] == 2
    other_case = customer(data, "shared_email_other_case").email or ""
    assert emails[other_case] == 1
    assert emails[other_case.lower()] == 1
    of_customers = {of.code: of.email for of in data.customers}
    person = contact(data, "contact_shares_email")
    assert person.email == of_customers[person.business_account or ""]
    person = contact(data, "contact_shares_email_other_case")
    theirs = of_customers[person.business_account or ""] or ""
    assert person.email == theirs.upper() != theirs


def test_consent_and_status_flags(data: Wholesaler) -> None:
    assert contact(data, "no_mass_mail").no_mass_mail
    assert contact(data, "no_marketing").no_marketing
    assert contact(data, "do_not_email").do_not_email
    assert not contact(data, "inactive_contact").active
    assert customer(data, "inactive").status == "Inactive"
    assert customer(data, "credit_hold").status == "Credit Hold"
    assert customer(data, "no_postal_address").address.city is None


def test_the_documents_have_their_warts(data: Wholesaler) -> None:
    items = {of.code for of in data.stock_items + data.non_stock_items}
    codes = {of.code: of for of in data.customers}
    assert invoice(data, "fractional_quantity").lines[0].quantity == Decimal("2.5")
    assert invoice(data, "item_never_synced").lines[0].item == data.warts["never_synced"]
    assert data.warts["never_synced"] not in items
    assert invoice(data, "odd_item_code").lines[0].item == data.warts["odd_code"]
    assert data.warts["odd_code"] in items
    assert {"/", "#"} <= set(data.warts["odd_code"])
    assert {"/", "#"} <= set(invoice(data, "odd_invoice_number").number)
    assert [of.number for of in data.invoices if of.currency != "USD"] == [
        data.warts["other_currency"]
    ]
    assert invoice(data, "other_currency").currency == "EUR"
    assert invoice(data, "unknown_customer").customer not in codes
    without = invoice(data, "no_bill_to_email")
    assert without.bill_to_email is None
    assert codes[without.customer].email
    charged = invoice(data, "all_charges")
    assert min(charged.discount, charged.tax, charged.freight, charged.lines[0].discount) > 0
    assert invoice(data, "line_without_item").lines[0].item is None
    for name, kind, status in (
        ("credit_memo", "Credit Memo", "Closed"),
        ("balanced", "Invoice", "Balanced"),
        ("on_hold", "Invoice", "On Hold"),
        ("canceled", "Invoice", "Canceled"),
    ):
        assert (invoice(data, name).kind, invoice(data, name).status) == (kind, status)


def test_the_warts_of_lines_are_on_posted_invoices(data: Wholesaler) -> None:
    for name in ("fractional_quantity", "item_never_synced", "other_currency", "unknown_customer"):
        assert invoice(data, name).status == "Open"


def test_names_come_in_several_scripts(data: Wholesaler) -> None:
    scripts = {
        unicodedata.name(letter).split(" ")[0]
        for of in data.customers
        for letter in of.name
        if letter.isalpha()
    }
    assert {"LATIN", "GREEK", "CYRILLIC", "CJK", "ARABIC"} <= scripts
    assert any("ü" in of.name for of in data.customers)


def test_the_audience_overlaps(data: Wholesaler) -> None:
    known = {email.lower() for email in all_emails(data)}
    statuses = Counter(member.status for member in data.mailchimp_members)
    overlap = Counter(
        member.status for member in data.mailchimp_members if member.email_address in known
    )
    assert set(statuses) == set(MemberStatus)
    assert set(overlap) == set(MemberStatus)
    assert statuses[MemberStatus.SUBSCRIBED] > overlap[MemberStatus.SUBSCRIBED] > 0
    for status in MemberStatus:
        address = data.warts[f"member_{status}"]
        assert address in known
        assert any(
            (member.email_address, member.status) == (address, status)
            for member in data.mailchimp_members
        )
