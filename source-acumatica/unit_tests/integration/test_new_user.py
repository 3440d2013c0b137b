"""What a new user does from the connector's page alone: its own commands and files, as processes."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulators.acumatica import AcumaticaSimulator

PAGE = Path(__file__).resolve().parents[3] / "docs/integrations/sources/acumatica.md"

BROWSER = """#!{python}
import sys
from urllib.request import urlopen
urlopen(sys.argv[1], timeout=20).read()
"""


@dataclass
class User:
    """Somebody with the page, a folder, a shell and a browser.

    Attributes:
        folder: Where the files are and the commands run.
        erp: The instance that the user has.
        port: Where the browser is led to; another one than the page's, which may be in use here.
    """

    folder: Path
    erp: AcumaticaSimulator
    port: int

    def blocks(self, language: str) -> list[str]:
        """The page's blocks of one language, with the user's own names in them."""
        found = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
        return [self._own(block) for block in found]

    def _own(self, block: str) -> str:
        return block.replace("https://erp.example.com/Site", self.erp.url).replace(
            "4B2F9C60-7C8F-0F3A-1234-5F0C3B7B5A10@Company", self.erp.account.client_id
        )

    def command(self, verb: str) -> list[str]:
        """The page's command of a verb."""
        lines = [line for block in self.blocks("console") for line in block.splitlines()]
        (command,) = [line for line in lines if line.startswith(f"$ source-acumatica {verb} ")]
        return shlex.split(command)[2:]

    def runs(self, verb: str, *more: str) -> list[dict[str, Any]]:
        """Run the page's command of a verb, and do what the page says of its messages."""
        done = subprocess.run(
            [sys.executable, "-m", "source_acumatica", *self.command(verb), *more],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={
                **os.environ,
                "BROWSER": f"{self.folder / 'browser'} %s",
                "ACUMATICA_CLIENT_SECRET": self.erp.account.client_secret,
            },
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        messages = [json.loads(line) for line in done.stdout.splitlines()]
        for message in messages:
            if message["type"] == "CONTROL":
                self.write("config.json", message["control"]["connectorConfig"]["config"])
        return messages

    def write(self, name: str, content: Any) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        (self.folder / name).write_text(text)


@pytest.fixture
def user(erp: AcumaticaSimulator, tmp_path: Path) -> User:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    browser = tmp_path / "browser"
    browser.write_text(BROWSER.format(python=sys.executable))
    browser.chmod(0o755)
    return User(tmp_path, erp, port)


def registered_on(page: str) -> str:
    """The redirect URI that the page says to register."""
    (uri,) = set(re.findall(r"`(http://localhost:\d+/callback)`", page))
    return str(uri)


def test_from_the_page_to_the_first_and_the_second_read(
    user: User, erp: AcumaticaSimulator
) -> None:
    uri = registered_on(PAGE.read_text())
    assert uri in erp.sign_in.redirect_uris
    erp.sign_in.redirect_uris.add(uri.replace("8765", str(user.port)))

    config, catalog = user.blocks("json")
    user.write("config.json", config)
    user.write("catalog.json", catalog)
    user.write("state.json", "[]")

    user.runs("authorize", "--port", str(user.port))
    assert json.loads((user.folder / "config.json").read_text())["credentials"]["refresh_token"]

    (checked,) = [m for m in user.runs("check") if m["type"] == "CONNECTION_STATUS"]
    assert checked["connectionStatus"]["status"] == "SUCCEEDED", checked
    (found,) = [m for m in user.runs("discover") if m["type"] == "CATALOG"]
    names = {stream["name"] for stream in found["catalog"]["streams"]}
    assert {"customers", "customers_by_contact"} <= names

    first = user.runs("read")
    records = [m["record"] for m in first if m["type"] == "RECORD"]
    assert len(records) == erp.counts()["Customer"]
    assert sum(e.method == "POST" for e in erp.requests) == 1, "one sign-in: the consent's own"

    states = {
        m["state"]["stream"]["stream_descriptor"]["name"]: m["state"]
        for m in first
        if m["type"] == "STATE"
    }
    user.write("state.json", list(states.values()))
    erp.sign_in.revoke_access()  # an hour later
    second = user.runs("read")
    assert [m for m in second if m["type"] == "RECORD"] == []
    assert [m for m in second if m["type"] == "CONTROL"]
    user.runs("check")


def test_every_command_of_the_page_is_one_that_is_run_here(user: User) -> None:
    lines = [line for block in user.blocks("console") for line in block.splitlines()]
    verbs = [shlex.split(line)[2] for line in lines]
    assert verbs == ["authorize", "check", "discover", "read"]
