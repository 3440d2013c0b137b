"""Problem documents: every refusal of the Marketing API, with the texts that it uses.

A refusal is raised as `Problem` by whatever decides it and turned into an answer in one place.
Titles and details follow recorded traffic where there is any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

TYPE_URI = "https://mailchimp.com/developer/marketing/docs/errors/"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
VALIDATION_DETAIL = (
    "The resource submitted could not be validated. "
    "For field-specific details, see the 'errors' array."
)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of a problem document's `errors`: the field's path and the message."""

    field: str
    message: str


@dataclass(slots=True)
class Problem(Exception):  # noqa: N818 - the API's own word for it
    """A refusal of the API.

    Attributes:
        status: HTTP status.
        title: Short name of the refusal; clients branch on it.
        detail: Sentence for a person.
        errors: Field-specific errors; none means that the document has no `errors` key.
        typed: Whether the document has a `type`; three kinds of refusal lack it.
        headers: Further answer headers, such as `Allow`.
    """

    status: int
    title: str
    detail: str
    errors: Sequence[FieldError] = ()
    typed: bool = True
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)

    def document(self, instance: str) -> dict[str, object]:
        """Return the problem document; `instance` equals the header `X-Request-Id`."""
        document: dict[str, object] = {"type": TYPE_URI} if self.typed else {}
        document |= {
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.errors:
            document["errors"] = [
                {"field": error.field, "message": error.message} for error in self.errors
            ]
        return document


def not_found() -> Problem:
    """Return the refusal of an unknown path or id."""
    return Problem(404, "Resource Not Found", "The requested resource could not be found.")


def method_not_allowed(
    allow: str, detail: str = "The requested method and resource are not compatible."
) -> Problem:
    """Return the refusal of a method; `allow` lists the methods that would do."""
    return Problem(405, "Method Not Allowed", detail, headers={"Allow": allow})


def invalid(*errors: FieldError) -> Problem:
    """Return the refusal of a body that fails the schema stage."""
    return Problem(400, "Invalid Resource", VALIDATION_DETAIL, errors)


def invalid_resource(detail: str) -> Problem:
    """Return an `Invalid Resource` that speaks through its detail alone."""
    return Problem(400, "Invalid Resource", detail)


def bad_request(detail: str) -> Problem:
    """Return the refusal of a well-formed body that does not fit the account's data."""
    return Problem(400, "Bad Request", detail)


def invalid_merge_fields(errors: Sequence[FieldError]) -> Problem:
    """Return the refusal of merge-field values."""
    return Problem(400, "Invalid Resource", "Your merge fields were invalid.", errors)


def member_exists(address: str) -> Problem:
    """Return the refusal to create, or rename to, an address that is a member already."""
    detail = f"{address} is already a list member. Use PUT to insert or update list members."
    return Problem(400, "Member Exists", detail, typed=False)


def compliance_state(address: str) -> Problem:
    """Return the refusal to resubscribe somebody who left, bounced or complained."""
    detail = (
        f"{address} is in a compliance state due to unsubscribe, bounce, "
        "or compliance review and cannot be subscribed."
    )
    return Problem(400, "Member In Compliance State", detail, typed=False)


def forgotten(address: str) -> Problem:
    """Return the refusal to bring back an erased address."""
    detail = (
        f"{address} was permanently deleted and cannot be re-imported. "
        "The contact must re-subscribe to get back on the list."
    )
    return Problem(400, "Forgotten Email Not Subscribed", detail, typed=False)


def too_many_connections(limit: int) -> Problem:
    """Return the throttle's refusal."""
    detail = f"You have exceeded the limit of {limit} simultaneous connections."
    return Problem(429, "TooManyRequests", detail)


def key_invalid() -> Problem:
    """Return the refusal of a key or token that the account does not know."""
    return Problem(
        401,
        "API Key Invalid",
        "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
    )


def key_missing() -> Problem:
    """Return the refusal of a request without credentials."""
    return Problem(401, "API Key Missing", "Your request did not include an API key.")


def forbidden() -> Problem:
    """Return the refusal of a write by a user whose role is too low."""
    detail = "You don't have permission to access the requested resource."
    return Problem(403, "Forbidden", detail)


TRIGGERED: Mapping[str, Problem] = {
    "BadRequest": bad_request("Your request could not be processed."),
    "InvalidAction": Problem(
        400, "Invalid Action", "The action requested was not valid for this resource."
    ),
    "InvalidResource": invalid_resource("The resource submitted could not be validated."),
    "JSONParseError": Problem(
        400, "JSON Parse Error", "We encountered an unspecified JSON parsing error."
    ),
    "APIKeyMissing": key_missing(),
    "APIKeyInvalid": key_invalid(),
    "Forbidden": forbidden(),
    "UserDisabled": Problem(403, "User Disabled", "This account has been disabled."),
    "WrongDatacenter": Problem(
        403,
        "Wrong Datacenter",
        "The API key provided is linked to a different data center.",
    ),
    "ResourceNotFound": not_found(),
    "MethodNotAllowed": method_not_allowed("GET"),
    "ResourceNestingTooDeep": Problem(
        414, "Resource Nesting Too Deep", "The sub-resource requested is nested too deeply."
    ),
    "InvalidMethodOverride": Problem(
        422, "Invalid Method Override", "You can only use the X-HTTP-Method-Override with POST."
    ),
    "RequestedFieldsInvalid": Problem(
        422, "Requested Fields Invalid", "The fields requested from this resource are invalid."
    ),
    "TooManyRequests": too_many_connections(10),
    "InternalServerError": Problem(
        500,
        "InternalServerError",
        "A deep, internal error has occurred during the processing of your request. "
        "Please contact support.",
    ),
    "ComplianceRelated": Problem(
        599, "Compliance Related", "This method has been disabled for compliance reasons."
    ),
}
"""What the header `X-Trigger-Error` asks for, by its value."""
