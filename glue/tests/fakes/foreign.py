"""A destination of somebody else: no outcomes; it echoes states, and loses their id.

Config: `holds` (path), `echo` (whether it echoes at all), `late` (whether only at the end).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def say(kind: str, **body: Any) -> None:
    sys.stdout.write(json.dumps({"type": kind, **body}) + "\n")
    sys.stdout.flush()


def write(config: dict[str, Any]) -> int:
    records, late = [], []
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "RECORD":
            if "glue" in message["record"]:
                return 3
            records.append(message["record"])
        elif message["type"] == "STATE" and config.get("echo", True):
            message["state"].pop("id")
            if config.get("late"):
                late.append(message["state"])
            else:
                say("STATE", state=message["state"])
    Path(config["holds"]).write_text(json.dumps(records))
    for state in late:
        say("STATE", state=state)
    return 0


def main() -> int:
    verb = sys.argv[1]
    if verb == "spec":
        properties = {"holds": {"type": "string"}}
        say("SPEC", spec={"connectionSpecification": {"properties": properties}})
        return 0
    if verb == "check":
        say("CONNECTION_STATUS", connectionStatus={"status": "SUCCEEDED"})
        return 0
    return write(json.loads(Path(sys.argv[sys.argv.index("--config") + 1]).read_text()))


if __name__ == "__main__":
    sys.exit(main())
