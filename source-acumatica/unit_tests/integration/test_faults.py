"""The twelve failure modes that every connector to Acumatica meets; see also `test_also_met`.

Each test bears its number in its name, and fails without the counter-measure that it is about.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from simulators.acumatica import AcumaticaSimulator

MakeConfig = Callable[..., dict[str, Any]]
CUSTOMERS = ("customers",)


def sign_ins(erp: AcumaticaSimulator) -> int:
    return sum(exchange.method == "POST" for exchange in erp.requests)


def lists(erp: AcumaticaSimulator, entity: str) -> list[Any]:
    return [e for e in erp.requests if e.segments[-1] == entity and e.method == "GET"]


def ids(out: Any, stream: str = "customers") -> list[str]:
    return [row["id"] for row in out.records(stream)]


def every_id(erp: AcumaticaSimulator, entity: str = "Customer") -> set[str]:
    with erp.lock:
        return {row.id for row in erp.store(entity).rows()}


def logged(out: Any) -> list[str]:
    return [message["log"]["message"] for message in out.of("LOG")]


@pytest.mark.parametrize("version", ["20.200.001", "22.200.001", "23.200.001", "25.200.001"])
@pytest.mark.parametrize(
    ("stream", "entity", "change"),
    [
        ("sales_invoices", "SalesInvoice", {"Type": "Invoice", "Description": "changed"}),
        ("stock_items", "StockItem", {"Description": "changed"}),
    ],
)
def test_01_the_cursor_is_chosen_by_the_endpoints_version(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    source: Any,
    version: str,
    stream: str,
    entity: str,
    change: dict[str, Any],
) -> None:
    """Versions name the time of the last change differently, or do not map it at all."""
    erp.clock.advance(timedelta(days=-1))
    config = make_config(erp, endpoint_version=version, overlap_minutes=0)
    first = source("read", config, (stream,))
    assert set(ids(first, stream)) == every_id(erp, entity)
    erp.clock.advance(timedelta(days=1))
    key = "ReferenceNbr" if entity == "SalesInvoice" else "InventoryID"
    last = first.records(stream)[0]
    names = {"Type": last["Type"]} if "Type" in change else {}
    erp.put(entity, {**change, **names, key: last[key]})
    second = source("read", first.new_configs[-1], (stream,), state=first.states)
    assert ids(second, stream) == [last["id"]]


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("verb", ["check", "discover", "read"])
def test_02_a_wrong_version_is_told_with_those_on_offer(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, verb: str, *, html: bool
) -> None:
    """A wrong version is 404, at times as a web page."""
    erp.versions = ("20.200.001", "23.200.001")
    if html:
        erp.faults.on("html_404")
    out = source(verb, make_config(erp), CUSTOMERS)
    told = out.status["message"] if verb == "check" else "\n".join(out.errors)
    assert "`endpoint_version`" in told
    assert "23.200.001, 20.200.001" in told
    assert "Traceback" not in out.text


@pytest.mark.parametrize("wording", ["fields", "view", "key"])
def test_03_a_list_that_cannot_be_optimized_is_read_row_by_row(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, wording: str
) -> None:
    """A list that touches a delegate view fails whole; reads of one record do not."""
    plain = source("read", make_config(erp), CUSTOMERS)
    erp.faults.on("cannot_optimize", fields=["MainContact/Email"], wording=wording)
    out = source("read", make_config(erp), CUSTOMERS)
    assert out.code == 0, out.errors
    assert sorted(out.records("customers"), key=lambda row: row["id"]) == sorted(
        plain.records("customers"), key=lambda row: row["id"]
    )
    told = [line for line in logged(out) if "row by row" in line]
    assert len(told) == 1
    assert "Customer" in told[0]
    if wording == "fields":
        assert "(view DefContact)" in told[0]


@pytest.mark.breaks_contract
def test_04_paging_that_is_ignored_stops_the_read(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Something on the way may drop $top and $skip: each page would be the whole list."""
    erp.faults.on("top_ignored")
    out = source("read", make_config(erp), CUSTOMERS)
    assert out.code == 1
    assert "drops $top and $skip" in out.errors[0]
    assert len(lists(erp, "Customer")) == 1


