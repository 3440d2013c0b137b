"""Pages: links followed as they come, sizes halved where a page is too large."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from source_business_central.answers.asking import (
    MOST_HALVINGS,
    PARSED,
    Asker,
    PageTooLargeError,
    drained,
)
from source_business_central.answers.faults import Action, Fault, FaultError, Verdict
from source_business_central.errors import BusinessCentralError, ConfigError, PassingError
from source_business_central.protocol import FailureType

TOO_SLOW = FaultError(Verdict(Action.HALVE, Fault.TOO_SLOW, 504))


class FakeRequester:
    """Gives prepared answers, and notes what was asked for."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    def send_request(self, *, path: str, request_headers: dict[str, str]) -> requests.Response:
        self.asked.append((path, request_headers["Prefer"].partition("=")[2]))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code = 200
        setattr(response, PARSED, answer)
        return response


def page(*numbers: int, link: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {"value": [{"id": number} for number in numbers]}
    return body | ({"@odata.nextLink": link} if link else {})


def asker(*answers: Any) -> tuple[Asker, FakeRequester]:
    requester = FakeRequester(*answers)
    return Asker(requester, "https://bc.test/v2.0/t/P"), requester


def test_an_address_is_encoded_once() -> None:
    address = asker()[0].address(
        "/api/v2.0/x", {"$filter": "name eq 'A&B' and t ge 2026-11-24T00:00:00.000Z"}
    )
    assert address.startswith("https://bc.test/v2.0/t/P/api/v2.0/x?$filter=name%20eq%20'A%26B'")
    assert parse_qs(urlsplit(address).query) == {
        "$filter": ["name eq 'A&B' and t ge 2026-11-24T00:00:00.000Z"]
    }
    assert asker()[0].address("/x") == "https://bc.test/v2.0/t/P/x"


def test_links_are_followed_as_they_come_and_the_size_is_repeated() -> None:
    links = ["https://bc.test/x?aid=FIN&$skiptoken=5de5", "https://bc.test/x?$skiptoken='10',b"]
    one, requester = asker(page(1, link=links[0]), page(2, link=links[1]), page())
    assert [row["id"] for row in one.rows("https://bc.test/x", "things", 7)] == [1, 2]
    assert requester.asked == [("https://bc.test/x", "7"), (links[0], "7"), (links[1], "7")]


def test_a_page_too_large_is_asked_for_at_half_its_size_from_the_same_place(
    naps: list[float],
) -> None:
    link = "https://bc.test/x?$skiptoken=1"
    one, requester = asker(
        page(1, link=link), TOO_SLOW, TOO_SLOW, page(2, link=link + "1"), page(3)
    )
    assert [row["id"] for row in one.rows("https://bc.test/x", "things", 100)] == [1, 2, 3]
    assert [size for _, size in requester.asked] == ["100", "100", "50", "25", "25"]
    assert [address for address, _ in requester.asked[1:4]] == [link] * 3
    assert naps == [2, 4]


def test_a_page_that_is_too_large_at_any_size_is_told(naps: list[float]) -> None:
    one, requester = asker(*[TOO_SLOW] * 20)
    with pytest.raises(PassingError, match="in time"):
        one.rows("https://bc.test/x", "things", 4)
    assert [size for _, size in requester.asked][:5] == ["4", "2", "1", "1", "1"]
    assert len(naps) == MOST_HALVINGS


def test_one_page_alone_is_not_halved() -> None:
    with pytest.raises(PageTooLargeError):
        asker(TOO_SLOW)[0].page("https://bc.test/x", "things", 4)


def test_a_link_that_leads_nowhere_is_told() -> None:
    address = "https://bc.test/x"
    one, _ = asker(page(1, link=address))
    with pytest.raises(BusinessCentralError, match="leads to the same page"):
        one.rows(address, "things", 1)


@pytest.mark.parametrize("body", [[], {"value": {}}, {"odd": "planted"}])
def test_what_is_no_list_is_told(body: Any) -> None:
    with pytest.raises(BusinessCentralError, match="something else") as failure:
        asker(body)[0].rows("https://bc.test/x", "things", 1)
    assert "planted" not in str(failure.value)


def test_a_second_refusal_of_a_token_is_told_as_ours() -> None:
    from airbyte_cdk.utils.traced_exception import AirbyteTracedException  # noqa: PLC0415 - here alone

    twice = AirbyteTracedException(message="planted", failure_type=FailureType.config_error)
    with pytest.raises(ConfigError, match="refuses the credentials"):
        asker(twice)[0].rows("https://bc.test/x", "things", 1)
    other = AirbyteTracedException(message="planted", failure_type=FailureType.transient_error)
    with pytest.raises(PassingError, match="failed when asked for things"):
        asker(other)[0].rows("https://bc.test/x", "things", 1)


def test_a_page_that_went_out_is_not_kept() -> None:
    rows = [{"id": 1}, {"id": 2}, {"id": 3}]
    out = drained(rows)
    assert next(out) == {"id": 1}
    assert len(rows) == 2
    assert [row["id"] for row in out] == [2, 3]
    assert not rows
