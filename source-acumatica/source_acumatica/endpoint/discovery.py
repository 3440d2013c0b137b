"""What can be read here: the instance is asked, stream by stream."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from source_acumatica.endpoint.custom_types import types_of, with_types
from source_acumatica.endpoint.manifest import all_streams, unplanned
from source_acumatica.endpoint.plan import LONGEST_QUERY, StreamPlan, plan_of
from source_acumatica.endpoint.probing import answers_its_cursor, probe
from source_acumatica.endpoint.streams import CUSTOMERS, CUSTOMERS_BY_CONTACT, ENTITIES
from source_acumatica.errors import (
    CannotOptimizeError,
    ConfigError,
    NothingThereError,
    NotReadableError,
)

LOGGER: Final = logging.getLogger("airbyte")


@dataclass(frozen=True, slots=True)
class Discovered:
    """What can be read.

    Attributes:
        streams: The names of the streams.
        plans: The plan of each of them, but of those that read no entity.
    """

    streams: tuple[str, ...]
    plans: Mapping[str, StreamPlan]


def discover(config: Mapping[str, Any]) -> Discovered:
    """Ask the instance what the user may read, with one request for each stream.

    Args:
        config: The config, defaults filled in.

    Raises:
        AcumaticaError: The instance could not be asked, or the user may read nothing.
    """
    streams = all_streams(config)
    plans = _plans(config, [name for name in streams if name not in unplanned()])
    if not plans:
        raise ConfigError(
            "The user may read none of the streams. Give the user's role access to the forms that "
            "the log names, in Acumatica on form Access Rights by Role SM201025."
        )
    found = tuple(name for name in streams if name in plans or name in unplanned())
    left_out = [name for name in streams if name not in found]
    told = ", ".join(left_out) or "none"
    LOGGER.info("Found %d streams: %s. Left out: %s.", len(found), ", ".join(found), told)
    return Discovered(found, _typed(plans, config))


def _plans(config: Mapping[str, Any], streams: Iterable[str]) -> dict[str, StreamPlan]:
    found: dict[str, StreamPlan] = {}
    for stream in streams:
        if stream == CUSTOMERS_BY_CONTACT:
            plan = _second_pass(config) if CUSTOMERS in found else None
        else:
            plan = _readable(config, stream)
        if plan is not None:
            _warn_of_length(plan)
            found[stream] = plan
    return found


def _typed(plans: Mapping[str, StreamPlan], config: Mapping[str, Any]) -> dict[str, StreamPlan]:
    asked = {plan.entity for plan in plans.values() if plan.custom_parts}
    told = {entity: types_of(entity, config) for entity in sorted(asked)}
    return {
        stream: with_types(plan, told[plan.entity]) if plan.custom_parts else plan
        for stream, plan in plans.items()
    }


def _warn_of_length(plan: StreamPlan) -> None:
    if len(plan.query) > LONGEST_QUERY:
        LOGGER.warning(
            "A request for the stream %s names its fields in %d characters, which some web servers "
            "refuse as a page that is not there. If so, name fewer fields in `custom_fields`.",
            plan.stream,
            len(plan.query),
        )


def _readable(config: Mapping[str, Any], stream: str) -> StreamPlan | None:
    try:
        plan = plan_of(stream, config)
    except NothingThereError as lack:
        if stream not in ENTITIES:
            raise
        LOGGER.info(str(lack))
        return None
    try:
        probe(config, plan)
    except NotReadableError as refusal:
        form = plan.form or refusal.form
        LOGGER.warning(
            "The stream %s is left out: the user has no access to form %s in Acumatica, or it is "
            "not set up.",
            stream,
            form,
        )
        return None
    except CannotOptimizeError as slow:
        LOGGER.warning("The stream %s will be read row by row: %s", stream, slow)
    return plan


def _second_pass(config: Mapping[str, Any]) -> StreamPlan | None:
    plan = plan_of(CUSTOMERS_BY_CONTACT, config)
    if answers_its_cursor(config, plan, plan_of(CUSTOMERS, config)):
        return plan
    LOGGER.warning(
        "The stream %s is left out: the instance does not answer a filter on the time when a "
        "customer's main contact was changed. The setting `email_changes` says what happens "
        "instead.",
        CUSTOMERS_BY_CONTACT,
    )
    return None
