"""What a refusal by Mailchimp means for the record: from status, title and text to a reason. Pure.

The field `type` of a problem document is missing in some and was changed three times, so nothing
depends on it. Texts quote addresses and values: what is passed on is scrubbed of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from kit.protocol.reasons import Reason

_ADDRESS: Final = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_SHORTEST_SECRET: Final = 3
_LONGEST_TEXT: Final = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal.

    Args:
        status: HTTP status; 0 for a row of a bulk call.
        title: The problem's title, may be empty.
        detail: Its text, unscrubbed: never to be logged.
        fields: Field and message of each field error.
    """

    status: int
    title: str
    detail: str
    fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_answer(cls, status: int, body: Any) -> Problem:  # noqa: ANN401 - any JSON
        """Read a problem document; a body that is none gives empty texts."""
        document = body if isinstance(body, Mapping) else {}
        errors = document.get("errors")
        return cls(
            status=status,
            title=str(document.get("title") or ""),
            detail=str(document.get("detail") or ""),
            fields=tuple(
                (str(each.get("field") or ""), str(each.get("message") or ""))
                for each in (errors if isinstance(errors, list) else ())
                if isinstance(each, Mapping)
            ),
        )

    @classmethod
    def from_row(cls, error: Mapping[str, Any]) -> Problem:
        """Read an error row of a bulk call."""
        field, message = str(error.get("field") or ""), str(error.get("field_message") or "")
        return cls(
            status=0,
            title=str(error.get("error_code") or ""),
            detail=str(error.get("error") or ""),
            fields=((field, message),) if field or message else (),
        )

    @property
    def says_missing(self) -> bool:
        """Whether the thing named by the path does not exist."""
        return self.status == HTTPStatus.NOT_FOUND

    @property
    def says_exists(self) -> bool:
        """Whether the address is a member already."""
        text = self.detail.lower()
        return (
            self.title in {"Member Exists", "ERROR_CONTACT_EXISTS"}
            or "already a list member" in text
            or "already exists" in text
        )

    @property
    def says_product_missing(self) -> bool:
        """Whether an order line names a product or variant that the store does not have."""
        texts = [self.detail, *(message for _, message in self.fields)]
        return any(
            re.search(
                r"(product|variant)\b.*does not exist|does not exist.*(product|variant)", text
            )
            for text in (each.lower() for each in texts)
        )


_BY_TEXT: Final = (
    ("forgotten email", Reason.ERASED, None),
    ("permanently deleted", Reason.ERASED, None),
    ("compliance state", Reason.COMPLIANCE, None),
    ("looks fake or invalid", Reason.FAKE_EMAIL, "email_address"),
    ("signed up to a lot of lists", Reason.TOO_MANY_SIGNUPS, "email_address"),
    ("valid email address", Reason.BAD_EMAIL, "email_address"),
)
"""Words in the title or text, from the most telling down."""


def member_reason(problem: Problem) -> tuple[Reason, str | None]:
    """Return why a member was refused, and the offending field if one is named."""
    text = f"{problem.title} {problem.detail}".lower()
    for words, reason, where in _BY_TEXT:
        if words in text:
            return reason, where
    field = problem.fields[0][0] if problem.fields else ""
    if field == "email_address":
        return Reason.BAD_EMAIL, field
    if field.isupper() or "merge fields were invalid" in text:
        return Reason.BAD_MERGE_FIELD, f"merge_fields.{field}" if field else None
    return Reason.REFUSED, field or None


def explain(problem: Problem, sent: object = None) -> str:
    """Say what Mailchimp answered, without an address or a value of what was sent.

    Args:
        problem: The refusal.
        sent: The request's body; none of its texts is repeated.
    """
    parts = [part for part in (problem.title, problem.detail) if part]
    parts += [f"{field}: {message}" for field, message in problem.fields]
    text = scrub("; ".join(parts), sent)[:_LONGEST_TEXT]
    status = f" {problem.status}" if problem.status else ""
    return f"Mailchimp answered{status}: {text}" if text else f"Mailchimp answered{status}."


def scrub(text: str, sent: object = None) -> str:
    """Take addresses, and every text of what was sent, out of a text."""
    for value in sorted(set(_texts(sent)), key=len, reverse=True):
        if len(value) >= _SHORTEST_SECRET:
            text = re.sub(re.escape(value), "…", text, flags=re.IGNORECASE)
    return _ADDRESS.sub("…", text)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
