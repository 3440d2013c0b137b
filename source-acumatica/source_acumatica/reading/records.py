"""From a row as Acumatica writes it to a record as the stream's schema describes it.

A schema is compiled once into a function: no type is guessed and no template evaluated while rows
go through, which is what makes a read fast. `{"value": x}` becomes x, `{}` becomes null, a time
becomes UTC, a date loses its time.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

Row = Mapping[str, Any]
Record = dict[str, Any]
Convert = Callable[[Row], Record]

_EMPTY: Final[Row] = {}


def to_utc(text: str) -> str:
    """Bring a time to UTC with six digits of a second, such as `2023-12-14T17:20:45.160000Z`.

    Args:
        text: ISO 8601; without an offset it is taken for UTC. Text that is no time is returned as
            it is, since a single odd value must not hide a customer.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def to_date(text: str) -> str:
    """Cut a date-only field, which comes as midnight with an offset, to its date.

    Args:
        text: Such as `2020-02-05T00:00:00+00:00`. The zone is not shifted: it would change the day.
    """
    return text[:10]


_FORMATS: Final[Mapping[str, Callable[[str], str]]] = {"date-time": to_utc, "date": to_date}


def compile_schema(schema: Mapping[str, Any]) -> Convert:
    """Compile a schema into the function that makes records of rows.

    Args:
        schema: The schema of a record, a linked entity or a detail row. `id` is taken bare; all
            else is wrapped.

    Returns:
        A function from a row to a record that has every field of the schema and no other.
    """
    fields: Mapping[str, Any] = schema["properties"]
    linked = {name: compile_schema(f) for name, f in fields.items() if "properties" in f}
    details = {name: compile_schema(f["items"]) for name, f in fields.items() if "items" in f}
    texts = {
        name: _FORMATS[f["format"]] for name, f in fields.items() if f.get("format") in _FORMATS
    }
    wrapped = [
        name for name in fields if name not in linked and name not in details and name != "id"
    ]
    bare = [name for name in fields if name == "id"]

    def convert(row: Row) -> Record:
        get = row.get
        record: Record = {name: get(name) for name in bare}
        record |= {name: (get(name) or _EMPTY).get("value") for name in wrapped}
        for name, reformat in texts.items():
            if text := record[name]:
                record[name] = reformat(text)
        for name, inner in linked.items():
            entity = get(name)
            record[name] = inner(entity) if entity else None
        for name, inner in details.items():
            rows = get(name)
            record[name] = None if rows is None else [inner(detail) for detail in rows]
        return record

    return convert


def compile_row(schema: Mapping[str, Any], unmapped: Mapping[str, str]) -> Convert:
    """Compile the function that makes records of whole rows.

    Args:
        schema: The schema of a record.
        unmapped: Fields of the record that the endpoint does not map -> view and field behind
            each, such as `Document.LastModifiedDateTime`. They stand in the row's `custom`.

    Returns:
        A function from a row to a record.
    """
    convert = compile_schema(schema)
    lifted = [(name, *path.split(".", 1)) for name, path in unmapped.items()]
    if not lifted:
        return convert

    def lift_and_convert(row: Row) -> Record:
        custom = row.get("custom") or _EMPTY
        found = {
            name: {"value": ((custom.get(view) or _EMPTY).get(field) or _EMPTY).get("value")}
            for name, view, field in lifted
        }
        return convert({**row, **found})

    return lift_and_convert
