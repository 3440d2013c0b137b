"""From a row as Acumatica writes it to a record as the stream's schema describes it.

A schema is compiled once into a function: no type is guessed and no template evaluated while rows
go through, which is what makes a read fast. `{"value": x}` becomes x, `{}` becomes null, a time
becomes UTC, a date loses its time.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

Row = Mapping[str, Any]
Record = dict[str, Any]
Convert = Callable[[Row], Record]

_EMPTY: Final[Row] = {}
_CUSTOM: Final = "custom"
_CUSTOM_MOMENT: Final = "CustomDateTimeField"
_BARE: Final = frozenset({"id", _CUSTOM})


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
        schema: The schema of a record, a linked entity or a detail row. `id` is taken bare and
            `custom` holds unmapped fields; all else is wrapped.

    Returns:
        A function from a row to a record that has every field of the schema and no other.
    """
    fields: Mapping[str, Any] = schema["properties"]
    plain = {name: f for name, f in fields.items() if name not in _BARE}
    linked = {name: compile_schema(f) for name, f in plain.items() if "properties" in f}
    details = {name: compile_schema(f["items"]) for name, f in plain.items() if "items" in f}
    texts = {
        name: _FORMATS[f["format"]] for name, f in plain.items() if f.get("format") in _FORMATS
    }
    wrapped = [name for name in plain if name not in linked and name not in details]
    has_id = "id" in fields
    custom = _compile_custom(fields[_CUSTOM]["properties"]) if _CUSTOM in fields else None

    def convert(row: Row) -> Record:
        get = row.get
        record: Record = {"id": get("id")} if has_id else {}
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
        if custom is not None:
            record[_CUSTOM] = custom(get(_CUSTOM) or _EMPTY)
        return record

    return convert


def _compile_custom(fields: Iterable[str]) -> Convert:
    """Compile unmapped fields, each named by its view and field: they say their type themselves."""
    places = [(name, *name.split(".", 1)) for name in fields]

    def convert(custom: Row) -> Record:
        return {name: _custom_value(custom, view, field) for name, view, field in places}

    return convert


def _custom_value(custom: Row, view: str, field: str) -> Any:  # noqa: ANN401 - JSON of any shape
    found = (custom.get(view) or _EMPTY).get(field) or _EMPTY
    value = found.get("value")
    return to_utc(value) if value and found.get("type") == _CUSTOM_MOMENT else value


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
    places = [(name, *path.split(".", 1)) for name, path in unmapped.items()]
    if not places:
        return convert

    def lift_and_convert(row: Row) -> Record:
        custom = row.get(_CUSTOM) or _EMPTY
        lifted = {
            name: {"value": _custom_value(custom, view, field)} for name, view, field in places
        }
        return convert({**row, **lifted})

    return lift_and_convert
