"""As much of an HTTP answer as a verdict needs, and nothing that a sentence could repeat."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson
import requests

BODY_LIMIT: Final = 20_000
"""Characters of an error body that are looked at."""

_LAST_OK: Final = 299


class Kind(StrEnum):
    """What an answer's body is."""

    DATA = "data"
    CUT = "cut"  # JSON that ends too early
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Answer:
    """As much of an HTTP answer as a verdict needs.

    Attributes:
        status: HTTP status.
        content_type: Media type, lower case, may be empty.
        body: The first `BODY_LIMIT` characters of an error's body; empty for data.
        subject: What was asked for: an entity's name, `the list of endpoints` or `a token`.
        redirected: Whether the answer came from another address than was asked.
        single: Whether one record was asked for, not a list.
        kind: What the body is; an answer that is no success is always an error.
    """

    status: int
    content_type: str
    body: str
    subject: str
    redirected: bool = False
    single: bool = False
    kind: Kind = Kind.ERROR

    @property
    def is_page(self) -> bool:
        """Whether it is a web page."""
        return "html" in self.content_type or self.body.lstrip()[:1] == "<"


def answer_of(response: requests.Response, subject: str, *, single: bool = False) -> Answer:
    """Reduce a response to what a verdict needs.

    Args:
        response: The response.
        subject: What was asked for.
        single: Whether one record was asked for.
    """
    content_type = response.headers.get("Content-Type", "").lower()
    kind = _kind(response.status_code, content_type, response.content)
    body = "" if kind is not Kind.ERROR else response.content[:BODY_LIMIT].decode(errors="replace")
    return Answer(
        response.status_code,
        content_type,
        body,
        subject,
        redirected=bool(response.history),
        single=single,
        kind=kind,
    )


def _kind(status: int, content_type: str, content: bytes) -> Kind:
    if status > _LAST_OK or (content_type and "json" not in content_type):
        return Kind.ERROR
    text = content.strip()
    closing = {b"[": b"]", b"{": b"}"}.get(text[:1])
    if closing is None:
        return Kind.ERROR
    if text[-1:] != closing:
        return Kind.CUT
    return Kind.ERROR if _tells_an_error(text) else Kind.DATA


def _tells_an_error(text: bytes) -> bool:
    """Whether a success is an error in disguise: its values are bare, a record's are wrapped."""
    if text[:1] != b"{" or len(text) > BODY_LIMIT:
        return False
    try:
        body: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False  # told by who parses it
    return any(isinstance(body.get(name), str) for name in ("exceptionMessage", "message"))
