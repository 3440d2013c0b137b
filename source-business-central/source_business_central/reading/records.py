"""From a row as Business Central writes it to a record as the stream's schema describes it.

A schema is compiled once into a function: no type is guessed and no template evaluated while rows
go through, which is what makes a read fast. An empty GUID and the date 0001-01-01 become null,
times get six digits, and the members of enumerations lose their XML escapes.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

Row = Mapping[str, Any]
Record = dict[str, Any]
Convert = Callable[[Row], Record]

_NO_GUID: Final = "00000000-0000-0000-0000-000000000000"
_NO_DATE: Final = "0001-01-01"
_ESCAPE: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_SECOND: Final = len("2026-11-21T12:00:00")

ENUMERATIONS: Final = frozenset(
    {
        "accountType",
        "blocked",
        "category",
        "consolidationTranslationMethod",
        "contactBusinessRelation",
        "documentType",
        "lineType",
        "status",
        "type",
    }
)
"""Fields that hold a member of an enumeration, where they hold text."""


def to_utc(text: str) -> str | None:
    """Bring a time to UTC with six digits of a second, such as `2023-12-14T17:20:45.160000Z`.

    Args:
        text: ISO 8601 with 0 to 7 digits of a second. Text that is no time is returned as it is,
            since a single odd value must not hide a customer.

    Returns:
        The time; None for the blank one of the year 1.
    """
    if text.startswith(_NO_DATE):
        return None
    if text.endswith("Z"):
        return f"{text[:_SECOND]}.{text[_SECOND + 1 : -1][:6]:0<6}Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def to_date(text: str) -> str | None:
    """Return a date; None for the blank one of the year 1.

    Args:
        text: Such as `2020-02-05`.
    """
    return None if text.startswith(_NO_DATE) else text


def to_guid(text: str) -> str | None:
    """Return a GUID; None for the empty one, which means no relation.

    Args:
        text: Such as `55e545bc-f6f9-ef11-9344-6045bdc8c234`.
    """
    return None if text == _NO_GUID else text


def to_member(text: str) -> str:
    """Return a member of an enumeration without XML escapes; the blank member is empty text.

    Args:
        text: Such as `In_x0020_Review` or `_x0020_`.
    """
    if "_x" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return text.strip()


_FORMATS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "date-time": to_utc,
    "date": to_date,
    "uuid": to_guid,
}


def compile_schema(schema: Mapping[str, Any]) -> Convert:
    """Compile a schema into the function that makes records of rows.

    Args:
        schema: The schema of a record or a line.

    Returns:
        A function from a row to a record that has every field of the schema and no other.
    """
    fields: Mapping[str, Any] = schema["properties"]
    lines = {name: compile_schema(f["items"]) for name, f in fields.items() if "items" in f}
    plain = tuple(name for name in fields if name not in lines)
    texts = tuple((name, reader) for name in plain if (reader := _reader(name, fields[name])))

    def convert(row: Row) -> Record:
        get = row.get
        record: Record = {name: get(name) for name in plain}
        for name, reader in texts:
            if text := record[name]:
                record[name] = reader(text)
        for name, inner in lines.items():
            rows = get(name)
            record[name] = None if rows is None else [inner(line) for line in rows]
        return record

    return convert


def _reader(name: str, field: Mapping[str, Any]) -> Callable[[str], str | None] | None:
    if name in ENUMERATIONS and "string" in field["type"]:
        return to_member
    return _FORMATS.get(field.get("format", ""))
