"""The types of unmapped fields, as the instance tells them."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from source_acumatica.endpoint.asking import ask
from source_acumatica.endpoint.fields import CUSTOM, STAMP, Schema
from source_acumatica.endpoint.outline import with_custom
from source_acumatica.endpoint.plan import StreamPlan

LOGGER: Final = logging.getLogger("airbyte")

_TYPES: Final[Mapping[str, Schema]] = {
    "CustomStringField": {"type": ["null", "string"]},
    "CustomGuidField": {"type": ["null", "string"]},
    "CustomBooleanField": {"type": ["null", "boolean"]},
    "CustomDateTimeField": STAMP,
    "CustomDecimalField": {"type": ["null", "number"]},
    "CustomDoubleField": {"type": ["null", "number"]},
    "CustomIntField": {"type": ["null", "integer"]},
    "CustomShortField": {"type": ["null", "integer"]},
    "CustomLongField": {"type": ["null", "integer"]},
    "CustomByteField": {"type": ["null", "integer"]},
}
_ANY_VALUE: Final[Schema] = {"type": ["null", "boolean", "number", "string"]}


def types_of(entity: str, config: Mapping[str, Any]) -> dict[str, str]:
    """Ask the instance for the unmapped fields of an entity.

    Args:
        entity: The entity.
        config: The config, defaults filled in.

    Returns:
        View and field -> its type, such as `CustomStringField`.

    Raises:
        AcumaticaError: The instance did not tell.
    """
    return dict(_told(ask(config, f"{entity}/$adHocSchema", subject=entity)))


def with_types(plan: StreamPlan, told: Mapping[str, str]) -> StreamPlan:
    """Give the unmapped fields of a plan's schema their types.

    Args:
        plan: The plan.
        told: What `types_of` says of its entity.
    """
    schema = plan.schema
    for part in plan.custom_parts:
        types = {name: _TYPES.get(told.get(name, ""), _ANY_VALUE) for name in part.names}
        schema = with_custom(schema, part.path, types)
    names = [name for part in plan.custom_parts for name in part.names]
    if unknown := [name for name in names if name not in told]:
        LOGGER.warning(
            "Acumatica does not know %s among the custom fields of %s. Check the setting "
            "`custom_fields`; until then they may stay empty.",
            ", ".join(unknown),
            plan.entity,
        )
    return replace(plan, schema=schema)


def _told(part: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON of any shape
    """Read view and field, and type, of all that an empty record and its parts tell.

    A view belongs to the part that shows it, which need not be the one that a setting names.
    """
    if isinstance(part, list):
        for each in part:
            yield from _told(each)
    if not isinstance(part, Mapping):
        return
    for name, inner in part.items():
        if name != CUSTOM:
            yield from _told(inner)
    custom = part.get(CUSTOM)
    for view, fields in custom.items() if isinstance(custom, Mapping) else ():
        for field, of in fields.items() if isinstance(fields, Mapping) else ():
            if isinstance(of, Mapping):
                yield f"{view}.{field}", str(of.get("type"))
