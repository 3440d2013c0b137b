"""The plan of each stream: what is asked of the instance, and what becomes of its rows."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from source_acumatica.endpoint.choices import Choices
from source_acumatica.endpoint.description import description_of
from source_acumatica.endpoint.fields import Schema, parts, with_ancestors
from source_acumatica.endpoint.known import outline_of_known
from source_acumatica.endpoint.openapi import Description
from source_acumatica.endpoint.others import outline_of_other
from source_acumatica.endpoint.outline import Outline, Reshape, with_custom
from source_acumatica.endpoint.streams import CUSTOMERS, CUSTOMERS_BY_CONTACT, ENTITIES
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.errors import ConfigError
from source_acumatica.reading.records import Convert, compile_row
from source_acumatica.settings import Settings

_UNMAPPED_TERM: Final = re.compile(r"cf\.DateTime\(f='([\w.]+)'\)")

LONGEST_QUERY: Final = 1_800
"""Characters of a query that name fields; some 240 more name a window and a page."""

_ANY: Final[Schema] = {}
"""The schema of an unmapped field whose type nobody has asked for."""


@dataclass(frozen=True, slots=True)
class CustomPart:
    """Unmapped fields of a row, or of a linked entity or details in it.

    Attributes:
        path: The path of the part in the record; empty for the row itself.
        asked: The path of the part in the endpoint.
        names: View and field of each.
    """

    path: str
    asked: str
    names: tuple[str, ...]

    @property
    def terms(self) -> list[str]:
        """How `$custom` names the fields."""
        return [f"{self.asked}/{name}" if self.asked else name for name in self.names]


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How one stream is asked for, and what becomes of its rows.

    Attributes:
        stream: The stream's name.
        entity: The entity's name in the address.
        form: The form whose rights decide what a user may read of it; empty where it is not known.
        keys: The fields that name a row on its form; none where they are not known.
        schema: The JSON schema of its records, cut to the fields that the endpoint has.
        select: Value of `$select`.
        expand: Value of `$expand`; empty if the entity is flat.
        custom: Value of `$custom`; empty if no unmapped field is asked for.
        cursor_field: The record's field with the time of the last change; empty if there is none,
            so that the stream is read whole each time.
        cursor_term: How `$filter` names that field; empty if there is none.
        wide: Whether its rows carry lines, so that fewer of them fit on a page.
        whole: Whether `select` names every field that there is, so that it may be left out.
        convert: Makes a record of a row.
        custom_parts: The unmapped fields that the settings ask for.
    """

    stream: str
    entity: str
    form: str
    keys: tuple[str, ...]
    schema: Mapping[str, Any]
    select: str
    expand: str
    custom: str
    cursor_field: str
    cursor_term: str
    wide: bool
    whole: bool
    convert: Convert
    custom_parts: tuple[CustomPart, ...]

    @property
    def query(self) -> str:
        """The part of a query that names the fields, the same for every row.

        Commas and slashes stand as they are, and a list of all fields is left out where it is
        long: by default, web servers refuse a query of more than 2,048 characters.
        """
        rest = {"$expand": self.expand, "$custom": self.custom}
        query = _query({"$select": self.select, **rest})
        return _query(rest) if self.whole and len(query) > LONGEST_QUERY else query

    @property
    def keys_query(self) -> str:
        """The same for rows of which only keys and stamp are wanted; `id` always comes."""
        selected = self.select.split(",")
        fields = dict.fromkeys(key for key in self.keys if key in selected)
        unmapped = ""
        if self.cursor_field in selected:
            fields[self.cursor_field] = None
        elif self.cursor_field:
            unmapped = self.custom.partition(",")[0]  # the cursor's view and field come first
        some = ",".join(fields) or selected[0]
        return _query({"$select": some, "$custom": unmapped})


def plan_of(stream: str, config: Mapping[str, Any]) -> StreamPlan:
    """Plan one stream for one config.

    The endpoint's description is asked for, once in a process, where the stream cannot be planned
    without it: an entity of the setting `other_entities`, or any on an endpoint of the instance's
    own.

    Args:
        stream: The stream's name.
        config: The config, defaults filled in.

    Raises:
        AcumaticaError: There is no such stream, or the description could not be had.
    """
    settings = Settings.of(config)
    needed = settings.endpoint.is_own or stream in settings.choices.others
    description = description_of(config) if needed else None
    return plan_stream(stream, settings.endpoint, settings.choices, description)


