from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from simulators.business_central.odata.problems import ServiceError
from simulators.business_central.service.limits import Limits
from simulators.common import VirtualClock


def test_requests_in_five_minutes(client: Any, erp: Any) -> None:
    erp.limits.requests = 3
    statuses = [client.get("companyInformation").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert "Retry-After" not in client.get("companyInformation").headers
    erp.clock.advance(timedelta(minutes=5))
    assert client.get("companyInformation").status_code == 200


def test_five_at_a_time_and_the_others_wait() -> None:
    async def story() -> tuple[int, int, list[int]]:
        limits, go_on = Limits(VirtualClock()), asyncio.Event()
        running = 0

        async def request() -> int:
            nonlocal running
            try:
                async with limits:
                    running += 1
                    await go_on.wait()
            except ServiceError as error:
                return error.status
            return 200

        tasks = [asyncio.create_task(request()) for _ in range(101)]
        await asyncio.sleep(0)
        at_first = running
        go_on.set()
        statuses = [await task for task in tasks]
        return at_first, limits.most_parallel, statuses

    at_first, most, statuses = asyncio.run(story())
    assert (at_first, most) == (5, 5)
    assert statuses == [200] * 100 + [429]


def test_one_at_a_time_over_http(client: Any, erp: Any) -> None:
    erp.limits.parallel, erp.limits.service_seconds = 1, 0.01
    headers, url = dict(client.session.headers), client.url("companyInformation")
    with ThreadPoolExecutor(4) as pool:
        tasks = [pool.submit(requests.get, url, headers=headers, timeout=30) for _ in range(8)]
        assert [task.result().status_code for task in tasks] == [200] * 8
    assert erp.limits.most_parallel == 1


def test_a_full_queue_is_429_and_a_long_wait_503(client: Any, erp: Any) -> None:
    erp.limits.parallel, erp.limits.waiting = 0, 0
    assert client.get("companyInformation").status_code == 429
    erp.limits.waiting, erp.limits.queue_seconds = 1, 0.01
    assert [client.get("companyInformation").status_code for _ in range(2)] == [503, 503]
    erp.limits.parallel = 5
    assert client.get("companyInformation").status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("unauthorized", 401, "Authentication_InvalidCredentials"),
        ("rate_limited", 429, "Application_TooManyRequests"),
        ("unavailable", 503, "Internal_ServerUnavailable"),
        ("bad_gateway", 502, "Unknown"),
        ("gateway_timeout", 504, "Unknown"),
        ("operation_timeout", 408, "Application_OperationTimeout"),
        ("too_large", 413, "BadRequest_RequestEntityTooLarge"),
        ("locked", 400, "Internal_ServerError"),
        ("deadlock", 400, "Internal_ServerError"),
        ("try_again_later", 400, "Unknown"),
        ("tenant_unavailable", 503, "Internal_TenantUnavailable"),
        ("internal_error", 500, "Internal_ServerError"),
        ("dialog", 400, "Application_CallbackNotAllowed"),
    ],
)
def test_a_fault_and_then_a_good_answer(
    client: Any, erp: Any, refusal: Any, name: str, status: int, code: str
) -> None:
    erp.faults.on(name, count=1, path="customers")
    assert client.get("items").status_code == 200
    assert refusal(client.get("customers")) == (status, code)
    assert client.get("customers").status_code == 200


def test_every_fault_is_explained_and_can_be_switched_on(erp: Any) -> None:
    for name in type(erp).FAULTS:
        erp.faults.on(name, count=1)
    assert set(erp.faults.active()) == set(type(erp).FAULTS)


def test_retry_after_is_where_it_is_documented(client: Any, erp: Any) -> None:
    for name, seconds in (("unavailable", "10"), ("bad_gateway", "5")):
        erp.faults.on(name, count=1)
        assert client.get("customers").headers["Retry-After"] == seconds
    erp.faults.on("rate_limited", count=2, retry_after=3)
    assert client.get("customers").headers["Retry-After"] == "3"
    erp.faults.on("rate_limited", count=1)
    assert "Retry-After" not in client.get("customers").headers


@pytest.mark.parametrize("name", ["gateway_timeout", "operation_timeout", "too_large"])
def test_pages_are_refused_until_they_are_small_enough(client: Any, erp: Any, name: str) -> None:
    erp.faults.on(name, above_rows=3)
    assert client.get("customers").status_code >= 400
    assert client.get("customers", {"Prefer": "odata.maxpagesize=4"}).status_code >= 400
    assert [len(page) for page in client.pages("customers", 3)] == [3, 2]


def test_an_answer_cut_in_the_middle_looks_whole(client: Any, erp: Any) -> None:
    erp.faults.on("cut_json", count=1)
    answer = client.get("customers")
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_connection_that_breaks_off(client: Any, erp: Any) -> None:
    erp.faults.on("truncate_answer", count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.get("customers")
