"""What the instance says of itself: its endpoints, their documents, the fields beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.acumatica import answers
from simulators.acumatica.access.guard import Guard
from simulators.acumatica.contract.ad_hoc import ad_hoc_schema
from simulators.acumatica.contract.swagger import description

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator


def description_routes(erp: AcumaticaSimulator, site: str) -> list[Route]:
    """The routes that describe an instance below `site`."""
    about, guard = _Descriptions(erp), Guard(erp)
    version = f"{site}/entity/{{endpoint}}/{{version}}"
    return [
        Route(f"{site}/entity", about.endpoints),
        Route(f"{version}/swagger.json", about.swagger),
        Route(f"{version}/{{entity}}/$adHocSchema", guard(about.ad_hoc)),
    ]


class _Descriptions:
    def __init__(self, erp: AcumaticaSimulator) -> None:
        self._erp = erp
        self._guard = Guard(erp)

    async def endpoints(self, request: Request) -> Response:
        """`GET /entity`, open to everybody; the tenant's own endpoints to who signed in."""
        path = request.url.path.rstrip("/")
        signed_in = self._guard.knows(request)
        if signed_in and self._erp.faults.fire("endpoints_broken", "GET", path):
            return answers.error_page(self._erp.url)
        listed = self._erp.catalog.listed(signed_in=signed_in)
        rows = [
            {"name": name, "version": version, "href": f"{path}/{name}/{version}/"}
            for name, version in listed
        ]
        if self._erp.faults.fire("endpoint_list_array", "GET", path):
            return answers.json_answer(rows)
        build = self._erp.catalog.build
        version = {"acumaticaBuildVersion": build, "databaseVersion": build}
        return answers.json_answer({"version": version, "endpoints": rows})

    async def swagger(self, request: Request) -> Response:
        """The published description of an endpoint, open to everybody.

        An endpoint of the tenant's own is found for who signed in, or who names the tenant.
        """
        name, version = request.path_params["endpoint"], request.path_params["version"]
        contract = self._erp.catalog.contract(name, version)
        named = request.query_params.get("company") == self._erp.account.tenant
        known = self._erp.catalog.listed(signed_in=named or self._guard.knows(request))
        if contract is None or (name, version) not in known:
            return answers.not_found_for(self._erp.faults, request)
        server = f"{self._erp.url}/entity/{name}/{version}"
        return answers.json_answer(description(contract, server))

    async def ad_hoc(self, request: Request) -> Response:
        """The fields of an entity's form that the contract lacks."""
        parameters = request.path_params
        contract = self._erp.catalog.contract(parameters["endpoint"], parameters["version"])
        entity = None if contract is None else contract.entities.get(parameters["entity"])
        if contract is None or entity is None:
            return answers.not_found_for(self._erp.faults, request)
        if not self._erp.rights.may_read(entity):
            return answers.forbidden(entity.screen)
        kinds = self._erp.catalog.custom_kinds(entity.source)
        return answers.json_answer(ad_hoc_schema(contract, entity, kinds))
