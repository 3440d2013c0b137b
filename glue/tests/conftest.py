"""A workshop: a folder with a connections file over fake connectors, and a way to call `glue`."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from glue.cli import main
from kit.protocol.keys import member_key

FAKES = Path(__file__).parent / "fakes"


def person(number: int, **values: Any) -> dict[str, Any]:
    return {
        "id": f"P{number:05}",
        "email": f"p{number}@example.com",
        "name": f"Person {number}",
        "phone": None,
        "consent": None,
        "changed": f"2024-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
    } | values


def bill(number: int, of: int, **values: Any) -> dict[str, Any]:
    return {
        "id": f"B{number:05}",
        "number": number,
        "person": f"P{of:05}",
        "total": round(10.01 * number, 2),
        "currency": "USD",
        "status": "closed",
        "changed": f"2024-01-02T00:{number // 60 % 60:02}:{number % 60:02}Z",
    } | values


def credit(number: int, of: int, **values: Any) -> dict[str, Any]:
    return {
        "id": f"C{number:05}",
        "number": of,
        "total": round(1.01 * number, 2),
        "currency": "USD",
        "changed": f"2024-01-03T00:{number // 60 % 60:02}:{number % 60:02}Z",
    } | values


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Workshop:
    person = staticmethod(person)
    bill = staticmethod(bill)
    credit = staticmethod(credit)

    folder: Path
    people: list[dict[str, Any]] = field(default_factory=list)
    bills: list[dict[str, Any]] = field(default_factory=list)
    credits: list[dict[str, Any]] = field(default_factory=list)
    touched: list[dict[str, Any]] = field(default_factory=list)
    source: dict[str, Any] = field(default_factory=dict)
    destination: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    foreign: bool = False
    catalog: str = "catalog.yaml"

    def write(self) -> None:
        rows = {
            "people": self.people,
            "bills": self.bills,
            "credits": self.credits,
            "people_by_contact": self.touched,
        }
        (self.folder / "rows.json").write_text(json.dumps(rows))
        fake = "foreign.py" if self.foreign else "destination.py"
        settings = {
            "connectors": {
                "erp": {
                    "command": [sys.executable, str(FAKES / "source.py")],
                    "config": {"rows": str(self.folder / "rows.json"), **self.source},
                },
                "mail": {
                    "command": [sys.executable, str(FAKES / fake)],
                    "config": {
                        "holds": str(self.folder / "held.json"),
                        "calls": str(self.folder / "calls.txt"),
                        **self.destination,
                    },
                },
            },
            "connections": {
                "flow": {
                    "source": "erp",
                    "destination": "mail",
                    "catalog": str(FAKES / self.catalog),
                    "variables": self.variables,
                }
            },
        }
        (self.folder / "glue.yaml").write_text(yaml.safe_dump(settings))

    def glue(self, *arguments: str) -> Result:
        self.write()
        result = CliRunner().invoke(main, ["--file", str(self.folder / "glue.yaml"), *arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Result(result.exit_code, result.stdout, result.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        self.write()
        return subprocess.Popen(
            [sys.executable, "-m", "glue", "--file", str(self.folder / "glue.yaml"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def approved(self) -> None:
        assert self.glue("plan", "flow").code == 0
        assert self.glue("approve", "flow").code == 0

    def run(self) -> Result:
        return self.glue("run", "flow")

    @property
    def held(self) -> dict[str, dict[str, Any]]:
        path = self.folder / "held.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def calls(self) -> list[str]:
        path = self.folder / "calls.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "glue.db")) as connection:
            return connection.execute(sql, values).fetchall()

    def member(self, number: int) -> dict[str, Any] | None:
        return self.held.get("members", {}).get(member_key(f"p{number}@example.com"))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    shop = Workshop(tmp_path)
    shop.people = [person(n) for n in range(1, 6)]
    shop.bills = [bill(n, of=n) for n in range(1, 4)]
    return shop


@pytest.fixture(autouse=True)
def debug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLUE_DEBUG", "1")
