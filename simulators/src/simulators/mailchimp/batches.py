"""Batches: operations accepted now, carried out later in any order, results in a tar."""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from simulators.mailchimp.account import Account
from simulators.mailchimp.bodies import Anything, Document, Rows, Shape, Text, stamp
from simulators.mailchimp.calls import NO_CONTENT, Call, Reply, Router, call_of
from simulators.mailchimp.problems import FieldError, Problem, invalid, not_found
from simulators.mailchimp.projection import page

RESULTS_PATH = "/batch-results"
LINK_LIFE = timedelta(minutes=10)
RESULTS_LIFE = timedelta(days=7)
_ROWS_PER_FILE = 100
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_OPERATION = Shape(
    {
        "method": Text(choices=_METHODS),
        "path": Text(filled=True),
        "operation_id": Text(),
        "body": Text(),
        "params": Anything(),
    },
    ("method", "path"),
)
_BODY = Shape({"operations": Rows(_OPERATION)}, ("operations",))

Perform = Callable[[Call], tuple[int, bytes]]
"""Carries out one call and returns the status and the body."""


@dataclass(slots=True)
class Batch:
    """A batch; its operations run when it is due.

    Attributes:
        links: Token of a result link -> when the link ends.
        results: The tar, once the operations have run.
    """

    batch_id: str
    operations: list[Document]
    submitted_at: datetime
    due_at: datetime
    errored: int = 0
    results: bytes | None = None
    links: dict[str, datetime] = field(default_factory=dict)

    def status(self, now: datetime) -> str:
        """Return how far the batch is."""
        if self.results is not None:
            return "finished"
        return "started" if (self.due_at - now) * 2 < self.due_at - self.submitted_at else "pending"

    def document(self, now: datetime, link: str = "") -> Document:
        """Return the batch as the API shows it."""
        done = self.results is not None
        return {
            "id": self.batch_id,
            "status": self.status(now),
            "total_operations": len(self.operations),
            "finished_operations": len(self.operations) if done else 0,
            "errored_operations": self.errored,
            "submitted_at": stamp(self.submitted_at),
            "completed_at": stamp(self.due_at) if done else "",
            "response_body_url": link,
            "_links": [],
        }


def add_routes(router: Router) -> None:
    """Register the routes."""
    router.add("GET", "/batches", _list)
    router.add("POST", "/batches", _create)
    router.add("GET", "/batches/*", _get)
    router.add("DELETE", "/batches/*", _delete)


def settle(account: Account, perform: Perform) -> None:
    """Run the operations of every batch that is due, each batch's in a random order."""
    now = account.moment()
    for batch in list(account.batches.values()):
        if batch.results is None and batch.due_at <= now:
            _run(batch, account.random, perform)


def _run(batch: Batch, chance: random.Random, perform: Perform) -> None:
    operations = list(batch.operations)
    chance.shuffle(operations)
    rows = []
    for operation in operations:
        status, body = perform(_call(operation))
        batch.errored += status >= 400  # noqa: PLR2004 - where HTTP's errors begin
        rows.append(
            {
                "status_code": status,
                "operation_id": operation.get("operation_id"),
                "response": body.decode(),
            }
        )
    batch.results = _archive(batch.batch_id, rows)


def _call(operation: Document) -> Call:
    call = call_of(operation["method"], operation["path"], operation.get("body", "").encode())
    params = operation.get("params")
    if not isinstance(params, dict):
        return call
    query = {name: str(value) for name, value in params.items()}
    return Call(call.method, call.path, {**call.query, **query}, call.raw_body)


def _archive(batch_id: str, rows: list[Document]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        folder = tarfile.TarInfo(batch_id)
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(folder)
        for number, part in enumerate(_parts(rows)):
            content = orjson.dumps(part)
            member = tarfile.TarInfo(f"{batch_id}/{batch_id}-{number}.json")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _parts(rows: list[Document]) -> Iterable[list[Document]]:
    for start in range(0, max(len(rows), 1), _ROWS_PER_FILE):
        yield rows[start : start + _ROWS_PER_FILE]


def result_of(account: Account, token: str) -> bytes | None:
    """Return the tar that a result link leads to, or None: unknown, or older than ten minutes."""
    now = account.moment()
    for batch in account.batches.values():
        ends_at = batch.links.get(token)
        if ends_at is not None and now < ends_at:
            return batch.results
    return None


def _create(account: Account, call: Call) -> Reply:
    body = _BODY.check(call.body())
    if not body["operations"]:
        raise invalid(FieldError("operations", "There must be a minimum of 1 in the array"))
    waiting = sum(batch.results is None for batch in account.batches.values())
    if waiting >= account.rules.max_pending_batches:
        detail = f"You have more than {account.rules.max_pending_batches} pending batches."
        raise Problem(429, "TooManyRequests", detail)
    now = account.moment()
    due_at = now + timedelta(seconds=account.rules.batch_seconds)
    batch = Batch(account.new_id(), body["operations"], now, due_at)
    account.batches[batch.batch_id] = batch
    return Reply(document=batch.document(now))


def _found(account: Account, batch_id: str) -> Batch:
    batch = account.batches.get(batch_id)
    if batch is None or account.moment() > batch.due_at + RESULTS_LIFE:
        raise not_found()
    return batch


def _list(account: Account, call: Call) -> Reply:
    now = account.moment()
    found = list(account.batches.values())
    shown = [batch.document(now) for batch in page(call.query).of(found)]
    return Reply(document={"batches": shown, "total_items": len(found), "_links": []})


def _get(account: Account, _call: Call, batch_id: str) -> Reply:
    batch, now, link = _found(account, batch_id), account.moment(), ""
    if batch.results is not None:
        token = account.new_id(32)
        batch.links[token] = now + LINK_LIFE
        link = f"{account.base_url}{RESULTS_PATH}/{batch_id}.tar.gz?token={token}"
    return Reply(document=batch.document(now, link))


def _delete(account: Account, _call: Call, batch_id: str) -> Reply:
    _found(account, batch_id)
    del account.batches[batch_id]
    return NO_CONTENT