@cache
def plan_stream(
    stream: str,
    endpoint: Endpoint,
    choices: Choices = Choices(),  # noqa: B008 - frozen
    description: Description | None = None,
) -> StreamPlan:
    """Plan one stream; asks nobody.

    Args:
        stream: The stream's name.
        endpoint: The endpoint to read.
        choices: What the settings choose.
        description: What the endpoint has, where that is not known by its version.

    Raises:
        ConfigError: There is no such stream, or the endpoint does not have what it reads.
    """
    other = choices.others.get(stream)
    if other is not None and description is not None:
        outline = outline_of_other(other, endpoint, description)
    elif stream in ENTITIES:
        outline = outline_of_known(stream, endpoint, choices, description)
    else:
        raise _no_such_stream(stream, (*ENTITIES, *choices.others))
    return _plan(stream, outline, choices.custom_of(_origin(stream)))


def _plan(stream: str, outline: Outline, custom: Iterable[str]) -> StreamPlan:
    custom_parts = _custom_parts(custom, outline)
    schema = outline.schema
    known = parts(schema)
    for part in custom_parts:
        if part.path and part.path not in known:
            raise _no_such_part(stream, part.path, known)
        schema = with_custom(schema, part.path, dict.fromkeys(part.names, _ANY))
    view = outline.unmapped.get(outline.cursor)
    terms = [*filter(None, [view]), *outline.unmapped.values()]
    terms += [term for part in custom_parts for term in part.terms]
    return StreamPlan(
        stream=stream,
        entity=outline.entity,
        form=outline.form,
        keys=outline.keys,
        schema=schema,
        select=",".join(outline.selected),
        expand=",".join(with_ancestors(_parts_of(outline.selected))),
        custom=",".join(dict.fromkeys(terms)),
        cursor_field=outline.cursor,
        cursor_term=f"cf.DateTime(f='{view}')" if view else outline.cursor,
        wide=outline.wide,
        whole=outline.whole,
        convert=_after(outline.reshape, compile_row(schema, outline.unmapped)),
        custom_parts=custom_parts,
    )


def _after(reshape: Reshape | None, convert: Convert) -> Convert:
    return convert if reshape is None else lambda row: convert(reshape(row))


def _custom_parts(custom: Iterable[str], outline: Outline) -> tuple[CustomPart, ...]:
    by_path: dict[str, list[str]] = {}
    for name in custom:
        path, _, field = name.rpartition("/")
        by_path.setdefault(path, []).append(field)
    return tuple(
        CustomPart(path, outline.asked_part(path), tuple(names)) for path, names in by_path.items()
    )


def _query(parameters: Mapping[str, str]) -> str:
    """Leave out what is empty: it would be sent as it is."""
    return "&".join(
        f"{name}={quote(value, safe='/,')}" for name, value in parameters.items() if value
    )


def _parts_of(selected: Iterable[str]) -> list[str]:
    return [path.rpartition("/")[0] for path in selected if "/" in path]


def _origin(stream: str) -> str:
    """Return the stream whose custom fields a stream has as well."""
    return CUSTOMERS if stream == CUSTOMERS_BY_CONTACT else stream


def _no_such_stream(stream: str, known: Iterable[str]) -> ConfigError:
    names = list(known)
    near = get_close_matches(stream, names, n=3)
    return ConfigError(
        f"There is no stream {stream}. {'Did you mean' if near else 'There are'} "
        f"{', '.join(near or names)}{'?' if near else '.'} Discover the schema again and select "
        "the streams anew."
    )


def _no_such_part(stream: str, path: str, known: Iterable[str]) -> ConfigError:
    return ConfigError(
        f"Setting `custom_fields`: the stream {stream} reads no {path}. It reads "
        f"{', '.join(known) or 'no linked entities'}; a field of the row itself stands without a "
        "path."
    )
