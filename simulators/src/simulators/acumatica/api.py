"""The routes below `/entity`: lists, single records, writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.acumatica import answers
from simulators.acumatica.access.guard import Guard
from simulators.acumatica.access.rights import UnknownBranchError
from simulators.acumatica.contract.endpoints import Contract
from simulators.acumatica.contract.tables import Entity
from simulators.acumatica.descriptions import description_routes
from simulators.acumatica.queries.errors import UnknownFieldError
from simulators.acumatica.queries.literals import IncompatibleTypesError
from simulators.acumatica.queries.query import Query, read_query
from simulators.acumatica.queries.tokens import FilterError
from simulators.acumatica.records.conditions import Visibility
from simulators.acumatica.records.puts import WriteRefusedError, apply_put
from simulators.acumatica.records.rows import Row

if TYPE_CHECKING:
    from simulators.acumatica.simulator import AcumaticaSimulator

_GUID_LENGTH: Final = 36


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that is let in: what it is about, and what its user sees of it."""

    request: Request
    contract: Contract
    entity: Entity
    query: Query
    visibility: Visibility


def entity_routes(erp: AcumaticaSimulator, site: str) -> list[Route]:
    """The contract-based routes of an instance below `site`."""
    api, guard = _Api(erp), Guard(erp)
    version = f"{site}/entity/{{endpoint}}/{{version}}"
    return [
        *description_routes(erp, site),
        Route(f"{version}/{{entity}}", guard(api.collection), methods=["GET", "PUT"]),
        Route(f"{version}/{{entity}}/{{keys:path}}", guard(api.record), methods=["GET", "DELETE"]),
    ]


class _Api:
    def __init__(self, erp: AcumaticaSimulator) -> None:
        self._erp = erp

    async def collection(self, request: Request) -> Response:
        """A list read (GET) or an insert or update (PUT)."""
        if request.method == "PUT":
            body = await request.body()
            return self._answer(request, lambda asked: self._put(asked, body))
        await self._skip(request)
        return self._answer(request, self._list)

    async def record(self, request: Request) -> Response:
        """One record by key or id (GET), or its deletion (DELETE)."""
        return self._answer(request, self._one)

    async def _skip(self, request: Request) -> None:
        skipped = request.query_params.get("$skip", "")
        if self._erp.paging.skip_seconds and skipped.isdigit():
            await asyncio.sleep(self._erp.paging.skip_seconds * int(skipped))

    def _answer(self, request: Request, handle: Callable[[_Asked], Response]) -> Response:
        erp, parameters = self._erp, request.path_params
        contract = erp.catalog.contract(parameters["endpoint"], parameters["version"])
        entity = None if contract is None else contract.entities.get(parameters["entity"])
        if contract is None or entity is None:
            return answers.not_found_for(erp.faults, request)
        if not erp.rights.may_read(entity):
            return answers.forbidden(entity.screen)
        try:
            settings = erp.read_settings(entity.source)
            query = read_query(contract, entity, request.query_params, settings)
            visibility = erp.rights.visibility(entity, request.headers)
            with erp.lock:
                return handle(_Asked(request, contract, entity, query, visibility))
        except UnknownFieldError:
            return answers.unknown_field()
        except UnknownBranchError as error:
            return answers.unknown_branch(str(error))
        except (FilterError, IncompatibleTypesError) as error:
            return answers.bad_filter(str(error))

    def _list(self, asked: _Asked) -> Response:
        refusal = self._cannot_optimize(asked) or self._custom_filter_refused(asked)
        if refusal is not None:
            return refusal
        fire, path, query = self._erp.faults.fire, asked.request.url.path, asked.query
        if fire("empty_list", "GET", path):
            return answers.json_answer([])
        if query.two_views and fire("two_views_empty", "GET", path):
            return answers.json_answer([])
        store = self._erp.store(asked.entity.source)
        positions = store.select(query.condition, self._erp.book.now(), asked.visibility)
        if not ((query.top is not None or query.skip) and fire("top_ignored", "GET", path)):
            end = None if query.top is None else query.skip + query.top
            positions = positions[query.skip : end]
        page = store.writer.page(positions, store.row, query.shape)
        self._erp.paging.page_read(asked.entity.source)
        return answers.json_text_answer(page)

    def _cannot_optimize(self, asked: _Asked) -> Response | None:
        fault = self._erp.faults.active().get("cannot_optimize")
        if fault is None:
            return None
        named = fault.options.get("fields") or list(asked.query.paths[:1])
        views = asked.entity.views
        touched = {
            name: views[path].name if path in views else "Document"
            for name in named
            for path in asked.query.paths
            if path == name or path.startswith(f"{name}/")
        }
        if not touched or not self._erp.faults.fire(
            "cannot_optimize", "GET", asked.request.url.path
        ):
            return None
        return answers.cannot_optimize(touched, str(fault.options.get("wording", "fields")))

    def _custom_filter_refused(self, asked: _Asked) -> Response | None:
        fault = self._erp.faults.active().get("custom_filter_refused")
        if fault is None or not asked.query.customs:
            return None
        fields = fault.options.get("fields")
        if fields is not None and set(fields).isdisjoint(asked.query.customs):
            return None
        hit = self._erp.faults.fire("custom_filter_refused", "GET", asked.request.url.path)
        return answers.unknown_field() if hit else None

    def _one(self, asked: _Asked) -> Response:
        row = self._find(asked)
        if row is None or not asked.visibility.shows(row):
            return answers.no_such_record()
        if asked.request.method == "DELETE":
            self._erp.book.delete(asked.entity.source, row)
            return Response(status_code=204)
        return answers.json_text_answer(asked.query.shape.write(row))

    def _find(self, asked: _Asked) -> Row | None:
        keys: str = asked.request.path_params["keys"]
        store, now = self._erp.store(asked.entity.source), self._erp.book.now()
        if len(keys) == _GUID_LENGTH and keys.count("-") == 4:  # noqa: PLR2004 - a GUID's dashes
            found = store.find_id(keys, now)
            if found is not None:
                return found
        return store.find(tuple(keys.split("|" if "|" in keys else "/")), now)

    def _put(self, asked: _Asked, body: bytes) -> Response:
        try:
            record = orjson.loads(body)
        except orjson.JSONDecodeError:
            record = None
        if not isinstance(record, dict):
            return answers.empty_body()
        try:
            headers = asked.request.headers
            row = apply_put(self._erp, asked.contract, asked.entity, record, headers)
        except WriteRefusedError as error:
            return answers.json_answer(error.body, error.status)
        return answers.json_text_answer(asked.query.shape.write(row))
