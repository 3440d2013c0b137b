"""Merge fields: their definitions, and the rules for the values that members may have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from simulators.mailchimp.bodies import (
    Document,
    Flag,
    Integer,
    Map,
    Rows,
    Shape,
    Text,
    taken,
    texts,
)
from simulators.mailchimp.problems import FieldError

Value: TypeAlias = str | int | float | dict[str, str]

TYPES = (
    "text",
    "number",
    "address",
    "phone",
    "date",
    "url",
    "imageurl",
    "radio",
    "dropdown",
    "birthday",
    "zip",
)
TEXT_BYTES = 255
RESERVED_TAGS = frozenset({"EMAIL", "INTERESTS", "UNSUB", "FORWARD", "REWARDS", "ARCHIVE"})
VALUES = Map((str, int, float, dict))
"""What the schema stage lets pass as merge-field values: no null, no boolean, no list."""

_OPTIONS = Shape(
    {
        "default_country": Integer(),
        "size": Integer(),
        "choices": Rows(Text()),
        **texts("phone_format", "date_format"),
    }
)
BODY = Shape(
    {
        **texts("tag", "default_value", "help_text"),
        "name": Text(filled=True),
        "type": Text(choices=TYPES),
        "required": Flag(),
        "public": Flag(),
        "display_order": Integer(),
        "options": _OPTIONS,
    }
)
_DEFAULT_OPTIONS: Mapping[str, Document] = {
    "text": {"size": 25, "choices": []},
    "address": {"default_country": 164},
    "phone": {"phone_format": "none"},
    "date": {"date_format": "MM/DD/YYYY"},
    "birthday": {"date_format": "MM/DD"},
    "radio": {"choices": []},
    "dropdown": {"choices": []},
}


@dataclass(slots=True)
class MergeField:
    """One merge field of an audience."""

    merge_id: int
    tag: str
    name: str
    type: str
    required: bool = False
    default_value: str = ""
    public: bool = False
    display_order: int = 0
    options: Document = field(default_factory=dict)
    help_text: str = ""

    def update(self, body: Document) -> None:
        """Take over the fields of a checked body; the type stays for ever."""
        names = ("tag", "name", "required", "default_value", "public", "display_order", "help_text")
        for name, value in taken(body, names).items():
            setattr(self, name, value.upper() if name == "tag" else value)
        self.options = _DEFAULT_OPTIONS.get(self.type, {}) | self.options | body.get("options", {})

    def document(self, audience_id: str) -> Document:
        """Return the field as the API shows it."""
        return {
            "merge_id": self.merge_id,
            "tag": self.tag,
            "name": self.name,
            "type": self.type,
            "required": self.required,
            "default_value": self.default_value,
            "public": self.public,
            "display_order": self.display_order,
            "options": self.options,
            "help_text": self.help_text,
            "list_id": audience_id,
        }


def tag_error(tag: str) -> str | None:
    """Return what is wrong with a tag, or None."""
    if not re.fullmatch("[A-Z0-9_]{1,10}", tag):
        return "Merge tags have at most 10 characters: letters, digits and underscores."
    if tag in RESERVED_TAGS:
        return f"{tag} is a reserved merge tag."
    return None


class Refused(ValueError):  # noqa: N818 - a decision, not a failure of ours
    """A value that its merge field does not take; the text is the API's message."""


def parse(merge_field: MergeField, value: Any) -> Value:  # noqa: ANN401 - any JSON
    """Return the value as the API stores it; `""` clears.

    Raises:
        Refused: The value does not fit the field's type.
    """
    if value in ("", {}):
        return ""
    return _PARSERS.get(merge_field.type, _text)(merge_field, value)


def _text(_field: MergeField, value: Any) -> Value:  # noqa: ANN401 - any JSON
    text = _plain(value, "Please enter a value")
    if len(text) * 4 <= TEXT_BYTES:
        return text
    return text.encode()[:TEXT_BYTES].decode(errors="ignore")


def _number(_field: MergeField, value: Any) -> Value:  # noqa: ANN401 - any JSON
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise Refused("Please enter a number") from None
    if isinstance(value, int):
        return value
    return int(number) if number.is_integer() else number


