"""Checks a connection before anything is read or written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from glue.connectors import Client
from glue.deliver.messages import destination_schemas
from glue.engine.bench import Bench
from glue.engine.typos import unknown_settings
from glue.read import plan_read
from kit.mapping import Catalog
from kit.protocol.errors import GlueError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Args:
        subject: What.
        good: Whether it is as it should be.
        text: What was found, in plain words.
    """

    subject: str
    good: bool
    text: str


def check(bench: Bench) -> Iterator[Finding]:
    """Check both connectors, and hold the catalog against what they have."""
    source = list(_check_connector(bench.source, "source"))
    yield from source
    destination = list(_check_connector(bench.destination, "destination"))
    yield from destination
    if all(finding.good for finding in source):
        yield from _check_catalog(bench)


def _check_connector(client: Client, role: str) -> Iterator[Finding]:
    subject = f"{role} {client.name}"
    try:
        unknown = list(unknown_settings(client.spec(max_age=timedelta()), client.settings))
        status = client.check()
    except GlueError as error:
        yield Finding(subject, good=False, text=str(error))
        return
    for text in unknown:
        yield Finding(subject, good=False, text=text)
    if status.succeeded and unknown:
        return
    if status.succeeded:
        yield Finding(subject, good=True, text=status.message or "the settings work")
    else:
        text = status.message or "it refuses its settings and does not say why"
        yield Finding(subject, good=False, text=text)


def _check_catalog(bench: Bench) -> Iterator[Finding]:
    mapper = bench.mapper
    subject = f"catalog {mapper.name}"
    try:
        discovered = bench.source.discover(max_age=timedelta())
        plan = plan_read(discovered, mapper.source_streams, mapper.lookup_fields, mapper.also_from)
    except GlueError as error:
        yield Finding(subject, good=False, text=str(error))
        return
    problems = []
    if isinstance(mapper, Catalog):
        schemas = {each["name"]: each.get("json_schema") or {} for each in discovered["streams"]}
        problems = mapper.problems(schemas, _schemas_of(bench.destination))
    for problem in problems:
        yield Finding(subject, good=False, text=str(problem))
    if not problems:
        yield Finding(
            subject,
            good=True,
            text=f"reads {_listed(plan.streams)}; makes "
            f"{_listed(name for level in mapper.levels for name in level)}",
        )


def _schemas_of(destination: Client) -> dict[str, dict[str, object]] | None:
    """Return the schemas of a destination's objects; None where it cannot discover."""
    try:
        return destination_schemas(destination.discover(max_age=timedelta())) or None
    except GlueError:
        return None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
