from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest


def numbers(pages: list[list[dict[str, Any]]]) -> list[list[str]]:
    return [[row["number"] for row in page] for page in pages]


def flat(pages: list[list[dict[str, Any]]]) -> list[str]:
    return [row["number"] for page in pages for row in page]


def test_links_lead_to_every_row_once(client: Any) -> None:
    pages = client.pages("customers", 2, orderby="lastModifiedDateTime")
    assert numbers(pages) == [["C1", "C2"], ["C3", "C4"], ["C5"]]
    assert sorted(flat(client.pages("customers", 2))) == ["C1", "C2", "C3", "C4", "C5"]


def test_a_link_is_absolute_keeps_the_options_and_names_the_last_row(
    client: Any, ids: dict[str, str]
) -> None:
    query = {"filter": "creditLimit gt 100", "orderby": "number", "select": "id,number"}
    body = client.body("customers", {"Prefer": "odata.maxpagesize=1"}, **query)
    link = body["@odata.nextLink"]
    assert link.startswith(client.url("customers?"))
    options = parse_qs(urlsplit(link).query)
    assert options["aid"] == ["FIN"]
    assert options["$filter"] == ["creditLimit gt 100"]
    assert options["$skiptoken"] == [f"'C2',{ids['C2']}"]


def test_older_servers_have_no_aid(client: Any, erp: Any) -> None:
    erp.paging.aid = False
    link = client.body("customers", {"Prefer": "odata.maxpagesize=1"})["@odata.nextLink"]
    assert "aid=" not in link
    assert len(client.pages("customers", 1)) == 6


@pytest.mark.parametrize("trailing", [True, False])
def test_a_full_last_page_may_be_followed_by_an_empty_one(
    client: Any, erp: Any, *, trailing: bool
) -> None:
    erp.paging.trailing_empty_page = trailing
    assert [len(page) for page in client.pages("customers", 5)] == ([5, 0] if trailing else [5])


def test_top_kills_the_link(client: Any) -> None:
    assert "@odata.nextLink" not in client.body(
        "customers", {"Prefer": "odata.maxpagesize=2"}, top=3
    )


def test_a_page_above_the_maximum(client: Any, refusal: Any) -> None:
    answer = client.get("customers", {"Prefer": "odata.maxpagesize=20001"})
    assert refusal(answer)[0] == 413
    assert client.get("customers", {"Prefer": "odata.maxpagesize=20000"}).status_code == 200


def test_equal_stamps_on_a_page_border(client: Any, erp: Any) -> None:
    for number in range(9):
        erp.put("items", {"number": f"T{number}"}, modified=erp.clock.now())
    pages = client.pages("items", 2, orderby="lastModifiedDateTime", filter="number ne 'LAMP'")
    assert sorted(flat(pages)) == [f"T{number}" for number in range(9)]


def test_a_row_changed_between_pages_comes_again_behind(
    client: Any, erp: Any, ids: dict[str, str]
) -> None:
    headers = {"Prefer": "odata.maxpagesize=2"}
    first = client.body("customers", headers, orderby="lastModifiedDateTime")
    erp.clock.advance(timedelta(seconds=5))
    erp.put("customers", {"id": ids["C1"], "city": "Boise"})
    erp.delete("customers", ids["C2"])
    second = client.session.get(first["@odata.nextLink"], headers=headers, timeout=5).json()
    third = client.session.get(second["@odata.nextLink"], headers=headers, timeout=5).json()
    assert numbers([first["value"], second["value"], third["value"]]) == [
        ["C1", "C2"],
        ["C3", "C4"],
        ["C5", "C1"],
    ]


def test_orders_of_every_type_can_be_paged(client: Any) -> None:
    for order in (
        "displayName",
        "displayName desc",
        "creditLimit desc",
        "type,number",
        "taxLiable,number",
        "lastModifiedDateTime desc",
        "currencyId,number",
    ):
        pages = client.pages("customers", 2, orderby=order)
        whole = client.rows("customers", orderby=order)
        assert flat(pages) == [row["number"] for row in whole], order


def test_a_name_with_a_comma_and_a_quote_survives_in_the_link(client: Any, erp: Any) -> None:
    for name in ("A, B & C's +100%", "A, B & D's", "Ä#?/=;"):
        erp.put("items", {"number": name[:20], "displayName": name})
    pages = client.pages("items", 1, orderby="displayName", select="displayName")
    shown = [row["displayName"] for page in pages for row in page]
    assert shown == ["A, B & C's +100%", "A, B & D's", "Lamp", "Ä#?/=;"]


def test_top_above_the_maximum_goes_on_with_the_rest(client_of: Any) -> None:
    from simulators.business_central import (  # noqa: PLC0415 - twenty thousand rows, here alone
        BusinessCentralSimulator,
        bulk_customers,
    )

    with BusinessCentralSimulator(bulk_customers(20_010, companies=1)) as erp:
        client = client_of(erp)
        body = client.body("customers", top=20_005, select="number")
        assert len(body["value"]) == 20_000
        options = parse_qs(urlsplit(body["@odata.nextLink"]).query)
        assert options["$top"] == ["5"]
        rest = client.session.get(body["@odata.nextLink"], timeout=30).json()
        assert len(rest["value"]) == 5
        assert "@odata.nextLink" not in rest
