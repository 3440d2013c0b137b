"""PATCH: what may be written, with which token, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import orjson

from simulators.business_central.business.relations import Relations
from simulators.business_central.odata.entities import Entity, Kind, Property
from simulators.business_central.odata.problems import (
    ServiceError,
    bad_request,
    method_not_allowed,
    no_permission,
    read_only,
    unknown_property,
    unknown_segment,
)
from simulators.business_central.odata.values import Value, enum_text
from simulators.business_central.service.calls import Call
from simulators.business_central.store.company import Company, customer_contacts
from simulators.business_central.store.rows import MODIFIED, Row

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator

_ETAG: Final = re.compile(r'^(?:W/)?"[^"]+"$')
_LETTER: Final = re.compile(r"[A-Za-z]")
_EMAIL: Final = re.compile(r"^[^@\s;,]+@[^@\s;,]+\.[^@\s;,]+$")
_GUID: Final = re.compile(r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")


class Writer:
    """Carries out PATCH for one simulator."""

    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self._erp = erp

    def patch(self, call: Call, entity: Entity, company: Company, key: str) -> Row:
        """Change a record; returns it as it is afterwards.

        Raises:
            ServiceError: the request is refused.
        """
        if "patch" not in entity.flags:
            raise method_not_allowed(call.method, entity.set)
        self._check_right(entity)
        row = self._find(entity, company, key)
        if row is None:
            raise unknown_segment(entity.set)
        check_preconditions(call.headers, row.etag)
        changes = _changes(entity, row, _body(call))
        relations = Relations(self._erp.database, company)
        if "number" in changes:
            self._check_free(company, entity, row, str(changes["number"]))
        return relations.patch(entity.set, row, changes)

    def _find(self, entity: Entity, company: Company, key: str) -> Row | None:
        database = self._erp.database
        if entity.set != "customerContacts":
            return database.view(company, entity.set, "readwrite").find(key)
        customers = database.view(company, "customers", "readwrite")
        contacts = database.view(company, "contacts", "readwrite")
        found = customer_contacts(customers, contacts)
        return next((row for row in found if row.id == key.lower()), None)

    def _check_right(self, entity: Entity) -> None:
        rights = self._erp.rights
        allowed = rights.write_customers if entity.set == "customers" else rights.write_contacts
        if not allowed or entity.set in rights.no_table:
            raise no_permission(entity.table, "Modify")

    def _check_free(self, company: Company, entity: Entity, row: Row, number: str) -> None:
        other = company.find_by(entity.set, "number", number)
        if other is not None and other.id != row.id:
            raise ServiceError(
                400,
                "Internal_EntityWithSameKeyExists",
                f"The {entity.table.split(' ', 1)[1]} already exists. Identification fields and "
                f"values: No.='{number}'",
            )


def check_preconditions(headers: Mapping[str, str], etag: str) -> None:
    """Hold a write's `If-Match` against the record's ETag.

    Raises:
        ServiceError: 400 without a readable one, 409 with a stale one, 412 with another condition.
    """
    if "if-none-match" in headers or "if-unmodified-since" in headers:
        raise ServiceError(412, "BadRequest", "The precondition of the request header failed.")
    given = headers.get("if-match", "").strip()
    if given == "*":
        return
    if not _ETAG.match(given):
        raise ServiceError(
            400,
            "BadRequest_InvalidToken",
            "Could not validate the client concurrency token required by the service. Please "
            "provide a valid token in the client request.",
        )
    if given.removeprefix("W/") != etag.removeprefix("W/"):
        raise ServiceError(
            409, "Request_EntityChanged", "Another user has already changed the record."
        )


def _body(call: Call) -> dict[str, Any]:
    try:
        found = orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise bad_request("Invalid Request Body") from error
    if not isinstance(found, dict):
        raise bad_request("Invalid Request Body")
    return found


def _changes(entity: Entity, row: Row, body: Mapping[str, Any]) -> dict[str, Value]:
    changes: dict[str, Value] = {}
    for name, value in body.items():
        if name.startswith("@"):
            continue
        of = entity.properties.get(name)
        if of is None:
            raise unknown_property(name, entity.type_name)
        if "key" in of.flags and value == row.id:
            continue
        if "w" not in of.flags or name == MODIFIED:
            raise read_only(name)
        changes[name] = _value(entity, row, of, value)
    return changes


def _value(entity: Entity, row: Row, of: Property, value: object) -> Value:
    try:
        read = _READERS[of.kind](of, value)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise bad_request(f"Unable to convert value of '{of.name}' to {of.kind.edm}.") from error
    if of.kind in {Kind.TEXT, Kind.CODE} and isinstance(read, str):
        _check_text(entity, row, of, read)
    return read


def _check_text(entity: Entity, row: Row, of: Property, text: str) -> None:
    if of.length and len(text) > of.length:
        raise ServiceError(
            400,
            "Application_StringExceededLength",
            f"The length of the string is {len(text)}, but it must be less than or equal to "
            f"{of.length} characters. Value: {text}",
        )
    if "phone" in of.flags and _LETTER.search(text):
        raise ServiceError(
            400,
            "Application_FieldValidationException",
            f"{of.name} must not contain letters in {entity.table.split(' ', 1)[1]}: "
            f"{row.values.get('number', row.id)}.",
        )
    if "required" in of.flags and not text.strip():
        raise ServiceError(
            400,
            "BadRequest_RequiredParamNotProvided",
            f"Field '{of.name}' must not be blank or empty.",
        )
    if of.name == "email" and text:
        _check_addresses(text)


def _check_addresses(text: str) -> None:
    """Several addresses in one field are divided by `;` or `,`, and each must be one."""
    for part in re.split(r"[;,]", text):
        if not _EMAIL.match(part.strip()):
            raise ServiceError(
                400, "Application_DialogException", f'The email address "{part}" is not valid.'
            )


def _read_text(_of: Property, value: object) -> Value:
    if not isinstance(value, str):
        raise TypeError
    return value


def _read_enum(of: Property, value: object) -> Value:
    for member in of.members:
        if value in {member, enum_text(member)}:
            return member
    raise ServiceError(
        400,
        "Unknown",
        f"'{value}' is not an option. The existing options are: {','.join(of.members)}",
    )


def _read_guid(_of: Property, value: object) -> Value:
    if not isinstance(value, str) or not _GUID.match(value):
        raise ServiceError(
            400,
            "Application_InvalidGUID",
            "Invalid format of GUID string. The correct format of the GUID string is: "
            "CDEF7890-ABCD-0123-1234-567890ABCDEF where 0-9, A-F symbolizes hexadecimal digits.",
        )
    return value.lower()


def _read_boolean(_of: Property, value: object) -> Value:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _read_number(_of: Property, value: object) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return Decimal(str(value))


_READERS: Final[Mapping[Kind, Callable[[Property, object], Value]]] = {
    Kind.TEXT: _read_text,
    Kind.CODE: lambda of, value: str(_read_text(of, value)).upper(),
    Kind.ENUM: _read_enum,
    Kind.GUID: _read_guid,
    Kind.BOOLEAN: _read_boolean,
    Kind.DECIMAL: _read_number,
    Kind.DATE: lambda _of, value: date.fromisoformat(str(value)),
}
