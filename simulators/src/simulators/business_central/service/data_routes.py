"""`/_simulator/data` and `/_simulator/switches`: look at records and switches, and change them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.business_central.odata.entities import Entity, Kind, entities
from simulators.business_central.odata.values import Value, json_text
from simulators.business_central.service.plain import plain_values
from simulators.business_central.store.rows import MODIFIED
from simulators.common import json_response

if TYPE_CHECKING:
    from simulators.business_central.simulator import BusinessCentralSimulator


def data_routes(erp: BusinessCentralSimulator) -> list[Route]:
    """The routes.

    | route | methods | what |
    |---|---|---|
    | `/data` | GET | rows per company and entity set |
    | `/data/{company}/{entity_set}` | PUT | insert or update: plain values, as in `put` |
    | `/data/{company}/{entity_set}/{id}` | GET, DELETE | one row's values |
    | `/switches` | GET, PUT | every switch that is no fault, by name |
    """
    data = _Data(erp)
    one = "/data/{company}/{entity_set}/{id}"
    return [
        Route("/data", data.counts),
        Route("/data/{company}/{entity_set}", data.put, methods=["PUT"]),
        Route(one, data.record, methods=["GET", "DELETE"]),
        Route("/switches", data.switches, methods=["GET", "PUT"]),
    ]


class _Data:
    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self._erp = erp

    async def counts(self, _request: Request) -> Response:
        with self._erp.lock:
            return json_response({of.name: of.counts() for of in self._erp.companies})

    async def put(self, request: Request) -> Response:
        company, entity_set = request.path_params["company"], request.path_params["entity_set"]
        try:
            values = plain_values(entities()[entity_set], orjson.loads(await request.body()))
            row_id = self._erp.put(entity_set, values, company=company)
        except (KeyError, ValueError, TypeError, ArithmeticError) as error:
            return json_response({"error": str(error)}, 400)
        return json_response({"id": row_id})

    async def record(self, request: Request) -> Response:
        parameters = request.path_params
        entity_set, row_id = parameters["entity_set"], parameters["id"]
        company = parameters["company"]
        try:
            values = self._erp.get(entity_set, row_id, company=company)
        except KeyError as error:
            return json_response({"error": str(error)}, 404)
        if request.method == "DELETE":
            self._erp.delete(entity_set, row_id, company=company)
            return Response(status_code=204)
        return json_response(_shown(entities()[entity_set], values))

    async def switches(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                given = orjson.loads(await request.body())
                with self._erp.lock:
                    for name, value in given.items():
                        set_switch(self._erp, name, value)
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                return json_response({"error": str(error)}, 400)
        return json_response(all_switches(self._erp))


def _shown(entity: Entity, values: dict[str, Value]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in values.items():
        of = entity.properties[name]
        if of.kind is Kind.STREAM:
            continue
        text = json_text(of, value) if name != MODIFIED else f'"{value}"'
        shown[name] = orjson.Fragment(text)
    return shown


def _owners(erp: BusinessCentralSimulator) -> dict[str, tuple[Any, tuple[str, ...]]]:
    """Whose attributes the switches are, by the first part of their names."""
    return {
        "paging": (erp.paging, ("default", "aid", "trailing_empty_page")),
        "limits": (
            erp.limits,
            (
                "requests",
                "parallel",
                "waiting",
                "queue_seconds",
                "service_seconds",
                "batch_operations",
                "subscriptions",
            ),
        ),
        "database": (erp.database, ("replica_lag", "sandbox", "commit_lag")),
        "rights": (
            erp.rights,
            (
                "posted_documents",
                "open_documents",
                "write_sales_header",
                "write_contacts",
                "write_customers",
                "no_company",
                "no_table",
            ),
        ),
        "application": (erp.application, ("roles", "registered", "enabled")),
        "webhooks": (erp.webhooks, ("automatic", "delay", "most_notifications", "may_schedule")),
        "simulator": (erp, ("environment", "api_enabled", "stamp_digits", "missing_sets")),
    }


def all_switches(erp: BusinessCentralSimulator) -> dict[str, Any]:
    """Every switch with its value; times in seconds, sets as lists."""
    return {
        f"{owner}.{name}": _plain(getattr(of, name))
        for owner, (of, names) in _owners(erp).items()
        for name in names
    }


def set_switch(erp: BusinessCentralSimulator, name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """Set one switch.

    Raises:
        KeyError: there is none of this name.
        TypeError: the value does not fit.
    """
    owner, _, attribute = name.partition(".")
    of, names = _owners(erp)[owner]
    if attribute not in names:
        raise KeyError(f"There is no switch {name}.")
    old = getattr(of, attribute)
    if isinstance(old, timedelta):
        setattr(of, attribute, timedelta(seconds=float(value)))
    elif isinstance(old, set | tuple):
        setattr(of, attribute, type(old)(str(each) for each in value))
    elif isinstance(value, type(old)) or (isinstance(old, float) and isinstance(value, int)):
        setattr(of, attribute, value)
    else:
        raise TypeError(f"{name} takes a {type(old).__name__}.")


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, timedelta):
        return value.total_seconds()
    return sorted(value) if isinstance(value, set | tuple) else value
