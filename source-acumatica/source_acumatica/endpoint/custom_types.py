"""The types of unmapped fields, as the instance tells them."""

import logging
from collections.abc import Mapping
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


def with_types(plan: StreamPlan, config: Mapping[str, Any]) -> StreamPlan:
    """Give the unmapped fields of a plan's schema their types; asks nobody if there are none.

    Args:
        plan: The plan.
        config: The config, defaults filled in.

    Raises:
        AcumaticaError: The instance did not tell.
    """
    if not plan.custom_parts:
        return plan
    told = ask(config, f"{plan.entity}/$adHocSchema", subject=plan.entity)
    schema = plan.schema
    unknown = []
    for part in plan.custom_parts:
        types = {name: _type_of(told, part.asked, name) for name in part.names}
        unknown += [name for name, of in types.items() if of is None]
        schema = with_custom(
            schema, part.path, {name: of or _ANY_VALUE for name, of in types.items()}
        )
    if unknown:
        LOGGER.warning(
            "Acumatica does not know %s among the custom fields of %s. Check the setting "
            "`custom_fields`; until then they may stay empty.",
            ", ".join(unknown),
            plan.entity,
        )
    return replace(plan, schema=schema)


def _type_of(told: Any, path: str, name: str) -> Schema | None:  # noqa: ANN401 - JSON of any shape
    part = told
    for step in filter(None, path.split("/")):
        part = _first(part).get(step)
    view, _, field = name.partition(".")
    found = _first(_first(_first(_first(part).get(CUSTOM)).get(view)).get(field))
    return _TYPES.get(str(found.get("type")))


def _first(part: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON of any shape
    if isinstance(part, list):
        part = part[0] if part else None
    return part if isinstance(part, Mapping) else {}
