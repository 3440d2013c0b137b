"""The audience's merge fields: read once, and completed where the settings allow it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from destination_mailchimp.audience import PAGE, Audience
from destination_mailchimp.client import Client, path
from destination_mailchimp.problems import Problem, explain
from destination_mailchimp.values import MergeField, NullPolicy, convert_all, guess_type, is_tag
from kit.destination.http import Answer, Unconfirmed
from kit.protocol.errors import ConfigError, RecordRejected
from kit.protocol.reasons import Reason

_ALWAYS_THERE: Final = "EMAIL"


def read_merge_fields(client: Client, audience: Audience) -> dict[str, MergeField]:
    """Read the audience's merge fields, by tag."""
    rows = client.read(path("lists", audience.id, "merge-fields"), {"count": PAGE})
    fields = (_read(row) for row in rows.get("merge_fields", ()))
    return {field.tag: field for field in fields}


def _read(row: Mapping[str, Any]) -> MergeField:
    options = row.get("options") or {}
    return MergeField(
        tag=str(row.get("tag") or ""),
        type=str(row.get("type") or "text"),
        name=str(row.get("name") or ""),
        required=bool(row.get("required")),
        choices=tuple(str(each) for each in options.get("choices") or ()),
    )


class MergeFields:
    """Converts the merge fields of records, and makes the ones that the audience lacks.

    Args:
        client: Calls to the account.
        audience: The audience.
        create: Whether missing fields are made.
        nulls: What a null does.
        dry_run: Treat a missing field as if it had been made.
        log: Writes a log line.
    """

    def __init__(
        self,
        client: Client,
        audience: Audience,
        *,
        create: bool,
        nulls: NullPolicy,
        dry_run: bool,
        log: Callable[[str, str], None],
    ) -> None:
        self._client = client
        self._audience = audience
        self._create = create
        self._nulls = nulls
        self._dry_run = dry_run
        self._log = log
        self._fields = read_merge_fields(client, audience)
        self._left_out: set[str] = set()
        self._lock = threading.Lock()

    def convert(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Convert the merge fields of one member.

        Raises:
            RecordRejected: A value does not fit its field.
            ConfigError: A field could not be made.
        """
        for tag, value in values.items():
            if tag not in self._fields and value is not None:
                self._complete(tag, value)
        return convert_all(values, self._fields, self._nulls)

    def _complete(self, tag: str, value: object) -> None:
        if tag == _ALWAYS_THERE or tag in self._left_out:
            return
        if not is_tag(tag):
            raise RecordRejected(
                Reason.BAD_MERGE_FIELD,
                f"`{tag[:40]}` cannot be a merge tag: it takes at most ten of A-Z, 0-9 and "
                "underscore. Correct the catalog.",
                field="merge_fields",
            )
        with self._lock:
            if tag in self._fields or tag in self._left_out:
                return
            if not self._create:
                self._left_out.add(tag)
                self._log(
                    "WARN",
                    f"The audience has no merge field `{tag}`, so its values are left out; add the "
                    "field in Mailchimp, or set `create_merge_fields`.",
                )
                return
            self._add(tag, guess_type(tag, value))

    def _add(self, tag: str, kind: str) -> None:
        if self._dry_run:
            self._log("INFO", f"The merge field `{tag}` would be made, of type {kind}.")
            self._fields[tag] = MergeField(tag, kind, tag)
            return
        body = {"tag": tag, "name": tag, "type": kind, "required": False, "public": False}
        try:
            answer: Answer | None = self._client.send(
                "POST", path("lists", self._audience.id, "merge-fields"), body
            )
        except Unconfirmed:
            answer = None
        if answer is not None and answer.ok:
            self._fields[tag] = _read(answer.body)
            self._log("INFO", f"Made the merge field `{tag}`, of type {kind}.")
            return
        self._fields.update(read_merge_fields(self._client, self._audience))
        if tag not in self._fields:
            said = explain(Problem.from_answer(answer.status, answer.body)) if answer else ""
            raise ConfigError(
                f"The merge field `{tag}` could not be made. {said} Make it in Mailchimp, take it "
                "out of the catalog, or switch `create_merge_fields` off.",
                setting="create_merge_fields",
            )
