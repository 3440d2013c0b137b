from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from glue.connectors import Client, Seat, connector_for
from glue.connectors.command import remove_leftovers
from glue.interruption import Interruption
from glue.ledger import Database
from glue.ledger.answers import Answers
from glue.ledger.leases import Leases
from glue.ledger.vault import Vault
from glue.settings import ConnectorSettings
from kit.protocol.connector import Call, Verb
from kit.protocol.errors import ConfigError, FatalError
from kit.protocol.messages import Catalog, TraceError

SOURCE = Path(__file__).parent / "fakes" / "source.py"


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    with Database(tmp_path / "glue.db") as database:
        yield Seat(Vault(database), Answers(database), Leases(database), Interruption())


def client(seat: Seat, **config: Any) -> Client:
    settings = ConnectorSettings("erp", (sys.executable, str(SOURCE)))
    return Client("erp", connector_for(settings, Path()), config, frozenset(), seat)


def test_a_bare_command_is_found_beside_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = connector_for(ConnectorSettings("x", ("glue", "--version")), Path()).command
    assert found == (str(Path(sys.executable).parent / "glue"), "--version")


def test_other_commands_are_found_on_the_path_and_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "source-of-mine"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for command in ("source-of-mine", "./source-of-mine"):
        found = connector_for(ConnectorSettings("x", (command,)), tmp_path).command
        assert Path(found[0]).samefile(script)
    assert connector_for(ConnectorSettings("x", ("nowhere",)), tmp_path).command == ("nowhere",)


def test_an_image_gets_its_config_mounted_and_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "config = json.load(open(sys.argv[sys.argv.index('--config') + 1]))\n"
        "streams = [sys.argv[1:], config, os.environ.get('GLUE_SECRET_KEY')]\n"
        "print(json.dumps({'type': 'CATALOG', 'catalog': {'streams': streams}}))\n"
    )
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GLUE_SECRET_KEY", "canary")
    connector = connector_for(ConnectorSettings("x", image="mail:1"), tmp_path)
    with connector.start(Call(Verb.DISCOVER, {"a": 1})) as session:
        [answer] = session.messages()
    assert isinstance(answer, Catalog)
    arguments, config, key = answer.streams
    assert arguments[:5] == ["run", "--rm", "-i", "--user", f"{os.getuid()}:{os.getgid()}"]
    assert arguments[5] == "-v"
    folder = arguments[6].split(":")[0]
    assert arguments[6] == f"{folder}:{folder}:ro"
    assert arguments[7:] == ["mail:1", "discover", "--config", f"{folder}/config.json"]
    assert config == {"a": 1}
    assert key == ""


def test_leftovers_of_killed_runners_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    old, own = tmp_path / f"glue-{gone.pid}-abc", tmp_path / f"glue-{os.getpid()}-abc"
    scratch, other = tmp_path / f"glue-{gone.pid}-x.db", tmp_path / "glue-notes"
    for folder in (old, own, other):
        folder.mkdir()
    (old / "config.json").write_text("{}")
    scratch.write_text("")
    remove_leftovers()
    assert sorted(tmp_path.iterdir()) == sorted([own, other])


def test_answers_are_kept_until_the_settings_change(seat: Seat, tmp_path: Path) -> None:
    calls = tmp_path / "rows.json"
    calls.write_text("{}")
    asked = client(seat, rows=str(calls), token="T")
    assert asked.discover() == asked.discover()
    [field] = [seat.vault.config("erp", {"token": "T", "rows": str(calls)})["token"]]
    assert field == "T+"
    asked.discover(max_age=timedelta())
    assert seat.vault.config("erp", {"token": "T", "rows": str(calls)})["token"] == "T++"
    client(seat, rows="other", token="T").discover()
    assert seat.vault.config("erp", {"token": "T", "rows": "other"})["token"] == "T+++"


def test_a_config_error_is_told_from_a_fault(seat: Seat) -> None:
    with pytest.raises(ConfigError, match="The password is wrong"):
        client(seat, fail="config").discover()
    trace = TraceError("it broke for anna@example.com", "", "system_error", None)
    error = client(seat).failure(trace, 1)
    assert isinstance(error, FatalError)
    assert str(error) == "Connector `erp`: it broke for ****"
    assert "signal 9" in str(client(seat).failure(None, -9))
    assert "exit code 2" in str(client(seat).failure(None, 2))


def test_a_check_that_fails_shows_no_secret(seat: Seat) -> None:
    status = client(seat, fail="config", password="The password").check()
    assert not status.succeeded
    assert status.message == "**** is wrong; correct `password`."


def test_the_settings_hash_leaves_secrets_out(seat: Seat) -> None:
    one = client(seat, rows="a", code="secret-one").settings_hash
    assert client(seat, rows="a", code="secret-two").settings_hash == one
    assert client(seat, rows="b", code="secret-one").settings_hash != one


def test_no_connector_of_the_name_answers(seat: Seat, tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexit 4\n")
    silent.chmod(0o755)
    settings = ConnectorSettings("mute", (str(silent),))
    mute = Client("mute", connector_for(settings, tmp_path), {}, frozenset(), seat)
    with pytest.raises(FatalError, match="`mute` ended with exit code 4"):
        mute.spec()
    assert json.dumps(mute.settings) == "{}"
