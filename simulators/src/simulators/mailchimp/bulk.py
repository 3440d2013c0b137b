"""The bulk call `POST /lists/{id}`: up to 500 members, one answer, errors row by row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from simulators.mailchimp.addresses import member_key
from simulators.mailchimp.audience import Audience
from simulators.mailchimp.bodies import Document, Flag, Rows, Shape
from simulators.mailchimp.consent import Status
from simulators.mailchimp.member_writes import ROW, MemberWriter, Write, row_problem
from simulators.mailchimp.members import GETTERS, Member, document
from simulators.mailchimp.problems import FieldError, Problem, invalid, invalid_resource

MAX_ROWS = 500
BODY = Shape(
    {
        "members": Rows(Shape({})),
        "update_existing": Flag(),
        "sync_tags": Flag(),
    },
    ("members",),
)
# The description's member of a bulk answer has fewer keys than a member elsewhere.
_SHOWN = tuple(
    name
    for name in GETTERS
    if name
    not in {
        "full_name",
        "web_id",
        "source",
        "unsubscribe_reason",
        "consents_to_one_to_one_messaging",
        "sms_phone_number",
        "sms_subscription_status",
        "sms_subscription_last_updated",
        "marketing_permissions",
    }
)


@dataclass(frozen=True, slots=True)
class BulkWrite:
    """One bulk request, body checked.

    Attributes:
        rows: The body's `members`, unchecked: each row fails by itself.
        update_existing: Whether known addresses are rewritten or reported.
        sync_tags: Whether a row's tags replace all tags of an existing member.
        skip_merge_validation: The query parameter.
        skip_duplicates: The query parameter `skip_duplicate_check`: the first occurrence wins.
        caller: The client's IP address.
    """

    rows: list[Document]
    update_existing: bool = False
    sync_tags: bool = False
    skip_merge_validation: bool = False
    skip_duplicates: bool = False
    caller: str = ""


@dataclass(slots=True)
class BulkResult:
    """What became of the rows."""

    created: list[Member] = field(default_factory=list)
    updated: list[Member] = field(default_factory=list)
    errors: list[Document] = field(default_factory=list)

    def document(self, audience: Audience) -> Document:
        """Return the API's answer."""
        frame = audience.frame
        return {
            "new_members": [document(member, frame, _SHOWN) for member in self.created],
            "updated_members": [document(member, frame, _SHOWN) for member in self.updated],
            "errors": self.errors,
            "total_created": len(self.created),
            "total_updated": len(self.updated),
            "error_count": len(self.errors),
            "_links": [],
        }


def write_all(writer: MemberWriter, audience: Audience, bulk: BulkWrite) -> BulkResult:
    """Write the rows in their order.

    Raises:
        Problem: Too many rows, or an address twice (unless duplicates are skipped).
    """
    if len(bulk.rows) > MAX_ROWS:
        raise invalid(FieldError("members", f"There must be a maximum of {MAX_ROWS} in the array"))
    rows = _first_occurrences(bulk.rows)
    if len(rows) < len(bulk.rows) and not bulk.skip_duplicates:
        raise invalid_resource("The same email address appears more than once in the request.")
    result = BulkResult()
    for row in rows:
        try:
            _write_row(writer, audience, bulk, row, result)
        except Problem as problem:
            result.errors.append(_error(row, problem))
    return result


def _write_row(
    writer: MemberWriter,
    audience: Audience,
    bulk: BulkWrite,
    row: Document,
    result: BulkResult,
) -> None:
    body = ROW.requiring("email_address").check(row)
    write = Write(body, bulk.caller, bulk.skip_merge_validation, lenient=True)
    address = body["email_address"]
    member = audience.members.get(member_key(address))
    if member is None:
        member = writer.create(address, write.status or Status.SUBSCRIBED, write)
        result.created.append(member)
    elif member.status is Status.ARCHIVED and write.status is not None:
        writer.update(member, write)
        result.created.append(member)
    elif bulk.update_existing:
        writer.update(member, write)
        result.updated.append(member)
    else:
        raise _Known(address)
    if "tags" in body:
        _set_tags(writer, audience, member, body["tags"], replace=bulk.sync_tags)


class _Known(Problem):
    """A row whose address is a member already, with `update_existing` false."""

    def __init__(self, address: str) -> None:
        detail = (
            f"{address} is already a list member, do you want to update? "
            "please provide update_existing:true in the request body"
        )
        super().__init__(400, "Member Exists", detail)


def _set_tags(
    writer: MemberWriter, audience: Audience, member: Member, names: list[str], *, replace: bool
) -> None:
    wanted = dict.fromkeys(names, True)
    if replace:
        kept = {name.casefold() for name in names}
        held = [audience.tag_names[tag_id] for tag_id in member.tags]
        wanted |= {name: False for name in held if name.casefold() not in kept}
    if wanted:
        writer.set_tags(member, wanted)


def _first_occurrences(rows: Iterable[Document]) -> list[Document]:
    seen: dict[object, Document] = {}
    for position, row in enumerate(rows):
        address = row.get("email_address")
        seen.setdefault(member_key(address) if isinstance(address, str) else position, row)
    return list(seen.values())


def _error(row: Document, problem: Problem) -> Document:
    of_fields = problem.errors[0] if problem.errors else FieldError("", "")
    known = isinstance(problem, _Known)
    return {
        "email_address": str(row.get("email_address", "")),
        "error": row_problem(problem),
        "error_code": "ERROR_CONTACT_EXISTS" if known else "ERROR_GENERIC",
        "field": of_fields.field,
        "field_message": of_fields.message,
    }
