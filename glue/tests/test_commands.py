"""The commands as a person meets them: help, errors, stories."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

import glue
from glue.cli import main
from glue.cli.context import Context, end
from glue.console import Terminal
from glue.engine.typos import unknown_settings
from glue.ledger import Database, Ledger
from kit.protocol.keys import member_key

COMMANDS = sorted(main.commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    command = main.commands[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help


def test_the_commands() -> None:
    assert COMMANDS == ["approve", "check", "explain", "init", "plan", "run", "status"]


def test_only_the_console_and_the_commands_print() -> None:
    root = Path(glue.__file__).parent
    for path in root.rglob("*.py"):
        if path.parent.name in {"console", "cli"}:
            continue
        tree = ast.parse(path.read_text())
        names = {
            alias.name if isinstance(node, ast.Import) else node.module or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert not any(name.split(".")[0] in {"rich", "click"} for name in names), path
        assert not any(name.startswith("glue.console") for name in names), path
        calls = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "print" not in calls, path


def test_init_writes_a_file_that_loads_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "glue.yaml"
    result = CliRunner().invoke(main, ["--file", str(path), "init"])
    assert result.exit_code == 0
    content = yaml.safe_load(path.read_text())
    assert list(content["connections"]) == ["acumatica-to-mailchimp"]
    path.write_text("mine")
    again = CliRunner().invoke(main, ["--file", str(path), "init"])
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert path.read_text() == "mine"
    elsewhere = CliRunner().invoke(main, ["--file", str(tmp_path / "no" / "x.yaml"), "init"])
    assert "cannot be written" in elsewhere.stderr


@pytest.mark.parametrize("command", [["run"], ["plan"], ["check"], ["status"], ["explain", "x"]])
def test_a_missing_file_is_one_sentence(tmp_path: Path, command: list[str]) -> None:
    result = CliRunner().invoke(main, ["--file", str(tmp_path / "none.yaml"), *command])
    assert result.exit_code == 1
    assert "There is no connections file" in result.stderr
    assert "glue init" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_only_connection_need_not_be_named(workshop: Any) -> None:
    assert workshop.glue("plan").code == 0
    assert workshop.glue("approve").code == 0
    assert workshop.glue("run").code == 0


def test_an_unknown_connection(workshop: Any) -> None:
    result = workshop.glue("run", "other")
    assert result.code == 1
    assert "has no connection `other`. It has: `flow`." in result.err


def test_check_tells_of_every_fault(workshop: Any) -> None:
    workshop.source["fail"] = "config"
    workshop.destination["fail"] = "The audience `X` is not there; correct `audience`."
    result = workshop.glue("check")
    assert result.code == 1
    assert "✗ source erp: The password is wrong; correct `password`." in result.out
    assert "✗ destination mail: The audience `X` is not there" in result.out


def test_check_holds_the_catalog_against_the_source(workshop: Any) -> None:
    catalog = (Path(__file__).parent / "fakes" / "catalog.yaml").read_text()
    workshop.write()
    settings = yaml.safe_load((workshop.folder / "glue.yaml").read_text())
    settings["connections"]["flow"]["catalog"] = "./mine.yaml"

    def check(text: str) -> Any:
        (workshop.folder / "mine.yaml").write_text(text)
        (workshop.folder / "glue.yaml").write_text(yaml.safe_dump(settings))
        return CliRunner().invoke(main, ["-f", str(workshop.folder / "glue.yaml"), "check"])

    assert check(catalog).exit_code == 0
    wrong_path = check(catalog.replace("phone: phone", "phone: telephone"))
    assert wrong_path.exit_code == 1
    assert "mine.yaml:" in wrong_path.stdout
    assert "telephone" in wrong_path.stdout
    wrong_step = check(catalog.replace("[trim, lower]", "[trimm, lower]", 1))
    assert wrong_step.exit_code == 1
    assert "trimm" in wrong_step.stdout


def test_a_connector_that_is_not_there(workshop: Any) -> None:
    workshop.write()
    path = workshop.folder / "glue.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["connectors"]["erp"]["command"] = ["source-nowhere"]
    path.write_text(yaml.safe_dump(settings))
    result = CliRunner().invoke(main, ["-f", str(path), "plan"])
    assert result.exit_code == 1
    assert "Connector `erp`: The command `source-nowhere` cannot be started" in result.stderr


def test_approve_without_a_plan(workshop: Any) -> None:
    assert "has no plan to approve" in workshop.glue("approve").err
    workshop.glue("plan")
    assert "has no plan 7 to approve" in workshop.glue("approve", "flow", "7").err
    assert workshop.glue("approve", "flow", "1").code == 0


def test_the_story_of_a_delivered_person(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    for who in ("p1@example.com", " P1@Example.com", "P00001", member_key("p1@example.com")):
        result = workshop.glue("explain", who.strip())
        assert result.code == 0, who
        assert "members: delivered, transactional" in result.out
        assert "Source record people P00001" in result.out
        assert "run 1" in result.out
        assert "created" in result.out


def test_the_story_of_a_skipped_person_says_why_and_what_to_do(workshop: Any) -> None:
    workshop.people.append(workshop.person(9, email=None, name="Nobody"))
    workshop.people.append(workshop.person(8, consent="denied"))
    workshop.approved()
    workshop.run()
    nameless = workshop.glue("explain", "P00009")
    assert "members: skipped, no_email. The ERP record has no e-mail address. Enter" in nameless.out
    denied = workshop.glue("explain", "p8@example.com")
    assert "members: skipped, consent_denied" in denied.out
    assert "not sent again until it" in denied.out
    assert workshop.glue("explain", "Nobody").code == 0


def test_the_story_of_a_document_and_its_number(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    story = json.loads(workshop.glue("explain", "B00002", "--output", "json").out)
    assert [each["object"] for each in story["objects"]] == ["orders"]
    assert story["objects"][0]["made_of"] == [["bills", "B00002"]]
    assert story["objects"][0]["standing"] == "created"
    assert story["rows"][0]["results"][0]["kind"] == "mapped"


def test_the_story_of_nobody(workshop: Any) -> None:
    workshop.approved()
    workshop.run()
    result = workshop.glue("explain", "nobody@example.com")
    assert result.code == 1
    assert "mentions `nobody@example.com`" in result.err
    assert workshop.glue("explain", "100%_").code == 1


def test_a_fresh_status(workshop: Any) -> None:
    result = workshop.glue("status")
    assert "Held: no plan was approved" in result.out
    assert "It never ran." in result.out
    assert workshop.glue("plan").code == 0
    assert re.search(r"Held: plan 1, made .*, was not approved yet", workshop.glue("status").out)
    assert workshop.glue("approve").code == 0
    assert "Held" not in workshop.glue("status").out


def test_a_story_of_nothing_is_not_told(workshop: Any) -> None:
    result = workshop.glue("explain", " ")
    assert result.code == 1
    assert "Say who or what" in result.err


def test_an_unexpected_fault_shows_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GLUE_DEBUG")

    def broken() -> int:
        raise ZeroDivisionError("anna@example.com")

    with pytest.raises(SystemExit) as caught:
        end(Context(tmp_path / "x", Terminal(), Terminal()), broken)
    assert caught.value.code == 1
    text = capsys.readouterr().out
    assert "ZeroDivisionError" in text
    assert "anna@example.com" not in text


def test_the_log_holds_no_secret_and_no_address(workshop: Any) -> None:
    workshop.source |= {
        "code": "canary-code",
        "token": "canary-token",
        "log": "refused canary-code and canary-token+ for anna@example.com",
    }
    workshop.approved()
    log = workshop.folder / "log.jsonl"
    result = workshop.glue("--log-file", str(log), "run", "flow")
    assert result.code == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"connector": "erp", "level": "warning"}.items() <= lines[0].items()
    assert all(word not in log.read_text() for word in ("canary", "example.com"))
    assert "canary" not in result.text


def test_a_ledger_shows_no_secret(workshop: Any) -> None:
    workshop.source |= {"code": "canary-code", "token": "canary-token"}
    workshop.approved()
    workshop.run()
    for path in workshop.folder.glob("glue.db*"):
        assert b"canary" not in path.read_bytes()


def test_a_first_run_of_many_rows_keeps_few_in_flight(workshop: Any) -> None:
    workshop.people = [workshop.person(n) for n in range(1500)]
    workshop.bills = []
    workshop.approved()
    assert workshop.run().code == 0
    assert len(workshop.held["members"]) == 1500
    with Database(workshop.folder / "glue.db") as database:
        assert Ledger(database, "flow").deliveries.count_due() == {}


def test_a_misspelt_setting_of_a_connector_is_found() -> None:
    branches = [{"properties": {"key": {}}}, {"properties": {"user": {}, "password": {}}}]
    spec = {"properties": {"url": {}, "credentials": {"oneOf": branches}, "free": {}}}
    good = {"url": "x", "credentials": {"user": "u", "password": "p"}, "free": {"any": 1}}
    assert list(unknown_settings(spec, good)) == []
    assert list(unknown_settings({}, {"anything": 1})) == []
    wrong = {"ulr": "x", "credentials": {"passwort": "p"}}
    assert list(unknown_settings(spec, wrong)) == [
        "`ulr` is not a setting of this connector. Did you mean `url`?",
        "`credentials.passwort` is not a setting of this connector. Did you mean `password`?",
    ]
