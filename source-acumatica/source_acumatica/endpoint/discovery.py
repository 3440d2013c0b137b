"""What can be read here: the instance is asked, stream by stream."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from source_acumatica.endpoint.custom_types import with_types
from source_acumatica.endpoint.manifest import all_streams, unplanned
from source_acumatica.endpoint.plan import StreamPlan, plan_of
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
    plans = {}
    for stream in streams:
        if stream in unplanned():
            continue
        if stream == CUSTOMERS_BY_CONTACT:
            plan = _second_pass(config, customers_found=CUSTOMERS in plans)
        else:
            plan = _readable(config, stream)
        if plan is not None:
            plans[stream] = with_types(plan, config)
    if not plans:
        raise ConfigError(
            "The user may read none of the streams. Give the user's role access to the forms that "
            "the log names, in Acumatica on form Access Rights by Role SM201025."
        )
    found = tuple(name for name in streams if name in plans or name in unplanned())
    left_out = [name for name in streams if name not in found]
    told = ", ".join(left_out) or "none"
    LOGGER.info("Found %d streams: %s. Left out: %s.", len(found), ", ".join(found), told)
    return Discovered(found, plans)


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


def _second_pass(config: Mapping[str, Any], *, customers_found: bool) -> StreamPlan | None:
    if not customers_found:
        return None
    plan = plan_of(CUSTOMERS_BY_CONTACT, config)
    if answers_its_cursor(config, plan):
        return plan
    LOGGER.warning(
        "The stream %s is left out: the instance does not answer a filter on the time when a "
        "customer's main contact was changed. The setting `email_changes` says what happens "
        "instead.",
        CUSTOMERS_BY_CONTACT,
    )
    return None
