from __future__ import annotations

from typing import Any

import pytest


def batch(client: Any, requests: Any, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"{client.erp.api_url}/$batch"
    return client.session.post(url, json={"requests": requests}, headers=named, timeout=10)


def responses(client: Any, requests: Any, **headers: str) -> list[dict[str, Any]]:
    answer = batch(client, requests, **headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["responses"]
    return found


def patch(client: Any, row_id: str, body: Any, tag: str = "*") -> dict[str, Any]:
    path = f"companies({client.company.id})/contacts({row_id})"
    return {
        "id": row_id,
        "method": "PATCH",
        "url": path,
        "headers": {"If-Match": tag},
        "body": body,
    }


def test_reads_by_path_and_by_company_header(client: Any) -> None:
    requests = [
        {"id": "1", "method": "GET", "url": f"companies({client.company.id})/customers/$count"},
        {
            "id": "2",
            "method": "GET",
            "url": "customers?$filter=number eq 'C1'",
            "headers": {"Company": "My Company"},
        },
    ]
    first, second = responses(client, requests)
    assert (first["id"], first["status"], first["body"]) == ("1", 200, 5)
    assert [row["number"] for row in second["body"]["value"]] == ["C1"]
    assert second["headers"]["odata-version"] == "4.0"


def test_the_first_failure_ends_it_unless_told_to_go_on(
    client: Any, erp: Any, ids: dict[str, str]
) -> None:
    requests = [
        patch(client, ids["Ann"], {"city": "Boise"}),
        patch(client, ids["Bob"], {"city": "Boise"}, tag='W/"old"'),
        patch(client, ids["firm"], {"jobTitle": "x"}),
    ]
    assert [each["status"] for each in responses(client, requests)] == [200, 409]
    assert erp.get("contacts", ids["Ann"])["city"] == "Boise"
    prefer = "odata.continue-on-error=true"
    statuses = [each["status"] for each in responses(client, requests, Prefer=prefer)]
    assert statuses == [200, 409, 200]


def test_a_snapshot_is_all_or_nothing(client: Any, erp: Any, ids: dict[str, str]) -> None:
    good = patch(client, ids["Ann"], {"city": "Boise"})
    bad = patch(client, ids["Bob"], {"type": "Invalid Type"})
    first, second = responses(client, [good, bad], Isolation="snapshot")
    assert (first["status"], second["status"]) == (200, 400)
    assert second["body"]["error"]["code"] == "Unknown"
    assert erp.get("contacts", ids["Ann"])["city"] == ""
    responses(client, [good], Isolation="snapshot")
    assert erp.get("contacts", ids["Ann"])["city"] == "Boise"


def test_what_a_batch_may_not_be(client: Any, erp: Any, refusal: Any) -> None:
    count = {"method": "GET", "url": f"companies({client.company.id})/customers/$count"}
    assert len(responses(client, [count] * 100)) == 100
    assert refusal(batch(client, [count] * 101)) == (400, "BadRequest")
    assert refusal(batch(client, "x")) == (400, "BadRequest")
    assert refusal(client.session.get(f"{erp.api_url}/$batch", timeout=5))[0] == 405
    nothing = client.session.post(f"{erp.api_url}/$batch", data="x", timeout=5)
    assert refusal(nothing) == (400, "BadRequest")
    (response,) = responses(client, [{"method": "TRACE", "url": "x"}])
    assert response["status"] == 400


def test_an_absolute_address_inside(client: Any, erp: Any) -> None:
    url = f"{erp.api_url}/companies({client.company.id})/items"
    (response,) = responses(client, [{"id": None, "method": "GET", "url": url}])
    assert (response["id"], len(response["body"]["value"])) == (None, 1)


@pytest.mark.parametrize("snapshot", [True, False])
def test_what_was_taken_back_is_not_announced(
    client: Any, erp: Any, ids: dict[str, str], *, snapshot: bool
) -> None:
    told: list[str] = []
    erp.database.listeners.append(lambda *event: told.append(event[3].id))
    good = patch(client, ids["Ann"], {"city": "Boise"})
    bad = patch(client, ids["Bob"], {"type": "Invalid Type"})
    responses(client, [good, bad], **({"Isolation": "snapshot"} if snapshot else {}))
    assert told == ([] if snapshot else [ids["Ann"]])
