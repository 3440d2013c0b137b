from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests


def test_requests_in_five_minutes(client: Any, erp: Any) -> None:
    erp.limits.requests = 3
    statuses = [client.get("companyInformation").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert "Retry-After" not in client.get("companyInformation").headers
    erp.clock.advance(timedelta(minutes=5))
    assert client.get("companyInformation").status_code == 200


def ask(client: Any, number: int) -> list[int]:
    headers = dict(client.session.headers)
    url = client.url("companyInformation")
    with ThreadPoolExecutor(number) as pool:
        tasks = [pool.submit(requests.get, url, headers=headers, timeout=30) for _ in range(number)]
        return sorted(task.result().status_code for task in tasks)


def test_five_at_a_time_and_the_others_wait(client: Any, erp: Any) -> None:
    erp.limits.service_seconds = 0.05
    assert ask(client, 12) == [200] * 12
    assert erp.limits.most_parallel == 5


def test_a_full_queue_is_429(client: Any, erp: Any) -> None:
    erp.limits.service_seconds = 0.3
    erp.limits.parallel, erp.limits.waiting = 1, 2
    assert ask(client, 6) == [200, 200, 200, 429, 429, 429]


def test_too_long_in_the_queue_is_503(client: Any, erp: Any) -> None:
    erp.limits.service_seconds, erp.limits.queue_seconds = 0.3, 0.02
    erp.limits.parallel = 1
    assert ask(client, 2) == [200, 503]
    erp.limits.service_seconds = 0.0
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
