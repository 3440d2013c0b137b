"""The API without HTTP: a call in, status and body out; refusals become problem documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson

from simulators.mailchimp import (
    account_routes,
    audience_routes,
    batches,
    catalogue_routes,
    member_routes,
    merge_field_routes,
    order_routes,
    store_routes,
    webhook_routes,
)
from simulators.mailchimp.account import Account
from simulators.mailchimp.calls import Call, Reply, Router
from simulators.mailchimp.problems import Problem

JSON = "application/json; charset=utf-8"
PROBLEM_JSON = "application/problem+json; charset=utf-8"
_DESCRIBED_BY = (
    "<https://us1.api.mailchimp.com/schema/3.0/Definitions/ProblemDetailDocument.json>; "
    'rel="describedBy"'
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes over the wire: status, headers in the API's spelling, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def make_router() -> Router:
    """Return a router with every route of the simulated API."""
    router = Router()
    for part in (
        account_routes,
        audience_routes,
        merge_field_routes,
        webhook_routes,
        member_routes,
        store_routes,
        catalogue_routes,
        order_routes,
        batches,
    ):
        part.add_routes(router)
    return router


class Api:
    """Answers calls about one account. Not thread-safe: the simulator holds its lock."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._router = make_router()

    def answer(self, call: Call) -> Answer:
        """Answer one call, after every batch that is due has run."""
        self.settle()
        return self._perform(call)

    def settle(self) -> None:
        """Run the batches that are due."""
        if self._account.batches:
            batches.settle(self._account, self._outcome)

    def refuse(self, problem: Problem) -> Answer:
        """Return the answer that carries a problem document."""
        instance = self._request_id()
        headers = {
            "Content-Type": PROBLEM_JSON,
            "X-Request-Id": instance,
            "Link": _DESCRIBED_BY,
            **problem.headers,
        }
        return Answer(problem.status, headers, orjson.dumps(problem.document(instance)))

    def _perform(self, call: Call) -> Answer:
        try:
            return self._accept(self._router.reply(self._account, call))
        except Problem as problem:
            return self.refuse(problem)

    def _accept(self, reply: Reply) -> Answer:
        headers = {"Content-Type": JSON, "X-Request-Id": self._request_id(), **reply.headers}
        body = b"" if reply.document is None else orjson.dumps(reply.document)
        return Answer(reply.status, headers, body)

    def _outcome(self, call: Call) -> tuple[int, bytes]:
        answer = self._perform(call)
        return answer.status, answer.body

    def _request_id(self) -> str:
        return str(UUID(int=self._account.random.getrandbits(128)))
