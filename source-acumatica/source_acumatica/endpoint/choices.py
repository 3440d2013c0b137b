"""Settings that say what is read: other entities, unmapped fields, the entity behind invoices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from source_acumatica.endpoint.streams import ENTITIES
from source_acumatica.errors import ConfigError


class InvoiceEntity(StrEnum):
    """The entity that `sales_invoices` reads."""

    SALES_INVOICE = "SalesInvoice"
    INVOICE = "Invoice"


@dataclass(frozen=True, slots=True)
class OtherEntity:
    """An entity that is read as a stream of its own.

    Attributes:
        entity: The entity's name in the address.
        stream: The stream's name.
        expand: The linked entities and details that are read with it, each as a path.
        cursor: The field with the time of the last change, or view and field behind it; empty if
            the connector is to find it.
    """

    entity: str
    stream: str
    expand: tuple[str, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class CustomFields:
    """Unmapped fields that are read with a stream.

    Attributes:
        stream: The stream's name.
        fields: View and field, such as `BAccount.UsrRegion`; those of a linked entity or of
            details begin with its path, such as `MainContact/DefContact.UsrNick`.
    """

    stream: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the settings choose to read.

    Attributes:
        invoices_from: The entity that `sales_invoices` reads.
        custom_fields: Unmapped fields, by stream.
        other_entities: Entities that are read as streams of their own.
    """

    invoices_from: InvoiceEntity = InvoiceEntity.SALES_INVOICE
    custom_fields: tuple[CustomFields, ...] = ()
    other_entities: tuple[OtherEntity, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Choices":
        """Read the settings.

        Args:
            config: The config, defaults filled in.

        Raises:
            ConfigError: One cannot be used.
        """
        choices = cls(_invoice_entity(config), _custom_fields(config), _other_entities(config))
        streams = {*ENTITIES, *choices.others}
        for custom in choices.custom_fields:
            if custom.stream not in streams:
                raise ConfigError(
                    f"Setting `custom_fields` names the stream {custom.stream}, which is none. "
                    f"There are {', '.join(sorted(streams))}."
                )
        return choices

    @property
    def others(self) -> Mapping[str, OtherEntity]:
        """Stream -> entity, of those that the settings name."""
        return {other.stream: other for other in self.other_entities}

    def custom_of(self, stream: str) -> tuple[str, ...]:
        """Return the unmapped fields that are read with a stream.

        Args:
            stream: The stream's name.
        """
        return next((of.fields for of in self.custom_fields if of.stream == stream), ())


RESERVED: Final = frozenset({*ENTITIES, "deleted_records"})
"""Names that no other entity may take."""

_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_PATH: Final = re.compile(r"[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*")
_UNMAPPED: Final = re.compile(r"(?:[A-Za-z_]\w*/)*\w+\.\w+")
_CURSOR: Final = re.compile(r"[A-Za-z_]\w*(?:\.\w+)?")
_WORD_STARTS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _invoice_entity(config: Mapping[str, Any]) -> InvoiceEntity:
    try:
        return InvoiceEntity(config.get("invoices_from", InvoiceEntity.SALES_INVOICE))
    except ValueError:
        raise ConfigError("Setting `invoices_from` must be SalesInvoice or Invoice.") from None


def _other_entities(config: Mapping[str, Any]) -> tuple[OtherEntity, ...]:
    found: dict[str, OtherEntity] = {}
    for entry in _entries(config, "other_entities"):
        other = _other_entity(entry)
        if other.stream in RESERVED or other.stream in found:
            raise ConfigError(
                f"Setting `other_entities` makes a second stream {other.stream}. Give the entry of "
                f"{other.entity} another `name`."
            )
        found[other.stream] = other
    return tuple(found.values())


def _custom_fields(config: Mapping[str, Any]) -> tuple[CustomFields, ...]:
    found: dict[str, CustomFields] = {}
    for entry in _entries(config, "custom_fields"):
        stream = _text(entry, "custom_fields", "stream", _NAME, "a stream such as customers")
        fields = _texts(
            entry,
            "custom_fields",
            "fields",
            _UNMAPPED,
            "view and field, such as BAccount.UsrRegion",
        )
        before = found[stream].fields if stream in found else ()
        found[stream] = CustomFields(stream, tuple(dict.fromkeys((*before, *fields))))
    return tuple(found.values())


def _other_entity(entry: Mapping[str, Any]) -> OtherEntity:
    setting = "other_entities"
    entity = _text(entry, setting, "entity", _NAME, "an entity such as Payment")
    name = _text(entry, setting, "name", _NAME, "a stream's name, such as payments", _snake(entity))
    expand = _texts(entry, setting, "expand", _PATH, "linked entities or details, such as Details")
    cursor = _text(
        entry, setting, "cursor", _CURSOR, "a field such as LastModifiedDateTime, or its view and "
        "field, such as Document.LastModifiedDateTime", "",
    )  # fmt: skip
    return OtherEntity(entity, name, expand, cursor)


def _entries(config: Mapping[str, Any], setting: str) -> list[Mapping[str, Any]]:
    entries = config.get(setting) or []
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ConfigError(f"Setting `{setting}` must be a list of entries with named fields.")
    return entries


def _text(
    entry: Mapping[str, Any],
    setting: str,
    name: str,
    form: re.Pattern[str],
    wanted: str,
    default: str | None = None,
) -> str:
    value = entry.get(name)
    if default is not None and value in (None, ""):
        return default
    return _checked(value, setting, name, form, wanted)


def _texts(
    entry: Mapping[str, Any], setting: str, name: str, form: re.Pattern[str], wanted: str
) -> tuple[str, ...]:
    values = entry.get(name) or []
    if not isinstance(values, list):
        raise ConfigError(f"Setting `{setting}`: `{name}` must be a list of {wanted}.")
    return tuple(dict.fromkeys(_checked(value, setting, name, form, wanted) for value in values))


def _checked(value: object, setting: str, name: str, form: re.Pattern[str], wanted: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not form.fullmatch(text):
        raise ConfigError(f"Setting `{setting}`: `{name}` must name {wanted}.")
    return text


def _snake(name: str) -> str:
    return _WORD_STARTS.sub("_", name).lower()
