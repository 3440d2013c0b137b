"""What goes wrong: connectors that die, refuse, flood, or are somebody else's."""

from __future__ import annotations

import functools
import json
import sqlite3
import subprocess
import time
from typing import Any

import pytest

from glue.ledger import Database
from glue.ledger.vault import Vault
from glue.settings import load_settings


def test_a_source_whose_settings_are_wrong_writes_nothing(workshop: Any) -> None:
    workshop.approved()
    workshop.source["fail"] = "config"
    result = workshop.run()
    assert result.code == 1
    assert "Connector `erp`: The password is wrong; correct `password`." in result.err
    assert "Traceback" not in result.text
    assert workshop.query("SELECT count(*) FROM source_rows") == [(0,)]
    assert workshop.query("SELECT status FROM runs") == [("failed",)]


def test_the_streams_that_a_failing_source_completed_are_used(workshop: Any) -> None:
    workshop.approved()
    workshop.source["fail"] = "half"
    result = workshop.run()
    assert result.code == 1
    assert "The ERP went away. Streams that did not complete: `bills`." in result.out
    assert len(workshop.held["members"]) == 5
    assert list(workshop.held["orders"]) == ["B00001"]
    workshop.source.pop("fail")
    assert workshop.run().code == 0
    assert len(workshop.held["orders"]) == 3


def test_a_source_that_ends_without_a_reason_fails_the_run(workshop: Any) -> None:
    workshop.approved()
    workshop.source["fail"] = "exit"
    result = workshop.run()
    assert result.code == 1
    assert "ended with exit code 9 and gave no reason" in result.out
    assert "something is broken" not in result.text
    assert len(workshop.held["orders"]) == 3


def test_a_destination_whose_settings_are_wrong(workshop: Any) -> None:
    workshop.approved()
    workshop.destination["fail"] = "The audience `X` is not there; correct `audience`."
    result = workshop.run()
    assert result.code == 1
    assert "correct `audience`" in result.err
    assert workshop.held == {}
    workshop.destination.pop("fail")
    assert workshop.run().code == 0
    assert len(workshop.held["members"]) == 5


@pytest.mark.parametrize("setting", ["die_after", "quit_after"])
def test_a_destination_that_goes_away_loses_nothing(workshop: Any, setting: str) -> None:
    workshop.approved()
    workshop.destination[setting] = 4
    result = workshop.run()
    assert result.code == 1
    expected = {"die_after": "was ended by signal 9", "quit_after": "ended before it had confirmed"}
    assert expected[setting] in result.out
    workshop.destination.pop(setting)
    assert workshop.run().code == 0
    assert len(workshop.held["members"]) == 5
    assert len(workshop.held["orders"]) == 3
    assert workshop.query("SELECT count(*) FROM deliveries WHERE open_attempt NOT NULL") == [(0,)]


