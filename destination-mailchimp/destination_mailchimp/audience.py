"""The audience: found by id or name, its opt-in kind, its size, its members' statuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

from destination_mailchimp.client import Client, path
from destination_mailchimp.consent import MemberStatus
from destination_mailchimp.holdings import ABSENT, Held, Row, Shelf
from kit.protocol.errors import ConfigError

PAGE: Final = 1000
"""Rows of a page, the most that Mailchimp gives."""

STATUSES: Final = tuple(MemberStatus)
_CODES: Final = {str(status): code for code, status in enumerate(STATUSES)}
_READABLE: Final = (
    MemberStatus.SUBSCRIBED,
    MemberStatus.UNSUBSCRIBED,
    MemberStatus.CLEANED,
    MemberStatus.PENDING,
    MemberStatus.TRANSACTIONAL,
    MemberStatus.ARCHIVED,
)
_MEMBER_DETAIL: Final = ("merge_fields", "language", "tags", "last_changed", "email_address")


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience.

    Args:
        id: Mailchimp's id of it.
        name: Its name.
        double_opt_in: Whether new subscribers are asked to confirm.
        size: Roughly how many people it holds, in every status.
    """

    id: str
    name: str
    double_opt_in: bool
    size: int


def find_audience(client: Client, wanted: str) -> Audience:
    """Find the audience that a setting names, by id or exact name.

    Raises:
        ConfigError: There is none, or more than one; those on offer are listed.
    """
    rows = client.first_read("/lists", {"count": PAGE, "fields": "lists.id,lists.name"})
    offered = [(str(row["id"]), str(row["name"])) for row in rows.get("lists", ())]
    matching = [each for each in offered if each[0] == wanted] or [
        each for each in offered if each[1] == wanted
    ]
    if len(matching) == 1:
        return _read_audience(client, matching[0][0])
    listed = ", ".join(f"`{name}` ({identifier})" for identifier, name in offered) or "none"
    if matching:
        raise ConfigError(
            "The setting `audience` fits several audiences; enter the id of one. "
            f"On offer: {listed}.",
            setting="audience",
        )
    raise ConfigError(
        f"The setting `audience` is `{wanted}`, which this account does not have. "
        f"On offer: {listed}.",
        setting="audience",
    )


def _read_audience(client: Client, identifier: str) -> Audience:
    row = client.read(path("lists", identifier), {"include_total_contacts": "true"})
    stats = row.get("stats") or {}
    counted = sum(
        int(stats.get(name) or 0) for name in ("member_count", "unsubscribe_count", "cleaned_count")
    )
    return Audience(
        id=identifier,
        name=str(row.get("name") or ""),
        double_opt_in=bool(row.get("double_optin")),
        size=max(counted, int(stats.get("total_contacts") or 0)),
    )


def status_of(code: int) -> MemberStatus:
    """Return the status that a code of the snapshot stands for."""
    return STATUSES[code]


def code_of(status: str) -> int:
    """Return the snapshot's code for a status; one that is not known counts as archived.

    An unknown status may mean anything, so nothing but a skip is safe.
    """
    return _CODES.get(status, _CODES["archived"])


def member_shelf(client: Client, audience: Audience, connections: int) -> Shelf:
    """Return how members are read: by pages of each status, or one by one."""
    return Shelf(
        digest=bytes.fromhex,
        pages=lambda: len(_READABLE) + audience.size // PAGE,
        read_all=lambda whole: _read_all(client, audience, connections, whole=whole),
        read_one=lambda key: _read_one(client, audience, key),
    )


def _read_one(client: Client, audience: Audience, key: str) -> Held:
    fields = ",".join(("id", "status", "tags_count", *_MEMBER_DETAIL))
    row = client.read(path("lists", audience.id, "members", key), {"fields": fields}, missing=True)
    return Held(ABSENT) if row is None else Held(code_of(str(row.get("status"))), row)


def _read_all(
    client: Client, audience: Audience, connections: int, *, whole: bool
) -> Iterator[Row]:
    wanted = ("id", "status", *(_MEMBER_DETAIL if whole else ()))
    fields = ",".join((*(f"members.{name}" for name in wanted), "total_items"))

    def page(status: str, offset: int) -> Mapping[str, Any]:
        query = {"status": status, "count": PAGE, "offset": offset, "fields": fields}
        body: Mapping[str, Any] = client.read(path("lists", audience.id, "members"), query)
        return body

    with ThreadPoolExecutor(max_workers=connections) as threads:
        firsts = list(threads.map(lambda status: page(status, 0), map(str, _READABLE)))
        for status, first in zip(map(str, _READABLE), firsts, strict=True):
            yield from _rows(first.get("members", ()))
            offsets = range(PAGE, int(first.get("total_items") or 0), PAGE)
            for body in threads.map(page, repeat(status), offsets):
                yield from _rows(body.get("members", ()))


def _rows(members: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for row in members:
        yield bytes.fromhex(row["id"]), code_of(str(row.get("status"))), row
