from __future__ import annotations

import io
import json
import tarfile
from datetime import timedelta
from typing import Any

import pytest
import requests

from simulators.mailchimp import MailchimpSimulator


def operation(api: Any, number: int, **more: Any) -> dict[str, Any]:
    address = f"p{number}@quay.com"
    body = json.dumps({"email_address": address, "status_if_new": "subscribed"})
    return {
        "method": "PUT",
        "path": api.member_path(address),
        "operation_id": str(number),
        "body": body,
        **more,
    }


def results(url: str) -> list[dict[str, Any]]:
    packed = requests.get(url, timeout=5).content
    rows: list[dict[str, Any]] = []
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                rows += json.loads(content.read())
    return rows


def test_a_batch_runs_later_in_another_order_with_results_in_a_tar(
    api: Any, mc: MailchimpSimulator
) -> None:
    mc.clock.freeze()
    operations = [operation(api, number) for number in range(250)]
    operations.append(
        {
            "method": "GET",
            "path": "/lists?count=1",
            "operation_id": "read",
            "params": {"fields": "total_items"},
        }
    )
    operations.append(
        operation(
            api,
            1,
            body=json.dumps({"email_address": "x@example.com", "status_if_new": "subscribed"}),
            path=api.member_path("x@example.com"),
            operation_id="bad",
        )
    )
    made = api.ok("POST", "/batches", {"operations": operations})
    assert (made["status"], made["total_operations"], made["response_body_url"]) == (
        "pending",
        252,
        "",
    )
    assert mc.members() == []
    mc.clock.advance(timedelta(seconds=0.6))
    assert api.get(f"/batches/{made['id']}")["status"] == "started"
    mc.clock.advance(timedelta(seconds=1))
    assert len(mc.members()) == 250
    done = api.get(f"/batches/{made['id']}")
    assert (done["status"], done["finished_operations"], done["errored_operations"]) == (
        "finished",
        252,
        1,
    )
    rows = results(done["response_body_url"])
    assert len(rows) == 252
    assert [row["operation_id"] for row in rows] != [each["operation_id"] for each in operations]
    by_id = {row["operation_id"]: row for row in rows}
    assert json.loads(by_id["7"]["response"])["email_address"] == "p7@quay.com"
    assert json.loads(by_id["read"]["response"]) == {"total_items": 1}
    assert by_id["bad"]["status_code"] == 400
    assert "looks fake" in json.loads(by_id["bad"]["response"])["detail"]
    assert api.get("/batches")["total_items"] == 1


def test_a_result_link_ends_after_ten_minutes_and_a_read_gives_a_fresh_one(
    api: Any, mc: MailchimpSimulator
) -> None:
    mc.clock.freeze()
    path = "/batches/" + api.ok("POST", "/batches", {"operations": [operation(api, 1)]})["id"]
    mc.clock.advance(timedelta(seconds=5))
    link = api.get(path)["response_body_url"]
    mc.clock.advance(timedelta(minutes=11))
    assert requests.get(link, timeout=5).status_code == 403
    assert len(results(api.get(path)["response_body_url"])) == 1
    mc.clock.advance(timedelta(days=8))
    assert api.refused("GET", path)["status"] == 404


def test_too_many_pending_batches_and_deletion(api: Any, mc: MailchimpSimulator) -> None:
    mc.rules.max_pending_batches = 1
    mc.rules.batch_seconds = 3600
    made = api.ok("POST", "/batches", {"operations": [operation(api, 1)]})
    assert api.refused("POST", "/batches", {"operations": [operation(api, 1)]})["status"] == 429
    api.ok("DELETE", f"/batches/{made['id']}")
    api.ok("POST", "/batches", {"operations": [operation(api, 1)]})


@pytest.mark.breaks_contract
def test_batches_that_are_refused(api: Any) -> None:
    for operations in ([], [{"method": "OPTIONS", "path": "/lists"}], [{"path": "/lists"}]):
        assert api.refused("POST", "/batches", {"operations": operations})["status"] == 400
