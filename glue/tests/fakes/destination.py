"""A destination of ours for tests: what it holds is a JSON file, written after each record.

Config: `holds` (path), `calls` (path of a list of the calls made), `envelopes` (path of what came
with each record), `reject` (a reason for every member), `reject_size` (characters of its message),
`needs_member` (an order without member is parked), `delay` (seconds a record), `die_after` and
`quit_after` (records), `grumble` (characters to standard error a
record), `fail` (a message for `check` and `write`).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from hashlib import md5
from pathlib import Path
from typing import Any

TECHNICAL = ("delay", "die_after", "quit_after", "envelopes", "grumble", "fail")


def say(kind: str, **body: Any) -> None:
    sys.stdout.write(json.dumps({"type": kind, **body}) + "\n")
    sys.stdout.flush()


def load(name: str) -> dict[str, Any]:
    return json.loads(Path(sys.argv[sys.argv.index(name) + 1]).read_text())


def append(path: str | None, line: str) -> None:
    if path:
        with Path(path).open("a") as file:
            file.write(line + "\n")


class Store:
    def __init__(self, config: dict[str, Any]) -> None:
        self.path = Path(config["holds"])
        self.calls = config.get("calls")
        self.dry = config.get("dry_run", False)
        self.data = json.loads(self.path.read_text()) if self.path.exists() else {}

    def of(self, name: str) -> dict[str, Any]:
        return self.data.setdefault(name, {})

    def put(self, name: str, key: str, value: dict[str, Any]) -> str:
        old = self.of(name).get(key)
        if old == value:
            return "unchanged"
        self.of(name)[key] = value
        if not self.dry:
            new = self.path.with_suffix(".new")
            new.write_text(json.dumps(self.data, sort_keys=True))
            new.replace(self.path)
            append(self.calls, f"{name} {key}")
        return "created" if old is None else "updated"

    def rename(self, name: str, before: str, after: str) -> None:
        if before in self.of(name) and after not in self.of(name):
            self.of(name)[after] = self.of(name).pop(before)


def refusal(config: dict[str, Any], store: Store, record: dict[str, Any]) -> dict[str, Any] | None:
    name, data, key = record["stream"], record["data"], record["glue"]["key"]
    if name == "members":
        if config.get("reject"):
            message = "x" * config.get("reject_size", 10)
            return {"kind": "rejected", "reason": config["reject"], "message": message}
        if data.get("consent") == "denied" and key not in store.of("members"):
            return {"kind": "skipped", "reason": "consent_denied"}
    elif config.get("needs_member"):
        buyer = md5(data["email_address"].encode(), usedforsecurity=False).hexdigest()
        if buyer not in store.of("members"):
            return {"kind": "parked", "reason": "no_member", "waits_for": f"members:{buyer}"}
    return None


def outcome(config: dict[str, Any], store: Store, record: dict[str, Any]) -> dict[str, Any]:
    refused = refusal(config, store, record)
    if refused is not None:
        return refused
    name, data, glue = record["stream"], record["data"], record["glue"]
    if glue.get("previous_key"):
        store.rename(name, glue["previous_key"], glue["key"])
    old = store.of(name).get(glue["key"]) or {}
    kind = store.put(name, glue["key"], data)
    differences = [
        {"field": field, "old": old.get(field), "new": value}
        for field, value in data.items()
        if old.get(field) != value
    ]
    status = {"status": "transactional"} if name == "members" else {}
    calls = 0 if kind == "unchanged" else 1
    return {
        "kind": kind, "destination_id": glue["key"], "calls": calls, "differences": differences,
        **status,
    }  # fmt: skip


def report(config: dict[str, Any], store: Store, record: dict[str, Any], number: int) -> None:
    append(config.get("envelopes"), json.dumps(record["glue"]))
    time.sleep(config.get("delay", 0))
    data = outcome(config, store, record)
    if config.get("dry_run"):
        data["kind"] = "would_" + data["kind"]
    if config.get("die_after") == number:
        os.kill(os.getpid(), signal.SIGKILL)
    if config.get("quit_after") == number:
        sys.exit(0)
    glue = record["glue"]
    data |= {"glue_id": glue["id"], "object": record["stream"], "key": glue["key"]}
    say("RECORD", record={"stream": "outcomes", "emitted_at": 0, "data": data})
    if config.get("grumble"):
        sys.stderr.write("y" * config["grumble"] + "\n")


def write(config: dict[str, Any]) -> int:
    if config.get("fail"):
        error = {"message": config["fail"], "failure_type": "config_error"}
        say("TRACE", trace={"type": "ERROR", "emitted_at": 0, "error": error})
        return 1
    store, number = Store(config), 0
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "GLUE":
            return 0
        if message["type"] == "STATE":
            say("STATE", state=message["state"])
        else:
            number += 1
            report(config, store, message["record"], number)
    return 0


def main() -> int:
    verb = sys.argv[1]
    if verb == "spec":
        properties = {
            "_glue": {"type": "object"},
            "api_key": {"type": "string", "airbyte_secret": True},
            **{name: {} for name in ("holds", "calls", "reject", "reject_size", "needs_member")},
            **{name: {"x-technical": True} for name in TECHNICAL},
        }
        say("SPEC", spec={"connectionSpecification": {"properties": properties}})
        return 0
    config = load("--config")
    if verb == "check":
        status = "FAILED" if config.get("fail") else "SUCCEEDED"
        say("CONNECTION_STATUS", connectionStatus={"status": status, "message": config.get("fail")})
        return 0
    return write(config) if verb == "write" else 2


if __name__ == "__main__":
    sys.exit(main())
