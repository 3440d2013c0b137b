"""Webhooks of one environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulators.business_central.odata.entities import ROUTES, entities
from simulators.business_central.store.rows import Row

if TYPE_CHECKING:
    from simulators.business_central.service.calls import Call, Reply
    from simulators.business_central.simulator import BusinessCentralSimulator


class Webhooks:
    """The subscriptions of an environment."""

    def __init__(self, erp: BusinessCentralSimulator) -> None:
        self.automatic = True
        self._erp = erp

    def supported_rows(self) -> Sequence[Row]:
        """The rows of `webhookSupportedResources`."""
        names = [
            f"{ROUTES[entity.route]}/{entity.set}"
            for entity in entities().values()
            if "webhook" in entity.flags
        ]
        return [
            Row(f"00000000-0000-0000-0000-{number:012x}", {"resource": name}, 0)
            for number, name in enumerate(sorted(names), 1)
        ]

    def answer(self, call: Call) -> Reply:
        """Not yet."""
        raise NotImplementedError
