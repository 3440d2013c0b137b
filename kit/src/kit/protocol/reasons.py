"""Every reason why a record was skipped, parked or rejected, and what to do about it.

The value is stable: it is stored in ledgers, printed in summaries and named in catalogs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """Why a record did not become a delivery. `meaning` and `advice` are for people."""

    meaning: str
    advice: str

    def __new__(cls, value: str, meaning: str, advice: str) -> Self:
        """Make a member that carries its explanation."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        member.advice = advice
        return member

    # The person and the address
    NO_EMAIL = (
        "no_email",
        "The ERP record has no e-mail address.",
        "Enter an address in the ERP; the next run picks it up.",
    )
    BAD_EMAIL = (
        "bad_email",
        "The e-mail address is not a valid one.",
        "Correct the address in the ERP.",
    )
    FAKE_EMAIL = (
        "fake_email",
        "Mailchimp refuses the address as fake or disposable.",
        "Ask the person for a real address and enter it in the ERP.",
    )
    TOO_MANY_SIGNUPS = (
        "too_many_signups",
        "Mailchimp takes no more sign-ups for this address for now.",
        "Nothing to do: try again in some hours, with `glue run`.",
    )
    EXCLUDED = (
        "excluded",
        "The ERP record is inactive, blocked or on credit hold.",
        "Nothing to do, unless the hold in the ERP is a mistake.",
    )

    # Consent
    CONSENT_DENIED = (
        "consent_denied",
        "The ERP says that this person wants no marketing mail.",
        "Nothing to do: the wish is kept.",
    )
    CLEANED = (
        "cleaned",
        "Mail to this address bounced, and Mailchimp has cleaned it.",
        "Correct the address in the ERP.",
    )
    ARCHIVED = (
        "archived",
        "The member is archived in Mailchimp.",
        "Unarchive the member in Mailchimp if it should be kept up to date.",
    )
    ERASED = (
        "erased",
        "The person was permanently deleted in Mailchimp.",
        "Only the person can come back, by signing up in a form of the audience.",
    )
    COMPLIANCE = (
        "compliance",
        "The member is in a compliance state and cannot be subscribed through the API.",
        "Only the person can subscribe again, by a form of the audience.",
    )
    NO_CONSENT = (
        "no_consent",
        "Shop data may only go to people who agreed, and this person did not.",
        "Widen `ecommerce_scope` if that is not what you want.",
    )

    # What a record waits for
    NO_MEMBER = (
        "no_member",
        "The buyer is not a member of the audience.",
        "It is sent when the buyer becomes a member; see `ecommerce_scope`.",
    )
    UNKNOWN_CUSTOMER = (
        "unknown_customer",
        "The document names a customer that the source has not delivered.",
        "See whether the ERP user may read that customer.",
    )
    UNKNOWN_PRODUCT = (
        "unknown_product",
        "An order line names a product that Mailchimp does not have.",
        "See whether the ERP user may read that item.",
    )

    NO_ORDER = (
        "no_order",
        "The document only changes an order, and that order is not sent.",
        "It counts when its invoice is sent; `glue explain` says why that is not.",
    )

    # Documents
    NOT_POSTED = (
        "not_posted",
        "The document is not posted yet.",
        "Nothing to do: it is sent when it is posted.",
    )
    POSTING_UNPROVED = (
        "posting_unproved",
        "It cannot be proved whether the document is posted or only released.",
        "Let the ERP user read posted documents; it is sent when it is read again.",
    )
    CREDIT_MEMO = (
        "credit_memo",
        "The document is a credit memo, which is no order.",
        "Nothing to do: its amount is shown apart in the summary.",
    )
    NOT_A_SALE = (
        "not_a_sale",
        "The document is of a type that is no sale.",
        "Change the catalog if it should be an order.",
    )
    NO_LINES = (
        "no_lines",
        "The document has no line that could be an order line.",
        "Nothing to do.",
    )
    CURRENCY_MISMATCH = (
        "currency_mismatch",
        "The currency differs from the store's, and Mailchimp would add both up unconverted.",
        "Look at the store's currency in Mailchimp.",
    )

    # Values
    NOT_FOR_SALE = (
        "not_for_sale",
        "The item is inactive, or marked as not for sale.",
        "Nothing to do.",
    )
    BAD_VALUE = (
        "bad_value",
        "A value has the wrong type or form.",
        "Correct that field in the ERP, or the catalog; `glue explain` names it.",
    )
    BAD_MERGE_FIELD = (
        "bad_merge_field",
        "Mailchimp refused the value of a merge field.",
        "Correct the value in the ERP, or the field's type in Mailchimp.",
    )
    MISSING_KEY = (
        "missing_key",
        "The record lacks the field that its key is made of.",
        "Look at the record in the ERP; the catalog says which field is needed.",
    )
    IGNORED_BY_MAILCHIMP = (
        "ignored_by_mailchimp",
        "Mailchimp answered that all was well, but did not make the change.",
        "Look at the member in Mailchimp; the person may have left by themselves.",
    )
    LIMIT_REACHED = (
        "limit_reached",
        "A limit of the settings was reached before this record's turn.",
        "Raise the limit, or approve a new plan.",
    )
    REFUSED = (
        "refused",
        "Mailchimp refused the record.",
        "The message says why; `glue explain` shows what was sent.",
    )
    SAME_ADDRESS = (
        "same_address",
        "Another record of the ERP, such as the customer itself, brings this address.",
        "Nothing to do: look at the other record.",
    )
    CATALOG_RULE = (
        "catalog_rule",
        "A rule of the mapping catalog leaves this record out.",
        "Change the catalog if it should be sent.",
    )


_LONGEST = 32
if any(len(reason.value) > _LONGEST for reason in Reason):  # pragma: no branch
    raise AssertionError("a reason's value has to fit its ledger column")
