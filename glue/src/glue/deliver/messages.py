"""The records that go to a destination, and its configured catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glue.ledger.values import Delivery, Intent
from kit.protocol.handshake import Envelope
from kit.protocol.jsonlines import dumps, loads
from kit.protocol.messages import record_message


def configured_catalog(
    objects: Sequence[str], discovered: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the configured catalog for `write`: one stream for each object."""
    schemas = destination_schemas(discovered or {})
    return {
        "streams": [
            {
                "stream": {
                    "name": name,
                    "json_schema": schemas.get(name, {"type": "object", "properties": {}}),
                    "supported_sync_modes": ["full_refresh", "incremental"],
                },
                "sync_mode": "incremental",
                "destination_sync_mode": "append_dedup",
                "destination_object_name": name,
                "primary_key": [],
                "cursor_field": [],
            }
            for name in objects
        ]
    }


def destination_schemas(discovered: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each object that a destination discovers."""
    operations = discovered.get("operations") or ()
    streams = discovered.get("streams") or ()
    found = {str(each["object_name"]): each.get("json_schema") or {} for each in operations}
    return found | {str(each["name"]): each.get("json_schema") or {} for each in streams}


def record_line(intent: Intent, delivery: Delivery, previous_key: str | None) -> bytes:
    """Return the line that carries one record to a destination of ours."""
    envelope = Envelope(
        id=intent.id,
        key=intent.key,
        previous_key=previous_key,
        consent_changed_at=delivery.consent_changed_at,
    )
    return dumps(record_message(intent.object, loads(intent.payload), envelope))


def plain_record_line(intent: Intent) -> bytes:
    """Return the line that carries one record to somebody else's destination."""
    return dumps(record_message(intent.object, loads(intent.payload)))
