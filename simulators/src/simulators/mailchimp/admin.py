"""Routes below `/_simulator` that show and change the account's data."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.common import json_response

if TYPE_CHECKING:
    from simulators.mailchimp.simulator import MailchimpSimulator


def data_routes(simulator: MailchimpSimulator) -> list[Route]:
    """Return the routes.

    | route | methods | body |
    |---|---|---|
    | `/data` | GET | audiences, members, stores with all in them, as the API shows them |
    | `/data` | PUT | `{"members": [{"email_address", "status", "merge_fields"?, "tags"?}]}` |
    | `/fingerprint` | GET | the same without times, keys sorted |
    | `/notifications` | GET, DELETE | mails that Mailchimp would have sent |
    """
    data = _Data(simulator)
    return [
        Route("/data", data.data, methods=["GET", "PUT"]),
        Route("/fingerprint", data.fingerprint),
        Route("/notifications", data.notifications, methods=["GET", "DELETE"]),
    ]


class _Data:
    def __init__(self, simulator: MailchimpSimulator) -> None:
        self._simulator = simulator

    async def data(self, request: Request) -> Response:
        simulator = self._simulator
        if request.method == "PUT":
            try:
                body = orjson.loads(await request.body())
                simulator.seed(body["members"])
            except (ValueError, KeyError, TypeError) as error:
                return json_response({"error": f"{type(error).__name__}: {error}"}, 400)
            return Response(status_code=204)
        return json_response(
            {
                "members": {each: simulator.members(each) for each in simulator.account.audiences},
                "stores": simulator.stores(),
                "products": simulator.products(),
                "customers": simulator.customers(),
                "orders": simulator.orders(),
            }
        )

    async def fingerprint(self, _request: Request) -> Response:
        return json_response(self._simulator.state_fingerprint())

    async def notifications(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._simulator.forget_notifications()
            return Response(status_code=204)
        return json_response([asdict(each) for each in self._simulator.notifications])
