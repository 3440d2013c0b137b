"""A source for tests: rows come from a JSON file, the cursor is the row's `changed`.

Config: `rows` (path), `fail` (`config`, `half` or `exit`), `delay` (seconds a row), `token` (which
it rotates at every verb), `log` (text that it logs as an error), `stubborn` (ignores SIGTERM),
`second` (it has the stream `people_by_contact`, with the people whose contact was touched).
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMA = {
    "people": ("id", "email", "name", "phone", "consent", "changed"),
    "bills": ("id", "number", "person", "total", "currency", "status", "changed"),
    "credits": ("id", "number", "total", "currency", "changed"),
}
WRONG = "The password is wrong; correct `password`."


def say(kind: str, **body: Any) -> None:
    sys.stdout.write(json.dumps({"type": kind, **body}) + "\n")
    sys.stdout.flush()


SECOND = (*SCHEMA["people"], "touched")


def discover(config: dict[str, Any]) -> None:
    streams = [
        {
            "name": name,
            "json_schema": {"type": "object", "properties": {field: {} for field in fields}},
            "supported_sync_modes": ["full_refresh", "incremental"],
            "source_defined_cursor": True,
            "default_cursor_field": ["changed"],
            "source_defined_primary_key": [["id"]],
        }
        for name, fields in {
            **SCHEMA,
            **({"people_by_contact": SECOND} if config.get("second") else {}),
        }.items()
    ]
    say("CATALOG", catalog={"streams": streams})


def status(stream: str, value: str) -> None:
    descriptor = {"stream_descriptor": {"name": stream}, "status": value}
    trace = {"type": "STREAM_STATUS", "emitted_at": 0, "stream_status": descriptor}
    say("TRACE", trace=trace)


def fail(message: str, kind: str, stream: str | None = None) -> None:
    error: dict[str, Any] = {"message": message, "failure_type": kind}
    if stream:
        error["stream_descriptor"] = {"name": stream}
    say("TRACE", trace={"type": "ERROR", "emitted_at": 0, "error": error})


def rows_since(config: dict[str, Any], name: str, since: str) -> Iterator[dict[str, Any]]:
    rows = json.loads(Path(config["rows"]).read_text()).get(name, [])
    for row in sorted(rows, key=lambda row: row["changed"]):
        if row["changed"] >= since:
            time.sleep(config.get("delay", 0))
            yield row


def read_stream(config: dict[str, Any], name: str, since: str) -> bool:
    status(name, "STARTED")
    last = since
    for number, row in enumerate(rows_since(config, name, since)):
        if config.get("fail") == "half" and name == "bills" and number:
            status(name, "INCOMPLETE")
            fail("The ERP went away.", "transient_error", name)
            return False
        data = {key: value for key, value in row.items() if value is not None}
        say("RECORD", record={"stream": name, "data": data, "emitted_at": 0})
        last = row["changed"]
    stream = {"stream_descriptor": {"name": name}, "stream_state": {"changed": last}}
    say("STATE", state={"type": "STREAM", "stream": stream})
    status(name, "COMPLETE")
    return True


def read(config: dict[str, Any]) -> int:
    if config.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    states = [each["stream"] for each in load("--state") or []]
    since = {each["stream_descriptor"]["name"]: each["stream_state"]["changed"] for each in states}
    for configured in load("--catalog")["streams"]:
        name = configured["stream"]["name"]
        if not read_stream(config, name, since.get(name, "")):
            return 1
    if config.get("fail") == "exit":
        sys.stderr.write("something is broken\n")
        return 9
    return 0


def load(name: str) -> Any:
    if name not in sys.argv:
        return None
    return json.loads(Path(sys.argv[sys.argv.index(name) + 1]).read_text())


def side_messages(config: dict[str, Any]) -> None:
    if config.get("log"):
        say("LOG", log={"level": "ERROR", "message": config["log"]})
    if "token" in config:
        rotated = {"config": {**config, "token": config["token"] + "+"}}
        say(
            "CONTROL",
            control={"type": "CONNECTOR_CONFIG", "emitted_at": 0, "connectorConfig": rotated},
        )


def main() -> int:
    verb = sys.argv[1]
    if verb == "spec":
        plain = ("rows", "fail", "delay", "token", "log", "stubborn", "second")
        properties = {**{name: {} for name in plain}, "code": {"airbyte_secret": True}}
        say("SPEC", spec={"connectionSpecification": {"properties": properties}})
        return 0
    config = load("--config")
    side_messages(config)
    is_wrong = config.get("fail") == "config"
    if verb == "check":
        answer = {"status": "FAILED", "message": WRONG} if is_wrong else {"status": "SUCCEEDED"}
        say("CONNECTION_STATUS", connectionStatus=answer)
        return 0
    if is_wrong:
        fail(WRONG, "config_error")
        return 1
    if verb == "discover":
        discover(config)
        return 0
    return read(config)


if __name__ == "__main__":
    sys.exit(main())