@pytest.mark.parametrize("form", ["500", "429", "text"])
def test_05_a_licence_without_a_seat_is_told_and_never_hammered(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, form: str
) -> None:
    """`API Login Limit` comes at any status; each further sign-in would take another seat."""
    erp.login_limit_form = form
    erp.sign_in.session_limit = 0
    out = source("read", make_config(erp))
    assert out.code == 1
    assert all("API Login Limit" in e and "SM604000" in e for e in out.errors[:1]), out.errors
    assert sign_ins(erp) == 1
    assert len([e for e in erp.requests if e.method == "GET"]) <= 5, "one for each stream at most"


def test_05_all_verbs_and_streams_share_one_seat(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """One grant, one session, over check, discover and read in processes of their own."""
    erp.sign_in.session_limit = 1
    config = make_config(erp, num_workers=4)
    for verb in ("check", "discover", "read"):
        out = source(verb, config)
        assert out.code == 0, out.errors
        config = out.new_configs[-1] if out.new_configs else config
    assert sign_ins(erp) == 1
    assert erp.sign_in.seats_taken() == 1


def test_06_a_read_outlasts_the_queue_and_a_429_without_a_header(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, naps: list[float]
) -> None:
    """Requests are held back without a sign, and refused after ten minutes."""
    erp.licence.per_minute, erp.licence.speed = 4, 600.0
    erp.faults.on("rate_limited", count=2, skip=1, path="/Customer$")
    out = source("read", make_config(erp), CUSTOMERS)
    assert out.code == 0, out.errors
    assert set(ids(out)) == every_id(erp)
    waits = [nap for nap in naps if nap >= 2]
    assert len(waits) == 2
    assert waits[0] < waits[1]


def test_06_it_waits_for_ten_minutes_and_keeps_below_its_own_rate(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, monkeypatch: Any
) -> None:
    """A shorter time-out would ask again while the first request still waits in the queue."""
    seen: list[Any] = []
    send = requests.Session.send

    def noted(session: Any, request: Any, **options: Any) -> Any:
        if "/entity/Default/" in request.url:
            seen.append(options["timeout"])
        return send(session, request, **options)

    waits: list[float] = []
    monkeypatch.setattr("requests.Session.send", noted)

    class ImpatientError(Exception):
        """Ends the read at the first wait."""

    def wait(seconds: float) -> None:
        if seconds > 1:
            waits.append(seconds)
            raise ImpatientError

    monkeypatch.setattr("airbyte_cdk.sources.streams.call_rate.time.sleep", wait)
    source("read", make_config(erp, requests_per_minute=2, page_size=20), CUSTOMERS)
    assert seen == [(10, 600)] * 2
    assert waits
    assert 50 < waits[0] <= 60


def test_07_every_literal_says_that_it_is_utc(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """Without an offset the literal is read in a local zone: rows of hours are lost."""
    assert erp.session_zone.utcoffset(None) != timedelta()
    config = make_config(erp, overlap_minutes=0, email_changes="off")
    first = source("read", config, CUSTOMERS)
    stamp = datetime.now(UTC) - timedelta(minutes=1)
    state = {"customers": {"LastModifiedDateTime": (stamp - timedelta(seconds=1)).isoformat()}}
    erp.put("Customer", {"CustomerID": "NEW001", "CustomerName": "New"}, modified=stamp)
    out = source("read", first.new_configs[-1], CUSTOMERS, state=state)
    assert [row["CustomerID"] for row in out.records("customers")] == ["NEW001"]
    for exchange in lists(erp, "Customer"):
        literals = (exchange.parameter("$filter") or "").split("datetimeoffset'")[1:]
        assert literals
        assert all(literal.split("'")[0].endswith("Z") for literal in literals)


@pytest.mark.parametrize("pages_read", [1, 2])
def test_08_a_read_that_dies_in_a_window_loses_nothing_of_it(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    source: Any,
    naps: list[float],  # noqa: ARG001 - nobody waits
    pages_read: int,
) -> None:
    """Rows come in no order: the newest one seen says nothing about the others."""
    config = make_config(erp)
    erp.faults.on("drop_request", path="/Customer$", skip=pages_read)
    broken = source("read", config, CUSTOMERS)
    assert broken.code == 1
    assert broken.records("customers")
    erp.faults.off()
    states = {name: state for name, state in broken.states.items() if state}
    again = source("read", broken.new_configs[-1], CUSTOMERS, state=states)
    assert again.code == 0, again.errors
    assert set(ids(broken)) | set(ids(again)) == every_id(erp)


def test_09_rows_that_are_committed_late_or_at_the_border_are_found(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """A row may bear a stamp from before the last read's end, and stamps are rounded."""
    first = source("read", make_config(erp), CUSTOMERS)
    border = datetime.fromisoformat(first.states["customers"]["LastModifiedDateTime"])
    late = {
        "BEFORE": border - timedelta(minutes=5),
        "AT": border,
        "AFTER": border + timedelta(milliseconds=1),
    }
    for name, stamp in late.items():
        erp.put("Customer", {"CustomerID": name, "CustomerName": name}, modified=stamp)
    out = source("read", first.new_configs[-1], CUSTOMERS, state=first.states)
    assert {row["CustomerID"] for row in out.records("customers")} >= set(late)


def test_10_a_changed_address_comes_by_the_contacts_stamp(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """The address is the contact's: changing it does not move the customer's own stamp."""
    erp.clock.advance(timedelta(days=-1))
    streams = ("customers", "customers_by_contact")
    first = source("read", make_config(erp, overlap_minutes=0), streams)
    assert first.code == 0, first.errors
    erp.clock.advance(timedelta(days=1))
    name = first.records("customers")[0]["CustomerID"]
    erp.change_email(name, "new@example.com")
    out = source("read", first.new_configs[-1], streams, state=first.states)
    assert out.records("customers") == []
    (row,) = out.records("customers_by_contact")
    assert (row["CustomerID"], row["MainContact"]["Email"]) == (name, "new@example.com")


def test_10_where_that_is_not_answered_all_customers_are_read_from_time_to_time(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """A full compare, once the hours of the setting have passed."""
    erp.faults.on("custom_filter_refused")
    erp.clock.advance(timedelta(days=-3))
    first = source("read", make_config(erp, overlap_minutes=0), CUSTOMERS)
    assert first.code == 0, first.errors
    name = first.records("customers")[0]["CustomerID"]
    erp.change_email(name, "new@example.com")
    config = first.new_configs[-1]
    soon = source("read", config, CUSTOMERS, state=first.states)
    assert soon.records("customers") == []
    state = json.loads(json.dumps(soon.states))
    long_ago = datetime.now(UTC) - timedelta(hours=25)
    state["customers"]["full_read_at"] = long_ago.isoformat()
    later = source("read", config, CUSTOMERS, state=state)
    found = {row["CustomerID"]: row["MainContact"]["Email"] for row in later.records("customers")}
    assert found[name] == "new@example.com"
    assert set(ids(later)) == every_id(erp)


def test_11_filters_stay_in_one_view(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """`and` over two views answers 200 and `[]`, although each condition alone has rows."""
    erp.faults.on("two_views_empty")
    streams = ("customers", "contacts", "sales_invoices", "sales_orders", "customers_by_contact")
    out = source("read", make_config(erp), streams)
    assert out.code == 0, out.errors
    for stream in streams:
        assert out.records(stream), stream


def test_11_a_first_read_without_a_row_is_told_as_suspicious_by_the_check(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any
) -> None:
    """A user of no branch reads `[]` everywhere, and so does one of the wrong tenant."""
    erp.faults.on("empty_list")
    assert "Look at this: no stream" in source("check", make_config(erp)).status["message"]


@pytest.mark.parametrize("verb", ["check", "discover", "read"])
def test_12_contract_version_5_is_refused_before_anything_is_asked(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, verb: str
) -> None:
    """It writes times, expansions and drop-down values differently."""
    out = source(verb, make_config(erp, endpoint_version="26.200.001"))
    told = out.status["message"] if verb == "check" else out.errors[-1]
    assert "contract version 5" in told
    assert "24.200.001" in told
    assert erp.requests == []


@pytest.mark.parametrize("version", ["22.200.001", "24.200.001"])
def test_12_both_kinds_of_description_are_understood(
    erp: AcumaticaSimulator, make_config: MakeConfig, source: Any, version: str
) -> None:
    """Older versions are described by Swagger 2.0, newer ones by OpenAPI 3.0.1."""
    config = make_config(erp, endpoint_version=version, other_entities=[{"entity": "Salesperson"}])
    out = source("discover", config)
    assert out.code == 0, out.errors
    found = {stream["name"]: stream for stream in out.of("CATALOG")[0]["catalog"]["streams"]}
    other = next(name for name in found if name.lower() in {"salesperson", "salespersons"})
    assert "SalespersonID" in found[other]["json_schema"]["properties"]
