"""One row of a stream, asked for to see whether the user may read it."""

from collections.abc import Mapping
from typing import Any

from source_acumatica.endpoint.asking import ask
from source_acumatica.endpoint.plan import StreamPlan
from source_acumatica.errors import AcumaticaError, NoSeatError, PassingError, TokenRefusedError
from source_acumatica.settings import Settings

_SAY_NOTHING_OF_THE_STREAM = (PassingError, NoSeatError, TokenRefusedError)


def probe(config: Mapping[str, Any], plan: StreamPlan) -> int:
    """Ask for one row of a stream, with all its fields.

    Args:
        config: The config, defaults filled in.
        plan: The stream's plan.

    Returns:
        The number of rows that came: one, or none.

    Raises:
        NotReadableError: The user may not read it, or a feature behind it is not set up.
        CannotOptimizeError: It can be read row by row only.
        AcumaticaError: It could not be asked for.
    """
    return _first_row(config, plan, plan.query)


def answers_its_cursor(config: Mapping[str, Any], plan: StreamPlan, first: StreamPlan) -> bool:
    """Tell whether the instance answers the filter by which a second stream is read.

    An empty list counts only where the first stream is empty too: some instances answer a filter
    that they cannot follow with no rows.

    Args:
        config: The config, defaults filled in.
        plan: The second stream's plan.
        first: The plan of the stream whose rows it brings.

    Raises:
        AcumaticaError: The instance was busy or away, or gives no session.
    """
    try:
        return bool(
            _first_row(config, plan, plan.keys_query)
            or not _first_row(config, first, first.keys_query)
        )
    except _SAY_NOTHING_OF_THE_STREAM:
        raise
    except AcumaticaError:
        return False


def _first_row(config: Mapping[str, Any], plan: StreamPlan, query: str) -> int:
    parameters = {"$top": "1"}
    if plan.cursor_field:
        start = Settings.of(config).start.isoformat(timespec="milliseconds")[:-6]
        parameters["$filter"] = f"{plan.cursor_term} ge datetimeoffset'{start}Z'"
    rows = ask(config, f"{plan.entity}?{query}", subject=plan.entity, parameters=parameters)
    if not isinstance(rows, list):
        raise AcumaticaError(
            f"Acumatica answered a list of {plan.entity} with something else. Check the setting "
            "`endpoint_name`, and what stands between this machine and the instance."
        )
    return len(rows)