def _choice(merge_field: MergeField, value: Any) -> Value:  # noqa: ANN401 - any JSON
    text = _plain(value, "Please select a valid option")
    if text not in merge_field.options.get("choices", ()):
        raise Refused("Please select a valid option")
    return text


def _date(_field: MergeField, value: Any) -> Value:  # noqa: ANN401 - any JSON
    text = _plain(value, "Please enter a valid date")
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%d-%m-%Y", "%m/%d/%Y"):
        moment = _parsed_date(text, form)
        if moment is not None:
            return moment.strftime("%Y-%m-%d")
    raise Refused("Please enter a valid date")


def _birthday(_field: MergeField, value: Any) -> Value:  # noqa: ANN401 - any JSON
    text = _plain(value, "Please enter a valid birthday")
    moment = _parsed_date(f"2000/{text}", "%Y/%m/%d")  # a leap year: 02/29 is a birthday
    if moment is None:
        raise Refused("Please enter a valid birthday")
    return moment.strftime("%m/%d")


def _zip(_field: MergeField, value: Any) -> Value:  # noqa: ANN401 - any JSON
    text = _plain(value, "Please enter a zip code (5 digits)")
    if not re.fullmatch("[0-9]{5}", text):
        raise Refused("Please enter a zip code (5 digits)")
    return text


def _url(_field: MergeField, value: Any) -> Value:  # noqa: ANN401 - any JSON
    text = _plain(value, "Please enter a valid URL")
    if not re.fullmatch(r"https?://[^\s/]+\.[^\s/]+(/\S*)?", text, re.IGNORECASE):
        raise Refused("Please enter a valid URL")
    return text


def _address(_field: MergeField, value: Any) -> Value:  # noqa: ANN401 - any JSON
    incomplete = Refused("Please enter a complete address")
    if not isinstance(value, dict):
        raise incomplete
    names = ("addr1", "addr2", "city", "state", "zip", "country")
    parts = {name: value.get(name, "") for name in names}
    if not all(isinstance(part, str) for part in parts.values()):
        raise incomplete
    if not all(parts[name].strip() for name in ("addr1", "city", "state", "zip")):
        raise incomplete
    parts["country"] = parts["country"] or "US"
    return parts


def _plain(value: Any, refusal: str) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        raise Refused(refusal)
    return str(value)


def _parsed_date(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - a calendar date has no zone
    except ValueError:
        return None


_PARSERS: Mapping[str, Callable[[MergeField, Any], Value]] = {
    "text": _text,
    "phone": _text,
    "number": _number,
    "radio": _choice,
    "dropdown": _choice,
    "date": _date,
    "birthday": _birthday,
    "zip": _zip,
    "url": _url,
    "imageurl": _url,
    "address": _address,
}


def check_values(
    definitions: Mapping[str, MergeField],
    sent: Mapping[str, Any],
    held: Mapping[str, Value],
    *,
    skip_validation: bool,
) -> tuple[dict[str, Value], list[FieldError]]:
    """Return the values a member will have, and what is wrong with those sent.

    Unknown tags are ignored. `skip_validation` waives only that required fields are filled; an
    incomplete address then leaves the address as it was, without a word.

    Args:
        definitions: The audience's merge fields by tag.
        sent: The body's `merge_fields`.
        held: The member's filled fields; empty for a new member.
        skip_validation: The query parameter `skip_merge_validation`.
    """
    values = dict(held)
    errors: list[FieldError] = []
    for tag, value in sent.items():
        merge_field = definitions.get(tag)
        if merge_field is None:
            continue
        try:
            parsed = parse(merge_field, value)
        except Refused as refusal:
            if not (skip_validation and merge_field.type == "address"):
                errors.append(FieldError(tag, str(refusal)))
            continue
        if parsed == "":
            values.pop(tag, None)
        else:
            values[tag] = parsed
    if not skip_validation:
        errors += _missing(definitions, values, errors)
    return values, errors


def _missing(
    definitions: Mapping[str, MergeField], values: Mapping[str, Value], errors: list[FieldError]
) -> list[FieldError]:
    reported = {error.field for error in errors}
    return [
        FieldError(tag, "Please enter a value")
        for tag, merge_field in definitions.items()
        if merge_field.required and tag not in values and tag not in reported
    ]
