"""Merge-field values as Mailchimp takes them, converted and checked by type. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from kit.protocol.errors import RecordRejected
from kit.protocol.jsonlines import exact
from kit.protocol.reasons import Reason

TEXT_BYTES: Final = 255
TAG_LENGTH: Final = 10
_TAG: Final = re.compile(r"[A-Z0-9_]{1,10}")
_ADDRESS_REQUIRED: Final = ("addr1", "city", "state", "zip")
_ADDRESS_OPTIONAL: Final = ("addr2", "country")

NullPolicy = Literal["keep", "clear"]


@dataclass(frozen=True, slots=True)
class MergeField:
    """One merge field of the audience.

    Args:
        tag: Its tag, such as `FNAME`.
        type: Mailchimp's type name.
        name: What people see.
        required: Whether a form asks for it.
        choices: The texts that a dropdown or radio field takes.
    """

    tag: str
    type: str
    name: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


class _Omit:
    """Stands for "do not send this field"."""


OMIT: Final = _Omit()


def is_tag(tag: str) -> bool:
    """Whether a new merge field may have this tag: at most ten of A-Z, 0-9 and underscore."""
    return _TAG.fullmatch(tag) is not None


def guess_type(tag: str, value: object) -> str:
    """Return the type for a new merge field, from its tag and the first value for it."""
    if isinstance(value, Mapping):
        return "address"
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return "number"
    text = str(value)
    if re.match(r"^https?://\S+$", text):
        return "url"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return "date"
    return "phone" if "PHONE" in tag or "MOBILE" in tag else "text"


def convert_all(
    values: Mapping[str, Any], fields: Mapping[str, MergeField], nulls: NullPolicy
) -> dict[str, Any]:
    """Convert the merge fields of one member.

    Args:
        values: Tag to value, as the mapping made them; tags that the audience lacks are left out.
        fields: The audience's merge fields by tag.
        nulls: Whether a null keeps what Mailchimp holds or clears it.

    Raises:
        RecordRejected: A value does not fit its field's type; the field is named.
    """
    converted = {
        tag: convert(value, fields[tag], nulls) for tag, value in values.items() if tag in fields
    }
    return {tag: value for tag, value in converted.items() if value is not OMIT}


def convert(value: object, field: MergeField, nulls: NullPolicy) -> object:
    """Convert one value, or return `OMIT`.

    Raises:
        RecordRejected: It does not fit the field's type.
    """
    if value is None:
        return "" if nulls == "clear" else OMIT
    if value == "":
        return ""
    return _CONVERTERS.get(field.type, _text)(value, field)


def cut(text: str, most: int = TEXT_BYTES) -> str:
    """Cut a text to a number of UTF-8 bytes, never through a character."""
    encoded = text.encode()
    return text if len(encoded) <= most else encoded[:most].decode(errors="ignore")


def _bad(field: MergeField, what: str) -> RecordRejected:
    return RecordRejected(
        Reason.BAD_MERGE_FIELD,
        f"The value for the merge field `{field.tag}` {what}; the member was not written.",
        field=f"merge_fields.{field.tag}",
    )


def _text(value: object, field: MergeField) -> object:
    if isinstance(value, Mapping):
        raise _bad(field, f"is an object, but the field is of type {field.type}")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, Decimal)):
        return f"{exact(value):f}"
    return cut(str(value))


def _number(value: object, field: MergeField) -> object:
    try:
        if isinstance(value, (int, float, Decimal, str)) and not isinstance(value, bool):
            return exact(value.strip() if isinstance(value, str) else value)
    except ValueError:
        pass
    raise _bad(field, "is no number")


def _date(value: object, field: MergeField) -> object:
    try:
        return datetime.fromisoformat(str(value)).date().isoformat()
    except ValueError:
        raise _bad(field, "is no date such as 2026-03-31") from None


def _birthday(value: object, field: MergeField) -> object:
    text = str(value)
    short = re.fullmatch(r"(\d\d)/(\d\d)", text)
    try:
        if short:
            date(2000, int(short[1]), int(short[2]))
            return text
        return datetime.fromisoformat(text).strftime("%m/%d")
    except ValueError:
        raise _bad(field, "is no birthday such as 03/31") from None


def _phone(value: object, field: MergeField) -> object:
    text = str(value).strip()
    if not any(character.isdigit() for character in text):
        raise _bad(field, "is no phone number")
    return cut(text)


def _url(value: object, field: MergeField) -> object:
    text = str(value).strip()
    if not re.match(r"^https?://[^\s/]+\S*$", text):
        raise _bad(field, "is no web address that begins with http:// or https://")
    return text


def _address(value: object, field: MergeField) -> object:
    """Return all four required parts or nothing: half an address would be stored for good."""
    if not isinstance(value, Mapping):
        raise _bad(field, "is no address object")
    parts = {
        name: str(value[name]).strip()
        for name in (*_ADDRESS_REQUIRED, *_ADDRESS_OPTIONAL)
        if value.get(name) is not None
    }
    if not all(parts.get(name) for name in _ADDRESS_REQUIRED):
        return OMIT
    return {name: part for name, part in parts.items() if part}


def _choice(value: object, field: MergeField) -> object:
    text = str(value).strip()
    for choice in field.choices:
        if choice.casefold() == text.casefold():
            return choice
    raise _bad(field, f"is none of its {len(field.choices)} choices")


def _zip(value: object, field: MergeField) -> object:
    text = str(value).strip()
    if not re.fullmatch(r"\d{5}", text):
        raise _bad(field, "is no five-digit US code; make the field a text field")
    return text


_CONVERTERS: Final[dict[str, Callable[[object, MergeField], object]]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "birthday": _birthday,
    "phone": _phone,
    "url": _url,
    "imageurl": _url,
    "address": _address,
    "dropdown": _choice,
    "radio": _choice,
    "zip": _zip,
}
