"""Whole runs over fake connectors: what is sent, what is not, and what is remembered."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

from kit.protocol.keys import member_key


def test_a_first_run_is_held_until_its_plan_is_approved(workshop: Any) -> None:
    held = workshop.run()
    assert held.code == 3
    assert "glue plan flow" in held.text
    assert workshop.glue("plan", "flow").code == 0
    assert workshop.held == {}
    assert workshop.calls() == []
    assert workshop.run().code == 3
    assert workshop.glue("approve", "flow").code == 0
    assert workshop.run().code == 0
    assert len(workshop.held["members"]) == 5
    assert len(workshop.held["orders"]) == 3


def test_an_approved_plan_of_other_settings_does_not_free_a_first_run(workshop: Any) -> None:
    workshop.approved()
    workshop.destination["tone"] = "other"
    result = workshop.run()
    assert result.code == 3
    assert "settings of `mail` changed since plan 1" in result.text
    workshop.destination.pop("tone")
    workshop.variables["tag"] = "other"
    assert "the mapping catalog changed since plan 1" in workshop.run().text
    assert workshop.held == {}


def test_a_plan_shows_what_the_run_then_does(workshop: Any) -> None:
    workshop.people.append(workshop.person(9, email=None))
    plan = json.loads(workshop.glue("plan", "flow", "--output", "json").out)
    workshop.glue("approve", "flow")
    shown = json.loads(workshop.glue("run", "flow", "--output", "json").out)
    [(report,)] = workshop.query("SELECT report FROM runs")
    run = json.loads(report)
    assert plan["objects"] == run["objects"]
    assert plan["objects"]["members"]["created"] == 5
    assert plan["objects"]["members"]["skipped"] == {"no_email": 1}
    assert plan["money"] == run["money"]
    assert shown["objects"] == run["objects"]
    assert plan["objects"]["members"]["statuses"] == {"transactional": 5}
    assert plan["examples"]["orders"]["created"][0]["differences"]


def test_a_plan_leaves_the_ledger_as_it_was(workshop: Any) -> None:
    workshop.glue("plan", "flow")
    for count in (
        "SELECT count(*) FROM runs",
        "SELECT count(*) FROM source_rows",
        "SELECT count(*) FROM deliveries",
        "SELECT count(*) FROM attempts",
        "SELECT count(*) FROM state",
    ):
        assert workshop.query(count) == [(0,)]
    assert workshop.query("SELECT count(*) FROM plans") == [(1,)]


def test_a_second_run_sends_nothing(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    workshop.calls()
    attempts = workshop.query("SELECT count(*) FROM attempts")
    again = workshop.run()
    assert again.code == 0
    assert "Nothing had to be sent." in again.out
    assert workshop.calls() == []
    assert workshop.query("SELECT count(*) FROM attempts") == attempts


def test_only_what_changed_is_sent(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    workshop.calls()
    workshop.people[1] |= {"name": "Renamed", "changed": "2024-02-01T00:00:00Z"}
    workshop.people.append(workshop.person(7, changed="2024-02-01T00:00:01Z"))
    result = workshop.run()
    assert result.code == 0
    assert sorted(workshop.calls()) == sorted(
        f"members {member_key(f'p{n}@example.com')}" for n in (2, 7)
    )
    assert workshop.member(2)["name"] == "Renamed"


def test_a_row_that_changed_without_effect_is_unchanged(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    workshop.calls()
    workshop.people[1]["changed"] = "2024-02-01T00:00:00Z"
    workshop.run()
    assert workshop.calls() == []
    [(report,)] = workshop.query("SELECT report FROM runs ORDER BY id DESC LIMIT 1")
    assert json.loads(report)["objects"]["members"]["unchanged"] == 1


def test_rows_that_share_an_address_make_one_member_with_the_strictest_consent(
    workshop: Any,
) -> None:
    shared = {"email": "Shared@Example.com "}
    workshop.people = [
        workshop.person(1, consent="granted", **shared),
        workshop.person(2, consent="denied", **shared),
        workshop.person(3, **shared),
    ]
    workshop.bills = []
    workshop.approved()
    result = workshop.run()
    assert result.code == 0
    assert "members superseded 2" in result.out
    assert "members skipped 1: consent_denied" in result.out
    assert workshop.held.get("members", {}) == {}


def test_cleared_fields_are_restored_as_null(workshop: Any) -> None:
    workshop.people[0]["phone"] = "1"
    workshop.approved()
    workshop.run()
    workshop.people[0] |= {"phone": None, "changed": "2024-02-01T00:00:00Z"}
    workshop.run()
    [(data,)] = workshop.query("SELECT data FROM source_rows WHERE key = 'P00001'")
    assert json.loads(data)["phone"] is None
    assert workshop.member(1).get("phone") is None


def test_a_changed_address_renames_the_member(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    workshop.people[0] |= {"email": "new@example.com", "changed": "2024-02-01T00:00:00Z"}
    result = workshop.run()
    assert result.code == 0
    assert workshop.member(1) is None
    assert member_key("new@example.com") in workshop.held["members"]
    assert "left behind" not in result.out
    assert workshop.query(
        "SELECT status, acked FROM deliveries WHERE key = ?", member_key("p1@example.com")
    ) == [("renamed", None)]


def test_a_changed_address_that_others_share_leaves_the_old_member(workshop: Any) -> None:
    workshop.people[1]["email"] = "p1@example.com"
    workshop.bills = []
    workshop.approved()
    workshop.run()
    workshop.people[0] |= {"email": "new@example.com", "changed": "2024-02-01T00:00:00Z"}
    workshop.run()
    assert workshop.member(1) is not None
    assert member_key("new@example.com") in workshop.held["members"]


def test_an_object_that_nothing_makes_any_more_is_reported_as_left_behind(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    workshop.people[4] |= {"email": None, "changed": "2024-02-01T00:00:00Z"}
    result = workshop.run()
    assert "members left behind 1" in result.out
    assert workshop.member(5) is not None
    assert "members left behind" in workshop.glue("status").out
    workshop.people[4] |= {"email": "p5@example.com", "changed": "2024-02-02T00:00:00Z"}
    workshop.run()
    assert "left behind" not in workshop.glue("status").out


def test_a_renamed_member_may_take_its_old_address_back(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    for address in ("new@example.com", "p1@example.com"):
        workshop.people[0] |= {"email": address, "changed": workshop.people[0]["changed"] + "1"}
        assert workshop.run().code == 0
    assert workshop.member(1) is not None
    assert len(workshop.held["members"]) == 5


def test_a_document_waits_for_its_customer(workshop: Any) -> None:
    workshop.bills.append(workshop.bill(8, of=8))
    workshop.approved()
    first = workshop.run()
    assert "orders parked 1: unknown_customer" in first.out
    assert "80.08 parked (unknown_customer)" in first.out
    workshop.people.append(workshop.person(8, changed="2024-03-01T00:00:00Z"))
    second = workshop.run()
    assert second.code == 0
    assert "B00008" in workshop.held["orders"]
    assert "parked" not in second.out.split("USD")[1]


def test_a_document_that_was_left_out_for_its_customer_is_looked_at_again(workshop: Any) -> None:
    workshop.people[1]["email"] = None
    workshop.approved()
    first = workshop.run()
    assert "orders skipped 1: no_email" in first.out
    assert "B00002" not in workshop.held["orders"]
    workshop.people[1] |= {"email": "p2@example.com", "changed": "2024-02-01T00:00:00Z"}
    second = workshop.run()
    assert second.code == 0
    assert "B00002" in workshop.held["orders"]
    workshop.calls()
    assert workshop.run().code == 0
    assert workshop.calls() == []


def test_an_order_waits_for_its_member(workshop: Any) -> None:
    workshop.destination["needs_member"] = True
    workshop.people[0]["consent"] = "denied"
    workshop.approved()
    first = workshop.run()
    assert "orders parked 1: no_member" in first.out
    workshop.people[0] |= {"consent": "granted", "changed": "2024-02-01T00:00:00Z"}
    second = workshop.run()
    assert second.code == 0
    assert "B00001" in workshop.held["orders"]


def test_what_was_rejected_is_not_sent_again_until_it_changes(workshop: Any) -> None:
    workshop.destination["reject"] = "bad_merge_field"
    workshop.approved()
    first = workshop.run()
    assert first.code == 0
    assert "members rejected 5: bad_merge_field" in first.out
    workshop.people[0]["changed"] = "2024-02-01T00:00:00Z"
    second = workshop.run()
    assert "members rejected 1: bad_merge_field" in second.out
    assert workshop.query("SELECT count(*) FROM attempts WHERE object = 'members'") == [(5,)]
    workshop.people[0] |= {"name": "Other", "changed": "2024-02-02T00:00:00Z"}
    workshop.run()
    assert workshop.query("SELECT count(*) FROM attempts WHERE object = 'members'") == [(6,)]
    assert "members rejected 5" in workshop.glue("status").out


def test_passing_reasons_are_tried_again_by_every_run(workshop: Any) -> None:
    workshop.destination["reject"] = "too_many_signups"
    workshop.approved()
    workshop.run()
    workshop.run()
    assert workshop.query("SELECT count(*) FROM attempts WHERE object = 'members'") == [(10,)]


def test_other_destination_settings_send_everything_again(workshop: Any) -> None:
    workshop.destination["reject"] = "bad_merge_field"
    workshop.approved()
    workshop.run()
    workshop.destination.pop("reject")
    assert workshop.run().code == 0
    assert len(workshop.held["members"]) == 5


def test_technical_and_secret_settings_send_nothing_again(workshop: Any) -> None:
    workshop.destination |= {"api_key": "first-key", "delay": 0}
    workshop.approved()
    workshop.run()
    workshop.calls()
    attempts = workshop.query("SELECT count(*) FROM attempts")
    workshop.destination |= {"api_key": "second-key", "delay": 0.001}
    workshop.run()
    assert workshop.query("SELECT count(*) FROM attempts") == attempts


def test_another_catalog_maps_every_row_again(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    workshop.variables["tag"] = "new"
    assert workshop.run().code == 0
    assert {each["tag"] for each in workshop.held["members"].values()} == {"new"}


def test_consent_carries_the_time_at_which_it_was_seen_to_change(workshop: Any) -> None:
    envelopes = workshop.folder / "envelopes.jsonl"
    workshop.destination["envelopes"] = str(envelopes)
    workshop.approved()
    workshop.run()
    assert all("consent_changed_at" not in line for line in envelopes.read_text().splitlines())
    workshop.people[0] |= {"consent": "denied", "changed": "2024-02-01T00:00:00Z"}
    workshop.run()
    last = json.loads(envelopes.read_text().splitlines()[-1])
    assert last["key"] == member_key("p1@example.com")
    assert re.match(r"\d{4}-\d\d-\d\dT.*\+00:00", last["consent_changed_at"])
    assert last["consent_written_by_us"] is False


def test_money_adds_up_to_the_cent(workshop: Any) -> None:
    workshop.bills = [
        workshop.bill(n, of=1, total=total, status=status, currency=currency)
        for n, (total, status, currency) in enumerate(
            [
                (0.1, "closed", "USD"),
                (0.2, "closed", "USD"),
                (1e15 / 100, "open", "USD"),
                (33.33, "closed", "EUR"),
            ],
            start=1,
        )
    ]
    workshop.approved()
    result = workshop.run()
    assert result.code == 0
    expected = "USD: ERP 10,000,000,000,000.30 = 0.30 delivered + 10,000,000,000,000.00 skipped"
    assert expected in result.out
    assert "EUR: ERP 33.33 = 33.33 delivered" in result.out


def test_a_difference_in_money_fails_the_run(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    with sqlite3.connect(workshop.folder / "glue.db") as database:
        database.execute("UPDATE deliveries SET acked_amount = '10.00' WHERE key = 'B00001'")
    result = workshop.run()
    assert result.code == 1
    assert "USD: the ERP's total" in result.out
    assert "0.01" in result.out


def test_states_are_kept_only_after_delivery(workshop: Any) -> None:
    workshop.approved()
    workshop.destination["die_after"] = 4
    assert workshop.run().code == 1
    assert workshop.query("SELECT count(*) FROM state WHERE state IS NOT NULL") == [(0,)]
    workshop.destination.pop("die_after")
    assert workshop.run().code == 0
    states = workshop.query("SELECT state FROM state ORDER BY stream")
    assert [json.loads(state)["stream"]["stream_state"] for (state,) in states] == [
        {"changed": "2024-01-02T00:00:03Z"},
        {"changed": "2024-01-01T00:00:05Z"},
    ]
    assert all("id" not in json.loads(state) for (state,) in states)


def test_a_failed_delivery_goes_on_without_reading_all_again(workshop: Any) -> None:
    workshop.approved()
    workshop.destination["die_after"] = 4
    workshop.run()
    workshop.destination.pop("die_after")
    result = workshop.run()
    assert "Read 2 rows" in result.out
    assert len(workshop.held["members"]) == 5
    assert len(workshop.held["orders"]) == 3


def test_rows_that_come_by_a_second_stream_are_rows_of_the_first(workshop: Any) -> None:
    workshop.source["second"] = True
    workshop.touched = [{**workshop.people[0], "touched": "2026-01-01"}]
    workshop.approved()
    assert workshop.run().code == 0
    assert len(workshop.held["members"]) == 5
    assert workshop.query("SELECT count(*) FROM source_rows WHERE stream = 'people'") == [(5,)]
    workshop.calls()

    new = "someone.else@example.com"
    workshop.touched = [{**workshop.people[0], "email": new, "touched": "2026-02-01"}]
    assert workshop.run().code == 0
    assert member_key(new) in workshop.held["members"]
    assert len(workshop.calls()) == 1
    streams = {name for (name,) in workshop.query("SELECT DISTINCT stream FROM source_rows")}
    assert streams == {"people", "bills"}
    states = {name for (name,) in workshop.query("SELECT stream FROM state")}
    assert states == {"people", "bills", "people_by_contact"}


def test_a_change_that_nobody_maps_does_not_make_a_row_the_newest(workshop: Any) -> None:
    shared = "office@example.com"
    workshop.people = [
        workshop.person(1, email=shared, name="Old", changed="2026-01-01T00:00:00Z"),
        workshop.person(2, email=shared, name="New", changed="2026-01-02T00:00:00Z"),
    ]
    workshop.bills = []
    workshop.approved()
    assert workshop.run().code == 0
    assert workshop.held["members"][member_key(shared)]["name"] == "New"
    workshop.calls()

    workshop.people[0] |= {"credit": 5, "changed": "2026-01-03T00:00:00Z"}
    assert workshop.run().code == 0
    assert workshop.calls() == []

    workshop.people[0] |= {"name": "Newest", "changed": "2026-01-04T00:00:00Z"}
    assert workshop.run().code == 0
    assert workshop.held["members"][member_key(shared)]["name"] == "Newest"
