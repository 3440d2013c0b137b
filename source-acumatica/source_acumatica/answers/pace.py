"""The cap on requests per minute, for requests outside the streams.

Those of a stream are counted by the CDK, from the manifest's `api_budget`. Sign-in is counted by
neither: Acumatica has no limit on it but seats.
"""

from datetime import timedelta
from functools import cache
from typing import Final

import requests
from airbyte_cdk.sources.streams.call_rate import APIBudget, MovingWindowCallRatePolicy, Rate

_MINUTE: Final = timedelta(minutes=1)


def wait_for_turn(url: str, requests_per_minute: int) -> None:
    """Wait until one more request may be sent.

    Args:
        url: Where it will be sent.
        requests_per_minute: How many may be, in any minute of this process.
    """
    _budget(requests_per_minute).acquire_call(requests.Request("GET", url))


@cache
def _budget(requests_per_minute: int) -> APIBudget:
    rate = Rate(requests_per_minute, _MINUTE)
    return APIBudget([MovingWindowCallRatePolicy([rate], matchers=[])])
