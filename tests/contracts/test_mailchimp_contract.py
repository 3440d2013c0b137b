"""The contract itself: it lets sound exchanges pass and names what is wrong in others."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.common import Exchange
from simulators.mailchimp import API_KEY, AUDIENCE_ID, MailchimpSimulator
from tests.contracts.mailchimp import MailchimpContract
from tests.contracts.mailchimp_schemas import Validator

MEMBER = f"/3.0/lists/{AUDIENCE_ID}/members/62eeb292278cc15f5817cb78f7790b08"
JSON = "application/json; charset=utf-8"
PROBLEM = "application/problem+json; charset=utf-8"


@pytest.fixture(scope="module")
def contract(contracts_dir: Path) -> MailchimpContract:
    return MailchimpContract(contracts_dir)


def exchange(method: str, path: str, body: Any = None, **more: Any) -> Exchange:
    """An exchange whose answer is empty, unless told otherwise."""
    answer = more.pop("answer", {})
    kind = more.pop("kind", JSON)
    return Exchange(
        method=method,
        path=path,
        query=more.pop("query", ""),
        request_headers={},
        request_body=b"" if body is None else orjson.dumps(body),
        status=more.pop("status", 200),
        response_headers={"content-type": kind},
        response_body=b"" if answer is None else orjson.dumps(answer),
        at=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=0.0,
    )


def put(**more: Any) -> dict[str, Any]:
    return {"email_address": "ann@quay.com", "status_if_new": "subscribed", **more}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (put(status_if_new="Subscribed"), "'Subscribed' is not one of"),
        (
            put(merge_fields={"FNAME": None}),
            "merge_fields.FNAME: None is not of type 'string', 'number', 'object'",
        ),
        (put(merge_fields={"FNAME": True}), "merge_fields.FNAME"),
        (put(vip="yes"), "vip: 'yes' is not of type 'boolean'"),
        (put(timestamp_signup="yesterday"), "timestamp_signup: 'yesterday' is not a 'date-time'"),
        (put(consent="granted"), "'consent' was unexpected"),
    ],
)
def test_a_wrong_request_is_reported(contract: MailchimpContract, body: Any, said: str) -> None:
    (found,) = contract.violations(exchange("PUT", MEMBER, body))
    assert found.startswith("PUT /lists/{listId}/members/{subscriberHash}: request: ")
    assert said in found


def test_recorded_forms_that_the_description_lacks_pass(contract: MailchimpContract) -> None:
    for method, path, body in (
        ("PUT", MEMBER, {"status": "unsubscribed"}),
        ("PUT", MEMBER, put(merge_fields={"FNAME": "", "AGE": 7, "ADDRESS": {"addr1": "1"}})),
        (
            "POST",
            f"/3.0/lists/{AUDIENCE_ID}",
            {"members": [{"email_address": "ann@quay.com", "tags": ["a"]}]},
        ),
        ("GET", MEMBER, {}),
    ):
        assert contract.violations(exchange(method, path, body)) == []
    assert (
        contract.violations(
            exchange("GET", MEMBER, answer={"timestamp_opt": "", "merge_fields": {"X": ""}})
        )
        == []
    )


def test_wrong_queries_paths_and_bodies_are_reported(contract: MailchimpContract) -> None:
    members = f"/3.0/lists/{AUDIENCE_ID}/members"
    for query, said in (
        ("count=1001", "count"),
        ("status=nobody", "status"),
        ("since=x", "since"),
        ("vip_only=maybe", "vip_only"),
    ):
        (found,) = contract.violations(exchange("GET", members, query=query))
        assert said in found
    assert (
        contract.violations(
            exchange("GET", members, query="count=1000&status=archived&fields=members.id")
        )
        == []
    )
    assert "no such operation" in contract.violations(exchange("GET", "/3.0/list"))[0]
    assert "no such operation" in contract.violations(exchange("DELETE", "/3.0/ping"))[0]
    assert "no JSON" in contract.violations(replace(exchange("PUT", MEMBER), request_body=b"{"))[0]
    assert "where none is described" in contract.violations(exchange("GET", members, {"a": 1}))[0]
    assert contract.violations(exchange("GET", "/_simulator/data")) == []


def test_an_encoded_slash_stays_inside_an_id(contract: MailchimpContract) -> None:
    operation = contract.operation("put", "/ecommerce/stores/s1/orders/AB%2F12")
    assert operation is not None
    assert operation.name == "PUT /ecommerce/stores/{storeId}/orders/{orderId}"


def test_the_operations_of_a_batch_are_looked_at(contract: MailchimpContract) -> None:
    good = {
        "method": "PUT",
        "path": MEMBER.removeprefix("/3.0"),
        "body": orjson.dumps(put()).decode(),
    }
    bad = {**good, "body": orjson.dumps(put(vip=1)).decode()}
    lost = {"method": "GET", "path": "/nowhere"}
    (first, second) = contract.violations(
        exchange("POST", "/3.0/batches", {"operations": [good, bad, lost]})
    )
    assert "operation 1: " in first
    assert "vip" in first
    assert "operation 2: no such operation" in second


def test_wrong_answers_are_reported(contract: MailchimpContract) -> None:
    for answer, said in (
        ({"status": "happy"}, "status"),
        ({"web_id": "1"}, "web_id"),
        ({"last_changed": "now"}, "last_changed"),
        ([], "the document"),
    ):
        (found,) = contract.violations(exchange("GET", MEMBER, answer=answer))
        assert ": answer: " in found
        assert said in found
    assert "status 201" in contract.violations(exchange("PUT", MEMBER, put(), status=201))[0]
    assert "content type" in contract.violations(exchange("GET", MEMBER, kind="text/html"))[0]
    assert (
        "where none is described" in contract.violations(exchange("DELETE", MEMBER, status=204))[0]
    )
    assert (
        "'lists' is a required property"
        in contract.violations(exchange("GET", "/3.0/lists", answer={"total_items": 0}))[0]
    )
    assert (
        contract.violations(
            exchange("GET", "/3.0/lists", answer={"total_items": 0}, query="fields=total_items")
        )
        == []
    )


def test_refusals_are_looked_at(contract: MailchimpContract) -> None:
    problem = {"type": "t", "title": "Bad Request", "status": 400, "detail": "d", "instance": "i"}
    untyped = {name: value for name, value in problem.items() if name != "type"}
    sound: list[dict[str, Any]] = [
        {"status": 400, "answer": problem, "kind": PROBLEM},
        {"status": 400, "answer": untyped | {"title": "Member Exists"}, "kind": PROBLEM},
        {"status": 403, "answer": None, "kind": ""},
        {"status": 429, "answer": None, "kind": ""},
        {"status": 502, "answer": "<html>", "kind": "text/html"},
        {"status": 0, "answer": None},
    ]
    for each in sound:
        assert contract.violations(exchange("PUT", MEMBER, put(), **each)) == []
    wrong: list[dict[str, Any]] = [
        {"status": 400, "answer": untyped, "kind": PROBLEM},
        {"status": 400, "answer": problem | {"errors": [{"field": "x"}]}, "kind": PROBLEM},
        {"status": 404, "answer": None, "kind": ""},
        {"status": 403, "answer": {}, "kind": JSON},
    ]
    for each in wrong:
        assert contract.violations(exchange("PUT", MEMBER, put(), **each))


@pytest.mark.breaks_contract
def test_a_simulator_that_lies_is_caught(
    contract: MailchimpContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    with MailchimpSimulator() as simulator:
        simulator.on_exchange(lambda seen: found.extend(contract.violations(seen)))
        url = f"{simulator.url}/3.0/lists/{AUDIENCE_ID}/members/ann@quay.com"
        auth = ("x", API_KEY)
        requests.put(url, json=put(), auth=auth, timeout=5)
        assert found == []
        from simulators.mailchimp import members  # noqa: PLC0415 - patched below

        monkeypatch.setitem(members.GETTERS, "vip", lambda *_: "no")
        requests.put(url, json=put(), auth=auth, timeout=5)
    assert found
    assert "vip: 'no' is not of type 'boolean'" in found[0]


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=False),
    st.sampled_from(["", "subscribed", "x" * 60, "2026-01-01T00:00:00+00:00"]),
)


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """An order body with one value replaced, removed or added anywhere."""
    line = {"id": "1", "product_id": "P", "product_variant_id": "V", "quantity": 1, "price": 1.5}
    body: dict[str, Any] = {
        "id": "O1",
        "customer": {
            "id": "c",
            "email_address": "a@b.co",
            "opt_in_status": False,
            "address": {"city": "x"},
        },
        "currency_code": "USD",
        "order_total": 1.5,
        "lines": [line, dict(line)],
        "processed_at_foreign": "2026-01-01T00:00:00+00:00",
        "promos": [{"code": "x", "amount_discounted": 1, "type": "fixed"}],
    }
    body = copy.deepcopy(body)
    node: Any = body
    while True:
        keys = sorted(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from([*keys, "added"] if isinstance(node, dict) else keys))
        inner = node.get(key) if isinstance(node, dict) else node[key]
        if isinstance(inner, (dict, list)) and inner and draw(st.booleans()):
            node = inner
            continue
        if draw(st.booleans()) or key == "added":
            node[key] = draw(st.one_of(LEAVES, st.just([]), st.just({})))
        else:
            del node[key]
        return body


@settings(max_examples=300, deadline=None)
@given(spoiled())
def test_the_quick_verdict_is_the_verdict_of_jsonschema(
    contract: MailchimpContract, body: dict[str, Any]
) -> None:
    operation = contract.operation("post", "/ecommerce/stores/s1/orders")
    assert operation is not None
    validator = operation.body
    assert isinstance(validator, Validator)
    assert validator.sound(body) == validator._validator.is_valid(body)
