from __future__ import annotations

import base64
import socket
import threading
import time
from typing import Any

import pytest
import requests

from simulators.mailchimp import API_KEY, AUDIENCE_ID, MailchimpSimulator
from simulators.mailchimp.problems import TRIGGERED


def basic(password: str, user: str = "x") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    "headers",
    [
        basic("f" * 32 + "-us21"),
        basic("f" * 32 + "-us1", user=""),
        {"Authorization": "Bearer anything"},
        {"Authorization": "OAuth 0123456789abcdef"},
        {"Authorization": f"Bearer {API_KEY}"},
    ],
)
def test_any_well_formed_credential_passes(mc: MailchimpSimulator, headers: dict[str, str]) -> None:
    answer = requests.get(f"{mc.url}/3.0/ping", headers=headers, timeout=5)
    assert answer.json() == {"health_status": "Everything's Chimpy!"}


@pytest.mark.parametrize(
    ("headers", "title"),
    [
        ({}, "API Key Missing"),
        (basic(""), "API Key Missing"),
        (basic("secret"), "API Key Invalid"),
        (basic("a" * 32 + "-us1"), "API Key Invalid"),
        ({"Authorization": "Bearer " + "a" * 32}, "API Key Invalid"),
    ],
)
def test_credentials_that_are_refused(
    mc: MailchimpSimulator, headers: dict[str, str], title: str
) -> None:
    mc.refused_keys.add("a" * 32)
    answer = requests.get(f"{mc.url}/3.0/ping", headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["title"]) == (401, title)


def test_a_low_role_may_only_read(mc: MailchimpSimulator, api: Any) -> None:
    mc.rules.role = "viewer"
    assert api.get("/")["role"] == "viewer"
    problem = api.refused(
        "PUT",
        api.member_path("ann@quay.com"),
        {"email_address": "ann@quay.com", "status_if_new": "subscribed"},
    )
    assert (problem["status"], problem["title"]) == (403, "Forbidden")


def test_oauth_metadata_answers_200_to_a_bad_token_too(mc: MailchimpSimulator) -> None:
    mc.refused_keys.add("revoked")
    path = f"{mc.url}/oauth2/metadata"
    good = requests.get(path, headers={"Authorization": "OAuth token"}, timeout=5)
    assert good.json()["api_endpoint"] == mc.url
    bad = requests.get(path, headers={"Authorization": "OAuth revoked"}, timeout=5)
    assert (bad.status_code, bad.json()["error"]) == (200, "invalid_token")
    form = {
        "grant_type": "authorization_code",
        "client_id": "c",
        "client_secret": "s",
        "redirect_uri": "u",
        "code": "1",
    }
    assert (
        len(requests.post(f"{mc.url}/oauth2/token", data=form, timeout=5).json()["access_token"])
        == 32
    )
    assert requests.post(f"{mc.url}/oauth2/token", data={}, timeout=5).status_code == 400


@pytest.mark.parametrize("name", sorted(TRIGGERED))
def test_every_error_can_be_asked_for_by_header(api: Any, name: str) -> None:
    answer = api.call("GET", "/ping", headers={"X-Trigger-Error": name})
    document = answer.json()
    assert answer.status_code == document["status"] == TRIGGERED[name].status
    assert document["title"] == TRIGGERED[name].title
    assert document["type"].startswith("https://")
    assert 'rel="describedBy"' in answer.headers["Link"]


@pytest.mark.breaks_contract
def test_unknown_paths_and_methods(api: Any) -> None:
    assert api.refused("GET", "/nothing/here")["title"] == "Resource Not Found"
    assert api.refused("GET", "/lists/ffffffffff")["title"] == "Resource Not Found"
    answer = api.call("DELETE", "/ping")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert requests.get(api.base.replace("/3.0", "/2.0"), timeout=5).status_code == 404


def test_head_empty_bodies_and_method_override(api: Any, audience: str) -> None:
    head = api.call("HEAD", audience)
    assert (head.status_code, head.content) == (200, b"")
    assert api.call("GET", audience, {}).status_code == 200
    api.put("ann@quay.com")
    assert api.call("DELETE", api.member_path("ann@quay.com"), {}).status_code == 204
    assert api.call("GET", "/ping", headers={"X-HTTP-Method-Override": "PUT"}).status_code == 422