def test_an_unknown_result_is_sent_again_though_nothing_changed(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    with sqlite3.connect(workshop.folder / "glue.db") as database:
        database.execute("UPDATE deliveries SET open_attempt = 1 WHERE object = 'members'")
    assert workshop.run().code == 0
    assert workshop.query("SELECT count(*) FROM attempts WHERE object = 'members'") == [(10,)]
    assert workshop.query("SELECT count(*) FROM deliveries WHERE open_attempt NOT NULL") == [(0,)]


def test_a_flood_of_rejects_through_small_pipes_does_not_hang(
    workshop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = functools.partial(subprocess.Popen, pipesize=4096)
    monkeypatch.setattr("kit.protocol.connector.subprocess.Popen", small)
    workshop.people = [workshop.person(n) for n in range(10_000)]
    workshop.bills = []
    workshop.destination |= {"reject": "bad_merge_field", "reject_size": 4096, "grumble": 2000}
    started = time.monotonic()
    result = workshop.glue("plan", "flow")
    assert result.code == 0
    assert "members rejected 10,000: bad_merge_field" in result.out
    assert time.monotonic() - started < 120


def test_fifty_rejects_for_one_reason_in_a_row_stop_the_run(workshop: Any) -> None:
    workshop.people = [workshop.person(n) for n in range(2_000)]
    workshop.bills = []
    workshop.destination |= {"reject": "bad_merge_field"}
    workshop.approved()
    workshop.destination["delay"] = 0.002
    result = workshop.run()
    assert result.code == 1
    assert "refused for one reason, `bad_merge_field`" in result.out
    [(sent,)] = workshop.query("SELECT count(*) FROM attempts")
    assert sent < 2_000
    [(kept,)] = workshop.query("SELECT count(*) FROM state WHERE state NOT NULL")
    assert kept == 0
    assert "bad_merge_field" in workshop.glue("status").out


def test_somebody_elses_destination_acknowledges_by_its_states(workshop: Any) -> None:
    workshop.foreign = True
    plan = workshop.glue("plan", "flow")
    assert plan.code == 0
    assert not (workshop.folder / "held.json").exists()
    assert "reports no outcomes" in plan.out
    workshop.glue("approve", "flow")
    result = workshop.run()
    assert result.code == 0
    assert "reports no outcomes" in result.out
    records = json.loads((workshop.folder / "held.json").read_text())
    assert [record["stream"] for record in records] == ["members"] * 5 + ["orders"] * 3
    assert workshop.query("SELECT count(*) FROM deliveries WHERE acked NOT NULL") == [(8,)]
    assert workshop.query("SELECT count(*) FROM state WHERE state NOT NULL") == [(2,)]
    (workshop.folder / "held.json").unlink()
    assert workshop.run().code == 0
    assert not (workshop.folder / "held.json").exists()


def test_somebody_elses_destination_may_echo_at_the_end(workshop: Any) -> None:
    workshop.foreign = True
    workshop.destination["late"] = True
    workshop.approved()
    assert workshop.run().code == 0
    assert workshop.query("SELECT count(*) FROM deliveries WHERE acked NOT NULL") == [(8,)]


def test_somebody_elses_destination_that_echoes_nothing_confirms_nothing(workshop: Any) -> None:
    workshop.foreign = True
    workshop.destination["echo"] = False
    workshop.approved()
    result = workshop.run()
    assert result.code == 1
    assert "ended before it had confirmed all" in result.out
    assert workshop.query("SELECT count(*) FROM deliveries WHERE acked NOT NULL") == [(0,)]
    assert workshop.query("SELECT count(*) FROM state WHERE state NOT NULL") == [(0,)]


def test_handed_back_configuration_is_kept_by_every_verb(workshop: Any) -> None:
    workshop.source |= {"token": "T", "code": "C"}
    workshop.approved()
    token = _last_token(workshop)
    assert token.startswith("T+")
    workshop.glue("check", "flow")
    assert len(_last_token(workshop)) > len(token)
    token = _last_token(workshop)
    workshop.run()
    assert len(_last_token(workshop)) > len(token)
    workshop.source["token"] = "fresh"
    workshop.run()
    assert _last_token(workshop).startswith("fresh+")


def _last_token(workshop: Any) -> str:
    settings = load_settings(workshop.folder / "glue.yaml")
    with Database(settings.ledger) as database:
        return str(Vault(database).config("erp", settings.connectors["erp"].config)["token"])


def test_a_mistake_in_the_settings_that_was_corrected_sends_only_what_is_unknown(
    workshop: Any,
) -> None:
    workshop.approved()
    workshop.run()
    workshop.calls()
    workshop.destination |= {"tone": "other", "fail": "There is no such audience."}
    assert workshop.run().code == 1
    workshop.destination.pop("tone")
    workshop.destination.pop("fail")
    assert workshop.run().code == 0
    assert workshop.calls() == []
    assert workshop.query("SELECT count(*) FROM attempts WHERE object = 'orders'") == [(3,)]


def test_a_plan_asks_the_destination_before_it_reads(workshop: Any) -> None:
    workshop.destination["fail"] = "There is no such audience."
    result = workshop.glue("plan", "flow")
    assert result.code == 1
    assert "Connector `mail`: There is no such audience." in result.err
    assert "Read" not in result.out