@pytest.mark.breaks_contract
def test_a_post_may_stand_for_a_patch(api: Any) -> None:
    api.put("ann@quay.com")
    answer = api.call(
        "POST",
        api.member_path("ann@quay.com"),
        {"language": "fr"},
        headers={"X-HTTP-Method-Override": "PATCH"},
    )
    assert answer.json()["language"] == "fr"


def concurrent(api: Any, calls: int) -> list[requests.Response]:
    answers: list[requests.Response] = []

    def ask() -> None:
        answers.append(requests.get(f"{api.base}/ping", auth=api.http.auth, timeout=10))

    threads = [threading.Thread(target=ask) for _ in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_eleventh_call_at_one_time_is_throttled(mc: MailchimpSimulator, api: Any) -> None:
    mc.latency = 0.4
    answers = concurrent(api, 14)
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 4
    throttled = next(answer for answer in answers if answer.status_code == 429)
    assert (
        throttled.json()["detail"] == "You have exceeded the limit of 10 simultaneous connections."
    )
    assert "Retry-After" not in throttled.headers
    mc.rules.bare_throttle = True
    mc.rules.connection_limit = 1
    assert {
        (answer.status_code, answer.content)
        for answer in concurrent(api, 3)
        if answer.status_code != 200
    } == {(429, b"")}
    mc.rules.connection_limit = None
    assert {answer.status_code for answer in concurrent(api, 14)} == {200}


def test_a_request_given_up_holds_its_slot_and_is_carried_out(
    mc: MailchimpSimulator, api: Any
) -> None:
    mc.rules.connection_limit = 1
    mc.latency = 0.5
    body = b'{"email_address":"ann@quay.com","status_if_new":"subscribed"}'
    with socket.create_connection(("127.0.0.1", mc.port)) as connection:
        head = f"PUT /3.0{api.member_path('ann@quay.com')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        time.sleep(0.1)
    assert api.call("GET", "/ping").status_code == 429
    mc.latency = 0.0
    deadline = time.monotonic() + 5
    while not mc.members() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert mc.member("ann@quay.com") is not None
    assert api.call("GET", "/ping").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "kind", "applied"),
    [
        ("bad_gateway_before", 502, "text/html", False),
        ("bad_gateway_after", 502, "text/html", True),
        ("internal_error", 500, "application/problem+json", False),
        ("bare_forbidden", 403, "", False),
        ("bare_throttle", 429, "", False),
    ],
)
def test_faults(
    mc: MailchimpSimulator,
    api: Any,
    fault: str,
    status: int,
    kind: str,
    applied: bool,  # noqa: FBT001 - a column of the table
) -> None:
    mc.faults.on(fault, count=1, method="PUT", path="/members/")
    body = {"email_address": "ann@quay.com", "status_if_new": "subscribed"}
    answer = api.call("PUT", api.member_path("ann@quay.com"), body)
    assert answer.status_code == status
    assert answer.headers.get("Content-Type", "").startswith(kind)
    assert bool(answer.content) is bool(kind)
    assert (mc.member("ann@quay.com") is not None) is applied
    assert api.call("PUT", api.member_path("ann@quay.com"), body).status_code == 200


def test_a_connection_reset_after_the_write_was_applied(mc: MailchimpSimulator, api: Any) -> None:
    mc.faults.on("drop_answer", count=1)
    with pytest.raises(requests.ConnectionError):
        api.put("ann@quay.com")
    assert mc.member("ann@quay.com") is not None
    assert mc.writes == 1


def test_state_over_http(mc: MailchimpSimulator) -> None:
    admin = f"{mc.url}/_simulator"
    seeds = {
        "members": [
            {
                "email_address": "ann@quay.com",
                "status": "unsubscribed",
                "merge_fields": {"FNAME": "Ann"},
                "tags": ["trade"],
            }
        ]
    }
    assert requests.put(f"{admin}/data", json=seeds, timeout=5).status_code == 204
    (member,) = requests.get(f"{admin}/data", timeout=5).json()["members"][AUDIENCE_ID]
    assert (member["status"], member["merge_fields"]["FNAME"]) == ("unsubscribed", "Ann")
    assert requests.get(f"{admin}/fingerprint", timeout=5).json() == mc.state_fingerprint()
    assert (
        requests.put(f"{admin}/data", json={"members": [{"status": "x"}]}, timeout=5).status_code
        == 400
    )
    assert requests.get(f"{admin}/notifications", timeout=5).json() == []
    assert requests.delete(f"{admin}/notifications", timeout=5).status_code == 204
    assert requests.get(f"{admin}/", timeout=5).json()["counts"]["members"] == 1
